-- The figures of this month, counted from records. Of a split commune the record has no commune and counts for the province only.
with counted as (

    select
        code,
        province_code,
        commune_code,
        {{ indicator_period(indicator_day()) }} as period,
        numerator,
        denominator,
        old_province_code
    from {{ ref('int_indicator__counted') }}

)

{{ indicator_rows('counted') }}
