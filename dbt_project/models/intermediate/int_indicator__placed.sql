-- Figures counted from records, where they lie: of today's commune, and of a former province also where the commune is not known.
-- What is counted was counted by the build, which adds what came and takes off what left; certificates by the publication.
-- depends_on: {{ ref('dim_person') }}, {{ ref('fct_civil_event') }}, {{ ref('dim_taxpayer') }}, {{ ref('int_figure__counted') }}
with kept as (

    select
        entity,
        province_code,
        nullif(commune_code, '') as commune_code,
        nullif(old_province_code, '') as sent_province_code,
        figure,
        records
    from {{ source('warehouse', 'figure_count') }}
    where province_code = {{ asked_provinces() }}

),

person as (

    select
        province_code,
        commune_code,
        sent_province_code,
        {{ kept_figure('living') }} as living,
        {{ kept_figure('due_a_card') }} as due_a_card,
        {{ kept_figure('with_card') }} as with_card
    from kept
    where entity = 'person'
    group by province_code, commune_code, sent_province_code
    having {{ kept_figure('records') }} > 0

),

parcel as (

    select
        province_code,
        commune_code,
        sent_province_code,
        {{ kept_figure('records') }} as parcels,
        {{ kept_figure('clean') }} as clean,
        {{ kept_figure('unclassified') }} as unclassified
    from kept
    where entity = 'land_parcel'
    group by province_code, commune_code, sent_province_code
    having {{ kept_figure('records') }} > 0

),

-- A commune of today counts once, with or without parcels, where the province has any.
covered as (

    select
        commune.province_code,
        commune.code as commune_code,
        (parcel.commune_code is not null)::integer as covered
    from {{ source('reference', 'commune') }} as commune
    left join parcel on parcel.province_code = commune.province_code and parcel.commune_code = commune.code
    where commune.edition = '2025' and commune.province_code in (select province_code from parcel)

),

certificate as (

    select
        province_code,
        commune_code,
        sent_province_code,
        {{ kept_figure('records') }} as certificates,
        {{ kept_figure('clean') }} as clean
    from kept
    where entity = 'certificate'
    group by province_code, commune_code, sent_province_code
    having {{ kept_figure('records') }} > 0

),

event as (

    select
        province_code,
        commune_code,
        sent_province_code,
        {{ kept_figure('records') }} as events,
        {{ kept_figure('in_time') }} as in_time
    from kept
    where entity = 'civil_event'
    group by province_code, commune_code, sent_province_code
    having {{ kept_figure('records') }} > 0

),

taxpayer as (

    select
        province_code,
        commune_code,
        sent_province_code,
        {{ kept_figure('personal') }} as personal_codes,
        {{ kept_figure('reviewed') }} as reviewed_codes,
        {{ kept_figure('clean') }} as clean_codes
    from kept
    where entity = 'taxpayer'
    group by province_code, commune_code, sent_province_code
    having {{ kept_figure('records') }} > 0

),

by_place as (

    select person.province_code, person.commune_code, person.sent_province_code, figure.*
    from person
    cross join lateral (values ('persons', living, null::bigint), ('card_share', with_card, due_a_card)) as figure (code, numerator, denominator)
    union all
    select parcel.province_code, parcel.commune_code, parcel.sent_province_code, figure.*
    from parcel
    cross join lateral (
        values ('parcels', parcels, null::bigint), ('parcels_clean', clean, parcels), ('parcels_unclassified', unclassified, parcels)
    ) as figure (code, numerator, denominator)
    union all
    select province_code, commune_code, null, 'communes_with_parcels', covered, 1 from covered
    union all
    select certificate.province_code, certificate.commune_code, certificate.sent_province_code, figure.*
    from certificate
    cross join lateral (
        values ('certificates_clean', clean, certificates), ('certificates_to_verify', certificates - clean, null::bigint)
    ) as figure (code, numerator, denominator)
    union all
    select event.province_code, event.commune_code, event.sent_province_code, figure.*
    from event
    cross join lateral (
        values ('civil_events', events, null::bigint), ('civil_events_in_time', in_time, events)
    ) as figure (code, numerator, denominator)
    union all
    select taxpayer.province_code, taxpayer.commune_code, taxpayer.sent_province_code, figure.*
    from taxpayer
    cross join lateral (
        values ('tax_codes_reviewed', reviewed_codes, personal_codes), ('tax_codes_clean', clean_codes, personal_codes)
    ) as figure (code, numerator, denominator)

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
