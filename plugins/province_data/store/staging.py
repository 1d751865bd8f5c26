"""Make and drop the staging partitions: one UNLOGGED table per batch and table, gone when the batch is decided."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.batch import Delivery
from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.store.database import execute

SCRATCH = ("duplicate_key", "deletion", "verdict", "set_aside", "tested")


def partition_name(table: Table, batch_id: str) -> str:
    """Name the staging partition of a batch."""
    return f"{table.stem}__{batch_id}"


def create_partition(connection: psycopg.Connection, table: Table, delivery: Delivery) -> str:
    """Create an empty staging partition whose defaults carry the facts of its batch."""
    name, manifest = partition_name(table, delivery.batch_id), delivery.manifest
    defaults = {
        "_batch_id": literal(delivery.batch_id),
        "_row_number": f"nextval('staging.{name}__no')",
        "_province_code": literal(manifest.province_code),
        "_as_of": f"date {literal(manifest.as_of.isoformat())}",
        "_extracted_at": f"timestamptz {literal(manifest.extracted_at.isoformat())}",
        "_edition": literal(manifest.commune_edition),
        "_kind": literal(str(manifest.kind)),
    }
    settings = ", ".join(f"alter column {column} set default {value}" for column, value in defaults.items())
    with connection.transaction():
        execute(connection, f"create sequence staging.{name}__no cache 1000")
        execute(
            connection,
            f"create unlogged table staging.{name} partition of staging.{table.stem} for values in ({literal(delivery.batch_id)})"
            f" with (autovacuum_enabled = off)",
        )
        execute(connection, f"alter table staging.{name} {settings}")
        execute(connection, f"alter sequence staging.{name}__no owned by staging.{name}._row_number")
    return name


def drop_batch(connection: psycopg.Connection, tables: Sequence[Table], batch_id: str) -> None:
    """Forget what is staged of a batch."""
    with connection.transaction():
        for table in tables:
            execute(connection, f"drop table if exists staging.{partition_name(table, batch_id)}")
        for scratch in SCRATCH:
            execute(connection, f"delete from staging.{scratch} where batch_id = %s", (batch_id,))


def staged_batches(connection: psycopg.Connection, table: Table) -> list[str]:
    """List the batches that have a staging partition of a table."""
    rows = execute(
        connection,
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = to_regclass(%s)",
        (f"staging.{table.stem}",),
    ).fetchall()
    return [str(name).rsplit("__", 1)[1] for (name,) in rows]
