-- The country is the sum of what its provinces were last published with; a share is a share of sums, not a mean of shares.
-- A group of fewer than ten, counted or left over, is not shown: with its own figures a province could tell who it is.
with country as (

    select
        indicator_id,
        name_vi,
        name_en,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        unit,
        basis,
        max(as_of) as as_of
    from {{ source('published', 'indicator') }}
    where province_code <> '00'
    group by indicator_id, name_vi, name_en, unit, basis

),

judged as (

    select
        *,
        numerator between 1 and 9
        or coalesce(denominator between 1 and 9, false)
        or coalesce(denominator - numerator between 1 and 9, false) as is_small
    from country

)

select
    '00' as province_code,
    indicator_id,
    name_vi,
    name_en,
    case when not is_small then numerator end as numerator,
    case when not is_small then denominator end as denominator,
    case when not is_small then {{ indicator_value('numerator', 'denominator') }} end as value,
    unit,
    basis,
    as_of
from judged
