{{ config(
    meta={'entity': 'civil_event', 'dataset': 'civil_status', 'table': 'event'},
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code']}],
) }}

with event as (

    select * from {{ ref('stg_civil_status__event') }}

)

select
    event.province_code,
    event.event_kind,
    event.reg_year,
    event.book_no,
    event.reg_no,
    event.reg_date,
    event.reg_type,
    event.event_date,
    event.event_year,
    event.subject_id,
    event.subject_birth_year,
    event.subject_sex,
    event.spouse_id,
    event.father_id,
    event.mother_id,
    event.decision_no,
    {{ commune_columns('event', has_text=false) }},
    event.source_updated_at,
    event._record_key,
    event._batch_id,
    event._load_id
from event
{{ read_commune('event', has_text=false) }}
{{ only_touched('event', 'civil_event') }}
