"""Find and remove what the warehouse holds of an erased key, table by table, and count it.

`pg_temp.erased` holds the records (table, province, record key) and the name each gets where only a count must remain.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import psycopg

from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.store.access import is_superuser
from province_data.store.database import execute, identifier, one_value
from province_data.store.erasures import ERASED

COLLECT = """
create temp table erased on commit drop as
select stem, dataset, table_name, province_code, record_key,
    'erased-' || %(erasure)s || '-' || row_number() over (order by stem, province_code, record_key) as alias
from (select distinct stem, dataset, table_name, province_code, record_key from ({found}) f where record_key <> '') d
"""
OLD_STATISTICS = """
delete from pg_statistic s using pg_class c
where c.oid = s.starelid and c.relnamespace = any(%s::regnamespace[]) and exists (
    select from unnest(%s::text[]) k
    where strpos(concat_ws(' ', s.stavalues1::text, s.stavalues2::text, s.stavalues3::text, s.stavalues4::text, s.stavalues5::text), k) > 0
)
"""
"""A table that is empty now keeps the statistics it had: new ones are only made of rows."""
KEYED = """
select c.relname::text as relation, array_agg(a.attname::text order by a.attnum) as keys
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname ~ '_key$' and a.attnum > 0 and not a.attisdropped
where c.relnamespace = 'published'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
group by 1 order by 1
"""
"""Published tables with the columns in which keyed hashes stand."""
SAME = "e.stem = {stem} and e.province_code = x.province_code"
FINDINGS = """
update quality.finding f set record_key = e.alias, status = 'resolved', resolved_at = coalesce(f.resolved_at, %(now)s),
    resolved_load_id = coalesce(f.resolved_load_id, %(load)s)
from pg_temp.erased e
where f.dataset = e.dataset and f.table_name = e.table_name and f.province_code = e.province_code and f.record_key = e.record_key
"""


def identifier_columns(table: Table) -> list[str]:
    """Name the columns that may hold a person's number."""
    return [c.name for c in table.columns if c.sensitivity == "identifier"]


def stating(table: Table, alias: str, key: str) -> str:
    """SQL condition: a stored record is known by the key, or holds it in a column for numbers."""
    named = [f"{alias}._record_key = {literal(key)}"]
    return "(" + " or ".join([*named, *(f"{alias}.{c} = {literal(key)}" for c in identifier_columns(table))]) + ")"


def _named(column: str, key: str) -> str:
    return f"({column} = {literal(key)} or {literal(key)} = any(string_to_array({column}, '|')))"


def _found(table: Table, key: str) -> str:
    names = f"{literal(table.stem)} as stem, {literal(table.dataset)} as dataset, {literal(table.name)} as table_name"
    stored = [f"select {names}, province_code, _record_key as record_key from {s}.{table.stem} x where {stating(table, 'x', key)}"
              for s in ("validated", "quarantine")]  # fmt: skip
    known = (
        f"select {names}, province_code, record_key from quality.finding where dataset = {literal(table.dataset)}"
        f" and table_name = {literal(table.name)} and {_named('record_key', key)}"
    )
    return " union all ".join([*stored, known])


def count_rows(connection: psycopg.Connection, tables: Sequence[Table], key: str) -> Iterator[tuple[str, int]]:
    """Count what would go, place by place, provinces named; nothing is changed."""
    for table in tables:
        for schema in ("validated", "quarantine"):
            query = f"select province_code, count(*) from {schema}.{table.stem} x where {stating(table, 'x', key)} group by 1 order by 1"
            for province, records in execute(connection, query).fetchall():
                yield f"{schema} · {table.dataset}.{table.name} · {province}", int(str(records))
        known = (
            f"select count(*) from quality.finding where dataset = {literal(table.dataset)} and table_name = {literal(table.name)}"
            f" and {_named('record_key', key)}"
        )
        if records := int(str(one_value(connection, known))):
            yield f"findings · {table.dataset}.{table.name}", records


def collect(connection: psycopg.Connection, tables: Sequence[Table], key: str, erasure_id: int) -> list[str]:
    """Fill `pg_temp.erased` and return the record keys in it."""
    found = " union all ".join(_found(table, key) for table in tables)
    execute(connection, COLLECT.format(found=found), {"erasure": erasure_id})
    return [str(k) for (k,) in execute(connection, "select distinct record_key from pg_temp.erased order by 1").fetchall()]


def bury(connection: psycopg.Connection, tables: Sequence[Table], key_hash: str, erasure_id: int) -> None:
    """Write the tombstones: the key for every table in scope, and each record's own key."""
    stems = [table.stem for table in tables]
    execute(
        connection,
        f"insert into ops.tombstone select %s, s, %s from unnest(%s::text[]) s"
        f" union select %s, stem, warehouse.keyed_hash({literal(ERASED)} || record_key) from pg_temp.erased on conflict do nothing",
        (erasure_id, key_hash, stems, erasure_id),
    )


