-- Figures counted from records, where they lie: of today's commune, and of a former province also where the commune is not known.
-- What is counted was counted by the build, which adds what came and takes off what left; certificates by the publication.
-- depends_on: {{ ref('dim_person') }}, {{ ref('fct_civil_event') }}, {{ ref('dim_taxpayer') }}, {{ ref('int_figure__counted') }}
{%- set figures = ['records', 'living', 'due_a_card', 'with_card', 'clean', 'unclassified', 'in_time', 'personal', 'reviewed'] %}
with place as (

    select
        entity,
        province_code,
        nullif(commune_code, '') as commune_code,
        nullif(old_province_code, '') as sent_province_code,
        {%- for figure in figures %}
        {{ kept_figure(figure) }} as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ source('warehouse', 'figure_count') }}
    where province_code = {{ asked_provinces() }}
    group by entity, province_code, commune_code, old_province_code
    having {{ kept_figure('records') }} > 0

),

-- A commune of today counts once, with or without parcels, where the province has any.
covered as (

    select
        commune.province_code,
        commune.code as commune_code,
        (parcel.commune_code is not null)::integer as covered
    from {{ source('reference', 'commune') }} as commune
    left join place as parcel
        on parcel.entity = 'land_parcel' and parcel.province_code = commune.province_code and parcel.commune_code = commune.code
    where commune.edition = '2025' and commune.province_code in (select province_code from place where entity = 'land_parcel')

),

by_place as (

    select place.province_code, place.commune_code, place.sent_province_code, figure.code, figure.numerator, figure.denominator
    from place
    cross join lateral (
        values
        ('person', 'persons', living, null::bigint),
        ('person', 'card_share', with_card, due_a_card),
        ('land_parcel', 'parcels', records, null),
        ('land_parcel', 'parcels_clean', clean, records),
        ('land_parcel', 'parcels_unclassified', unclassified, records),
        ('certificate', 'certificates_clean', clean, records),
        ('certificate', 'certificates_to_verify', records - clean, null),
        ('civil_event', 'civil_events', records, null),
        ('civil_event', 'civil_events_in_time', in_time, records),
        ('taxpayer', 'tax_codes_reviewed', reviewed, personal),
        ('taxpayer', 'tax_codes_clean', clean, personal)
    ) as figure (entity, code, numerator, denominator)
    where figure.entity = place.entity
    union all
    select province_code, commune_code, null, 'communes_with_parcels', covered, 1 from covered

)

-- A record whose place is not known lies in the former province where there was only one.
select
    by_place.code,
    by_place.province_code,
    by_place.commune_code,
    coalesce(former.old_province_code, by_place.sent_province_code, only_one.old_province_code) as old_province_code,
    by_place.numerator,
    by_place.denominator
from by_place
left join {{ ref('int_commune__former') }} as former on former.commune_code = by_place.commune_code
left join {{ ref('int_province__former') }} as only_one on only_one.province_code = by_place.province_code and only_one.is_whole
