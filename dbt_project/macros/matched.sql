{#
  How births and marriages, holders and tax codes agree with population, as the rules say it: parts of a WITH clause, `tested` by province
  and rule, `matched` by where the record lies. A code is read by its list, or by the other where its own does not know it; a commune
  that was divided has no commune of today, but a former province.
#}
{% macro matched_figures() -%}
batch as (

    select province_code, dataset, batch_id, row_number() over (partition by province_code, dataset order by sequence_no desc nulls last, as_of desc, received_at desc) as place
    from {{ source('ops', 'batch') }}
    where status = 'published' and kind <> 'corrections'

),

tested as (

    select
        case result.rule_id when 'XDS-023' then 'land_holders_matched' when 'XDS-029' then 'tax_codes_matched' else 'civil_events_synchronised' end as code,
        batch.province_code,
        result.rule_id,
        result.evaluated,
        result.failed
    from batch
    inner join {{ source('quality', 'rule_result') }} as result on result.batch_id = batch.batch_id
    where batch.place = 1 and result.rule_id in ('XDS-008', 'XDS-018', 'XDS-023', 'XDS-029') and result.evaluated > 0

),

reading as (

    select code as sent_code, '2025' as edition, code as commune_code, code as lies_in
    from {{ source('reference', 'commune') }}
    where edition = '2025'
    union all
    select old_code, 'pre-2025', case when count(*) = 1 then min(new_code) end, min(new_code)
    from {{ source('reference', 'commune_crosswalk') }}
    group by old_code

),

matched as (

    select
        tested.code,
        tested.province_code,
        reading.commune_code,
        coalesce(former.old_province_code, only_one.old_province_code) as old_province_code,
        greatest(result.evaluated, result.failed) - result.failed as numerator,
        greatest(result.evaluated, result.failed) as denominator
    from tested
    inner join {{ source('quality', 'commune_result') }} as result on result.rule_id = tested.rule_id and result.province_code = tested.province_code
    left join reading as own on own.sent_code = result.commune_code and own.edition = result.commune_edition
    left join reading as other on other.sent_code = result.commune_code and other.edition <> result.commune_edition
    left join lateral (
        select
            case when own.sent_code is null then other.commune_code else own.commune_code end as commune_code,
            case when own.sent_code is null then other.lies_in else own.lies_in end as lies_in
    ) as reading on true
    left join {{ ref('int_commune__former') }} as former on former.commune_code = reading.lies_in
    left join {{ ref('int_province__former') }} as only_one on only_one.province_code = tested.province_code and only_one.is_whole

)
{%- endmacro %}
