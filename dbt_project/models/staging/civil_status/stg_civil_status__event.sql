-- A code inside an event belongs to the list of the registration date, whatever list the sender uses today.
with source as (

    select * from {{ source('validated', 'civil_status__event') }}

),

renamed as (

    select
        province_code,
        event_kind,
        reg_year,
        book_no,
        reg_no,
        reg_date,
        reg_type,
        event_date,
        {{ year_of('event_date') }} as event_year,
        subject_id,
        {{ year_of('subject_dob') }} as subject_birth_year,
        subject_sex,
        spouse_id,
        father_id,
        mother_id,
        decision_no,
        reg_commune as commune_sent_code,
        case when reg_date < date '2025-07-01' then 'pre-2025' else '2025' end as commune_edition,
        source_updated_at,
        _record_key,
        _batch_id,
        _load_id
    from source
    where _held_by is null

)

select * from renamed
