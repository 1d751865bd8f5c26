-- The figures of this month, counted from records. Of a split commune the record has no commune and counts for the province only.
with counted as (

    select
        figure.code,
        figure.province_code,
        figure.commune_code,
        {{ indicator_period(indicator_day()) }} as period,
        figure.numerator,
        figure.denominator,
        former.old_province_code
    from {{ ref('int_indicator__counted') }} as figure
    left join {{ ref('int_commune__former') }} as former on former.commune_code = figure.commune_code

)

{{ indicator_rows('counted') }}
