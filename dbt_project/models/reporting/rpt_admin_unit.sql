-- An island district without communes became a special zone; the crosswalk calls it D and its code.
with successors as (

    select old_code, string_agg(new_code, ' ' order by new_code) as became_codes
    from {{ source('reference', 'commune_crosswalk') }}
    group by old_code

),

units as (

    select * from {{ source('reference', 'admin_unit') }}

)

select
    units.edition || '|' || units.level || '|' || units.code || '|' || units.type as unit_id,
    units.edition,
    units.level,
    units.code,
    units.name,
    units.type,
    units.parent_code,
    units.province_code,
    units.valid_from,
    units.valid_to,
    successors.became_codes,
    units.legal_basis
from units
left join successors
    on units.edition = 'pre-2025'
    and successors.old_code = case units.level when 'commune' then units.code when 'district' then 'D' || units.code end
