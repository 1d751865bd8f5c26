{#
  Figures that are counted of single records. Each is a condition on one row, so a build adds what came and takes off what left, and
  nobody counts a registry again. Ages and expiry dates are as of the first day of the counted month: within a month nothing changes
  but by a record that changes.
#}
{% macro figures(entity) -%}
    {%- set month = "(select month from warehouse.counted_month)" -%}
    {%- set due = "life_status = '1' and nationality = 'VNM' and birth_date <= (select to_char(month - interval '14 years', 'YYYY-MM-DD') from warehouse.counted_month)" -%}
    {%- set personal = "taxpayer_kind in ('1', '2')" -%}
    {{- return({
        'person': {
            'records': 'true',
            'living': "life_status = '1'",
            'due_a_card': due,
            'with_card': due ~ " and card_issue_date is not null and coalesce(card_expiry_date, date '9999-12-31') >= " ~ month,
        },
        'land_parcel': {'records': 'true', 'clean': "class_group = '1'", 'unclassified': 'class_group is null'},
        'civil_event': {'records': 'true', 'in_time': "reg_type = '1'"},
        'taxpayer': {
            'records': 'true',
            'personal': personal,
            'reviewed': personal ~ ' and owner_id is not null',
            'clean': personal ~ " and tax_code = owner_id and status <> '10'",
        },
    }.get(entity)) -}}
{%- endmacro %}

{# The columns the conditions read. #}
{% macro figure_columns(entity) -%}
    {{- return({
        'person': ['commune_code', 'commune_sent_code', 'life_status', 'nationality', 'birth_date', 'card_issue_date', 'card_expiry_date'],
        'land_parcel': ['commune_code', 'commune_sent_code', 'class_group'],
        'civil_event': ['commune_code', 'commune_sent_code', 'reg_type'],
        'taxpayer': ['commune_code', 'commune_sent_code', 'taxpayer_kind', 'owner_id', 'tax_code', 'status'],
    }.get(entity)) -}}
{%- endmacro %}

{# Count the figures of an entity in a relation; with `number` as `sum(weight)`, of rows that came (1) and left (-1). What has no commune of
   today because its own was divided is counted by the former province of the code it was sent with. #}
{% macro count_figures(entity, relation, number='count(*)') -%}
    select '{{ entity }}' as entity, counted.province_code, counted.commune_code, figure.figure, sum(figure.records)::bigint as records,
        coalesce(former.province_code, '') as old_province_code
    from (
        select province_code, coalesce(commune_code, '') as commune_code, case when commune_code is null then commune_sent_code end as sent_code
            {%- for figure, condition in figures(entity).items() %},
            coalesce({{ number }} filter (where {{ condition }}), 0)::bigint as {{ figure }}
            {%- endfor %}
        from {{ relation }} as record
        group by 1, 2, 3
    ) as counted
    left join reference.commune as former on former.edition = 'pre-2025' and former.code = counted.sent_code
    cross join lateral (values {% for figure in figures(entity) %}('{{ figure }}', {{ figure }}){{ ', ' if not loop.last }}{% endfor %}) as figure (figure, records)
    group by 2, 3, 4, 6
{%- endmacro %}

{# A figure of a commune out of the rows that were kept of it. #}
{% macro kept_figure(figure) -%}
    coalesce(max(records) filter (where figure = '{{ figure }}'), 0)
{%- endmacro %}
