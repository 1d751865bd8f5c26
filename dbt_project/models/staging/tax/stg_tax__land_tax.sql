with source as (

    select * from {{ source('validated', 'tax__land_tax') }}

),

renamed as (

    select
        province_code,
        tax_code,
        parcel_ref,
        year as tax_year,
        area_m2::numeric(14, 2) as area_m2,
        land_type,
        amount_vnd,
        paid_vnd,
        source_updated_at,
        _record_key,
        _batch_id,
        _load_id
    from source
    where _held_by is null

)

select * from renamed
