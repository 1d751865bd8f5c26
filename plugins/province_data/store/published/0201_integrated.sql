-- What the four registries know together: of a citizen, of a parcel, of a household. Views, so that they cost nothing to publish and are
-- always of one publication. Each part is grouped by the key it is joined on: asked for one key, every part is an index look-up.
-- Domain owners win, the other value stays beside it as evidence. Records are joined within a province.

-- The indexes are built after a table's first filling, at once, which costs a part of keeping them row by row.
create procedure ops.index_published(entity text) language plpgsql as $$
declare
    key text;
begin
    for key in
        select wanted.key from (values ('person', 'household_key'), ('land_right', 'holder_key'), ('land_right', 'parcel_key'),
            ('civil_event', 'subject_key'), ('civil_event', 'spouse_key'), ('taxpayer', 'owner_key'), ('land_tax', 'taxpayer_key'),
            ('land_tax', 'parcel_key')) as wanted (relation, key)
        where wanted.relation = entity
    loop
        execute format('create index if not exists %I on published.%I (%I) where %I is not null', entity || '__' || key, entity, key, key);
    end loop;
end
$$;
revoke all on procedure ops.index_published(text) from public;
do $$
declare
    entity text;
    is_filled boolean;
begin
    foreach entity in array array['person', 'land_right', 'civil_event', 'taxpayer', 'land_tax'] loop
        execute format('select exists (select from published.%I)', entity) into is_filled;
        if is_filled then
            call ops.index_published(entity);
        end if;
    end loop;
end
$$;

-- How surely records that name a citizen by number are the citizen's. The one place that decides it. Numbers that are known while the name
-- or the full birth date differ break a refusing rule (XDS-012, 013, 018, 024, 030) and are not published; what these rules left open as
-- a warning, a birth year that differs or is not stated, makes B; clearly another person (XDS-048) makes E.
create function published.link_grade(known_year integer, first_year integer, last_year integer, all_state_it boolean, flags text) returns text
language sql immutable parallel safe
return case
    when flags ~ 'XDS-048' then 'E'
    when flags ~ 'XDS-0(12|13|14|18|24|30)' then 'B'
    when all_state_it and first_year = known_year and last_year = known_year then 'A'
    when all_state_it is not null then 'B'
end;
alter function published.link_grade(integer, integer, integer, boolean, text) owner to province_data_owner;
comment on function published.link_grade(integer, integer, integer, boolean, text) is
    'Hạng liên kết của các bản ghi cùng số định danh: A, B hoặc E. Grade of records linked by number.';
revoke all on function published.link_grade(integer, integer, integer, boolean, text) from public;
grant execute on function published.link_grade(integer, integer, integer, boolean, text) to province_read, central_read;

