-- Kinds 3, 4 and 5 are organisations, whose code and name are public; 1 and 2 are persons.
with taxpayer as (

    select *, taxpayer_kind in ('3', '4', '5') as is_organisation
    from {{ ref('dim_taxpayer') }}

)

select
    province_code,
    {{ keyed('_record_key') }} as taxpayer_key,
    case when is_organisation then {{ unless_id('tax_code') }} else {{ masked('tax_code') }} end as tax_code_masked,
    taxpayer_kind,
    case when is_organisation then {{ without_ids('taxpayer_name') }} end as organisation_name,
    {{ keyed('owner_id') }} as owner_key,
    {{ keyed('rep_id') }} as rep_key,
    {{ keyed('parent_code') }} as parent_key,
    status,
    status_reason,
    status_date,
    issue_date,
    start_date,
    end_date,
    tax_office,
    commune_code,
    commune_name,
    case when commune_edition = 'pre-2025' then commune_sent_code end as old_commune_code,
    commune_method,
    source_updated_at,
    _load_id
from taxpayer
