select
    province_code,
    {{ keyed('_record_key') }} as residence_key,
    {{ keyed('_person_record_key') }} as person_key,
    residence_kind,
    is_main,
    start_date,
    end_date,
    {{ without_ids('commune_sent_code') }} as commune_sent_code,
    commune_edition,
    commune_code,
    commune_name,
    commune_method,
    source_updated_at,
    _load_id
from {{ ref('dim_residence') }}
