{#
  Incremental strategy: rows with a touched key leave, the rows the model makes of them now come in. A key that was held
  or removed leaves for good, and is noted in `warehouse.change_log` for the publish step; a replaced row is noted where
  something else is grouped by it. One snapshot sees all of it: the session's isolation is REPEATABLE READ.
#}
{% macro get_incremental_replace_touched_sql(arg_dict) %}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set made = arg_dict['temp_relation'] -%}
    {%- set meta = config.get('meta') -%}
    {%- set since = built_until(meta.entity) -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set matched = 'old.' ~ (meta.groups.part_of if meta.groups and meta.groups.part_of else '_record_key') -%}
    {%- set counted = figure_columns(meta.entity) or [] -%}
    {%- set group_key = 'old.' ~ meta.logged_column if meta.logged_column else 'null::text' -%}

    create temporary table {{ meta.entity }}__touched on commit drop as
    {% if meta.groups -%}
    {{ touched_groups(meta.groups.entity, this.schema ~ '.' ~ meta.groups.model, meta.groups.column, since) }}
    {%- else -%}
    {{ touched_records(meta, since) }}
    {%- endif %};

    -- Sizes must be known: without them a plan for one row may be used for a million.
    analyze {{ meta.entity }}__touched;
    analyze {{ made }};

    with left_behind as (
        delete from {{ target }} as old
        using {{ meta.entity }}__touched as touched
        where old.province_code = touched.province_code and {{ matched }} = touched.record_key
        returning old.province_code, old._record_key, {{ group_key }} as group_key, touched.load_id
        {%- for column in counted %}, old.{{ column }}{% endfor %}
    )
    {%- if counted %},

    moved as (
        select -1 as weight, province_code, {{ counted | join(', ') }} from left_behind
        union all
        select 1, province_code, {{ counted | join(', ') }} from {{ made }}
    ),

    recounted as (
        insert into warehouse.figure_count as kept (entity, province_code, commune_code, figure, records, old_province_code)
        select * from ({{ count_figures(meta.entity, 'moved', 'sum(weight)') }}) as change
        where change.records <> 0
        on conflict (entity, province_code, commune_code, old_province_code, figure) do update set records = kept.records + excluded.records
    )
    {%- endif %}

    insert into warehouse.change_log (entity, province_code, record_key, group_key, load_id, is_removed)
    select '{{ meta.entity }}', gone.province_code, gone._record_key, gone.group_key, gone.load_id, made._record_key is null
    from left_behind as gone
    left join {{ made }} as made on made.province_code = gone.province_code and made._record_key = gone._record_key
    where made._record_key is null or gone.group_key is not null;

    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ made }};

    update warehouse.build_state
    set load_id = greatest(load_id, {{ newest_load(meta, '(select max(load_id) from ' ~ meta.entity ~ '__touched)') }})
    where entity = '{{ meta.entity }}'
{% endmacro %}

{# A table of groups holds what the table of its members holds. #}
{% macro newest_load(meta, of_records) -%}
    {%- if meta.groups -%}
    (select load_id from warehouse.build_state where entity = '{{ meta.groups.entity }}')
    {%- else -%}
    {{ of_records }}
    {%- endif -%}
{%- endmacro %}

{% macro newest_validated(meta) -%}
    (select max(_load_id) from validated.{{ meta.dataset }}__{{ meta.table }}),
            (select max(load_id) from validated._removed where dataset = '{{ meta.dataset }}' and table_name = '{{ meta.table }}')
{%- endmacro %}

{# After a table was made from nothing: remember the loads it holds, and that every row must be compared at publishing. #}
{% macro note_full_build() %}
    {%- set meta = config.get('meta') -%}
    do $$
    begin
        if to_regclass('pg_temp.{{ meta.entity }}__touched') is not null then
            return;
        end if;
        analyze {{ this }};
        delete from warehouse.change_log where entity = '{{ meta.entity }}';
        {%- if figures(meta.entity) %}
        delete from warehouse.figure_count where entity = '{{ meta.entity }}';
        insert into warehouse.figure_count (entity, province_code, commune_code, figure, records, old_province_code)
        {{ count_figures(meta.entity, this) }};
        {%- endif %}
        insert into warehouse.build_state (entity, dataset, table_name, relation, is_grouped, load_id, needs_full_publish)
        select '{{ meta.entity }}', '{{ meta.dataset }}', '{{ meta.table }}', '{{ this.identifier }}', {{ 'true' if meta.groups else 'false' }}, greatest({{ newest_load(meta, newest_validated(meta)) }}, 0), true
        on conflict (entity) do update set relation = excluded.relation, is_grouped = excluded.is_grouped, load_id = excluded.load_id, checked_load_id = -1, needs_full_publish = true;
    end
    $$
{% endmacro %}
