{#
  How a build follows the change. `warehouse.build_state` remembers, per warehouse table, the last load it holds; a later
  build looks only at what was touched since: rows changed, held, released or removed in `validated`.
  A table is described by its `meta`: `entity` (its published name), and `dataset` and `table` it is made from.
#}

{# The last load an entity's table holds; -1 when it holds none. A number known before the query, so that indexes are used. #}
{% macro built_until(entity) -%}
    {%- if execute -%}
        {%- set found = run_query("select coalesce(max(load_id), -1) from warehouse.build_state where entity = '" ~ entity ~ "'") -%}
        {{- found.columns[0].values()[0] -}}
    {%- else -%}
        -1
    {%- endif -%}
{%- endmacro %}

{# The last load whose rows have passed the tests; -1 after a build from nothing. Kept by the build step. #}
{% macro checked_until(entity) -%}
    {%- if execute -%}
        {%- set found = run_query("select coalesce(max(checked_load_id), -1) from warehouse.build_state where entity = '" ~ entity ~ "'") -%}
        {{- found.columns[0].values()[0] -}}
    {%- else -%}
        -1
    {%- endif -%}
{%- endmacro %}

{# Whether a warehouse table is about to be brought up to date rather than made anew; also known to the models it is made from. #}
{% macro is_updating(model_name) -%}
    {%- if execute and not flags.FULL_REFRESH -%}
        {{- return(load_relation(api.Relation.create(database=target.database, schema='warehouse', identifier=model_name)) is not none) -}}
    {%- endif -%}
    {{- return(false) -}}
{%- endmacro %}

{# Where a model stops looking back: everything on the first build, the touched rows afterwards. #}
{% macro only_touched(record, entity) -%}
    {% if is_incremental() %}where {{ record }}._load_id > {{ built_until(entity) }}{% endif %}
{%- endmacro %}

{# Keys touched since a load, with the newest load that touched them. #}
{% macro touched_records(meta, since) -%}
    select province_code, record_key, max(load_id) as load_id
    from (
        select province_code, _record_key as record_key, _load_id as load_id
        from validated.{{ meta.dataset }}__{{ meta.table }}
        where _load_id > {{ since }}
        union all
        select province_code, record_key, load_id
        from validated._removed
        where dataset = '{{ meta.dataset }}' and table_name = '{{ meta.table }}' and load_id > {{ since }}
    ) as touched
    group by province_code, record_key
{%- endmacro %}

{# Groups (households) that a touched record belongs to now, or belonged to before; the parts of a record (residences) are grouped by its key. #}
{% macro touched_groups(from_entity, from_relation, group_column, since) -%}
    {%- set logged = 'record_key' if group_column == '_record_key' else 'group_key' %}
    select province_code, record_key, max(load_id) as load_id
    from (
        select province_code, {{ group_column }} as record_key, _load_id as load_id
        from {{ from_relation }}
        where _load_id > {{ since }} and {{ group_column }} is not null
        union all
        select province_code, {{ logged }}, load_id
        from warehouse.change_log
        where entity = '{{ from_entity }}' and load_id > {{ since }} and {{ logged }} is not null
    ) as touched
    group by province_code, record_key
{%- endmacro %}
