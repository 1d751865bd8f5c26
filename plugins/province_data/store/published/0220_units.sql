-- Old and new administrative units for readers: which old province a commune lies in, and what is left to be placed by hand.

do $$
declare
    entity text;
begin
    foreach entity in array array['person', 'land_parcel', 'land_right', 'civil_event', 'taxpayer'] loop
        execute format('comment on column published.%I.commune_method is %L', entity,
            'Cách chuyển đổi mã xã: same_edition, identity, rename, merge, split_by_evidence, split_unresolved, unknown');
    end loop;
    foreach entity in array array['person', 'land_parcel', 'taxpayer'] loop
        execute format('create index on published.%I (province_code, old_commune_code) where commune_method in (''split_unresolved'', ''unknown'')', entity);
    end loop;
end
$$;

-- Every commune of today lies wholly in one of the 63 old provinces, five islands that were districts included, so the share is
-- always 1; a commune of the old list, divided or not, lies in its own.
create view published.admin_unit_era with (security_invoker = true, security_barrier = true) as
with past as (
    select u.code, u.level, u.name, u.province_code as old_province_code, string_to_array(u.became_codes, ' ') as became
    from published.admin_unit u
    where u.edition = 'pre-2025' and u.became_codes is not null
),
old_province as (
    select code, name from published.admin_unit where edition = 'pre-2025' and level = 'province'
),
present as (
    select code, province_code, (array_agg(name order by valid_from desc))[1] as name
    from published.admin_unit
    where edition = '2025' and level = 'commune'
    group by code, province_code
),
parts as (
    select part.code, past.old_province_code, string_agg(past.code, ' ' order by past.code) filter (where past.level = 'commune') as codes
    from past, unnest(past.became) as part (code)
    group by part.code, past.old_province_code
)
select '2025' as edition, present.code as commune_code, present.name as commune_name, present.province_code,
    parts.old_province_code, old_province.name as old_province_name, 1.0 as share, parts.codes as other_codes
from present
join parts on parts.code = present.code
join old_province on old_province.code = parts.old_province_code
union all
select 'pre-2025', past.code, past.name, present.province_code,
    past.old_province_code, old_province.name, 1.0, array_to_string(past.became, ' ')
from past
join present on present.code = past.became[1]
join old_province on old_province.code = past.old_province_code
where past.level = 'commune';
alter view published.admin_unit_era owner to province_data_owner;
comment on view published.admin_unit_era is 'Xã của hai danh mục thuộc tỉnh nào trên bản đồ 63 và 34 tỉnh. The map of 63 and the map of 34 provinces; one row per list, commune and old province.';
comment on column published.admin_unit_era.edition is 'Danh mục của mã xã: 2025 hoặc pre-2025';
comment on column published.admin_unit_era.commune_code is 'Mã xã trong danh mục ấy';
comment on column published.admin_unit_era.commune_name is 'Tên xã';
comment on column published.admin_unit_era.province_code is 'Mã tỉnh trên bản đồ 34 tỉnh';
comment on column published.admin_unit_era.old_province_code is 'Mã tỉnh trên bản đồ 63 tỉnh';
comment on column published.admin_unit_era.old_province_name is 'Tên tỉnh trên bản đồ 63 tỉnh';
comment on column published.admin_unit_era.share is 'Phần của xã thuộc tỉnh cũ ấy; luôn là 1 vì không xã nào nằm trên hai tỉnh cũ';
comment on column published.admin_unit_era.other_codes is 'Mã xã tương ứng của danh mục kia, cách nhau bằng dấu cách';

create view published.commune_work_list with (security_invoker = true, security_barrier = true) as
with waiting as (
    select province_code, 'population' as dataset, 'person' as table_name, person_key as record_key, old_commune_code, commune_method
    from published.person where commune_method in ('split_unresolved', 'unknown')
    union all
    select province_code, 'land', 'parcel', parcel_key, old_commune_code, commune_method
    from published.land_parcel where commune_method in ('split_unresolved', 'unknown')
    union all
    select province_code, 'tax', 'taxpayer', taxpayer_key, old_commune_code, commune_method
    from published.taxpayer where commune_method in ('split_unresolved', 'unknown')
)
select waiting.province_code, waiting.old_commune_code, unit.name as old_commune_name, waiting.dataset, waiting.table_name,
    waiting.record_key, waiting.commune_method as reason, unit.became_codes as candidate_codes
from waiting
left join published.admin_unit unit on unit.edition = 'pre-2025' and unit.level = 'commune' and unit.code = waiting.old_commune_code;
alter view published.commune_work_list owner to province_data_owner;
comment on view published.commune_work_list is 'Bản ghi chưa xác định được xã hiện nay, để xã cũ xử lý. Records whose commune of today is not known; one row per record.';
comment on column published.commune_work_list.province_code is 'Mã tỉnh của bản ghi';
comment on column published.commune_work_list.old_commune_code is 'Mã xã cũ đã khai; trống khi mã không có trong danh mục nào';
comment on column published.commune_work_list.old_commune_name is 'Tên xã cũ';
comment on column published.commune_work_list.dataset is 'Bộ dữ liệu';
comment on column published.commune_work_list.table_name is 'Bảng của bản ghi';
comment on column published.commune_work_list.record_key is 'Khóa của bản ghi trong bảng đã công bố: person_key, parcel_key, taxpayer_key';
comment on column published.commune_work_list.reason is 'split_unresolved: xã cũ bị chia, chưa có căn cứ; unknown: mã không có trong danh mục';
comment on column published.commune_work_list.candidate_codes is 'Các xã hiện nay có thể, cách nhau bằng dấu cách';
grant select on published.admin_unit_era, published.commune_work_list to province_read, central_read;
