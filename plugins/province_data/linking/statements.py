"""Write the SQL that links the persons a table names with population.

Population owns who a person is (NĐ 278/2025 Art. 5), so every link ends there. Two ways are certain enough to be taken by
machine: the twelve-digit number, and a nine-digit number that population itself lists for a person of the same name and year of birth.
"""

from __future__ import annotations

from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.contract.persons import REGISTRY, PersonReference

COLUMNS = "source, province_code, record_key, role, number, person_id, person_province_code, grade, method, name_match, date_match"
_SAME_NAME = "lower(x.name) = lower(p.full_name) or reference.name_key(x.name) = reference.name_key(p.full_name)"
_NAME_MATCH = (
    "case when x.name is null or p.full_name is null then null"
    f" when {_SAME_NAME} then 'equal' else reference.name_match(x.name, p.full_name, p.other_name) end"
)
_DATE_MATCH = "reference.date_match(x.birth, p.dob)"


MOST_OF_ONE_NUMBER = 100
"""A nine-digit number that more citizens carry names nobody: 123456789 for everybody who has none."""


def fingerprint(table: Table) -> str:
    """What the links of a table depend on beside the records: what its contract declares, and the version of these statements."""
    return f"3 {table.persons}"


def references(table: Table, chosen: str = "") -> str:
    """SQL: one row for each person a record of `table` names: all records, or those in `chosen`, a relation (province_code, record_key)."""
    rows = ", ".join(_row(person) for person in table.persons)
    records = f"validated.{table.stem} r"
    if chosen:
        records = f"{chosen} c join {records} on r.province_code = c.province_code and r._record_key = c.record_key"
    return (
        "select r.province_code, r._record_key as record_key, x.role, x.number, x.name, x.birth, x.sex, x.commune"
        f" from {records}"
        f" cross join lateral (values {rows}) as x (role, number, name, birth, sex, commune, applies)"
        " where x.applies and (x.number is not null or x.name is not null)"
    )


def _row(person: PersonReference) -> str:
    columns = (person.number, person.name, person.birth, person.sex, person.commune)
    values = ", ".join(f"r.{column}" if column else "null::text" for column in columns)
    return f"({literal(person.role)}, {values}, coalesce({person.when or 'true'}, false))"


def links(table: Table, named: str) -> str:
    """SQL: the links of the references of `table` that `named` gives (see `references`), in the columns of `warehouse.person_link`.

    A number is compared as it was sent. Names are taken apart only where their keys differ, and once: it is the dear part, and
    OFFSET 0 keeps the planner from writing the expression wherever its result is used.
    """
    citizens = (
        f"(select * from validated.{REGISTRY} c where not exists"
        " (select from warehouse.person_twin t where t.province_code = c.province_code and t.record_key = c._record_key))"
    )
    # Counted of the numbers that are named only, and asked before the join: a crowd would meet every record that bears its number.
    crowded = (
        f"select c.cmnd9 from (select distinct x.number from ({named}) x where length(x.number) = 9) asked"
        f" join validated.{REGISTRY} c on c.cmnd9 = asked.number group by c.cmnd9 having count(*) > {MOST_OF_ONE_NUMBER}"
    )
    grade = "reference.link_grade(m.method, m.name_match, m.date_match)"
    own = f"{literal(table.stem)}, m.province_code, m.record_key, m.role, m.number"
    return f"""
    select {own}, case when {grade} <> 'E' then m.citizen end, case when {grade} <> 'E' then m.citizen_province end, {grade},
        m.method, m.name_match, m.date_match
    from (
        select x.province_code, x.record_key, x.role, x.number, p.personal_id as citizen, p.province_code as citizen_province,
            case when p.personal_id is not null then 'number' when x.number is null then 'no_number' else 'unknown_number' end as method,
            {_NAME_MATCH} as name_match, {_DATE_MATCH} as date_match
        from ({named}) x left join {citizens} p on p.personal_id = x.number
        where x.number is null or length(x.number) <> 9
        offset 0
    ) m
    union all
    select {own}, f.citizen, f.citizen_province, reference.link_grade(f.method, 'equal', f.date_match),
        coalesce(f.method, 'unknown_number'), f.name_match, f.date_match
    from ({named}) m left join (
        select x.province_code, x.record_key, x.role, min(p.personal_id) as citizen, min(p.province_code) as citizen_province,
            'old_number' as method, 'equal' as name_match, min({_DATE_MATCH}) as date_match
        from ({named}) x join {citizens} p on p.cmnd9 = x.number and left(p.dob, 4) = left(x.birth, 4)
        where length(x.number) = 9 and x.number not in ({crowded})
            and ({_SAME_NAME} or reference.name_key(x.name) = reference.name_key(p.other_name))
        group by x.province_code, x.record_key, x.role
        having count(*) = 1
    ) f on f.province_code = m.province_code and f.record_key = m.record_key and f.role = m.role
    where length(m.number) = 9
    """


def refresh_twins(condition: str) -> str:
    """SQL: set aside all but one record of each number that stands in population more than once; `condition` is on `p`.

    The record that counts is one that is not held, of a permanent resident.
    """
    return f"""
    insert into warehouse.person_twin
    select province_code, _record_key, personal_id
    from (
        select p.province_code, p._record_key, p.personal_id, row_number() over (
            partition by p.personal_id order by p._held_by is not null, p.temp_commune is not null, p.province_code, p._record_key) as place
        from validated.{REGISTRY} p
        where {condition}
    ) numbered
    where place > 1
    """


TWICE = (
    f"p.personal_id in (select personal_id from validated.{REGISTRY} where personal_id is not null"
    " group by personal_id having count(*) > 1)"
)
