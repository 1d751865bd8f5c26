with source as (

    select * from {{ source('validated', 'land__right') }}

),

editions as (

    select batch_id, commune_edition from {{ source('ops', 'batch') }}

),

renamed as (

    select
        source.province_code,
        coalesce(source.parcel_code, concat_ws('|', source.commune, source.map_sheet_no, source.parcel_no)) as parcel_record_key,
        source.parcel_code,
        source.serial as certificate_serial,
        source.book_no,
        source.issue_date,
        source.issuer,
        source.cert_state,
        source.holder_kind,
        source.role as holder_role,
        source.full_name as holder_name,
        {{ year_of('source.dob') }} as holder_birth_year,
        source.sex as holder_sex,
        source.id_type,
        source.id_no,
        source.commune as commune_sent_code,
        coalesce(editions.commune_edition, '2025') as commune_edition,
        source.source_updated_at,
        source._record_key,
        source._batch_id,
        source._load_id
    from source
    left join editions on editions.batch_id = source._batch_id
    where source._held_by is null

)

select * from renamed
