-- Residence: where the citizen is registered; where nothing is registered, where he or she lives now.
with source as (

    select * from {{ source('validated', 'population__person') }}

),

editions as (

    select batch_id, commune_edition from {{ source('ops', 'batch') }}

),

renamed as (

    select
        source.province_code,
        source.personal_id,
        source.full_name,
        source.dob as birth_date,
        {{ year_of('source.dob') }} as birth_year,
        source.sex,
        source.ethnicity,
        source.nationality,
        source.birth_reg_commune as birth_commune_sent_code,
        case
            when source.perm_commune is not null then 'permanent'
            when source.current_commune is not null then 'current'
            when source.temp_commune is not null then 'temporary'
        end as residence_kind,
        coalesce(source.perm_commune, source.current_commune, source.temp_commune) as commune_sent_code,
        case when source.perm_commune is not null then source.perm_address end as commune_sent_text,
        coalesce(editions.commune_edition, '2025') as commune_edition,
        source.perm_from as permanent_since,
        source.current_commune as current_commune_sent_code,
        source.temp_commune as temporary_commune_sent_code,
        source.temp_from as temporary_since,
        source.temp_to as temporary_until,
        source.household_no,
        source.household_head_id,
        source.relation_to_head,
        source.marital_status,
        source.spouse_id,
        source.father_id,
        source.mother_id,
        source.card_issue_date,
        source.card_expiry_date,
        source.life_status,
        source.death_date,
        source.source_updated_at,
        source._record_key,
        source._batch_id,
        source._load_id
    from source
    left join editions on editions.batch_id = source._batch_id
    where source._held_by is null

)

select * from renamed
