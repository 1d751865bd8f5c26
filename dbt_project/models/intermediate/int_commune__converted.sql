-- What a code means together with the list it was declared under. Two readings stand beside each other, because 3,316 codes are
-- in both lists: the one declared, and the rival one, which a record's own address may speak for. A code that only the other
-- list knows is read by that list. An old commune that was divided is never given a default target.
with units as (

    select code, edition, name from {{ source('reference', 'commune') }}

),

forms as (

    select code, edition, array_agg(name) as names
    from {{ source('reference', 'admin_unit') }}
    where level = 'commune'
    group by code, edition

),

renamed as (

    select code, max(valid_from) as renamed_on
    from {{ source('reference', 'admin_unit') }}
    where level = 'commune' and edition = '2025'
    group by code
    having count(*) > 1

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
        units.code as sent_code,
        units.edition as list_edition,
        units.code as commune_code,
        units.name as commune_name,
        null as old_commune_code,
        null as old_commune_name,
        'same_edition' as method,
        'certain' as confidence,
        units.name as listed_name,
        coalesce(forms.names, array[units.name]) as listed_names,
        renamed.renamed_on
    from units
    left join forms on forms.code = units.code and forms.edition = units.edition
    left join renamed on renamed.code = units.code
    where units.edition = '2025'

),

past as (

    select
        successors.old_code as sent_code,
        'pre-2025' as list_edition,
        case when successors.targets = 1 then successors.new_code end as commune_code,
        case when successors.targets = 1 then now_named.name end as commune_name,
        successors.old_code as old_commune_code,
        once_named.name as old_commune_name,
        case
            when successors.targets > 1 then 'split_unresolved'
            when successors.kind = 'identity' and now_named.name <> once_named.name then 'rename'
            when successors.kind = 'identity' then 'identity'
            else 'merge'
        end as method,
        case when successors.targets = 1 then 'certain' else 'none' end as confidence,
        once_named.name as listed_name,
        array[once_named.name] as listed_names,
        null::date as renamed_on
    from successors
    left join units as now_named on now_named.code = successors.new_code and now_named.edition = '2025'
    left join units as once_named on once_named.code = successors.old_code and once_named.edition = 'pre-2025'

),

readings as (

    select * from present
    union all
    select * from past

),

declared as (

    select
        own.*,
        own.list_edition as edition,
        'declared' as edition_basis,
        case when rival.listed_name <> all (own.listed_names) then rival.listed_name end as rival_name,
        rival.list_edition as rival_edition,
        rival.commune_code as rival_code,
        rival.commune_name as rival_commune_name,
        rival.method as rival_method
    from readings as own
    left join readings as rival on rival.sent_code = own.sent_code and rival.list_edition <> own.list_edition

),

misdeclared as (

    select
        only_here.*,
        case only_here.list_edition when '2025' then 'pre-2025' else '2025' end as edition,
        'code' as edition_basis,
        null as rival_name,
        null as rival_edition,
        null as rival_code,
        null as rival_commune_name,
        null as rival_method
    from readings as only_here
    where not exists (
        select from readings as other where other.sent_code = only_here.sent_code and other.list_edition <> only_here.list_edition
    )

)

select * from declared
union all
select * from misdeclared
