-- An old address on an old paper is lawful: beside an old code it speaks of that one and casts no doubt on the new one.
with source as (

    select * from {{ source('validated', 'land__parcel') }}

),

editions as (

    select batch_id, commune_edition from {{ source('ops', 'batch') }}

),

renamed as (

    select
        source.province_code,
        source.parcel_code,
        source.map_sheet_no,
        source.parcel_no,
        source.area_m2::numeric(14, 2) as area_m2,
        source.legal_area_m2::numeric(14, 2) as legal_area_m2,
        source.land_type,
        source.origin,
        source.use_form,
        source.term_kind,
        source.term_end,
        source.lat,
        source.lon,
        source.class_group,
        source.verification_state,
        source.commune as commune_sent_code,
        case when source.old_commune is null or editions.commune_edition = 'pre-2025' then source.address end as commune_sent_text,
        coalesce(editions.commune_edition, '2025') as commune_edition,
        case when editions.commune_edition = 'pre-2025' then source.commune else source.old_commune end as old_commune_code,
        source.source_updated_at,
        source._record_key,
        source._batch_id,
        source._load_id
    from source
    left join editions on editions.batch_id = source._batch_id
    where source._held_by is null

)

select * from renamed
