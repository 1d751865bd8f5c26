-- Figures the ledgers tell: agreement with population as the rules counted it, look-ups, tasks. A province that has published is
-- counted, with nought where there is nothing. Look-ups of the month before are completed once its last day is over.
{%- set day = indicator_day() %}
{%- set this_month = indicator_period(day) %}
with batch as (

    select province_code, dataset, batch_id, row_number() over (partition by province_code, dataset order by sequence_no desc nulls last, as_of desc, received_at desc) as place
    from {{ source('ops', 'batch') }}
    where status = 'published' and kind <> 'corrections'

),

province as (

    select distinct province_code from batch

),

matched as (

    select
        case result.rule_id when 'XDS-023' then 'land_holders_matched' when 'XDS-029' then 'tax_codes_matched' else 'civil_events_synchronised' end as code,
        batch.province_code,
        {{ this_month }} as period,
        sum(result.evaluated - result.failed)::bigint as numerator,
        sum(result.evaluated)::bigint as denominator
    from batch
    inner join {{ source('quality', 'rule_result') }} as result on result.batch_id = batch.batch_id
    where batch.place = 1 and result.rule_id in ('XDS-008', 'XDS-018', 'XDS-023', 'XDS-029') and result.evaluated > 0
    group by 1, 2

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

    select code, province_code, period, numerator, denominator from matched
    union all
    select figure.code, looked.province_code, looked.period, figure.numerator, null
    from looked
    cross join lateral (values ('lookups', lookups), ('lookup_accounts', accounts)) as figure (code, numerator)
    union all
    select figure.code, task.province_code, {{ this_month }}, figure.numerator, figure.denominator
    from task
    cross join lateral (
        values ('tasks_done', done, tasks), ('tasks_in_progress', tasks - done - late, null::bigint), ('tasks_late', late, null::bigint)
    ) as figure (code, numerator, denominator)

),

counted as (

    select code, province_code, null::text as commune_code, period, numerator, denominator, null::text as old_province_code from figures

)

{{ indicator_rows('counted') }}
