-- Which of the 63 former provinces a province of today is made of.
with placed as (

    select commune.province_code, former.old_province_code
    from {{ source('reference', 'commune') }} as commune
    inner join {{ ref('int_commune__former') }} as former on former.commune_code = commune.code
    where commune.edition = '2025' and former.old_province_code is not null
    group by commune.province_code, former.old_province_code

)

select
    province_code,
    old_province_code,
    count(*) over (partition by province_code) = 1 as is_whole
from placed
