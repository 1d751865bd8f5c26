-- Figures counted from records, for each commune and for the whole province (commune_code empty).
-- What is counted of single records was counted by the build, which adds what came and takes off what left. Only certificates, each
-- made of several rights, are counted here, of the provinces whose land records changed.
-- depends_on: {{ ref('dim_person') }}, {{ ref('fct_civil_event') }}, {{ ref('dim_taxpayer') }}
with person as (

    select
        province_code,
        nullif(commune_code, '') as commune_code,
        {{ kept_figure('living') }} as living,
        {{ kept_figure('due_a_card') }} as due_a_card,
        {{ kept_figure('with_card') }} as with_card
    from {{ source('warehouse', 'figure_count') }}
    where entity = 'person' and province_code = {{ asked_provinces() }}
    group by province_code, commune_code
    having {{ kept_figure('records') }} > 0

),

parcel as (

    select
        province_code,
        nullif(commune_code, '') as commune_code,
        {{ kept_figure('records') }} as parcels,
        {{ kept_figure('clean') }} as clean,
        {{ kept_figure('unclassified') }} as unclassified
    from {{ source('warehouse', 'figure_count') }}
    where entity = 'land_parcel' and province_code = {{ asked_provinces() }}
    group by province_code, commune_code
    having {{ kept_figure('records') }} > 0

),

certificate as (

    select
        land_right.province_code,
        land_right.commune_code,
        land_right.certificate_serial,
        coalesce(bool_and(parcel.class_group = '1'), false) as is_clean
    from {{ ref('fct_land_right') }} as land_right
    left join {{ ref('dim_land_parcel') }} as parcel
        on
            parcel.province_code = land_right.province_code
            and parcel._record_key = land_right.parcel_record_key
            and parcel.province_code = {{ asked_provinces('certificate_provinces') }}
    where
        {{ asks_for_any('certificate_provinces') }}
        and land_right.province_code = {{ asked_provinces('certificate_provinces') }}
        and land_right.cert_state = '1'
        and land_right.certificate_serial is not null
    group by land_right.province_code, land_right.commune_code, land_right.certificate_serial

),

certificates as (

    select
        province_code,
        commune_code,
        count(*) as certificates,
        count(*) filter (where is_clean) as clean
    from certificate
    group by province_code, commune_code

),

event as (

    select
        province_code,
        nullif(commune_code, '') as commune_code,
        {{ kept_figure('records') }} as events,
        {{ kept_figure('in_time') }} as in_time
    from {{ source('warehouse', 'figure_count') }}
    where entity = 'civil_event' and province_code = {{ asked_provinces() }}
    group by province_code, commune_code
    having {{ kept_figure('records') }} > 0

),

taxpayer as (

    select
        province_code,
        nullif(commune_code, '') as commune_code,
        {{ kept_figure('personal') }} as personal_codes,
        {{ kept_figure('reviewed') }} as reviewed_codes,
        {{ kept_figure('clean') }} as clean_codes
    from {{ source('warehouse', 'figure_count') }}
    where entity = 'taxpayer' and province_code = {{ asked_provinces() }}
    group by province_code, commune_code
    having {{ kept_figure('records') }} > 0

),

by_commune as (

    select person.province_code, person.commune_code, figure.*
    from person
    cross join lateral (values ('persons', living, null::bigint), ('card_share', with_card, due_a_card)) as figure (code, numerator, denominator)
    union all
    select parcel.province_code, parcel.commune_code, figure.*
    from parcel
    cross join lateral (
        values ('parcels', parcels, null::bigint), ('parcels_clean', clean, parcels), ('parcels_unclassified', unclassified, parcels)
    ) as figure (code, numerator, denominator)
    union all
    select certificates.province_code, certificates.commune_code, figure.*
    from certificates
    cross join lateral (
        values ('certificates_clean', clean, certificates), ('certificates_to_verify', certificates - clean, null::bigint)
    ) as figure (code, numerator, denominator)
    union all
    select event.province_code, event.commune_code, figure.*
    from event
    cross join lateral (
        values ('civil_events', events, null::bigint), ('civil_events_in_time', in_time, events)
    ) as figure (code, numerator, denominator)
    union all
    select taxpayer.province_code, taxpayer.commune_code, figure.*
    from taxpayer
    cross join lateral (
        values ('tax_codes_reviewed', reviewed_codes, personal_codes), ('tax_codes_clean', clean_codes, personal_codes)
    ) as figure (code, numerator, denominator)

),

commune as (

    select province_code, count(*) as communes
    from {{ source('reference', 'commune') }}
    where edition = '2025'
    group by province_code

),

covered as (

    select province_code, count(commune_code) as communes from parcel group by province_code

)

select
    code,
    province_code,
    commune_code,
    sum(numerator)::bigint as numerator,
    sum(denominator)::bigint as denominator
from by_commune
group by grouping sets ((code, province_code), (code, province_code, commune_code))
having grouping(commune_code) = 1 or commune_code is not null
union all
select
    'communes_with_parcels',
    covered.province_code,
    null,
    covered.communes,
    commune.communes
from covered
inner join commune on commune.province_code = covered.province_code
