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

-- No HAVING: the planner would expect a handful of communes, and compare every figure with every commune.
select
    successors.new_code as commune_code,
    case when min(former.province_code) = max(former.province_code) then min(former.province_code) end as old_province_code
from successors
inner join former on former.code = successors.old_code
group by successors.new_code
