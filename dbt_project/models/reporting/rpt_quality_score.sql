-- The score of the newest batch that was judged, accepted or not; older ones are history and stay in quality.score.
with scored as (

    select
        score.province_code,
        score.dataset,
        score.dimension,
        score.evaluated,
        score.failed,
        score.score,
        score.batch_id,
        score.as_of,
        score.waived,
        score.lawful,
        score.not_applicable,
        score.not_testable,
        score.identifier_failed,
        score.rule_set,
        row_number() over (partition by score.province_code, score.dataset, score.dimension order by score.as_of desc, score.load_id desc) as place
    from {{ source('quality', 'score') }} as score

)

select
    province_code,
    dataset,
    dimension,
    evaluated,
    failed,
    score,
    batch_id,
    as_of,
    waived,
    lawful,
    not_applicable,
    not_testable,
    identifier_failed,
    rule_set
from scored
where place = 1
