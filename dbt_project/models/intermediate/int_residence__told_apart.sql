-- A citizen states up to three residences in one record. The main one is converted with the citizen; the others bear their code as sent.
-- When dim_residence is brought up to date, only those of touched citizens.
with person as (

    select * from {{ ref('dim_person') }}
    {% if is_updating('dim_residence') %}where _load_id > {{ built_until('residence') }}{% endif %}

)

select
    province_code,
    residence_kind,
    true as is_main,
    case residence_kind when 'permanent' then permanent_since when 'temporary' then temporary_since end as start_date,
    case residence_kind when 'temporary' then temporary_until end as end_date,
    commune_sent_code,
    commune_edition,
    commune_code,
    commune_name,
    commune_method,
    source_updated_at,
    _record_key,
    _load_id
from person
where residence_kind is not null
union all
select
    person.province_code,
    stated.residence_kind,
    false as is_main,
    stated.start_date,
    stated.end_date,
    stated.commune_sent_code,
    person.commune_declared_edition as commune_edition,
    null as commune_code,
    null as commune_name,
    null as commune_method,
    person.source_updated_at,
    person._record_key,
    person._load_id
from person
cross join lateral (
    values
    ('current', null::date, null::date, person.current_commune_sent_code),
    ('temporary', person.temporary_since, person.temporary_until, person.temporary_commune_sent_code)
) as stated (residence_kind, start_date, end_date, commune_sent_code)
where stated.commune_sent_code is not null and person.residence_kind <> stated.residence_kind
