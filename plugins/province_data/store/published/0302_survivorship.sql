-- A registered death wins over the population, also where a parcel's holders and a household's living members are counted.

create or replace view published.parcel_360 with (security_invoker = true, security_barrier = true) as
select a.province_code, a.parcel_key, a.parcel_code, a.map_sheet_no, a.parcel_no,
    a.land_type, case when x.land_type <> a.land_type then x.land_type end as land_type_other,
    a.area_m2, case when x.area_m2 <> a.area_m2 then x.area_m2 end as area_m2_other,
    a.class_group, a.verification_state, a.commune_code, a.commune_name, a.old_commune_code,
    coalesce(r.rights, 0)::integer as rights, r.certificates, r.holder_kinds, r.organisations,
    coalesce(r.holders_known, 0)::integer as holders_known, coalesce(r.holders_dead, 0)::integer as holders_dead,
    x.last_tax_year, coalesce(x.payers, 0)::integer as payers,
    coalesce(x.amount, 0)::bigint as land_tax_vnd, coalesce(x.paid, 0)::bigint as land_tax_paid_vnd,
    a.quality_flag
from published.land_parcel a
left join (
    select held.province_code, held.parcel_key, count(*) as rights,
        string_agg(distinct held.certificate_serial, ' ' order by held.certificate_serial) as certificates,
        string_agg(distinct held.holder_kind, ' ' order by held.holder_kind) as holder_kinds,
        string_agg(distinct held.organisation_name, '; ' order by held.organisation_name) as organisations,
        count(distinct p.person_key) as holders_known,
        count(distinct p.person_key) filter (where p.life_status = '2' or exists (
            select from published.civil_event gone
            where gone.province_code = held.province_code and gone.subject_key = held.holder_key and gone.event_kind = 'KT'
        )) as holders_dead
    from published.land_right held
    left join published.person p on p.province_code = held.province_code and p.person_key = held.holder_key
    where held.cert_state = '1' and held.parcel_key is not null
    group by held.province_code, held.parcel_key
) r on r.province_code = a.province_code and r.parcel_key = a.parcel_key
left join (
    select province_code, parcel_key, max(tax_year) as last_tax_year, count(distinct taxpayer_key) as payers,
        (array_agg(area_m2 order by tax_year desc))[1] as area_m2, (array_agg(land_type order by tax_year desc))[1] as land_type,
        sum(amount_vnd) as amount, sum(paid_vnd) as paid
    from published.land_tax where parcel_key is not null group by province_code, parcel_key
) x on x.province_code = a.province_code and x.parcel_key = a.parcel_key;
comment on column published.parcel_360.holders_dead is 'Trong đó số người đã chết: đã khai tử, hoặc chết theo dân cư';

create or replace view published.household_position with (security_invoker = true, security_barrier = true) as
select h.province_code, h.household_key, h.household_no, h.head_state, h.member_count,
    (h.living_count - coalesce(d.dead, 0))::integer as living_count, h.commune_code, h.commune_name,
    coalesce(l.parcels, 0)::integer as parcels, coalesce(l.area_m2, 0)::numeric(16, 2) as area_m2,
    coalesce(t.codes, 0)::integer as tax_codes,
    coalesce(t.amount, 0)::bigint as land_tax_vnd, coalesce(t.paid, 0)::bigint as land_tax_paid_vnd
from published.household h
left join (
    select held.province_code, held.household_key, count(*) as parcels, sum(a.area_m2) as area_m2
    from (
        select distinct p.province_code, p.household_key, r.parcel_key
        from published.person p
        join published.land_right r on r.province_code = p.province_code and r.holder_key = p.person_key
        where p.household_key is not null and r.cert_state = '1' and r.holder_key is not null
    ) held
    join published.land_parcel a on a.province_code = held.province_code and a.parcel_key = held.parcel_key
    group by held.province_code, held.household_key
) l on l.province_code = h.province_code and l.household_key = h.household_key
left join (
    select p.province_code, p.household_key, count(distinct code.taxpayer_key) as codes, sum(due.amount_vnd) as amount, sum(due.paid_vnd) as paid
    from published.person p
    join published.taxpayer code on code.province_code = p.province_code and code.owner_key = p.person_key
    left join published.land_tax due on due.province_code = code.province_code and due.taxpayer_key = code.taxpayer_key
    where p.household_key is not null and code.owner_key is not null
    group by p.province_code, p.household_key
) t on t.province_code = h.province_code and t.household_key = h.household_key
left join (
    select p.province_code, p.household_key, count(distinct p.person_key) as dead
    from published.person p
    join published.civil_event gone on gone.province_code = p.province_code and gone.subject_key = p.person_key
    where p.household_key is not null and p.life_status = '1' and gone.event_kind = 'KT' and gone.subject_key is not null
    group by p.province_code, p.household_key
) d on d.province_code = h.province_code and d.household_key = h.household_key;
comment on column published.household_position.living_count is 'Số thành viên còn sống: không kể người đã khai tử mà dân cư chưa ghi';
