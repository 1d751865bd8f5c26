"""Roll back: bring the published tables to the state before the last publication, in one transaction; and forget the old past.

What the last publication showed stays in the history: readers saw it. The warehouse keeps what it holds, so the next
publication compares every row and shows the warehouse again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg

from province_data.store.database import connected, execute, one_value
from province_data.store.history import (
    Undoable,
    begin_publication,
    changed_tables,
    find_undoable,
    forget,
    restore_table,
    show_publication,
)
from province_data.store.lease import demand_token, lease
from province_data.store.publication import PUBLISH_LOCK, TableChange, write_counts

LEASE = "warehouse"


@dataclass(frozen=True)
class Rollback:
    """What was taken back, and what that changed."""

    publication_id: int
    undone: Undoable
    tables: tuple[TableChange, ...]


def roll_back(dsn: str, holder: str, now: datetime) -> Rollback:
    """Take the last publication back; PublicationError when nothing was changed because that is not possible."""
    with lease(dsn, LEASE, holder, now) as token, connected(dsn, "province-data-rollback") as connection, connection.transaction():
        execute(connection, "set local lock_timeout = '10s'")
        execute(connection, "select pg_advisory_xact_lock(%s)", (PUBLISH_LOCK,))
        demand_token(connection, LEASE, token)
        undone = find_undoable(connection)
        publication_id = int(str(one_value(connection, _BEGIN, (now, undone.load_id, undone.publication_id))))
        begin_publication(connection, publication_id)
        tables = tuple(_restore(connection, undone.back_to))
        write_counts(connection, publication_id, tables)
        execute(connection, _UNDONE, (publication_id, undone.publication_id))
        show_publication(connection, publication_id)
        execute(connection, "update warehouse.build_state set needs_full_publish = true")
    return Rollback(publication_id, undone, tables)


def next_rollback(dsn: str) -> Undoable:
    """Say what a rollback would take back now."""
    with connected(dsn, "province-data-rollback") as connection:
        return find_undoable(connection)


def prune_before(now: datetime, months: int) -> datetime:
    """Say from when on the past is kept: the same day so many months ago, or the last day of that month."""
    index = now.year * 12 + now.month - 1 - months
    first = now.replace(year=index // 12, month=index % 12 + 1, day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=min(now.day, (following - first).days) - 1)


def prune(dsn: str, before: datetime) -> Mapping[str, int]:
    """Drop the versions that were replaced before the publication which stood at `before`; returns the rows dropped of each table."""
    with connected(dsn, "province-data-prune") as connection, connection.transaction():
        # Nobody publishes or takes back meanwhile.
        execute(connection, "select pg_advisory_xact_lock(%s)", (PUBLISH_LOCK,))
        return forget(connection, before)


def _restore(connection: psycopg.Connection, publication_id: int) -> list[TableChange]:
    """Bring every table that changed since to how it stood at a publication."""
    changes = []
    for table in changed_tables(connection, publication_id):
        written, removed = restore_table(connection, publication_id, table)
        changes.append(TableChange(table, updated=written, deleted=removed))
    return [change for change in changes if change.rows]


_BEGIN = """
insert into ops.publication (published_at, load_id, rows_inserted, rows_updated, rows_deleted, undoes)
values (%s, %s, 0, 0, 0, %s) returning publication_id
"""
_UNDONE = "update ops.publication set undone_by = %s where publication_id = %s"
