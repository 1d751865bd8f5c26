-- The main residence is the one dim_person converted already; the others are converted here. Their addresses are not sent.
{{ config(
    meta={
        'entity': 'residence', 'dataset': 'population', 'table': 'person',
        'groups': {'entity': 'person', 'model': 'dim_person', 'column': '_record_key', 'part_of': '_person_record_key'},
    },
    indexes=[
        {'columns': ['province_code', '_record_key'], 'unique': true},
        {'columns': ['_person_record_key', 'province_code']},
        {'columns': ['_load_id', 'province_code'], 'type': 'brin'},
    ],
) }}

with person as (

    select * from {{ ref('dim_person') }}
    {% if is_incremental() %}where _load_id > {{ built_until('residence') }}{% endif %}

),

main as (

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

),

also as (

    select
        province_code,
        'current' as residence_kind,
        null::date as start_date,
        null::date as end_date,
        current_commune_sent_code as commune_sent_code,
        null::text as commune_sent_text,
        commune_declared_edition as commune_edition,
        source_updated_at,
        _record_key,
        _load_id
    from person
    where current_commune_sent_code is not null and residence_kind <> 'current'
    union all
    select
        province_code,
        'temporary' as residence_kind,
        temporary_since as start_date,
        temporary_until as end_date,
        temporary_commune_sent_code as commune_sent_code,
        null::text as commune_sent_text,
        commune_declared_edition as commune_edition,
        source_updated_at,
        _record_key,
        _load_id
    from person
    where temporary_commune_sent_code is not null and residence_kind <> 'temporary'

),

converted as (

    select
        also.province_code,
        also.residence_kind,
        false as is_main,
        also.start_date,
        also.end_date,
        {{ commune_columns('also') }},
        also.source_updated_at,
        also._record_key,
        also._load_id
    from also
    {{ read_commune('also', is_person=true) }}

),

residence as (

    select * from main
    union all
    select
        province_code,
        residence_kind,
        is_main,
        start_date,
        end_date,
        commune_sent_code,
        commune_edition,
        commune_code,
        commune_name,
        commune_method,
        source_updated_at,
        _record_key,
        _load_id
    from converted

)

select
    province_code,
    residence_kind,
    is_main,
    start_date,
    end_date,
    commune_sent_code,
    commune_edition,
    commune_code,
    commune_name,
    commune_method,
    source_updated_at,
    _record_key as _person_record_key,
    _record_key || '|' || residence_kind as _record_key,
    _load_id
from residence
