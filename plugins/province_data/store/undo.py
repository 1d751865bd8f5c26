"""Keep what a publication overwrites, so that it can be taken back, and take it back.

Beside each change the row as it was is written to `ops.publication_undo`, in the same statement: the cost follows the change.
A publication that changes more of a table than `MOST_ROWS` cannot be taken back, nor can those before it any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.contract.conditions import literal
from province_data.errors import PublicationError
from province_data.store.database import execute, identifier, one_value

CURRENT = "province_data.publication"
"""The session setting that names the publication at work."""
MOST_ROWS = 200_000
KEPT = 10
"""How many publications can be taken back, one after the other."""


@dataclass(frozen=True)
class Undoable:
    """The newest publication that stands, and the one it would go back to."""

    publication_id: int
    published_at: datetime
    load_id: int
    """Of the publication it goes back to."""
    back_to: int
    back_to_at: datetime


def keeping(table: str, source: str, change: str, keys: Sequence[str] = (), *, unless_filled: bool = False) -> str:
    """SQL of a WITH part that keeps the rows of `source` as they were (`_before`); those without are new, and kept by key."""
    filled = f" and not exists (select from ops.publication_undo where {_OF_TABLE.format(table=literal(table))} and change = 'filled')"
    key = f"jsonb_build_object({', '.join(f'{literal(k.strip(chr(34)))}, {k}' for k in keys)})" if keys else "null"
    return (
        "kept as (insert into ops.publication_undo (publication_id, table_name, change, image)"
        f" select current_setting('{CURRENT}')::bigint, {literal(table)},"
        f" case when _before is null then 'inserted' else {literal(change)} end, coalesce(_before, {key})"
        f" from {source} where (select count(*) from {source}) <= {MOST_ROWS}{filled if unless_filled else ''})"
    )


_OF_TABLE = f"publication_id = current_setting('{CURRENT}')::bigint and table_name = {{table}}"


def note_filled(connection: psycopg.Connection, table: str) -> None:
    """Keep that a table was empty before this publication."""
    execute(
        connection,
        "insert into ops.publication_undo (publication_id, table_name, change)"
        f" values (current_setting('{CURRENT}')::bigint, %s, 'filled')",
        (table,),
    )


def settle_undo(connection: psycopg.Connection, publication_id: int) -> None:
    """After the last change: say whether the publication can be taken back, and forget what no longer can."""
    if one_value(connection, _IS_WHOLE, (publication_id,)):
        execute(connection, "update ops.publication set is_undoable = true where publication_id = %s", (publication_id,))
        execute(connection, _FORGET_OLD, (KEPT - 1,))
    else:
        execute(connection, "update ops.publication set is_undoable = false where is_undoable")
        execute(connection, "delete from ops.publication_undo")


_IS_WHOLE = """
select not exists (
    select from ops.publication_table t where t.publication_id = %s
        and t.rows_inserted + t.rows_updated + t.rows_deleted <> (
            select count(*) from ops.publication_undo u where u.publication_id = t.publication_id and u.table_name = t.table_name
        )
        and not exists (
            select from ops.publication_undo u
            where u.publication_id = t.publication_id and u.table_name = t.table_name and u.change = 'filled'
        )
)
"""
_FORGET_OLD = """
with oldest as (
    select publication_id from ops.publication where is_undoable order by publication_id desc offset %s limit 1
),
forgotten as (
    update ops.publication p set is_undoable = false from oldest where p.is_undoable and p.publication_id < oldest.publication_id
)
delete from ops.publication_undo u using oldest where u.publication_id < oldest.publication_id
"""


def find_undoable(connection: psycopg.Connection) -> Undoable:
    """Name the publication that can be taken back; PublicationError says why there is none."""
    stands = "select publication_id, published_at, load_id, is_undoable from ops.publication where undoes is null and undone_by is null"
    found = execute(connection, f"{stands} order by publication_id desc limit 2").fetchall()
    if len(found) < 2:
        raise PublicationError(
            "there is no earlier publication to return to",
            expected="at least two publications",
            next_step="correct the source and deliver again",
        )
    newest, before = found
    if not newest[3]:
        raise PublicationError(
            "the last publication can no longer be taken back",
            where=f"publication {newest[0]}",
            expected=f"at most {MOST_ROWS:,} changed rows in each table, and one of the last {KEPT} publications",
            next_step="correct the source and deliver again; the next publication brings it",
        )
    assert isinstance(newest[1], datetime)
    assert isinstance(before[1], datetime)
    return Undoable(int(str(newest[0])), newest[1], int(str(before[2])), int(str(before[0])), before[1])


def changed_tables(connection: psycopg.Connection, publication_id: int) -> list[str]:
    """Name the tables a publication changed."""
    query = "select distinct table_name from ops.publication_undo where publication_id = %s order by 1"
    return [str(name) for (name,) in execute(connection, query, (publication_id,)).fetchall()]


def restore_table(connection: psycopg.Connection, publication_id: int, table: str) -> tuple[int, int]:
    """Bring a table's rows back to how they were before the publication; returns how many were written and how many removed.

    A row may have changed twice in a publication: its earliest image counts.
    """
    name = f"published.{identifier(table)}"
    filled = "select exists (select from ops.publication_undo where publication_id = %s and table_name = %s and change = 'filled')"
    if one_value(connection, filled, (publication_id, table)):
        return 0, execute(connection, f"delete from {name}").rowcount
    columns, keys = _columns(connection, name), _keys(connection, name)
    match = " and ".join(f"old.{k} = first.{k}" for k in keys)
    settings = ", ".join(f"{c} = excluded.{c}" for c in columns if c not in keys)
    row = execute(
        connection,
        f"with first as materialized (select distinct on ({', '.join(f'r.{k}' for k in keys)}) u.change as _change, r.*"
        f" from ops.publication_undo u, jsonb_populate_record(null::{name}, u.image) r"
        f" where u.publication_id = %s and u.table_name = %s order by {', '.join(f'r.{k}' for k in keys)}, u.undo_id),"
        f" removed as (delete from {name} old using first where first._change = 'inserted' and {match} returning 1),"
        f" written as (insert into {name} ({', '.join(columns)}) select {', '.join(columns)} from first where _change <> 'inserted'"
        f" on conflict ({', '.join(keys)}) do update set {settings} returning 1)"
        " select (select count(*) from written), (select count(*) from removed)",
        (publication_id, table),
    ).fetchone()
    assert row is not None  # an aggregate always gives one row
    return int(str(row[0])), int(str(row[1]))


def _columns(connection: psycopg.Connection, name: str) -> list[str]:
    query = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum"
    return [identifier(str(column)) for (column,) in execute(connection, query, (name,)).fetchall()]


def _keys(connection: psycopg.Connection, name: str) -> list[str]:
    query = (
        "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)"
        " where i.indrelid = %s::regclass and i.indisprimary order by a.attnum"
    )
    return [identifier(str(column)) for (column,) in execute(connection, query, (name,)).fetchall()]
