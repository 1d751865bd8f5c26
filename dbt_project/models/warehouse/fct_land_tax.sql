{{ config(
    meta={'entity': 'land_tax', 'dataset': 'tax', 'table': 'land_tax'},
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code']}],
) }}

select
    land_tax.province_code,
    land_tax.tax_code,
    land_tax.parcel_ref,
    land_tax.tax_year,
    land_tax.area_m2,
    land_tax.land_type,
    land_tax.amount_vnd,
    land_tax.paid_vnd,
    land_tax.source_updated_at,
    land_tax._record_key,
    land_tax._batch_id,
    land_tax._load_id
from {{ ref('stg_tax__land_tax') }} as land_tax
{{ only_touched('land_tax', 'land_tax') }}
