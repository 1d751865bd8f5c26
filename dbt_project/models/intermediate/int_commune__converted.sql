-- A code means a place only together with its list. An old commune that was divided is never given a default target.
with units as (

    select code, edition, name from {{ source('reference', 'commune') }}

),

successors as (

    select
        old_code,
        count(*) as targets,
        min(new_code) as new_code,
        min(kind) as kind
    from {{ source('reference', 'commune_crosswalk') }}
    group by old_code

),

present as (

    select
        code as sent_code,
        edition,
        code as commune_code,
        name as commune_name,
        null as old_commune_code,
        null as old_commune_name,
        'same_edition' as method,
        'certain' as confidence
    from units
    where edition = '2025'

),

past as (

    select
        successors.old_code as sent_code,
        'pre-2025' as edition,
        case when successors.targets = 1 then successors.new_code end as commune_code,
        case when successors.targets = 1 then now_named.name end as commune_name,
        successors.old_code as old_commune_code,
        once_named.name as old_commune_name,
        case
            when successors.targets > 1 then 'split_unresolved'
            when successors.kind = 'identity' then 'identity'
            else 'merge'
        end as method,
        case when successors.targets = 1 then 'certain' else 'none' end as confidence
    from successors
    left join units as now_named on now_named.code = successors.new_code and now_named.edition = '2025'
    left join units as once_named on once_named.code = successors.old_code and once_named.edition = 'pre-2025'

)

select * from present
union all
select * from past
