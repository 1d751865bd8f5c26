"""Link the persons that records of other registries name with the citizens of population.

Follows the change: only references of records that a load touched are looked at again, and those that name a citizen it touched.
Loads decide nothing here and nothing is merged: a link is a statement beside the record, with its grade.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.contract.persons import REGISTRY
from province_data.linking.statements import COLUMNS, TWICE, fingerprint, links, references, refresh_twins
from province_data.store.database import connected, execute, one_value

FULL_FROM_SHARE = 0.2
"""Above this share of touched records linking everything anew is cheaper than finding out whom it concerns."""
SESSION = ("set work_mem = '256MB'", "set maintenance_work_mem = '256MB'", "set max_parallel_workers_per_gather = 0")
_COLLATED = ", ".join(f'{column} collate "C" as {column}' for column in COLUMNS.split(", "))


@dataclass(frozen=True)
class Linked:
    """What became of one table's references; `written` counts those that are not as before."""

    source: str
    is_full: bool
    written: int


@dataclass(frozen=True)
class Until:
    """The last load of a table and of the register that is looked at; -1 for none. Loads of datasets overlap, so each counts alone."""

    records: int
    registry: int


def link(dsn: str, catalog: Catalog, *, workers: int) -> list[Linked]:
    """Bring all links up to date; returns the tables of which any were looked at."""
    tables = [table for table in catalog.tables if table.persons]
    with connected(dsn, "province-data-link") as connection:
        registry = _newest(connection, REGISTRY)
        newest = {table.stem: Until(_newest(connection, table.stem), registry) for table in tables}
        since = {table.stem: _since(connection, table) for table in tables}
        if (oldest := min((s.registry for s in since.values()), default=registry)) < registry:
            _set_twins_aside(connection, oldest)
    work = [table for table in tables if since[table.stem] != newest[table.stem]]
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return list(pool.map(lambda table: _link_table(dsn, table, since[table.stem], newest[table.stem]), work))


def _newest(connection: psycopg.Connection, stem: str) -> int:
    removed = f"select max(load_id) from validated._removed where {_of(stem)}"
    return int(str(one_value(connection, f"select coalesce(greatest((select max(_load_id) from validated.{stem}), ({removed})), -1)")))


def _since(connection: psycopg.Connection, table: Table) -> Until:
    """What is linked already; nothing when it was linked by another declaration."""
    query = "select load_id, registry_load_id from warehouse.link_state where source = %s and declared = %s"
    row = execute(connection, query, (table.stem, fingerprint(table))).fetchone() or (-1, -1)
    return Until(int(str(row[0])), int(str(row[1])))


def _set_twins_aside(connection: psycopg.Connection, since: int) -> None:
    touched = (
        f"select personal_id from validated.{REGISTRY} where _load_id > {since}"
        f" union select record_key from validated._removed where load_id > {since} and {_of(REGISTRY)}"
    )
    with connection.transaction():
        if since < 0:
            execute(connection, "delete from warehouse.person_twin")
            execute(connection, refresh_twins(TWICE))
        else:
            execute(connection, f"delete from warehouse.person_twin where personal_id in ({touched})")
            execute(connection, refresh_twins(f"p.personal_id in ({touched})"))


def _of(stem: str) -> str:
    dataset, name = stem.split("__")
    return f"dataset = {literal(dataset)} and table_name = {literal(name)}"


def _link_table(dsn: str, table: Table, since: Until, newest: Until) -> Linked:
    with connected(dsn, f"province-data-link {table.stem}"[:63]) as connection:
        for setting in SESSION:
            execute(connection, setting)
        with connection.transaction():
            is_full = since.records < 0 or _touched_share(connection, table, since) > FULL_FROM_SHARE
            written = _link_all(connection, table) if is_full else _link_touched(connection, table, since)
            execute(
                connection,
                "insert into warehouse.link_state values (%s, %s, %s, %s) on conflict (source) do update"
                " set load_id = excluded.load_id, registry_load_id = excluded.registry_load_id, declared = excluded.declared",
                (table.stem, newest.records, newest.registry, fingerprint(table)),
            )
    return Linked(table.stem, is_full, written)


def _touched_share(connection: psycopg.Connection, table: Table, until: Until) -> float:
    share = 0.0
    for stem, since in ((table.stem, until.records), (REGISTRY, until.registry)):
        known = f"(select sum(greatest(c.reltuples, 0)) from pg_partition_tree('validated.{stem}') t join pg_class c on c.oid = t.relid)"
        query = f"select (select count(*) from validated.{stem} where _load_id > {since}) / greatest({known}, 1)"
        share = max(share, float(str(one_value(connection, query))))
    return share


