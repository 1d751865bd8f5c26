-- The figures of the provinces on the map of the 63 before July 2025. What is counted by place is added up there; a province that was not
-- merged is its former one, so all of it is shown; what cannot be split is shown without a figure and with the reason. Whatever lies
-- in no known place stands in a row without a former province, so that the rows of a province always add up to it.
{%- set day = indicator_day() %}
{%- set this_month = indicator_period(day) %}
with {{ matched_figures() }},

counted as (

    select
        code,
        province_code,
        old_province_code,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        count(commune_code)::integer as communes
    from {{ ref('int_indicator__placed') }}
    group by code, province_code, old_province_code
    union all
    select code, province_code, old_province_code, sum(numerator)::bigint, sum(denominator)::bigint, count(distinct commune_code)::integer
    from matched
    group by code, province_code, old_province_code
    having sum(denominator) > 0

),

by_place as (

    select distinct code, province_code from counted

),

province as (

    select code, province_code, period, numerator, denominator
    from {{ source('published', 'indicator') }}
    where
        province_code <> '00'
        and commune_code is null
        and (period = {{ this_month }} or code like 'lookup%' and period = ({{ this_month }} - interval '1 month')::date)

),

-- Every indicator of a province in each of its former ones.
wanted as (

    select
        province.code,
        province.province_code,
        former.old_province_code,
        province.period,
        case when former.is_whole and by_place.code is null then province.numerator when by_place.code is not null then 0 end as numerator,
        case
            when former.is_whole and by_place.code is null then province.denominator
            when by_place.code is not null and province.denominator is not null then 0
        end as denominator,
        0 as communes
    from province
    inner join {{ ref('int_province__former') }} as former on former.province_code = province.province_code
    left join by_place on by_place.code = province.code and by_place.province_code = province.province_code

),

shown as (

    select
        code,
        province_code,
        old_province_code,
        period,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator,
        sum(communes)::integer as communes
    from (
        select * from wanted
        union all
        select code, province_code, old_province_code, {{ this_month }}, numerator, denominator, communes
        from counted
    ) as together
    group by code, province_code, old_province_code, period

)

select
    shown.code,
    definition.name_vi,
    shown.province_code,
    shown.old_province_code,
    coalesce(unit.name, 'Không rõ tỉnh cũ') as old_province_name,
    shown.period,
    {{ indicator_value('shown.numerator', 'shown.denominator') }} as value,
    shown.numerator,
    shown.denominator,
    shown.communes,
    definition.unit,
    {{ stated_indicator('shown.numerator', 'shown.denominator', 'definition.digits', 'definition.unit') }} as statement,
    case
        when shown.numerator is not null then definition.basis
        else 'Không chia được theo tỉnh cũ: ' || coalesce(definition.not_split_because, 'lần nạp tới của tỉnh mới đếm theo xã')
    end as basis,
    shown.numerator is not null as is_split,
    shown.code || '|' || to_char(shown.period, 'YYYY-MM') || '|' || coalesce(shown.old_province_code, '') as indicator_key
from shown
inner join {{ ref('indicator_definition') }} as definition on definition.code = shown.code
left join {{ source('reference', 'admin_unit') }} as unit
    on unit.edition = 'pre-2025' and unit.level = 'province' and unit.code = shown.old_province_code
