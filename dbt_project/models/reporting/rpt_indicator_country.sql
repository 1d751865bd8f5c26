-- The country is the sum of what its provinces were last published with; a share is a share of sums, not a mean of shares.
select
    '00' as province_code,
    indicator_id,
    name_vi,
    name_en,
    sum(numerator)::bigint as numerator,
    sum(denominator)::bigint as denominator,
    {{ indicator_value('sum(numerator)', 'sum(denominator)') }} as value,
    unit,
    basis,
    max(as_of) as as_of
from {{ source('published', 'indicator') }}
where province_code <> '00'
group by indicator_id, name_vi, name_en, unit, basis
