"""Lay the ledger's own tables into an empty database, and write loads into them."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import psycopg

from .examples import NOW

SCHEMAS = ("ops", "quality", "staging", "validated", "warehouse", "reference")


def create_ledger(connection: psycopg.Connection, project: Path) -> None:
    """Run the migrations that the mails depend on, as they are."""
    store = project / "plugins" / "province_data"
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}".encode())
    connection.execute(
        "do $$ begin create role auditor nologin; exception when duplicate_object or unique_violation then null; end $$"
    )  # roles belong to the server: another test may have made it
    connection.execute("set check_function_bodies = off")  # some read lists that no mail needs
    for path in [*sorted((store / "store" / "ledger").glob("*.sql")), *sorted((store / "mail").glob("*.sql"))]:
        connection.execute(path.read_bytes())
    connection.execute(
        "create table reference.province (code text, name text);"
        "insert into reference.province values ('24', 'Bắc Ninh'), ('19', 'Thái Nguyên');"
        "create table reference.admin_unit (level text, edition text, code text, type text, valid_from date);"
        "insert into reference.admin_unit values ('province', '2025', '24', 'tỉnh', '2025-07-01'), ('province', '2025', '24', 'thành phố',"
        " '2026-08-24'), ('province', 'pre-2025', '24', 'tỉnh', null)"
    )


def open_load(connection: psycopg.Connection) -> int:
    """Begin a load and give its number."""
    row = connection.execute("insert into ops.load (started_at, rule_set) values (%s, 'r') returning load_id", (NOW,)).fetchone()
    assert row is not None
    return int(row[0])


def add_batch(
    connection: psycopg.Connection, load_id: int, batch_id: str, province: str, dataset: str, status: str, **more: object
) -> None:
    """Write one batch; `more` are further columns of `ops.batch`."""
    row: dict[str, object] = {
        "batch_id": batch_id, "dataset": dataset, "province_code": province, "as_of": date(2026, 10, 1) + timedelta(days=load_id),
        "received_at": NOW, "sha256": "0" * 64, "source_uri": "file://x", "status": status, "kind": "snapshot", "sequence_no": load_id,
        "load_id": load_id,
    }  # fmt: skip
    insert(connection, "ops.batch", row | more)


def add_delivery(
    connection: psycopg.Connection, load_id: int, batch_id: str, province: str, dataset: str, status: str, **more: object
) -> None:
    """Write one arrival."""
    row: dict[str, object] = {
        "delivery_id": f"{batch_id}-{load_id}", "batch_id": batch_id, "dataset": dataset, "province_code": province,
        "as_of": date(2026, 10, 1) + timedelta(days=load_id), "kind": "snapshot", "records": 900, "source_uri": "file://x",
        "received_at": NOW, "status": status, "load_id": load_id,
    }  # fmt: skip
    insert(connection, "ops.delivery", row | more)


def add_score(connection: psycopg.Connection, load_id: int, batch_id: str, province: str, dataset: str, dimension: str, score: str) -> None:
    """Write the score of one dimension."""
    row: dict[str, object] = {
        "dataset": dataset, "province_code": province, "dimension": dimension, "batch_id": batch_id, "evaluated": 1_000, "failed": 76,
        "score": score, "as_of": date(2026, 10, 31), "load_id": load_id, "rules": 3, "rule_set": "r",
    }  # fmt: skip
    insert(connection, "quality.score", row)


def add_result(
    connection: psycopg.Connection, load_id: int, batch_id: str, rule_id: str, failed: int, table: str = "parcel", outcome: str = ""
) -> None:
    """Write how one rule fared in one table."""
    row: dict[str, object] = {
        "batch_id": batch_id, "dataset": "land", "rule_id": rule_id, "province_code": "24", "evaluated": 1_000, "failed": failed,
        "not_applicable": 0, "outcome": outcome or ("failed" if failed else "passed"), "table_name": table, "load_id": load_id,
    }  # fmt: skip
    insert(connection, "quality.rule_result", row)


def add_finding(connection: psycopg.Connection, key: str, first: int, resolved: int | None = None, **more: object) -> None:
    """Write one finding, open since a load, resolved by another or not."""
    row: dict[str, object] = {
        "dataset": "land", "table_name": "parcel", "rule_id": "LAN-002", "dimension": "correct", "severity": "error",
        "province_code": "24", "record_key": key, "field": "area_m2", "batch_id": "b", "first_seen_at": NOW, "last_seen_at": NOW,
        "first_load_id": first, "last_load_id": first, "resolved_load_id": resolved, "status": "open" if resolved is None else "resolved",
    }  # fmt: skip
    insert(connection, "quality.finding", row | more)


def insert(connection: psycopg.Connection, table: str, row: dict[str, object]) -> None:
    """Write one row."""
    marks = ", ".join(["%s"] * len(row))
    connection.execute(f"insert into {table} ({', '.join(row)}) values ({marks})".encode(), tuple(row.values()))
