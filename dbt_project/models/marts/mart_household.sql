select
    province_code,
    {{ keyed('_record_key') }} as household_key,
    {{ unless_id('household_no') }} as household_no,
    {{ keyed('head_id') }} as head_key,
    head_state,
    member_count,
    living_count,
    male_count,
    female_count,
    commune_code,
    commune_name,
    source_updated_at,
    _load_id
from {{ ref('dim_household') }}
