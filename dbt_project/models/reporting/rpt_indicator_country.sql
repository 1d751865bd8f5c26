-- The country is the sum of what its provinces were published with this month; a share is a share of sums, not a mean of shares.
-- A group of fewer than ten, counted or left over, is not shown: with its own figures a province could tell who it is. Tasks are no persons.
with provinces as (

    select
        code,
        period,
        numerator,
        denominator,
        denominator - numerator as others
    from {{ source('published', 'indicator') }}
    where province_code <> '00' and commune_code is null and period = {{ indicator_period(indicator_day()) }}

),

country as (

    select
        code,
        period,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        sum(others)::bigint as others
    from provinces
    group by code, period

),

-- Each province can take its own figures away from the country's; what is left must not be small either.
rests as (

    select
        country.code,
        country.period,
        bool_or(
            coalesce(country.numerator - provinces.numerator between 1 and 9, false)
            or coalesce(country.denominator - provinces.denominator between 1 and 9, false)
            or coalesce(country.others - provinces.others between 1 and 9, false)
        ) as is_small
    from country
    inner join provinces on provinces.code = country.code and provinces.period = country.period
    group by country.code, country.period

),

judged as (

    select
        country.*,
        country.code not like 'tasks%' and (
            rests.is_small
            or country.numerator between 1 and 9
            or coalesce(country.denominator between 1 and 9, false)
            or coalesce(country.others between 1 and 9, false)
        ) as is_small
    from country
    inner join rests on rests.code = country.code and rests.period = country.period

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
