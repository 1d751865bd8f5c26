"""Find citizens that a record without a usable number may mean, and put them on the provinces' work lists.

Nothing found here is a link: a name with a birth date is shared by chance. A candidate must also be of the same sex and of the same
commune, or a relative or housemate of somebody else the same record names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import psycopg

from province_data.contract.model import Table
from province_data.contract.persons import REGISTRY
from province_data.linking.scoring import Someone, pairs
from province_data.linking.statements import references
from province_data.store.database import execute, one_value

BATCH = 20_000
"""How many persons are sought at once: years of birth are taken together until there are so many."""


def find_candidates(connection: psycopg.Connection, tables: Sequence[Table], secret: str, now: datetime) -> int:
    """Write all work lists anew; returns how many entries they have. Run it when the links are up to date."""
    size = int(str(one_value(connection, f"select count(*) from validated.{REGISTRY}")))
    execute(connection, "create temp table sought as " + " union all ".join(_unlinked(table) for table in tables))
    execute(connection, "alter table pg_temp.sought add column sought_id bigint generated always as identity")
    execute(connection, "analyze pg_temp.sought")
    execute(connection, _MEET)
    execute(connection, "create index on pg_temp.met (year)")
    execute(connection, "create temp table scored (sought_id bigint, personal_id text, score double precision)")
    for first, last in _spans(connection):
        found = pairs(_sought(connection, first, last), _citizens(connection, first, last), size)
        with connection.cursor() as cursor, cursor.copy("copy pg_temp.scored from stdin") as copy:
            for pair in found:
                copy.write_row(pair)
    execute(connection, "analyze pg_temp.met, pg_temp.scored")
    with connection.transaction():
        execute(connection, "select set_config('province_data.secret', %s, true)", (secret,))
        execute(connection, "delete from quality.link_candidate")
        return execute(connection, _WRITE_CANDIDATES, (now,)).rowcount + execute(connection, _WRITE_CONFLICTS, (now,)).rowcount


def _unlinked(table: Table) -> str:
    """SQL: whom records name with name, full birth date and sex, and no number that leads to anybody."""
    return (
        f"select '{table.stem}' as source, x.* from ({references(table)}) x join warehouse.person_link l"
        f" on l.source = '{table.stem}' and l.province_code = x.province_code and l.record_key = x.record_key and l.role = x.role"
        " where l.grade is null and length(x.birth) = 10 and x.name is not null"
    )


def _spans(connection: psycopg.Connection) -> Iterator[tuple[str, str]]:
    """Cut the years of birth into spans of about `BATCH` persons sought, so that memory does not grow with the country."""
    years = execute(connection, "select left(birth, 4), count(*) from pg_temp.sought group by 1 order by 1").fetchall()
    first, count = "", 0
    for place, (year, number) in enumerate(years):
        first, count = first or str(year), count + int(str(number))
        if count >= BATCH or place == len(years) - 1:
            yield first, str(year)
            first, count = "", 0


def _sought(connection: psycopg.Connection, first: str, last: str) -> list[Someone]:
    query = """
        select sought_id::text, reference.bare_name(name), birth, sex, commune
        from pg_temp.sought where left(birth, 4) between %s and %s
    """
    return [_someone(row) for row in execute(connection, query, (first, last)).fetchall()]


def _citizens(connection: psycopg.Connection, first: str, last: str) -> list[Someone]:
    query = "select personal_id, name, birth, sex, commune from pg_temp.met where year between %s and %s"
    return [_someone(row) for row in execute(connection, query, (first, last)).fetchall()]


def _someone(row: tuple[object, ...]) -> Someone:
    unique_id, name, birth, sex, commune = row
    return Someone(str(unique_id), str(name), str(birth), None if sex is None else str(sex), None if commune is None else str(commune))


_MET = "p.personal_id, reference.bare_name(p.full_name) as name, p.dob as birth, left(p.dob, 4) as year, p.sex, p.perm_commune as commune"
_MEET = f"""
create temp table met as
with day as (
    select birth from pg_temp.sought
    union select left(birth, 4) || '-' || right(birth, 2) || '-' || substr(birth, 6, 2) from pg_temp.sought
),
known as not materialized (select * from validated.{REGISTRY} where length(dob) = 10 and personal_id is not null)
select {_MET} from known p where p.dob in (select birth from day)
union
select {_MET} from known p where (lower(p.full_name), left(p.dob, 4)) in (select lower(name), left(birth, 4) from pg_temp.sought)
"""
"""The citizens who share a birth date, a swapped one, or a name and a year with somebody sought; read once, not once a span."""

_MASKED = "lpad(right(p.personal_id, 3), length(p.personal_id), '*')"

# Links are collated "C", records by the database's default. Compared as they are, no index of the register is searched (decision 70).
_WRITE_CANDIDATES = f"""
insert into quality.link_candidate
select s.province_code, s.source, warehouse.keyed_hash(s.record_key), s.role, warehouse.keyed_hash(p._record_key), 'D',
    round(c.score::numeric, 4), array_remove(array['name', case when p.dob = s.birth then 'birth' else 'swapped' end,
        case when s.sex is not null then 'sex' end, case when p.perm_commune = s.commune then 'commune' end,
        case when kin.related then 'relative' end], null),
    p.province_code, {_MASKED}, left(p.dob, 4), %s
from pg_temp.scored c
join pg_temp.sought s using (sought_id)
join validated.{REGISTRY} p on p.personal_id = c.personal_id
cross join lateral (
    select exists (
        select from warehouse.person_link other
        join validated.{REGISTRY} q on q.personal_id = other.person_id collate "default"
        where other.province_code = s.province_code and other.record_key = s.record_key and other.source = s.source and other.role <> s.role
            and other.grade in ('A', 'B', 'C') and q.personal_id <> p.personal_id
            and (q.personal_id in (p.father_id, p.mother_id, p.spouse_id) or p.personal_id in (q.father_id, q.mother_id, q.spouse_id)
                or (q.province_code, q.household_no) = (p.province_code, p.household_no))
    ) as related
) kin
where (p.sex = s.sex or s.sex is null and kin.related)
    and (p.dob = s.birth or p.dob = left(s.birth, 4) || '-' || right(s.birth, 2) || '-' || substr(s.birth, 6, 2))
    and (p.perm_commune = s.commune or kin.related)
on conflict do nothing
"""

_WRITE_CONFLICTS = f"""
insert into quality.link_candidate
select l.province_code, l.source, warehouse.keyed_hash(l.record_key), l.role, warehouse.keyed_hash(p._record_key), 'E', null,
    array['number'], p.province_code, {_MASKED}, left(p.dob, 4), %s
from warehouse.person_link l
join validated.{REGISTRY} p on p.personal_id = l.number collate "default"
where l.grade = 'E'
on conflict do nothing
"""
