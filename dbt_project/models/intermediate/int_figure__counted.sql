{{ config(materialized='view', schema='warehouse') }}
-- All figures counted from nothing: what the build keeps must be the same. Read when a month begins, as ages and expiry dates move on.
{{ count_figures('person', ref('dim_person')) }}
union all
{{ count_figures('land_parcel', ref('dim_land_parcel')) }}
union all
{{ count_figures('civil_event', ref('fct_civil_event')) }}
union all
{{ count_figures('taxpayer', ref('dim_taxpayer')) }}
