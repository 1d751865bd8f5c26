"""Change the published tables by plain DML, each from its mart: rows that differ, rows that are new, rows that left.

Columns are matched by name, so a table and its mart are the whole declaration of what is published. Everything here runs
inside the caller's transaction; `province_data.secret` must be set in it, as marts make keys with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from province_data.contract.conditions import literal
from province_data.store.database import execute, identifier, one_value
from province_data.store.history import FROM, THIS, closing

FLAG = "quality_flag"
PUBLISH_LOCK = 7_402_612
"""Held by whoever changes published tables, to the end of the transaction."""


@dataclass(frozen=True)
class Entity:
    """A published table of records and how far it and the warehouse have come."""

    name: str
    dataset: str
    table_name: str
    relation: str
    is_grouped: bool
    load_id: int
    since: int
    """The last load the published table shows; -1 when every row must be compared."""
    is_checked: bool


@dataclass(frozen=True)
class TableChange:
    """How many rows of one published table changed."""

    table: str
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    @property
    def rows(self) -> int:
        """All rows touched."""
        return self.inserted + self.updated + self.deleted


def read_entities(connection: psycopg.Connection) -> list[Entity]:
    """Find what can be published: every warehouse table that has a mart."""
    with connection.cursor(row_factory=class_row(Entity)) as cursor:
        cursor.execute(
            "select b.entity as name, b.dataset, b.table_name, b.relation, b.is_grouped, b.load_id,"
            " b.checked_load_id = b.load_id as is_checked, case when b.needs_full_publish then -1 else coalesce(p.load_id, -1) end as since"
            " from warehouse.build_state b left join ops.published_state p on p.entity = b.entity"
            " where to_regclass(format('warehouse.%I', 'mart_' || b.entity)) is not null order by b.entity"
        )
        return cursor.fetchall()


def merge_entity(connection: psycopg.Connection, entity: Entity) -> TableChange:
    """Bring one published table of records to what its mart says; only rows that differ are written."""
    if one_value(connection, "select to_regclass(%s)", (f"published.{identifier(entity.name)}",)) is None:
        execute(connection, "call ops.create_published(%s)", (entity.name,))
    mart = f"warehouse.{identifier(f'mart_{entity.name}')}"
    target = Target.of(connection, entity.name)
    if one_value(connection, f"select not exists (select from {target.name})"):
        # In the order of the keys, which are hashes: an index filled at random costs twice as much and is a third larger.
        filling = f"insert into {target.name} ({target.all}, {FROM}) select {target.all}, (select {THIS}) from {mart} order by {target.key}"
        inserted = execute(connection, filling).rowcount
        execute(connection, "call ops.index_published(%s)", (entity.name,))
        return TableChange(entity.name, inserted=inserted)
    if entity.since == entity.load_id:
        return TableChange(entity.name)
    deleted = _delete(connection, target, _delete_all_others(target, mart) if entity.since < 0 else _delete_gone(target, entity))
    # In the order of the keys, as the table was filled: each page of the table and of its index is come to once.
    ordered = f" order by {', '.join(target.keys)}" if entity.since >= 0 else ""
    changed = f"select {target.all} from {mart} where _load_id > {entity.since}{ordered}"
    updated, inserted = _write_differing(connection, target, changed)
    return TableChange(entity.name, inserted, updated, deleted)


def touched_provinces(connection: psycopg.Connection, entity: Entity) -> set[str]:
    """Name the provinces with rows that are new, changed or gone since the last publication."""
    rows = execute(
        connection,
        f"select province_code from warehouse.{identifier(entity.relation)} where _load_id > {entity.since} group by province_code"
        f" union select province_code from warehouse.change_log where entity = {literal(entity.name)} and load_id > {entity.since}"
        # After a rollback a province may be published that the warehouse does not hold.
        f" union select province_code from published.indicator where province_code <> '00' and {entity.since} < 0",
    ).fetchall()
    return {str(row[0]) for row in rows}


def merge_report(connection: psycopg.Connection, name: str, report: str | None = None, within: str = "true") -> TableChange:
    """Bring a small published table to what its report says; `within` is SQL of the rows that the report speaks of."""
    return merge_rows(connection, name, f"select * from warehouse.{identifier(f'rpt_{report or name}')} where {within}", within)


def merge_rows(connection: psycopg.Connection, name: str, made: str, within: str = "true") -> TableChange:
    """Bring the rows of a published table that are `within` to what the query `made` gives of them."""
    target = Target.of(connection, name)
    execute(connection, f"create temp table report on commit drop as select {target.all} from ({made}) made")
    execute(connection, "analyze pg_temp.report")
    deleted = _delete(connection, target, f"{_delete_all_others(target, 'pg_temp.report')} and {within}")
    updated, inserted = _write_differing(connection, target, f"select {target.all} from pg_temp.report")
    execute(connection, "drop table pg_temp.report")
    return TableChange(name, inserted, updated, deleted)


def note_published(connection: psycopg.Connection, entities: list[Entity]) -> None:
    """Remember how far each table is published, and forget what has been acted upon."""
    for entity in entities:
        execute(
            connection,
            "insert into ops.published_state values (%s, %s) on conflict (entity) do update set load_id = excluded.load_id"
            " where published_state.load_id <> excluded.load_id",
            (entity.name, entity.load_id),
        )
    execute(connection, "update warehouse.build_state set needs_full_publish = false where needs_full_publish")
    execute(
        connection, "delete from warehouse.change_log c using warehouse.build_state b where c.entity = b.entity and c.load_id <= b.load_id"
    )


@dataclass(frozen=True)
class Target:
    """A published table as SQL needs it."""

    table: str
    name: str
    key: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]
    stored: tuple[str, ...]
    """All columns, those that no mart fills included; which publication brought the row is beside them."""

    @classmethod
    def of(cls, connection: psycopg.Connection, table: str) -> Target:
        """Read columns and primary key from the catalogue."""
        name = f"published.{identifier(table)}"
        rows = execute(
            connection,
            "select a.attname::text, coalesce(a.attnum = any(i.indkey), false) from pg_attribute a"
            " left join pg_index i on i.indrelid = a.attrelid and i.indisprimary"
            " where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped and a.attname <> %s order by a.attnum",
            (name, FROM),
        ).fetchall()
        keys = tuple(identifier(str(column)) for column, is_key in rows if is_key)
        stored = tuple(identifier(str(column)) for column, _ in rows)
        return cls(table, name, keys[-1], keys, tuple(column for column in stored if column != identifier(FLAG)), stored)

    @property
    def all(self) -> str:
        """All columns that a mart fills."""
        return ", ".join(self.columns)

    def values(self) -> tuple[str, str, str]:
        """SQL that sets all columns but the key from `new`, and these columns of `old` and of `new`."""
        columns = [column for column in self.columns if column not in self.keys]
        old, new = (", ".join(f"{alias}.{column}" for column in columns) for alias in ("old", "new"))
        return ", ".join(f"{column} = new.{column}" for column in columns), old, new

    def same_key(self, left: str, right: str) -> str:
        """SQL that two aliases speak of the same row."""
        return " and ".join(f"{left}.{key} = {right}.{key}" for key in self.keys)

    def closing(self, source: str, row: str = "", where: str = "true") -> str:
        """SQL of a WITH part that moves the rows of `source` as they were to the history."""
        return closing(self.table, self.stored, source, row, where)


def _write_differing(connection: psycopg.Connection, target: Target, source: str) -> tuple[int, int]:
    """Update what differs and insert what is missing, keeping what was there before; returns both counts."""
    settings, old, new = target.values()
    return _counts(
        connection,
        f"with new as materialized ({source}), compared as materialized (select new.*, old as _before,"
        f" old.{target.key} is not null as _is_known from new left join {target.name} old on {target.same_key('old', 'new')}"
        f" where old.{target.key} is null or ({old}) is distinct from ({new})),"
        f" changed as (update {target.name} old set {settings}, {FROM} = {THIS} from compared new"
        f" where {target.same_key('old', 'new')} and new._is_known returning 1),"
        f" added as (insert into {target.name} ({target.all}) select {target.all} from compared where not _is_known returning 1),"
        f" {target.closing('compared', '_before', '_is_known')}",
    )


def _counts(connection: psycopg.Connection, statement: str) -> tuple[int, int]:
    row = execute(connection, f"{statement} select (select count(*) from changed), (select count(*) from added)").fetchone()
    assert row is not None  # an aggregate always gives one row
    return int(str(row[0])), int(str(row[1]))


def _delete(connection: psycopg.Connection, target: Target, statement: str) -> int:
    """Run a DELETE that calls its table `old`; returns how many rows left."""
    gone = f"with gone as materialized ({statement} returning old.*), {target.closing('gone')}"
    return int(str(one_value(connection, f"{gone} select count(*) from gone")))


def _delete_gone(target: Target, entity: Entity) -> str:
    """SQL that removes the rows the warehouse noted as gone, unless they have come back since."""
    return (
        f"delete from {target.name} old using warehouse.change_log gone where gone.entity = {literal(entity.name)} and gone.is_removed"
        f" and gone.load_id > {entity.since} and old.province_code = gone.province_code"
        f" and old.{target.key} = warehouse.keyed_hash(gone.record_key)"
        f" and not exists (select from warehouse.{identifier(entity.relation)} made"
        " where made.province_code = gone.province_code and made._record_key = gone.record_key)"
    )


def _delete_all_others(target: Target, source: str) -> str:
    return f"delete from {target.name} old where not exists (select from {source} new where {target.same_key('old', 'new')})"


_COUNT_TABLE = "insert into ops.publication_table values (%s, %s, %s, %s, %s)"
_COUNT_ALL = "update ops.publication set rows_inserted = %s, rows_updated = %s, rows_deleted = %s where publication_id = %s"


def write_counts(connection: psycopg.Connection, publication_id: int, changes: tuple[TableChange, ...]) -> None:
    """Note in the ledger what a publication changed."""
    for change in changes:
        execute(connection, _COUNT_TABLE, (publication_id, change.table, change.inserted, change.updated, change.deleted))
    inserted, updated, deleted = sum(c.inserted for c in changes), sum(c.updated for c in changes), sum(c.deleted for c in changes)
    execute(connection, _COUNT_ALL, (inserted, updated, deleted, publication_id))
