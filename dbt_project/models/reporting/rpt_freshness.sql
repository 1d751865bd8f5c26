with published_batches as (

    select
        province_code,
        dataset,
        as_of,
        received_at,
        batch_id,
        delivered,
        published,
        row_number() over (partition by province_code, dataset order by sequence_no desc nulls last, as_of desc, received_at desc) as place
    from {{ source('ops', 'batch') }}
    where status = 'published' and kind <> 'corrections'

)

select province_code, dataset, as_of, received_at, batch_id, delivered, published
from published_batches
where place = 1
