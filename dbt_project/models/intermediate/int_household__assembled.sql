-- A household is the citizens who state its number; its head is the one member who says so, and nobody where several do.
-- When dim_household is brought up to date, only the households that a touched citizen belongs or belonged to.
with members as (

    select
        person.province_code,
        person.household_no,
        person.personal_id,
        person.relation_to_head,
        person.life_status,
        person.sex,
        person.commune_code,
        person.source_updated_at,
        {% if is_updating('dim_household') -%}
        greatest(person._load_id, touched.load_id) as _load_id
        {%- else -%}
        person._load_id
        {%- endif %}
    from {{ ref('dim_person') }} as person
    {% if is_updating('dim_household') -%}
    inner join (
        {{ touched_groups('person', ref('dim_person'), 'household_no', built_until('household')) }}
    ) as touched on touched.province_code = person.province_code and touched.record_key = person.household_no
    {%- endif %}
    where person.household_no is not null

),

assembled as (

    select
        province_code,
        household_no,
        case when count(*) filter (where relation_to_head = '00') = 1 then min(personal_id) filter (where relation_to_head = '00') end as head_id,
        case count(*) filter (where relation_to_head = '00') when 0 then 'none' when 1 then 'one' else 'several' end as head_state,
        count(*)::integer as member_count,
        (count(*) filter (where life_status = '1'))::integer as living_count,
        (count(*) filter (where life_status = '1' and sex = '1'))::integer as male_count,
        (count(*) filter (where life_status = '1' and sex = '2'))::integer as female_count,
        coalesce(min(commune_code) filter (where relation_to_head = '00'), min(commune_code)) as commune_code,
        max(source_updated_at) as source_updated_at,
        max(_load_id) as _load_id
    from members
    group by province_code, household_no

)

select * from assembled
