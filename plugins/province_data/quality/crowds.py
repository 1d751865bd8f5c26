"""Find numbers of persons that so many records carry that they name nobody: 123456789 for everybody, a clerk's own on every form.

Evidence is looked up by such a number record by record. Where tens of thousands of records of both sides carry the same, each would
meet each, and one province's habit would keep all the others waiting. A number shared by so many is no evidence: no record is found by
it. The limits are our own choice; which values are asked about is known from the server's statistics, how often they occur is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Join, SetCheck, Table
from province_data.contract.persons import REGISTRY
from province_data.quality.set_rules import asked
from province_data.store.database import execute

LEAST_RECORDS = 1_000
SHARE = 0.01
"""Of the records that a province states in a table."""
COMMON = """
select distinct w.stem, w.field, v.value
from unnest(%(stems)s::text[], %(fields)s::text[]) as w (stem, field)
join pg_stats s on s.attname = w.field and case s.schemaname
    when 'validated' then left(s.tablename, -3) = w.stem when 'quarantine' then s.tablename = w.stem || '__record' end
cross join lateral unnest(s.most_common_vals::text::text[], s.most_common_freqs) as v (value, share)
where v.share >= %(share)s
"""
OTHERS_LEAVE = """
update validated._crowd c set is_leaving = true
where (c.stem, c.field, c.province_code, c.value) not in (select * from unnest(%s::text[], %s::text[], %s::text[], %s::text[]))
"""
ENTER = """
insert into validated._crowd as c (stem, field, province_code, value, records) values (%s, %s, %s, %s, %s)
on conflict (stem, field, province_code, value) do update set records = excluded.records, is_leaving = false
"""
Place = tuple[str, str]
"""(table stem, column)"""


@dataclass(frozen=True)
class Crowds:
    """The columns in which some number names nobody, and those in which other numbers do so than when everything was judged."""

    columns: frozenset[Place]
    changed: frozenset[Place]

    def concern(self, check: SetCheck) -> bool:
        """Say whether a condition looks evidence up in a column that changed: its verdict on any record may be another."""
        return any(place in self.changed for join in check.joins for place in _places(join))

    def kept_out(self, check: SetCheck) -> SetCheck:
        """The condition, with evidence that is never found by a number that names nobody."""
        return replace(check, joins=tuple(self._without(join) for join in check.joins))

    def _without(self, join: Join) -> Join:
        # Of an excuse the record is asked, and nothing is looked up; of a join the evidence, which is then read without them.
        sides = [(join.table.stem, theirs, asked(ours) if join.absent else f"{join.alias}.{theirs}") for theirs, ours in join.on]
        unshared = [f"{column} not in ({_values(stem, field)})" for stem, field, column in sides if (stem, field) in self.columns]
        return replace(join, where=" and ".join([*([f"({join.where})"] if join.where else []), *unshared])) if unshared else join


def note_crowds(connection: psycopg.Connection, catalog: Catalog) -> Crowds:
    """Write down which numbers name nobody at present; what is new or leaves stays marked until settle_crowds."""
    crowds = list(_counted(connection, catalog.tables))
    with connection.transaction():
        execute(connection, OTHERS_LEAVE, tuple([crowd[n] for crowd in crowds] for n in range(4)))
        for crowd in crowds:
            execute(connection, ENTER, crowd)
    return Crowds(_columns(connection, "not is_leaving"), _columns(connection, "is_leaving or not is_judged"))


def settle_crowds(connection: psycopg.Connection) -> None:
    """Everything is judged by the numbers noted; belongs into the transaction that keeps the verdicts."""
    execute(connection, "delete from validated._crowd where is_leaving")
    execute(connection, "update validated._crowd set is_judged = true where not is_judged")


def person_numbers(table: Table) -> tuple[str, ...]:
    """The columns of a table that hold numbers of persons."""
    if table.stem == REGISTRY:
        return tuple(c.name for c in table.columns if c.sensitivity == "identifier")
    return tuple(dict.fromkeys(person.number for person in table.persons if person.number))


def _counted(connection: psycopg.Connection, tables: Sequence[Table]) -> Iterator[tuple[object, ...]]:
    places = [(table.stem, field) for table in tables for field in person_numbers(table)]
    for table in tables:
        if columns := person_numbers(table):
            execute(connection, f"analyze quarantine.{table.stem}__record ({', '.join(columns)})")
    # The statistics are a sample: asked from a little below the limit, so that the count decides.
    given = {"stems": [stem for stem, _ in places], "fields": [field for _, field in places], "share": 0.8 * SHARE}
    for stem, field, value in execute(connection, COMMON, given).fetchall():
        counts = f"select province_code, count(*), count(*) filter (where {field} = %s) from quality.stated_{stem} group by 1"
        for province, records, count in execute(connection, counts, (value,)).fetchall():
            if int(str(count)) >= max(LEAST_RECORDS, SHARE * int(str(records))):
                yield stem, field, province, value, count


def _columns(connection: psycopg.Connection, which: str) -> frozenset[Place]:
    rows = execute(connection, f"select distinct stem, field from validated._crowd where {which}").fetchall()
    return frozenset((str(stem), str(field)) for stem, field in rows)


def _places(join: Join) -> list[Place]:
    return [(join.table.stem, field) for field, _ in join.on]


def _values(stem: str, field: str) -> str:
    return f"select value from validated._crowd where stem = {literal(stem)} and field = {literal(field)} and not is_leaving"
