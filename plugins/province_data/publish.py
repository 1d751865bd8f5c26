"""Publish: all tables that provinces read change in one transaction, or none does.

A reader sees the state before or the state after, never a mix; grants, policies and views are not touched. A process
that lost its lease publishes nothing, however late it wakes up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.errors import PublicationError
from province_data.store.database import connected, execute, identifier, one_value
from province_data.store.flags import judged_until, merge_flags, note_flagged
from province_data.store.history import begin_publication, show_publication
from province_data.store.indicators import merge_indicators
from province_data.store.lease import demand_token
from province_data.store.old_numbers import merge_old_numbers
from province_data.store.publication import (
    PUBLISH_LOCK,
    Entity,
    TableChange,
    merge_entity,
    merge_report,
    note_published,
    read_entities,
    touched_provinces,
    write_counts,
)
from province_data.store.published_lists import merge_admin_units

LEASE = "warehouse"
LARGE_SHARE = 0.1
"""A table of which more than this share changed gets new planner statistics."""

After = Callable[[psycopg.Connection, int], int | None]
"""Called inside the transaction with the publication's id, to settle the ledger; returns how many entries it changed."""


@dataclass(frozen=True)
class Publication:
    """What one publication changed; `changed` is 0 and there is no id when there was nothing new."""

    publication_id: int | None
    changed: int
    load_id: int
    tables: tuple[TableChange, ...] = ()


def publish(dsn: str, secret: str, now: datetime, lease_token: int | None = None, after: After | None = None) -> Publication:
    """Publish what the warehouse holds and the provinces do not see yet.

    `secret` makes the keys that stand for identifiers: always the same one, or every key changes. `lease_token` is
    compared with `ops.lease` inside the transaction. PublicationError means that nothing was changed.
    """
    if len(secret) < 32:
        raise PublicationError(
            "the secret for masked keys is too short",
            expected="at least 32 characters",
            next_step="restore the secret file of this installation; a new secret changes every key",
        )
    with connected(dsn, "province-data-publish") as connection:
        with connection.transaction() as transaction:
            _prepare(connection, secret, now, lease_token)
            publication = _change_everything(connection, now, after)
            if publication.changed == 0:
                raise psycopg.Rollback(transaction)
        _refresh_statistics(connection, publication)
    return publication


def _prepare(connection: psycopg.Connection, secret: str, now: datetime, lease_token: int | None) -> None:
    """Set up the transaction: short waits, hash joins, the secret as a parameter; then make sure nobody else publishes."""
    execute(connection, "set local lock_timeout = '10s'")
    execute(connection, "set local enable_mergejoin = off")
    execute(connection, "select set_config('province_data.secret', %s, true)", (secret,))
    execute(connection, "select set_config('province_data.today', %s, true)", (now.date().isoformat(),))
    execute(connection, "select pg_advisory_xact_lock(%s)", (PUBLISH_LOCK,))
    if lease_token is not None:
        demand_token(connection, LEASE, lease_token)


def _change_everything(connection: psycopg.Connection, now: datetime, after: After | None) -> Publication:
    entities = read_entities(connection)
    _demand_checked(entities)
    load_id = max((entity.load_id for entity in entities), default=0)
    publication_id = int(str(one_value(connection, _BEGIN_PUBLICATION, (now, load_id))))
    begin_publication(connection, publication_id)
    flagged = judged_until(connection)
    touched = {entity.name: touched_provinces(connection, entity) for entity in entities}
    tables = [*_merge_records(connection, entities), merge_old_numbers(connection, entities)]
    settled = (after(connection, publication_id) if after else 0) or 0
    tables += merge_indicators(connection, touched)
    tables += [merge_report(connection, name) for name in ("quality_score", "commune_score", "freshness")]
    tables += merge_admin_units(connection, entities)
    note_published(connection, entities)
    note_flagged(connection, flagged)
    changes = tuple(change for change in tables if change.rows)
    write_counts(connection, publication_id, changes)
    show_publication(connection, publication_id)
    changed = sum(change.rows for change in changes) + settled
    return Publication(publication_id if changed else None, changed, load_id, changes)


def _demand_checked(entities: list[Entity]) -> None:
    unchecked = [entity.name for entity in entities if not entity.is_checked]
    if unchecked:
        raise PublicationError(
            "the last build did not end well, so its rows are not published",
            where=", ".join(f"warehouse.{name}" for name in unchecked),
            expected="a build whose models and tests all passed",
            next_step="run the build again and read what it says",
        )


def _merge_records(connection: psycopg.Connection, entities: list[Entity]) -> list[TableChange]:
    tables = []
    for entity in entities:
        rows, flags = merge_entity(connection, entity), merge_flags(connection, entity)
        tables.append(TableChange(entity.name, rows.inserted, rows.updated + flags.updated, rows.deleted))
    return tables


_BEGIN_PUBLICATION = """
insert into ops.publication (published_at, load_id, rows_inserted, rows_updated, rows_deleted)
values (%s, %s, 0, 0, 0) returning publication_id
"""


def _refresh_statistics(connection: psycopg.Connection, publication: Publication) -> None:
    """Analyse tables of which a large share changed; the server's own daemon does not look at partitioned parents.

    A small sample is enough: it is taken once for the table and once more for each of its 35 partitions.
    """
    execute(connection, "set default_statistics_target = 10")
    for change in publication.tables:
        name = f"published.{identifier(change.table)}"
        if change.rows > LARGE_SHARE * float(str(one_value(connection, _KNOWN_ROWS, (name,)))):
            execute(connection, f"analyze {name}")


_KNOWN_ROWS = """
select greatest(sum(c.reltuples), 0) from pg_partition_tree(%s) p join pg_class c on c.oid = p.relid where p.isleaf
"""
