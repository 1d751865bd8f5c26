{{ config(
    meta={'entity': 'person', 'dataset': 'population', 'table': 'person', 'logged_column': 'household_no'},
    indexes=[
        {'columns': ['province_code', '_record_key'], 'unique': true},
        {'columns': ['household_no', 'province_code']},
        {'columns': ['_load_id', 'province_code']},
    ],
) }}

with person as (

    select * from {{ ref('stg_population__person') }}

)

select
    person.province_code,
    person.personal_id,
    person.full_name,
    person.birth_date,
    person.birth_year,
    person.sex,
    person.ethnicity,
    person.nationality,
    person.birth_commune_sent_code,
    person.residence_kind,
    {{ commune_columns('person') }},
    person.permanent_since,
    person.current_commune_sent_code,
    person.temporary_commune_sent_code,
    person.temporary_since,
    person.temporary_until,
    person.household_no,
    person.household_head_id,
    person.relation_to_head,
    person.marital_status,
    person.spouse_id,
    person.father_id,
    person.mother_id,
    person.card_issue_date,
    person.card_expiry_date,
    person.life_status,
    person.death_date,
    person.source_updated_at,
    person._record_key,
    person._batch_id,
    person._load_id
from person
{{ read_commune('person', is_person=true) }}
{{ only_touched('person', 'person') }}
