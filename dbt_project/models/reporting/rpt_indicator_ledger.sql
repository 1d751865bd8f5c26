-- Figures the ledgers tell: agreement with population as the rules counted it, look-ups, tasks. A province that has published is
-- counted, with nought where there is nothing. Look-ups of the month before are completed once its last day is over.
{%- set day = indicator_day() %}
{%- set this_month = indicator_period(day) %}
with {{ matched_figures() }},

province as (

    select distinct province_code from batch

),

-- Of a province that no load has counted by commune yet, the rules' own results tell.
agreement as (

    select
        code,
        province_code,
        null as commune_code,
        null as old_province_code,
        sum(numerator)::bigint as numerator,
        sum(denominator)::bigint as denominator
    from matched
    group by code, province_code
    having sum(denominator) > 0
    union all
    select code, province_code, commune_code, max(old_province_code), sum(numerator)::bigint, sum(denominator)::bigint
    from matched
    where commune_code is not null
    group by code, province_code, commune_code
    having sum(denominator) > 0
    union all
    select code, province_code, null, null, sum(evaluated - failed)::bigint, sum(evaluated)::bigint
    from tested
    where not exists (select from matched where matched.code = tested.code and matched.province_code = tested.province_code and matched.denominator > 0)
    group by code, province_code

),

looked as (

    select
        province.province_code,
        month.period,
        count(lookup.lookup_id) as lookups,
        count(distinct lookup.login) as accounts
    from province
    cross join (values ({{ this_month }}), (({{ this_month }} - interval '1 month')::date)) as month (period)
    left join {{ source('ops', 'lookup') }} as lookup
        on
            lookup.province_code = province.province_code
            and lookup.outcome in ('shown', 'not_found')
            and lookup.asked_at >= month.period::timestamp at time zone 'Asia/Ho_Chi_Minh'
            and lookup.asked_at < least(month.period + interval '1 month', {{ day }}::timestamp) at time zone 'Asia/Ho_Chi_Minh'
    group by province.province_code, month.period
    having month.period = {{ this_month }} or count(lookup.lookup_id) > 0

),

task as (

    select
        province_code,
        count(*) as tasks,
        count(*) filter (where done_on <= {{ day }}) as done,
        count(*) filter (where coalesce(done_on > {{ day }}, true) and due_on < {{ day }}) as late
    from {{ ref('task') }}
    where coalesce(assigned_on <= {{ day }}, true)
    group by province_code

),

figures as (

    select code, province_code, commune_code, old_province_code, {{ this_month }} as period, numerator, denominator from agreement
    union all
    select figure.code, looked.province_code, null, null, looked.period, figure.numerator, null
    from looked
    cross join lateral (values ('lookups', lookups), ('lookup_accounts', accounts)) as figure (code, numerator)
    union all
    select figure.code, task.province_code, null, null, {{ this_month }}, figure.numerator, figure.denominator
    from task
    cross join lateral (
        values ('tasks_done', done, tasks), ('tasks_in_progress', tasks - done - late, null::bigint), ('tasks_late', late, null::bigint)
    ) as figure (code, numerator, denominator)

)

{{ indicator_rows('figures') }}