create view published.citizen_360 with (security_invoker = true, security_barrier = true) as
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
    p.quality_flag
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
    select province_code, party_key, (array_agg(event_kind order by reg_date desc nulls last))[1] as event_kind
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
    select province_code, holder_key, count(*) as rights, count(distinct parcel_key) as parcels,
        count(distinct certificate_serial) as certificates,
        min(holder_birth_year) as first_year, max(holder_birth_year) as last_year, bool_and(holder_birth_year is not null) as all_state_it,
        string_agg(quality_flag, ' ') as flags
    from published.land_right where cert_state = '1' and holder_key is not null group by province_code, holder_key
) l on l.province_code = p.province_code and l.holder_key = p.person_key
left join (
    select province_code, owner_key, count(*) as codes, string_agg(distinct status, ' ' order by status) as status,
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
-- A marriage register tells neither of separation nor of the other's death.
cross join lateral (
    select case when m.event_kind = 'LH' then '4' when m.event_kind = 'KH' and coalesce(p.marital_status, '1') in ('1', '4') then '2' end as marital_status
) own
cross join lateral (
    select published.link_grade(p.birth_year, e.first_year, e.last_year, e.all_state_it, e.flags) as civil,
        published.link_grade(p.birth_year, l.first_year, l.last_year, l.all_state_it, l.flags) as land,
        published.link_grade(p.birth_year, null, null, case when t.codes > 0 then false end, t.flags) as tax
) grade;
alter view published.citizen_360 owner to province_data_owner;
comment on view published.citizen_360 is 'Một công dân trong cả bốn bộ dữ liệu: dân cư, hộ tịch, đất đai, thuế. What the four registries know of a citizen; one row per citizen of a province.';
comment on column published.citizen_360.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.citizen_360.person_key is 'Khóa thay cho số định danh, nối với bảng person';
comment on column published.citizen_360.personal_id_masked is 'Số định danh đã che, chỉ thấy ba số cuối';
comment on column published.citizen_360.birth_year is 'Năm sinh: theo khai sinh, không có thì theo dân cư';
comment on column published.citizen_360.birth_year_owner is 'Giá trị lấy từ đâu: civil_status hoặc population';
comment on column published.citizen_360.birth_year_other is 'Năm sinh trong dân cư khi khác khai sinh, giữ làm bằng chứng';
comment on column published.citizen_360.sex is 'Giới tính: theo khai sinh, không có thì theo dân cư';
comment on column published.citizen_360.sex_other is 'Giới tính trong dân cư khi khác khai sinh';
comment on column published.citizen_360.nationality is 'Quốc tịch (ISO 3166 alpha-3)';
comment on column published.citizen_360.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.citizen_360.commune_name is 'Tên xã hiện nay';
comment on column published.citizen_360.old_commune_code is 'Mã xã trước 01/07/2025, nếu nơi gửi khai mã cũ';
comment on column published.citizen_360.household_key is 'Khóa của hộ, nối với bảng household';
comment on column published.citizen_360.relation_to_head is 'Quan hệ với chủ hộ (00 chủ hộ)';
comment on column published.citizen_360.marital_status is 'Tình trạng hôn nhân: theo kết hôn, ly hôn đăng ký sau cùng, không có thì theo dân cư';
comment on column published.citizen_360.marital_status_other is 'Tình trạng hôn nhân trong dân cư khi khác hộ tịch';
comment on column published.citizen_360.has_card is 'Đã được cấp thẻ căn cước';
comment on column published.citizen_360.card_expiry_date is 'Ngày hết hạn thẻ (9999-12-31 là không thời hạn)';
comment on column published.citizen_360.life_status is 'Tình trạng (1 sống, 2 chết, 3 mất tích): đã khai tử là chết, không thì theo dân cư';
comment on column published.citizen_360.life_status_owner is 'Giá trị lấy từ đâu: civil_status hoặc population';
comment on column published.citizen_360.life_status_other is 'Tình trạng trong dân cư khi khác hộ tịch';
comment on column published.citizen_360.death_year is 'Năm chết: theo khai tử, không có thì theo dân cư';
comment on column published.citizen_360.death_year_other is 'Năm chết trong dân cư khi khác khai tử';
comment on column published.citizen_360.has_birth_record is 'Có khai sinh trong dữ liệu hộ tịch của tỉnh';
comment on column published.citizen_360.civil_events is 'Số sự kiện hộ tịch mà người này là người được đăng ký';
comment on column published.citizen_360.land_rights is 'Số quyền sử dụng đất đang có hiệu lực';
comment on column published.citizen_360.parcels is 'Số thửa đất đang có quyền';
comment on column published.citizen_360.certificates is 'Số giấy chứng nhận đang có hiệu lực';
comment on column published.citizen_360.tax_codes is 'Số mã số thuế của cá nhân, hộ kinh doanh';
comment on column published.citizen_360.tax_status is 'Trạng thái các mã số thuế, cách nhau bằng dấu cách';
comment on column published.citizen_360.land_tax_vnd is 'Thuế đất phải nộp, cộng mọi năm (đồng)';
comment on column published.citizen_360.land_tax_paid_vnd is 'Thuế đất đã nộp, cộng mọi năm (đồng)';
comment on column published.citizen_360.civil_link is 'Hạng liên kết với hộ tịch';
comment on column published.citizen_360.land_link is 'Hạng liên kết với đất đai';
comment on column published.citizen_360.tax_link is 'Hạng liên kết với thuế';
comment on column published.citizen_360.link_grade is 'Hạng yếu nhất của các liên kết: A số, tên và năm sinh khớp; B số khớp, còn điều chưa khớp hoặc chưa xét được; E mâu thuẫn; trống khi không có bản ghi nào khác';
comment on column published.citizen_360.quality_flag is 'Mã các quy tắc cảnh báo đang mở của bản ghi dân cư, cách nhau bằng dấu cách';

create view published.parcel_360 with (security_invoker = true, security_barrier = true) as
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
        count(distinct p.person_key) filter (where p.life_status = '2') as holders_dead
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
alter view published.parcel_360 owner to province_data_owner;
comment on view published.parcel_360 is 'Một thửa đất cùng quyền, chủ sử dụng và thuế. A parcel with its rights, holders and tax; one row per parcel.';
comment on column published.parcel_360.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.parcel_360.parcel_key is 'Khóa của thửa đất, nối với bảng land_parcel';
comment on column published.parcel_360.parcel_code is 'Mã định danh thửa đất (12 ký tự)';
comment on column published.parcel_360.map_sheet_no is 'Số tờ bản đồ';
comment on column published.parcel_360.parcel_no is 'Số thửa';
comment on column published.parcel_360.land_type is 'Mã loại đất theo đất đai';
comment on column published.parcel_360.land_type_other is 'Mã loại đất tính thuế khi khác';
comment on column published.parcel_360.area_m2 is 'Diện tích theo đất đai (m²)';
comment on column published.parcel_360.area_m2_other is 'Diện tích tính thuế khi khác (m²)';
comment on column published.parcel_360.class_group is 'Nhóm phân loại chiến dịch (1, 2, 3; trống là chưa phân loại)';
comment on column published.parcel_360.verification_state is 'Lý do chưa làm sạch được (TC, VM, TR, MG, CT)';
comment on column published.parcel_360.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.parcel_360.commune_name is 'Tên xã hiện nay';
comment on column published.parcel_360.old_commune_code is 'Mã xã trước 01/07/2025';
comment on column published.parcel_360.rights is 'Số quyền sử dụng đất đang có hiệu lực';
comment on column published.parcel_360.certificates is 'Số phát hành các giấy chứng nhận đang có hiệu lực, cách nhau bằng dấu cách';
comment on column published.parcel_360.holder_kinds is 'Loại chủ sử dụng, cách nhau bằng dấu cách';
comment on column published.parcel_360.organisations is 'Tên tổ chức, cộng đồng sử dụng đất, cách nhau bằng dấu chấm phẩy';
comment on column published.parcel_360.holders_known is 'Số chủ sử dụng tìm thấy trong dân cư của tỉnh';
comment on column published.parcel_360.holders_dead is 'Trong đó số người đã chết theo dân cư';
comment on column published.parcel_360.last_tax_year is 'Năm thuế gần nhất';
comment on column published.parcel_360.payers is 'Số người nộp thuế đất của thửa';
comment on column published.parcel_360.land_tax_vnd is 'Thuế đất phải nộp, cộng mọi năm (đồng)';
comment on column published.parcel_360.land_tax_paid_vnd is 'Thuế đất đã nộp, cộng mọi năm (đồng)';
comment on column published.parcel_360.quality_flag is 'Mã các quy tắc cảnh báo đang mở của thửa đất, cách nhau bằng dấu cách';

create view published.household_position with (security_invoker = true, security_barrier = true) as
select h.province_code, h.household_key, h.household_no, h.head_state, h.member_count, h.living_count, h.commune_code, h.commune_name,
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
) t on t.province_code = h.province_code and t.household_key = h.household_key;
alter view published.household_position owner to province_data_owner;
comment on view published.household_position is 'Hộ cùng đất đai và thuế của các thành viên. A household with its members'' property and tax; one row per household of a province.';
comment on column published.household_position.province_code is 'Mã tỉnh (34 tỉnh từ 01/07/2025)';
comment on column published.household_position.household_key is 'Khóa của hộ, nối với bảng household';
comment on column published.household_position.household_no is 'Số hộ';
comment on column published.household_position.head_state is 'Chủ hộ: one (đúng một), none (không có), several (nhiều hơn một)';
comment on column published.household_position.member_count is 'Số thành viên';
comment on column published.household_position.living_count is 'Số thành viên còn sống';
comment on column published.household_position.commune_code is 'Mã xã hiện nay; trống khi xã cũ bị chia mà chưa có căn cứ';
comment on column published.household_position.commune_name is 'Tên xã hiện nay';
comment on column published.household_position.parcels is 'Số thửa đất mà thành viên đang có quyền, mỗi thửa tính một lần';
comment on column published.household_position.area_m2 is 'Tổng diện tích các thửa ấy (m²)';
comment on column published.household_position.tax_codes is 'Số mã số thuế của các thành viên';
comment on column published.household_position.land_tax_vnd is 'Thuế đất phải nộp của các thành viên, cộng mọi năm (đồng)';
comment on column published.household_position.land_tax_paid_vnd is 'Thuế đất đã nộp (đồng)';

grant select on published.citizen_360, published.parcel_360, published.household_position to province_read, central_read;
