-- A citizen's row tells how many records name the citizen by a former number (grade C). They are counted apart, never among the others.
--
-- Nothing is sorted or made distinct within a citizen unless the citizen has several: over a whole province that took most of the time.

create or replace view published.citizen_360 with (security_invoker = true, security_barrier = true) as
select p.province_code, p.person_key, p.personal_id_masked,
    coalesce(e.birth_year, p.birth_year) as birth_year,
    case when e.birth_year is not null then 'civil_status' else 'population' end as birth_year_owner,
    case when e.birth_year <> p.birth_year then p.birth_year end as birth_year_other,
    coalesce(e.sex, p.sex) as sex,
    case when e.sex <> p.sex then p.sex end as sex_other,
    p.nationality, p.commune_code, p.commune_name, p.old_commune_code, p.household_key, p.relation_to_head,
    coalesce(own.marital_status, p.marital_status) as marital_status,
    case when own.marital_status <> p.marital_status then p.marital_status end as marital_status_other,
    p.has_card, p.card_expiry_date,
    case when e.is_dead then '2' else p.life_status end as life_status,
    case when e.is_dead then 'civil_status' else 'population' end as life_status_owner,
    case when e.is_dead and p.life_status <> '2' then p.life_status end as life_status_other,
    coalesce(e.death_year, p.death_year) as death_year,
    case when e.death_year <> p.death_year then p.death_year end as death_year_other,
    coalesce(e.is_born, false) as has_birth_record,
    coalesce(e.events, 0)::integer as civil_events,
    coalesce(l.rights, 0)::integer as land_rights,
    coalesce(l.parcels, 0)::integer as parcels,
    coalesce(l.certificates, 0)::integer as certificates,
    coalesce(t.codes, 0)::integer as tax_codes,
    t.status as tax_status,
    coalesce(x.amount, 0)::bigint as land_tax_vnd,
    coalesce(x.paid, 0)::bigint as land_tax_paid_vnd,
    grade.civil as civil_link, grade.land as land_link, grade.tax as tax_link,
    greatest(grade.civil, grade.land, grade.tax) as link_grade,
    p.quality_flag,
    coalesce(o.civil, 0)::integer as civil_old_number,
    coalesce(o.land, 0)::integer as land_old_number,
    coalesce(o.tax, 0)::integer as tax_old_number
from published.person p
left join (
    select province_code, subject_key, count(*) as events,
        min(subject_birth_year) as first_year, max(subject_birth_year) as last_year, bool_and(subject_birth_year is not null) as all_state_it,
        string_agg(quality_flag, ' ') as flags,
        bool_or(event_kind = 'KS') as is_born, max(subject_birth_year) filter (where event_kind = 'KS') as birth_year,
        max(subject_sex) filter (where event_kind = 'KS') as sex,
        bool_or(event_kind = 'KT') as is_dead, max(event_year) filter (where event_kind = 'KT') as death_year
    from published.civil_event where subject_key is not null group by province_code, subject_key
) e on e.province_code = p.province_code and e.subject_key = p.person_key
left join (
    -- The last event, and of several on one day the divorce: days and kind as one number, as sorting within each citizen is dear.
    select province_code, party_key,
        case max(coalesce(reg_date - date '0001-01-01', 0) * 2 + (event_kind = 'LH')::integer) % 2 when 1 then 'LH' else 'KH' end as event_kind
    from (
        select province_code, subject_key as party_key, event_kind, reg_date
        from published.civil_event where event_kind in ('KH', 'LH') and subject_key is not null
        union all
        select province_code, spouse_key, event_kind, reg_date
        from published.civil_event where event_kind in ('KH', 'LH') and spouse_key is not null
    ) party
    group by province_code, party_key
) m on m.province_code = p.province_code and m.party_key = p.person_key
left join (
    select province_code, holder_key, count(*) as rights,
        case when min(parcel_key) is null then 0 when min(parcel_key) = max(parcel_key) then 1
            else (select count(distinct one) from unnest(array_agg(parcel_key)) one) end as parcels,
        case when min(certificate_serial) is null then 0 when min(certificate_serial) = max(certificate_serial) then 1
            else (select count(distinct one) from unnest(array_agg(certificate_serial)) one) end as certificates,
        min(holder_birth_year) as first_year, max(holder_birth_year) as last_year, bool_and(holder_birth_year is not null) as all_state_it,
        string_agg(quality_flag, ' ') as flags
    from published.land_right where cert_state = '1' and holder_key is not null group by province_code, holder_key
) l on l.province_code = p.province_code and l.holder_key = p.person_key
left join (
    select province_code, owner_key, count(*) as codes,
        case when min(status) = max(status) then min(status)
            else (select string_agg(distinct one, ' ' order by one) from unnest(array_agg(status)) one) end as status,
        string_agg(quality_flag, ' ') as flags
    from published.taxpayer where owner_key is not null group by province_code, owner_key
) t on t.province_code = p.province_code and t.owner_key = p.person_key
left join (
    select code.province_code, code.owner_key, sum(due.amount_vnd) as amount, sum(due.paid_vnd) as paid
    from published.taxpayer code
    join published.land_tax due on due.province_code = code.province_code and due.taxpayer_key = code.taxpayer_key
    where code.owner_key is not null and due.taxpayer_key is not null
    group by code.province_code, code.owner_key
) x on x.province_code = p.province_code and x.owner_key = p.person_key
left join (
    select province_code, person_key,
        count(*) filter (where dataset = 'civil_status') as civil, count(*) filter (where dataset = 'land') as land, count(*) filter (where dataset = 'tax') as tax
    from published.old_number_link group by province_code, person_key
) o on o.province_code = p.province_code and o.person_key = p.person_key
-- A marriage register tells neither of separation nor of the other's death.
cross join lateral (
    select case when m.event_kind = 'LH' then '4' when m.event_kind = 'KH' and coalesce(p.marital_status, '1') in ('1', '4') then '2' end as marital_status
) own
cross join lateral (
    select published.link_grade(p.birth_year, e.first_year, e.last_year, e.all_state_it, e.flags) as civil,
        published.link_grade(p.birth_year, l.first_year, l.last_year, l.all_state_it, l.flags) as land,
        published.link_grade(p.birth_year, null, null, case when t.codes > 0 then false end, t.flags) as tax
) grade;
comment on column published.citizen_360.civil_old_number is 'Số bản ghi hộ tịch nêu người này bằng số CMND cũ (hạng C), không tính ở các cột khác; xem old_number_link';
comment on column published.citizen_360.land_old_number is 'Số bản ghi quyền sử dụng đất nêu người này bằng số CMND cũ (hạng C), không tính ở các cột khác';
comment on column published.citizen_360.tax_old_number is 'Số bản ghi thuế nêu người này bằng số CMND cũ (hạng C), không tính ở các cột khác';
comment on column published.citizen_360.link_grade is 'Hạng yếu nhất của các liên kết bằng số định danh: A số, tên và năm sinh khớp; B số khớp, còn điều chưa khớp hoặc chưa xét được; E mâu thuẫn; trống khi không có bản ghi nào khác. Hạng C ở các cột …_old_number';

call ops.show_integrated_history('citizen_360');
