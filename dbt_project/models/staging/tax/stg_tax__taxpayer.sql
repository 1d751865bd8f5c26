with source as (

    select * from {{ source('validated', 'tax__taxpayer') }}

),

editions as (

    select batch_id, commune_edition from {{ source('ops', 'batch') }}

),

renamed as (

    select
        source.province_code,
        source.tax_code,
        source.old_tax_code,
        source.taxpayer_kind,
        source.taxpayer_name,
        source.owner_id,
        source.rep_id,
        source.status,
        source.status_reason,
        source.status_date,
        source.issue_date,
        source.start_date,
        source.end_date,
        source.tax_office,
        source.parent_code,
        source.business_reg_no,
        source.commune as commune_sent_code,
        source.address as commune_sent_text,
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
