{{ config(
    meta={
        'entity': 'household', 'dataset': 'population', 'table': 'person',
        'groups': {'entity': 'person', 'model': 'dim_person', 'column': 'household_no'},
    },
    indexes=[{'columns': ['province_code', '_record_key'], 'unique': true}, {'columns': ['_load_id', 'province_code']}],
) }}

with household as (

    select * from {{ ref('int_household__assembled') }}

),

commune as (

    select code, name from {{ source('reference', 'commune') }} where edition = '2025'

)

select
    household.province_code,
    household.household_no,
    household.head_id,
    household.head_state,
    household.member_count,
    household.living_count,
    household.male_count,
    household.female_count,
    household.commune_code,
    commune.name as commune_name,
    household.source_updated_at,
    household.household_no as _record_key,
    household._load_id
from household
left join commune on commune.code = household.commune_code
