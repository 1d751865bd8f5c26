{# Small conversions that several models share. #}

{# The year of a partial date (YYYY, YYYY-MM, YYYY-MM-DD). #}
{% macro year_of(partial_date) -%}
    case when {{ partial_date }} ~ '^\d{4}' then left({{ partial_date }}, 4)::integer end
{%- endmacro %}

{# Only the last three characters stay visible. #}
{% macro masked(identifier) -%}
    lpad(right({{ identifier }}, 3), length({{ identifier }}), '*')
{%- endmacro %}

{# A text that may hold an identifier by mistake: nine digits in a row never leave the private zone. #}
{% macro without_ids(free_text) -%}
    case when length({{ free_text }}) < 9 then {{ free_text }} else regexp_replace({{ free_text }}, '\d{9,}', '***', 'g') end
{%- endmacro %}

{# A number that is public unless it is somebody's twelve-digit identifier. #}
{% macro unless_id(number) -%}
    case when {{ number }} ~ '\d{12}' then {{ masked(number) }} else {{ number }} end
{%- endmacro %}

{# The stable key that stands for an identifier. #}
{% macro keyed(identifier) -%}
    warehouse.keyed_hash({{ identifier }})
{%- endmacro %}

{# Whether a record's own address names the commune that bears its code in the other list, and none that bears it in the declared one. #}
{% macro is_rival(record, commune) -%}
    case
        when {{ record }}.commune_sent_text is null or {{ commune }}.rival_name is null then false
        when strpos({{ record }}.commune_sent_text, {{ commune }}.listed_name) > 0 then false
        else
            reference.names_unit({{ record }}.commune_sent_text, {{ commune }}.rival_name)
            and not exists (select from unnest({{ commune }}.listed_names) as form (name) where reference.names_unit({{ record }}.commune_sent_text, form.name))
    end
{%- endmacro %}

{#
  How the commune of a record was read: the join that every model makes with the code's two readings, and, for a commune that
  was divided, with the evidence in the record itself. `place` is the SQL of a parcel's code, latitude and longitude.
#}
{% macro read_commune(record, is_person=false, place='null, null, null', has_text=true) -%}
    left join {{ ref('int_commune__converted') }} as reading on reading.sent_code = {{ record }}.commune_sent_code and reading.edition = {{ record }}.commune_edition
    left join lateral (select {{ is_rival(record, 'reading') if has_text else 'false' }} as is_rival) as doubt on true
    {%- if has_text %}
    left join lateral (
        select
            case
                when case when doubt.is_rival then reading.rival_method else reading.method end = 'split_unresolved'
                then reference.split_target({{ record }}.commune_sent_code, {{ record }}.commune_sent_text, {{ place }}, {{ is_person }})
            end as found
    ) as part on true
    left join {{ source('reference', 'commune') }} as part_of on part_of.edition = '2025' and part_of.code = part.found[1]
    {%- endif %}
{%- endmacro %}

{# The columns every model takes over from `read_commune`. #}
{% macro commune_columns(record, has_text=true) -%}
    {{ record }}.commune_sent_code,
    {{ record ~ '.commune_sent_text' if has_text else 'null::text as commune_sent_text' }},
    {{ record }}.commune_edition as commune_declared_edition,
    case when doubt.is_rival then reading.rival_edition else coalesce(reading.list_edition, {{ record }}.commune_edition) end as commune_edition,
    case
        when {{ record }}.commune_sent_code is null then null
        when doubt.is_rival then 'name'
        else coalesce(reading.edition_basis, 'declared')
    end as commune_edition_basis,
    case
        when reading.sent_code is null then null
        when doubt.is_rival then case when reading.rival_edition = '2025' then '2025' else 'pre-2025' end
        when reading.list_edition = 'pre-2025' then 'pre-2025'
        when reading.renamed_on is null then '2025'
        {%- if has_text %}
        when strpos({{ record }}.commune_sent_text, reading.listed_name) > 0 then '2026'
        when {{ record }}.commune_sent_text is not null then '2025'
        {%- endif %}
        when ({{ record }}.source_updated_at at time zone 'Asia/Ho_Chi_Minh')::date >= reading.renamed_on then '2026'
        else '2025'
    end as commune_name_edition,
    {%- set resolved = 'part.found[1]' if has_text else 'null::text' %}
    coalesce({{ resolved }}, case when doubt.is_rival then reading.rival_code else reading.commune_code end) as commune_code,
    coalesce({{ 'part_of.name' if has_text else 'null::text' }}, case when doubt.is_rival then reading.rival_commune_name else reading.commune_name end) as commune_name,
    case
        when {{ record }}.commune_sent_code is null then null
        when {{ resolved }} is not null then 'split_by_evidence'
        when doubt.is_rival then reading.rival_method
        {%- if has_text %}
        when reading.renamed_on is not null and {{ record }}.commune_sent_text is not null
            and strpos({{ record }}.commune_sent_text, reading.listed_name) = 0 then 'rename'
        {%- endif %}
        else coalesce(reading.method, 'unknown')
    end as commune_method,
    case
        when {{ record }}.commune_sent_code is null then null
        when reading.sent_code is null then 'none'
        when {{ resolved }} is null and case when doubt.is_rival then reading.rival_method else reading.method end = 'split_unresolved' then 'none'
        when doubt.is_rival or reading.edition_basis = 'code' or {{ "part.found[2] = 'named_unit'" if has_text else 'false' }} then 'probable'
        else 'certain'
    end as commune_confidence,
    {{ 'part.found[2]' if has_text else 'null::text' }} as commune_evidence
{%- endmacro %}
