{{ config(materialized='view', schema='warehouse') }}
-- All figures counted from nothing: what the build keeps must be the same. Read when a month begins, as ages and expiry dates move on, and
-- by each publication for the certificates, each made of several rights, of the provinces whose land records changed.
with certificate as (

    select
        land_right.province_code,
        coalesce(land_right.commune_code, '') as commune_code,
        coalesce(former.province_code, '') as old_province_code,
        land_right.certificate_serial,
        coalesce(bool_and(parcel.class_group = '1'), false) as is_clean
    from {{ ref('fct_land_right') }} as land_right
    left join {{ ref('dim_land_parcel') }} as parcel
        on
            parcel.province_code = land_right.province_code
            and parcel._record_key = land_right.parcel_record_key
            and parcel.province_code = {{ asked_provinces('certificate_provinces') }}
    left join {{ source('reference', 'commune') }} as former
        on
            former.edition = 'pre-2025'
            and former.code = case when land_right.commune_code is null then land_right.commune_sent_code end
    where
        {{ asks_for_any('certificate_provinces') }}
        and land_right.province_code = {{ asked_provinces('certificate_provinces') }}
        and land_right.cert_state = '1'
        and land_right.certificate_serial is not null
    group by land_right.province_code, land_right.commune_code, former.province_code, land_right.certificate_serial

),

certificates as (

    select
        province_code,
        commune_code,
        old_province_code,
        count(*) as certificates,
        count(*) filter (where is_clean) as clean
    from certificate
    group by province_code, commune_code, old_province_code

)

{{ count_figures('person', ref('dim_person')) }}
union all
{{ count_figures('land_parcel', ref('dim_land_parcel')) }}
union all
{{ count_figures('civil_event', ref('fct_civil_event')) }}
union all
{{ count_figures('taxpayer', ref('dim_taxpayer')) }}
union all
select 'certificate', certificates.province_code, certificates.commune_code, figure.figure, figure.records, certificates.old_province_code
from certificates
cross join lateral (values ('records', certificates), ('clean', clean)) as figure (figure, records)
