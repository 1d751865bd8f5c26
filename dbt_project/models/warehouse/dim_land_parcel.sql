{{ config(
    meta={'entity': 'land_parcel', 'dataset': 'land', 'table': 'parcel'},
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code']}],
) }}

with parcel as (

    select * from {{ ref('stg_land__parcel') }}

),

former as (

    select code, name from {{ source('reference', 'commune') }} where edition = 'pre-2025'

)

select
    parcel.province_code,
    parcel.parcel_code,
    parcel.map_sheet_no,
    parcel.parcel_no,
    parcel.area_m2,
    parcel.legal_area_m2,
    parcel.land_type,
    parcel.origin,
    parcel.use_form,
    parcel.term_kind,
    parcel.term_end,
    parcel.lat,
    parcel.lon,
    parcel.class_group,
    parcel.verification_state,
    {{ commune_columns('parcel') }},
    coalesce(parcel.old_commune_code, case when doubt.is_rival and reading.rival_edition = 'pre-2025' then parcel.commune_sent_code end) as old_commune_code,
    former.name as old_commune_name,
    parcel.source_updated_at,
    parcel._record_key,
    parcel._batch_id,
    parcel._load_id
from parcel
{{ read_commune('parcel', place='parcel.parcel_code, parcel.lat, parcel.lon') }}
left join former on former.code = parcel.old_commune_code
{{ only_touched('parcel', 'land_parcel') }}
