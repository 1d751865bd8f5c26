{{ config(
    meta={'entity': 'land_right', 'dataset': 'land', 'table': 'right'},
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code']}],
) }}

with land_right as (

    select * from {{ ref('stg_land__right') }}

)

select
    land_right.province_code,
    land_right.parcel_record_key,
    land_right.parcel_code,
    land_right.certificate_serial,
    land_right.book_no,
    land_right.issue_date,
    land_right.issuer,
    land_right.cert_state,
    land_right.holder_kind,
    land_right.holder_role,
    land_right.holder_name,
    land_right.holder_birth_year,
    land_right.holder_sex,
    land_right.id_type,
    land_right.id_no,
    {{ commune_columns('land_right', has_text=false) }},
    land_right.source_updated_at,
    land_right._record_key,
    land_right._batch_id,
    land_right._load_id
from land_right
{{ read_commune('land_right', has_text=false) }}
{{ only_touched('land_right', 'land_right') }}
