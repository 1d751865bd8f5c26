-- Every commune of today lies in one province of the list before July 2025. An island district had no commune and counts by its own code.
with successors as (

    select * from {{ source('reference', 'commune_crosswalk') }}

),

former as (

    select code, province_code
    from {{ source('reference', 'admin_unit') }}
    where edition = 'pre-2025' and level = 'commune'
    union
    select 'D' || code, province_code
    from {{ source('reference', 'admin_unit') }}
    where edition = 'pre-2025' and level = 'district'

)

select successors.new_code as commune_code, min(former.province_code) as old_province_code
from successors
inner join former on former.code = successors.old_code
group by successors.new_code
having count(distinct former.province_code) = 1
