{# What an indicator is made of: the day it is counted, its value, and how it is stated. #}

{# The day comes from the publish step; without one it is today. #}
{% macro indicator_day() -%}
    coalesce(nullif(current_setting('province_data.today', true), '')::date, current_date)
{%- endmacro %}

{# The provinces that are asked for, given by the publish step in a setting; without it all. A filter that is written out: planners do
   not carry one from outside below a grouping by several sets, and a scan of every province would follow. #}
{% macro asked_provinces(setting='provinces') -%}
    any ((select coalesce(string_to_array(nullif(current_setting('province_data.{{ setting }}', true), ''), ','), ops.province_codes()))::text [])
{%- endmacro %}

{# Whether any province is asked for: known before the first row, so that nothing is scanned for none. #}
{% macro asks_for_any(setting) -%}
    current_setting('province_data.{{ setting }}', true) is distinct from 'none'
{%- endmacro %}

{# The month a figure stands for, as its first day. #}
{% macro indicator_period(day) -%}
    date_trunc('month', {{ day }})::date
{%- endmacro %}

{# A count, or a share in per cent with two decimals. #}
{% macro indicator_value(numerator, denominator) -%}
    case when {{ denominator }} is null then {{ numerator }} else round(100.0 * {{ numerator }} / nullif({{ denominator }}, 0), 2) end::numeric(18, 2)
{%- endmacro %}

{# A count as people write it: 1.849, or 1,62 triệu. #}
{% macro stated_count(count) -%}
    case
        when {{ count }} >= 1000000 then translate(to_char(round({{ count }} / 1000000.0, 2), 'FM999,999,990.00'), ',.', '.,') || ' triệu'
        else translate(to_char({{ count }}, 'FM999,999,999,990'), ',', '.')
    end
{%- endmacro %}

{# The sentence a report would use: 1.231/1.849 = 66,6 %. #}
{% macro stated_indicator(numerator, denominator, digits, unit) -%}
    case
        when {{ denominator }} is null then {{ stated_count(numerator) }} || ' ' || {{ unit }}
        else {{ stated_count(numerator) }} || '/' || {{ stated_count(denominator) }} || coalesce(
            ' = ' || translate(round(100.0 * {{ numerator }} / nullif({{ denominator }}, 0), {{ digits }})::text, '.', ',') || ' %', '')
    end
{%- endmacro %}

{# One row per counted figure, in the form of the published table. `counted` has code, province, commune, period, numerator and denominator. #}
{% macro indicator_rows(counted) -%}
select
    counted.code,
    counted.province_code,
    counted.commune_code,
    counted.period,
    value.value,
    counted.numerator,
    counted.denominator,
    definition.target,
    definition.unit,
    definition.basis,
    definition.name_vi,
    definition.name_en,
    {{ stated_indicator('counted.numerator', 'counted.denominator', 'definition.digits', 'definition.unit') }} as statement,
    case when definition.is_higher_better then value.value >= definition.target else value.value <= definition.target end as is_reached,
    counted.old_province_code,
    counted.code || '|' || to_char(counted.period, 'YYYY-MM') || '|' || coalesce(counted.commune_code, '') as indicator_key
from {{ counted }} as counted
inner join {{ ref('indicator_definition') }} as definition on definition.code = counted.code
cross join lateral (select {{ indicator_value('counted.numerator', 'counted.denominator') }} as value) as value
{%- endmacro %}
