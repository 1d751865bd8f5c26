-- Counted per province; the country's row is their sum. The day comes from the publish step; without one it is today.
-- Each registry is scanned once, and only for the provinces that are asked for.
{%- set day = "coalesce(nullif(current_setting('province_data.today', true), '')::date, current_date)" %}
{%- set fourteen = "((" ~ day ~ " - interval '14 years')::date)::text" %}
with person as (

    select
        province_code,
        count(*) filter (where life_status = '1') as living,
        count(*) filter (where life_status = '1' and nationality = 'VNM' and birth_date <= {{ fourteen }}) as due_a_card,
        count(*) filter (
            where life_status = '1' and nationality = 'VNM' and birth_date <= {{ fourteen }}
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

counted as (

    select person.province_code, indicator.*
    from person
    cross join lateral (values
        ('persons', 'Công dân còn sống', 'Living citizens', living, null::bigint,
            'Đếm công dân có trạng thái còn sống trong dữ liệu dân cư đã kiểm tra'),
        ('card_share', 'Tỷ lệ có thẻ căn cước còn hạn', 'Share holding a valid identity card', with_card, due_a_card,
            'Công dân Việt Nam còn sống từ đủ 14 tuổi có thẻ còn hạn, trên tổng số người từ đủ 14 tuổi (Luật Căn cước 26/2023/QH15)')
    ) as indicator (indicator_id, name_vi, name_en, numerator, denominator, basis)
    union all
    select parcel.province_code, indicator.*
    from parcel
    cross join lateral (values
        ('parcels', 'Thửa đất', 'Land parcels', parcels, null::bigint, 'Đếm thửa đất hiện hành đã kiểm tra'),
        ('parcels_clean', 'Tỷ lệ thửa đất nhóm 1 (đúng, đủ, sạch, sống)', 'Share of parcels in group 1', clean, parcels,
            'Thửa đất nhóm 1 trên tổng số thửa, kể cả thửa chưa phân loại'),
        ('parcels_unclassified', 'Tỷ lệ thửa đất chưa phân loại', 'Share of parcels not classified', unclassified, parcels,
            'Thửa đất không có nhóm 1, 2 hay 3 trên tổng số thửa')
    ) as indicator (indicator_id, name_vi, name_en, numerator, denominator, basis)
    union all
    select event.province_code, indicator.*
    from event
    cross join lateral (values
        ('civil_events', 'Sự kiện hộ tịch đã số hóa', 'Civil-status events digitised', events, null::bigint, 'Đếm sự kiện hộ tịch đã kiểm tra'),
        ('civil_events_in_time', 'Tỷ lệ sự kiện đăng ký đúng hạn', 'Share of events registered in time', in_time, events,
            'Sự kiện có loại đăng ký 1 (đúng hạn) trên tổng số sự kiện')
    ) as indicator (indicator_id, name_vi, name_en, numerator, denominator, basis)
    union all
    select taxpayer.province_code, indicator.*
    from taxpayer
    cross join lateral (values
        ('tax_codes_clean', 'Tỷ lệ mã số thuế cá nhân sạch', 'Share of clean personal tax codes', clean_codes, personal_codes,
            'Mã số thuế của cá nhân, hộ kinh doanh trùng số định danh và không ở trạng thái 10, trên tổng số mã của cá nhân, hộ kinh doanh')
    ) as indicator (indicator_id, name_vi, name_en, numerator, denominator, basis)

)

select
    province_code,
    indicator_id,
    name_vi,
    name_en,
    numerator,
    denominator,
    {{ indicator_value('numerator', 'denominator') }} as value,
    case when denominator is null then 'bản ghi' else '%' end as unit,
    basis,
    {{ day }} as as_of
from counted
