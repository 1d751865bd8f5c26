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

{# The columns every model takes over from the conversion of a commune, whatever alias it is joined under. #}
{% macro commune_columns(record, commune) -%}
    {{ record }}.commune_sent_code,
    {{ record }}.commune_edition,
    {{ commune }}.commune_code,
    {{ commune }}.commune_name,
    case when {{ record }}.commune_sent_code is not null then coalesce({{ commune }}.method, 'unknown') end as commune_method,
    case when {{ record }}.commune_sent_code is not null then coalesce({{ commune }}.confidence, 'none') end as commune_confidence
{%- endmacro %}
