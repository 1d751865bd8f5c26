{{ config(
    meta={'entity': 'land_parcel', 'dataset': 'land', 'table': 'parcel'},
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code'], 'type': 'brin'}],
) }}

with parcel as (

    select * from {{ ref('stg_land__parcel') }}

),

commune as (

    select * from {{ ref('int_commune__converted') }}

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
    {{ commune_columns('parcel', 'commune') }},
    parcel.old_commune_code,
    former.name as old_commune_name,
    parcel.source_updated_at,
    parcel._record_key,
    parcel._batch_id,
    parcel._load_id
from parcel
left join commune on commune.sent_code = parcel.commune_sent_code and commune.edition = parcel.commune_edition
left join former on former.code = parcel.old_commune_code
{{ only_touched('parcel', 'land_parcel') }}
