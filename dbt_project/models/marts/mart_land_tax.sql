select
    province_code,
    {{ keyed('_record_key') }} as land_tax_key,
    {{ keyed('tax_code') }} as taxpayer_key,
    {{ keyed('parcel_ref') }} as parcel_key,
    {{ unless_id('parcel_ref') }} as parcel_ref,
    tax_year,
    area_m2,
    land_type,
    amount_vnd,
    paid_vnd,
    source_updated_at,
    _load_id
from {{ ref('fct_land_tax') }}
