-- The country is the sum of what its provinces were published with this month; a share is a share of sums, not a mean of shares.
-- A group of fewer than ten, counted or left over, is not shown: with its own figures a province could tell who it is. Tasks are no persons.
with country as (

    select
        code,
        period,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator
    from {{ source('published', 'indicator') }}
    where province_code <> '00' and commune_code is null and period = {{ indicator_period(indicator_day()) }}
    group by code, period

),

judged as (

    select
        *,
        code not like 'tasks%' and (
            numerator between 1 and 9
            or coalesce(denominator between 1 and 9, false)
            or coalesce(denominator - numerator between 1 and 9, false)
        ) as is_small
    from country

),

counted as (

    select
        code,
        '00' as province_code,
        null::text as commune_code,
        period,
        case when not is_small then numerator end as numerator,
        case when not is_small then denominator end as denominator,
        null::text as old_province_code
    from judged

)

{{ indicator_rows('counted') }}
