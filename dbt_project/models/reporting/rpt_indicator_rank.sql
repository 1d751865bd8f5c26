-- The place of a province among those that have the figure this month: 1 is best. Only shares are ranked, and only of ten and more.
select
    figure.code,
    figure.province_code,
    figure.period,
    (rank() over (partition by figure.code order by case when definition.is_higher_better then -figure.value else figure.value end))::integer as rank,
    (count(*) over (partition by figure.code))::integer as ranked
from {{ source('published', 'indicator') }} as figure
inner join {{ ref('indicator_definition') }} as definition on definition.code = figure.code
where
    figure.province_code <> '00'
    and figure.commune_code is null
    and figure.period = {{ indicator_period(indicator_day()) }}
    and figure.denominator >= 10
