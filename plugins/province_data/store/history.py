"""Keep the rows that a publication replaces, with the publications they stood from and until, and bring a past state back.

A published row says in `published_from` which publication brought it. Beside each change the row as it was goes to the table's history
(`published.<table>_history`) in the same statement: the cost follows the change, and a row that stands has no copy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.errors import PublicationError
from province_data.store.database import execute, identifier, one_value

CURRENT = "province_data.publication"
"""The session setting that names the publication at work."""
THIS = f"current_setting('{CURRENT}')::bigint"
FROM, UNTIL = "published_from", "published_until"


@dataclass(frozen=True)
class Undoable:
    """The newest publication that stands, and the one it would go back to."""

    publication_id: int
    published_at: datetime
    load_id: int
    """Of the publication it goes back to."""
    back_to: int
    back_to_at: datetime


def closing(table: str, columns: Sequence[str], source: str, row: str = "", where: str = "true") -> str:
    """SQL of a WITH part that closes rows of `source`; `row` names its column that holds the whole row as it was, else it is the row.

    A row that this publication itself brought was never seen by anybody: it leaves no trace.
    """
    field = f"({row})." if row else ""
    was = ", ".join(f"{field}{column}" for column in columns)
    return (
        f"closed as (insert into published.{identifier(f'{table}_history')} ({', '.join(columns)}, {FROM}, {UNTIL})"
        f" select {was}, {field}{FROM}, {THIS} from {source} where {where} and {field}{FROM} < {THIS})"
    )


def begin_publication(connection: psycopg.Connection, publication_id: int) -> None:
    """Say which publication is at work: new rows take its number."""
    execute(connection, f"select set_config('{CURRENT}', %s, true)", (str(publication_id),))


def show_publication(connection: psycopg.Connection, publication_id: int) -> None:
    """Tell readers of a publication, so that its state can be asked for later."""
    execute(
        connection,
        "insert into published.publication select publication_id, published_at, undoes from ops.publication where publication_id = %s",
        (publication_id,),
    )


def find_undoable(connection: psycopg.Connection) -> Undoable:
    """Name the publication that can be taken back; PublicationError says why there is none."""
    found = execute(connection, _STANDING).fetchall()
    if len(found) < 2:
        raise PublicationError(
            "there is no earlier publication to return to",
            expected="at least two publications",
            next_step="correct the source and deliver again",
        )
    newest, before = found
    if not before[3]:
        raise PublicationError(
            "the publication before the last one can no longer be read",
            where=f"publication {before[0]}",
            expected="a publication since the history began, and not older than it is kept",
            next_step="correct the source and deliver again; the next publication brings it",
        )
    assert isinstance(newest[1], datetime)
    assert isinstance(before[1], datetime)
    return Undoable(int(str(newest[0])), newest[1], int(str(before[2])), int(str(before[0])), before[1])


_STANDING = """
select o.publication_id, o.published_at, o.load_id, p.is_readable
from ops.publication o join published.publication p using (publication_id)
where o.undoes is null and o.undone_by is null order by o.publication_id desc limit 2
"""


def changed_tables(connection: psycopg.Connection, since: int) -> list[str]:
    """Name the tables that changed after a publication."""
    query = "select distinct table_name from ops.publication_table where publication_id > %s order by 1"
    return [str(name) for (name,) in execute(connection, query, (since,)).fetchall()]


def restore_table(connection: psycopg.Connection, publication_id: int, table: str) -> tuple[int, int]:
    """Bring a table's rows to how they stood at a publication; returns how many were written and how many removed.

    What leaves is closed like any other row: readers saw it in between, and the history says so.
    """
    name, past = f"published.{identifier(table)}", f"published.{identifier(f'{table}_history')}"
    columns, keys = _columns(connection, name), _keys(connection, name)
    match = " and ".join(f"old.{k} = wanted.{k}" for k in keys)
    fields = [c for c in columns if c not in keys]
    differs = f"({', '.join(f'old.{c}' for c in fields)}) is distinct from ({', '.join(f'wanted.{c}' for c in fields)})"
    listed, was = ", ".join(columns), ", ".join(f"(_before).{c}" for c in columns)
    gone = f"(select {listed}, {FROM} from removed union all select {was}, (_before).{FROM} from compared where _is_known) gone"
    row = execute(
        connection,
        f"with wanted as materialized (select {listed} from {past} where {FROM} <= %(id)s and {UNTIL} > %(id)s),"
        f" compared as materialized (select wanted.*, old as _before, old.{keys[-1]} is not null as _is_known"
        f" from wanted left join {name} old on {match} where old.{keys[-1]} is null or {differs}),"
        f" removed as materialized (delete from {name} old where {FROM} > %(id)s and not exists (select from wanted where {match})"
        f" returning old.*),"
        f" changed as (update {name} old set {', '.join(f'{c} = wanted.{c}' for c in fields)}, {FROM} = {THIS} from compared wanted"
        f" where {match} and wanted._is_known returning 1),"
        f" added as (insert into {name} ({listed}) select {listed} from compared where not _is_known returning 1),"
        f" {closing(table, columns, gone)}"
        " select (select count(*) from changed) + (select count(*) from added), (select count(*) from removed)",
        {"id": publication_id},
    ).fetchone()
    assert row is not None  # an aggregate always gives one row
    return int(str(row[0])), int(str(row[1]))


def forget(connection: psycopg.Connection, before: datetime) -> Mapping[str, int]:
    """Drop what stood only before a moment; returns the rows dropped of each table.

    The publication that stood at that moment stays readable, and all later ones.
    """
    oldest = one_value(connection, "select max(publication_id) from published.publication where published_at <= %s", (before,))
    if oldest is None:
        return {}
    dropped = {}
    for (entity,) in execute(connection, "select entity from ops.history_table order by entity").fetchall():
        past = identifier(f"{entity}_history")
        dropped[str(entity)] = execute(connection, f"delete from published.{past} where {UNTIL} <= %s", (oldest,)).rowcount
    execute(connection, "update published.publication set is_readable = false where is_readable and publication_id < %s", (oldest,))
    return {entity: rows for entity, rows in dropped.items() if rows}


def _columns(connection: psycopg.Connection, name: str) -> list[str]:
    known = "select attname from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped"
    query = f"{known} and attname <> %s order by attnum"
    return [identifier(str(column)) for (column,) in execute(connection, query, (name, FROM)).fetchall()]


def _keys(connection: psycopg.Connection, name: str) -> list[str]:
    query = (
        "select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)"
        " where i.indrelid = %s::regclass and i.indisprimary order by a.attnum"
    )
    return [identifier(str(column)) for (column,) in execute(connection, query, (name,)).fetchall()]
