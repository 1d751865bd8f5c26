-- Every commune's newest score since its province's last snapshot: changes that an earlier release scored speak of some communes only.
with judged as (

    select
        batch_id,
        province_code,
        dataset,
        kind,
        load_id,
        max(load_id) filter (where kind = 'snapshot') over (partition by province_code, dataset) as last_snapshot
    from {{ source('ops', 'batch') }}
    where status in ('validated', 'published') and kind <> 'corrections'

),

scored as (

    select
        score.*,
        row_number() over (
            partition by score.province_code, score.dataset, score.commune_code, score.dimension order by judged.load_id desc, score.as_of desc
        ) as place
    from judged
    inner join {{ source('quality', 'commune_score') }} as score on score.batch_id = judged.batch_id
    where judged.last_snapshot is null or judged.load_id >= judged.last_snapshot

)

select
    province_code,
    dataset,
    commune_code,
    dimension,
    evaluated,
    failed,
    waived,
    lawful,
    score,
    failed_across,
    batch_id,
    as_of
from scored
where place = 1