def remove_rows(connection: psycopg.Connection, tables: Sequence[Table], key: str, stamp: int) -> Iterator[tuple[str, int]]:
    """Remove the records from every private place; the build is told, so that the next publication removes them from the rest."""
    for table in tables:
        stem, name = table.stem, f"{table.dataset}.{table.name}"
        mine = f"exists (select from pg_temp.erased e where {SAME.format(stem=literal(stem))} and e.record_key = x._record_key)"
        gone = execute(
            connection,
            f"with gone as (delete from validated.{stem} x where {mine} returning province_code, _record_key)"
            f" insert into validated._removed select {literal(table.dataset)}, {literal(table.name)}, province_code, _record_key, {stamp}"
            " from gone",
        )
        yield f"validated · {name}", gone.rowcount
        unnamed = f"({mine} or {stating(table, 'x', key)})"
        yield f"quarantine · {name}", execute(connection, f"delete from quarantine.{stem} x where {unnamed}").rowcount
        touched = execute(connection, f"delete from quality.touched_{stem} x where {unnamed}").rowcount
        staged = " or ".join(f"{c} = {literal(key)}" for c in identifier_columns(table)) or "false"
        yield f"scratch · {name}", touched + execute(connection, f"delete from staging.{stem} where {staged}").rowcount
    # What indicators count of these provinces is counted as a whole again: the images that would take the record off are gone.
    counted = "e.dataset = k.dataset and e.table_name = k.table_name and e.province_code = k.province_code"
    execute(connection, f"delete from quality.commune_result k using pg_temp.erased e where {counted}")
    for place in ("quality.set_verdict", "quality.set_scope", "staging.verdict", "staging.deletion"):
        same = "e.province_code = x.province_code and e.record_key = x.record_key"
        yield "scratch · rules", execute(connection, f"delete from {place} x using pg_temp.erased e where {same}").rowcount


def remove_traces(connection: psycopg.Connection, key: str, load_id: int, now: object) -> Iterator[tuple[str, int]]:
    """Leave findings as counts under a name of their own, and take links, answers' notes and waivers off the key."""
    ours = "f.dataset = e.dataset and f.table_name = e.table_name and f.province_code = e.province_code and f.record_key = e.record_key"
    noted = f"update quality.answer a set note = null from quality.finding f, pg_temp.erased e where a.finding_id = f.finding_id and {ours}"
    execute(connection, f"{noted} and a.note is not null")
    waived = "update quality.waiver w set record_key = e.alias from pg_temp.erased e"
    execute(connection, f"{waived} where w.dataset = e.dataset and w.province_code = e.province_code and w.record_key = e.record_key")
    yield "findings", execute(connection, FINDINGS, {"now": now, "load": load_id}).rowcount
    same = "e.stem = x.source and e.province_code = x.province_code and e.record_key = x.record_key"
    linked = f"exists (select from pg_temp.erased e where {same})"
    told = "insert into warehouse.link_change select distinct source, province_code, record_key from warehouse.person_link x"
    execute(connection, f"{told} where grade = 'C' and ({linked} or person_id = %s)", (key,))
    yield "links", execute(connection, f"delete from warehouse.person_link x where {linked}").rowcount
    loose = "update warehouse.person_link set person_id = null, person_province_code = null, grade = null, method = 'unknown_number'"
    yield "links", execute(connection, f"{loose}, name_match = null, date_match = null where person_id = %s", (key,)).rowcount
    yield "links", execute(connection, "delete from warehouse.person_twin where personal_id = %s", (key,)).rowcount
    meant = "x.person_key in (select warehouse.keyed_hash(record_key) from pg_temp.erased)"
    yield "links", execute(connection, f"delete from quality.link_candidate x where {linked} or {meant}").rowcount


def published_images(connection: psycopg.Connection, keys: Sequence[str]) -> int:
    """Forget what former publications showed of an erased key, wherever its keyed hash stands; a rollback does not bring it back."""
    hashes = [h for (h,) in execute(connection, "select warehouse.keyed_hash(k) from unnest(%s::text[]) k", (list(keys),)).fetchall()]
    gone = 0
    if one_value(connection, "select to_regclass('ops.publication_undo')") is not None:
        image = "select from jsonb_each_text(u.image) v where v.value = any(%s)"
        gone += execute(connection, f"delete from ops.publication_undo u where exists ({image})", (hashes,)).rowcount
    for relation, columns in execute(connection, KEYED).fetchall():
        if str(relation).endswith("_history"):
            same = " or ".join(f"{identifier(str(c))} = any(%(hashes)s)" for c in columns)  # type: ignore[attr-defined]
            name = f"published.{identifier(str(relation))}"
            gone += connection.execute(f"delete from {name} where {same}".encode(), {"hashes": hashes}).rowcount
    return gone


def forget_work(connection: psycopg.Connection, keys: Sequence[str]) -> None:
    """After the publication: what told the build which keys were gone is not needed any more; new statistics hold no old value."""
    for place in ("validated._removed", "warehouse.change_log", "warehouse.link_change"):
        execute(connection, f"delete from {place} where record_key = any(%s)", (list(keys),))
    execute(connection, "delete from warehouse.change_log where group_key = any(%s)", (list(keys),))
    held = "select c.oid::regclass::text from pg_class c where c.relnamespace = any(%s::regnamespace[]) and c.relkind in ('r', 'p')"
    schemas = ["staging", "validated", "quarantine", "warehouse", "published", "quality", "ops"]
    for (name,) in execute(connection, f"{held} and not c.relispartition order by 1", (schemas,)).fetchall():
        execute(connection, f"analyze {name}")
    if is_superuser(connection):
        execute(connection, OLD_STATISTICS, (schemas, list(keys)))
