"""Gather everything held on one record or person, for the answer to a data subject (Law 91/2025/QH15, two working days)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from province_data.batch import restated_id
from province_data.contract.catalog import Catalog
from province_data.contract.model import Table
from province_data.errors import ContractError
from province_data.paper.answer import print_answer
from province_data.pipeline import open_run
from province_data.settings import Settings
from province_data.store.database import connected
from province_data.store.erased_rows import stating
from province_data.store.further_traces import further_traces
from province_data.store.landed_erasure import became, holds, landed_files
from province_data.store.lookup import read_lookups
from province_data.store.secret import pseudonym_secret

Rows = Sequence[Mapping[str, object]]
REQUESTS = "requests"
NAME = re.compile(r"[a-z][a-z0-9-]{2,39}")
LONGEST_KEY = 200
MOST_LOOKUPS = 10_000
DELIVERIES = (
    "select b.batch_id, b.dataset, b.province_code, b.as_of, b.sequence_no, b.kind, b.status, b.received_at, b.source_uri from ops.batch b"
)


def trace_key(settings: Settings, key: str, now: datetime) -> dict[str, Rows]:
    """Find a record key, or a personal id in any column that holds one; returns heading -> rows, empty ones left out."""
    run = open_run(settings, now)
    with connected(run.dsn) as connection:
        found = trace_open(connection, run.catalog.tables, key)
        connection.execute("select set_config('province_data.secret', %s, false)", (pseudonym_secret(settings.home),))
        with connection.cursor(row_factory=dict_row) as cursor:
            found["deliveries"] = _deliveries(cursor, run.catalog, key)
            found |= further_traces(cursor, key)
        seen = read_lookups(connection, key, None, None, MOST_LOOKUPS) if key.isdigit() else []
        found["looked at by"] = [asdict(one) for one in seen]
    return {heading: rows for heading, rows in found.items() if rows}


def landed_deliveries(settings: Settings, key: str, now: datetime) -> Rows:
    """Name every batch whose landed files state a key, also where nothing of it stands any more. Reads the whole landing zone.

    No ledger knows the records of a batch: who was in which delivery is in the bytes alone.
    """
    run, landing = open_run(settings, now), settings.home / "landing"
    holding = {path.name for path in landed_files(landing) if holds(path, [tuple(filter(None, key.split("|")))])}
    with connected(run.dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(f"{DELIVERIES} where b.batch_id = any(%s) order by b.received_at".encode(), [list(_landed_as(landing, holding))])
        return cursor.fetchall()


def _landed_as(landing: Path, files: set[str]) -> Iterator[str]:
    """Yield the batches that some landed files belong to; content that was stated again under a newer number has a batch of its own."""
    for path in sorted((landing / "manifests").glob("*.json")):
        sums = [str(file["sha256"]) for file in json.loads(path.read_text(encoding="utf-8"))["files"]]
        kept = {rewritten.sha256_after if (rewritten := became(landing, one)) else one for one in sums}
        if kept & files:
            content_id, _, number = path.stem.rpartition("-")
            yield content_id[:16]
            yield restated_id(content_id[:16], int(number))


def held_values(settings: Settings, key: str, now: datetime) -> dict[str, Rows]:
    """Give the values of the records under a key, in force and refused, each under the name its contract gives the column.

    For the answer to the person alone: everything else about a trace works without values.
    """
    run = open_run(settings, now)
    found: dict[str, Rows] = {}
    with connected(run.dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        for table in run.catalog.tables:
            for schema in ("validated", "quarantine"):
                cursor.execute(f"select * from {schema}.{table.stem} x where {stating(table, 'x', key)}".encode())
                rows = [{c.title.vi: row[c.name] for c in table.columns if row[c.name] is not None} for row in cursor.fetchall()]
                found[f"values {schema} · {table.title.vi}"] = rows
    return {heading: rows for heading, rows in found.items() if rows}


def trace_open(connection: psycopg.Connection, tables: Sequence[Table], key: str) -> dict[str, Rows]:
    """Find what some tables hold under a key, and its findings there; headings without rows are left out."""
    found: dict[str, Rows] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for table in tables:
            found[f"validated · {table.dataset}.{table.name}"] = _stated(cursor, table, "validated", key)
            found[f"quarantine · {table.dataset}.{table.name}"] = _stated(cursor, table, "quarantine", key)
        found["findings"] = _findings(cursor, key, [t.stem for t in tables])
    return {heading: rows for heading, rows in found.items() if rows}


def answer_request(settings: Settings, name: str, now: datetime) -> int:
    """Answer the request `requests/<name>.txt`, which holds a key, in `requests/<name>.json` beside it; counts the rows.

    Beside it lies the same as a PDF to print and sign. Neither the key nor the answer leaves that folder, so a request may be
    started where everything typed is kept.
    """
    key = read_request(settings, name)
    found = {**held_values(settings, key, now), **trace_key(settings, key, now)}
    folder = settings.home / REQUESTS
    told = {"answered_at": now.isoformat(), "found": found}
    _write_private(folder / f"{name}.json", json.dumps(told, ensure_ascii=False, indent=1, default=str).encode())
    _write_private(folder / f"{name}.pdf", print_answer(found, name, now))
    return sum(len(rows) for rows in found.values())


def read_request(settings: Settings, name: str) -> str:
    """Read the key in `requests/<name>.txt`; ContractError when the name holds a number or the file no key."""
    if NAME.fullmatch(name) is None or re.search(r"(?:\d-?){5,}", name):
        raise ContractError("a request is named otherwise", where="name", expected="small letters, figures and -, without anyone's number")
    asked = settings.home / REQUESTS / f"{name}.txt"
    if not asked.is_file() or asked.is_symlink():
        raise ContractError(
            f"there is no request {name}", where=f"{REQUESTS}/{name}.txt", expected="a file of one line: the key or personal number"
        )
    key = asked.read_text(encoding="utf-8")[: LONGEST_KEY + 1].strip()
    if not key or len(key) > LONGEST_KEY or "\n" in key:
        raise ContractError("the request does not hold one key", where=f"{REQUESTS}/{name}.txt", expected="one line")
    return key


def _write_private(path: Path, content: bytes) -> None:
    path.parent.chmod(0o700)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    unfinished.replace(path)


def _stated(cursor: psycopg.Cursor[dict[str, object]], table: Table, schema: str, key: str) -> Rows:
    extra = "array_to_string(_held_by, ' ')" if schema == "validated" else "array_to_string(_rule_ids, ' ')"
    cursor.execute(
        f"select province_code, _record_key as record_key, _batch_id as batch_id, _row_number as record_number, {extra} as"
        f" refused_by from {schema}.{table.stem} x where {stating(table, 'x', key)}".encode()
    )
    return cursor.fetchall()


def _findings(cursor: psycopg.Cursor[dict[str, object]], key: str, stems: Sequence[str]) -> Rows:
    cursor.execute(
        "select dataset, table_name, province_code, record_key, rule_id, severity, field, status, first_seen_at, last_seen_at,"
        " resolved_at, batch_id from quality.finding"
        " where (record_key = %(key)s or %(key)s = any(string_to_array(record_key, '|')))"
        " and dataset || '__' || table_name = any(%(stems)s) order by first_seen_at, rule_id",
        {"key": key, "stems": list(stems)},
    )
    return cursor.fetchall()


def _deliveries(cursor: psycopg.Cursor[dict[str, object]], catalog: Catalog, key: str) -> Rows:
    parts = []
    for table in catalog.tables:
        found = stating(table, "x", key)
        parts += [f"select _batch_id from {schema}.{table.stem} x where {found}" for schema in ("validated", "quarantine")]
    parts.append("select batch_id from quality.finding where record_key = %(key)s")
    cursor.execute(
        f"{DELIVERIES} where b.batch_id in ({' union '.join(parts)}) order by b.received_at".encode(),
        {"key": key},
    )
    return cursor.fetchall()
