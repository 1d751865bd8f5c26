-- Figures counted from records, for each commune and for the whole province (commune_code empty).
select
    code,
    province_code,
    commune_code,
    case when grouping(commune_code) = 0 then max(old_province_code) end as old_province_code,
    sum(numerator)::bigint as numerator,
    sum(denominator)::bigint as denominator
from {{ ref('int_indicator__placed') }}
group by grouping sets ((code, province_code), (code, province_code, commune_code))
having grouping(commune_code) = 1 or commune_code is not null