def _link_all(connection: psycopg.Connection, table: Table) -> int:
    """Link every record into a table of its own, index it, and put it in the place of the old one.

    All meet all: citizens are hashed once, never looked up one by one, whatever the estimate.
    """
    execute(connection, "set local enable_nestloop = off")
    execute(connection, "set local enable_mergejoin = off")
    made, place = f"warehouse.person_link__{table.stem}__new", f"warehouse.person_link__{table.stem}"
    execute(connection, "insert into warehouse.link_change values (%s)", (table.stem,))
    execute(connection, f"create table {made} as select {_COLLATED} from ({links(table, references(table))}) as made ({COLUMNS})")
    for column in ("source", "province_code", "record_key", "role", "method"):
        execute(connection, f"alter table {made} alter {column} set not null")
    execute(connection, f"alter table {made} add check (source = {literal(table.stem)})")
    for index in ("(province_code, record_key)", "(number)", "(person_id) where grade = 'C'"):
        execute(connection, f"create index on {made} {index}")
    execute(connection, f"drop table if exists {place}")
    execute(connection, f"alter table warehouse.person_link attach partition {made} for values in ({literal(table.stem)})")
    execute(connection, f"alter table {made} rename to {place.partition('.')[2]}")
    execute(connection, f"analyze {place}")
    return int(str(one_value(connection, f"select count(*) from {place}")))


def _link_touched(connection: psycopg.Connection, table: Table, since: Until) -> int:
    place = f"warehouse.person_link__{table.stem}"
    numbers = (
        f"select personal_id as number from validated.{REGISTRY} where _load_id > {since.registry}"
        f" union select cmnd9 from validated.{REGISTRY} where _load_id > {since.registry} and cmnd9 is not null"
        f" union select record_key from validated._removed where load_id > {since.registry} and {_of(REGISTRY)}"
    )
    execute(connection, f"create temp table changed_number on commit drop as {numbers}")
    execute(connection, "analyze pg_temp.changed_number")
    execute(connection, f"create temp table concerned on commit drop as {concerned(table, place, since)}")
    execute(connection, "analyze pg_temp.concerned")
    execute(connection, f"create temp table named on commit drop as {references(table, 'pg_temp.concerned')}")
    execute(connection, "analyze pg_temp.named")
    made = links(table, "select * from pg_temp.named")
    execute(connection, f"create temp table fresh on commit drop as select {_COLLATED} from ({made}) as made ({COLUMNS})")
    execute(connection, "create index on pg_temp.fresh (province_code, record_key, role)")
    execute(connection, "analyze pg_temp.fresh")
    execute(connection, _CHANGED.format(place=place, source=literal(table.stem)))
    return _write_differing(connection, place)


_BY_OLD_NUMBER = "select {rows}.province_code, {rows}.record_key, {rows}.role, {rows}.person_id, {rows}.person_province_code"
_BEFORE = f"{_BY_OLD_NUMBER.format(rows='l')} from {{place}} l join pg_temp.concerned using (province_code, record_key) where l.grade = 'C'"
_AFTER = f"{_BY_OLD_NUMBER.format(rows='f')} from pg_temp.fresh f where f.grade = 'C'"
_CHANGED = f"""
insert into warehouse.link_change
select distinct {{source}}, province_code, record_key
from (({_BEFORE} except {_AFTER}) union all ({_AFTER} except {_BEFORE})) changed
"""
"""Notes for the next publication which records have other links by a former number than before."""


def concerned(table: Table, place: str, since: Until) -> str:
    """SQL: the records to link again: those touched, and those whose number or citizen is in `pg_temp.changed_number`.

    Links are collated "C"; a key of that collation could not be searched in any index of the records, which have the database's default.
    """
    key = 'l.province_code collate "default", l.record_key collate "default"'
    return (
        f"select province_code, _record_key as record_key from validated.{table.stem} where _load_id > {since.records}"
        f" union select province_code, record_key from validated._removed where load_id > {since.records} and {_of(table.stem)}"
        f" union select {key} from {place} l join pg_temp.changed_number n on n.number = l.number"
        f" union select {key} from {place} l join pg_temp.changed_number n on n.number = l.person_id where l.grade = 'C'"
    )


def _write_differing(connection: psycopg.Connection, place: str) -> int:
    """Most citizens change without their name, birth date or numbers changing: what stays equal is not written."""
    same = "f.province_code = l.province_code and f.record_key = l.record_key and f.role = l.role"
    old, new = (", ".join(f"{alias}.{column}" for column in COLUMNS.split(", ")) for alias in ("l", "f"))
    left = execute(
        connection,
        f"delete from {place} l using pg_temp.concerned c where l.province_code = c.province_code and l.record_key = c.record_key"
        f" and not exists (select from pg_temp.fresh f where {same} and ({old}) is not distinct from ({new}))",
    ).rowcount
    came = execute(
        connection,
        f"insert into {place} ({COLUMNS}) select {new} from pg_temp.fresh f where not exists (select from {place} l where {same})",
    ).rowcount
    return max(left, came)
