-- Counted per province and for the whole country (00). The day comes from the publish step; without one it is today.
{%- set day = "coalesce(nullif(current_setting('province_data.today', true), '')::date, current_date)" %}
with person as (

    select
        province_code,
        count(*) filter (where life_status = '1') as living,
        count(*) filter (where life_status = '1' and nationality = 'VNM' and birth_date <= (({{ day }} - interval '14 years')::date)::text) as due_a_card,
        count(*) filter (
            where life_status = '1' and nationality = 'VNM' and birth_date <= (({{ day }} - interval '14 years')::date)::text
            and card_issue_date is not null and coalesce(card_expiry_date, date '9999-12-31') >= {{ day }}
        ) as with_card
    from {{ ref('dim_person') }}
    group by province_code

),

parcel as (

    select
        province_code,
        count(*) as parcels,
        count(*) filter (where class_group = '1') as clean,
        count(*) filter (where class_group is null) as unclassified
    from {{ ref('dim_land_parcel') }}
    group by province_code

),

event as (

    select province_code, count(*) as events, count(*) filter (where reg_type = '1') as in_time
    from {{ ref('fct_civil_event') }}
    group by province_code

),

taxpayer as (

    select
        province_code,
        count(*) filter (where taxpayer_kind in ('1', '2')) as personal_codes,
        count(*) filter (where taxpayer_kind in ('1', '2') and tax_code = owner_id and status <> '10') as clean_codes
    from {{ ref('dim_taxpayer') }}
    group by province_code

),

counted (province_code, indicator_id, name_vi, name_en, numerator, denominator, basis) as (

    select province_code, 'persons', 'Công dân còn sống', 'Living citizens', living, null::bigint,
        'Đếm công dân có trạng thái còn sống trong dữ liệu dân cư đã kiểm tra'
    from person
    union all
    select province_code, 'card_share', 'Tỷ lệ có thẻ căn cước còn hạn', 'Share holding a valid identity card', with_card, due_a_card,
        'Công dân Việt Nam còn sống từ đủ 14 tuổi có thẻ còn hạn, trên tổng số người từ đủ 14 tuổi (Luật Căn cước 26/2023/QH15)'
    from person
    union all
    select province_code, 'parcels', 'Thửa đất', 'Land parcels', parcels, null::bigint, 'Đếm thửa đất hiện hành đã kiểm tra'
    from parcel
    union all
    select province_code, 'parcels_clean', 'Tỷ lệ thửa đất nhóm 1 (đúng, đủ, sạch, sống)', 'Share of parcels in group 1', clean, parcels,
        'Thửa đất nhóm 1 trên tổng số thửa, kể cả thửa chưa phân loại'
    from parcel
    union all
    select province_code, 'parcels_unclassified', 'Tỷ lệ thửa đất chưa phân loại', 'Share of parcels not classified', unclassified, parcels,
        'Thửa đất không có nhóm 1, 2 hay 3 trên tổng số thửa'
    from parcel
    union all
    select province_code, 'civil_events', 'Sự kiện hộ tịch đã số hóa', 'Civil-status events digitised', events, null::bigint,
        'Đếm sự kiện hộ tịch đã kiểm tra'
    from event
    union all
    select province_code, 'civil_events_in_time', 'Tỷ lệ sự kiện đăng ký đúng hạn', 'Share of events registered in time', in_time, events,
        'Sự kiện có loại đăng ký 1 (đúng hạn) trên tổng số sự kiện'
    from event
    union all
    select province_code, 'tax_codes_clean', 'Tỷ lệ mã số thuế cá nhân sạch', 'Share of clean personal tax codes', clean_codes, personal_codes,
        'Mã số thuế của cá nhân, hộ kinh doanh trùng số định danh và không ở trạng thái 10, trên tổng số mã của cá nhân, hộ kinh doanh'
    from taxpayer

),

with_country as (

    select
        coalesce(province_code, '00') as province_code,
        indicator_id,
        name_vi,
        name_en,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        basis
    from counted
    group by grouping sets ((province_code, indicator_id, name_vi, name_en, basis), (indicator_id, name_vi, name_en, basis))

)

select
    province_code,
    indicator_id,
    name_vi,
    name_en,
    numerator,
    denominator,
    case when denominator is null then numerator else round(100.0 * numerator / nullif(denominator, 0), 2) end::numeric(18, 2) as value,
    case when denominator is null then 'bản ghi' else '%' end as unit,
    basis,
    {{ day }} as as_of
from with_country
