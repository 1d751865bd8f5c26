-- Figures counted from records, for each commune and for the whole province (commune_code empty).
-- Each registry is scanned once, and only for the provinces that are asked for.
{%- set day = indicator_day() %}
{%- set fourteen = "((" ~ day ~ " - interval '14 years')::date)::text" %}
with person as (

    select
        province_code,
        commune_code,
        count(*) filter (where life_status = '1') as living,
        count(*) filter (where life_status = '1' and nationality = 'VNM' and birth_date <= {{ fourteen }}) as due_a_card,
        count(*) filter (
            where life_status = '1' and nationality = 'VNM' and birth_date <= {{ fourteen }}
            and card_issue_date is not null and coalesce(card_expiry_date, date '9999-12-31') >= {{ day }}
        ) as with_card
    from {{ ref('dim_person') }}
    where province_code = {{ asked_provinces() }}
    group by province_code, commune_code

),

parcel as (

    select
        province_code,
        commune_code,
        count(*) as parcels,
        count(*) filter (where class_group = '1') as clean,
        count(*) filter (where class_group is null) as unclassified
    from {{ ref('dim_land_parcel') }}
    where province_code = {{ asked_provinces() }}
    group by province_code, commune_code

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
            and parcel.province_code = {{ asked_provinces() }}
    where land_right.province_code = {{ asked_provinces() }} and land_right.cert_state = '1' and land_right.certificate_serial is not null
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
        commune_code,
        count(*) as events,
        count(*) filter (where reg_type = '1') as in_time
    from {{ ref('fct_civil_event') }}
    where province_code = {{ asked_provinces() }}
    group by province_code, commune_code

),

taxpayer as (

    select
        province_code,
        commune_code,
        count(*) filter (where taxpayer_kind in ('1', '2')) as personal_codes,
        count(*) filter (where taxpayer_kind in ('1', '2') and owner_id is not null) as reviewed_codes,
        count(*) filter (where taxpayer_kind in ('1', '2') and tax_code = owner_id and status <> '10') as clean_codes
    from {{ ref('dim_taxpayer') }}
    where province_code = {{ asked_provinces() }}
    group by province_code, commune_code

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
