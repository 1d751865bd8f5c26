{{ config(materialized='view', schema='warehouse') }}
-- The figures of persons counted anew, as a new month needs it: ages and expiry dates move on.
{{ count_figures('person', ref('dim_person')) }}
