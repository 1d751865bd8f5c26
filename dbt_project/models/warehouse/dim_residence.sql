-- The main residence is the one dim_person converted already; the others are converted here.
{{ config(
    meta={
        'entity': 'residence', 'dataset': 'population', 'table': 'person',
        'groups': {'entity': 'person', 'model': 'dim_person', 'column': '_record_key', 'part_of': '_person_record_key'},
    },
    indexes=[
        {'columns': ['province_code', '_record_key'], 'unique': true},
        {'columns': ['_person_record_key', 'province_code']},
        {'columns': ['_load_id', 'province_code']},
    ],
) }}

{%- set columns = [
    'province_code', 'residence_kind', 'is_main', 'start_date', 'end_date', 'commune_sent_code', 'commune_edition', 'commune_code', 'commune_name',
    'commune_method', 'source_updated_at', '_record_key', '_load_id',
] %}

with stated as (

    select
        *,
        -- Their addresses are not sent.
        null::text as commune_sent_text
    from {{ ref('int_residence__told_apart') }}

),

converted as (

    select
        stated.province_code,
        stated.residence_kind,
        stated.is_main,
        stated.start_date,
        stated.end_date,
        {{ commune_columns('stated') }},
        stated.source_updated_at,
        stated._record_key,
        stated._load_id
    from stated
    {{ read_commune('stated', is_person=true) }}
    where not stated.is_main

),

residence as (

    select {{ columns | join(', ') }} from stated where is_main
    union all
    select {{ columns | join(', ') }} from converted

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
