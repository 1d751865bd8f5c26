"""Gather everything held on one record or person, for the answer to a data subject (Law 91/2025/QH15, two working days)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from province_data.contract.catalog import Catalog
from province_data.contract.model import Table
from province_data.errors import ContractError
from province_data.pipeline import open_run
from province_data.settings import Settings
from province_data.store.database import connected

Rows = Sequence[Mapping[str, object]]
REQUESTS = "requests"
NAME = re.compile(r"[a-z][a-z0-9-]{2,39}")
LONGEST_KEY = 200


def trace_key(settings: Settings, key: str, now: datetime) -> dict[str, Rows]:
    """Find a record key, or a personal id in any column that holds one; returns heading -> rows, empty ones left out."""
    run = open_run(settings, now)
    found: dict[str, Rows] = {}
    with connected(run.dsn) as connection, connection.cursor(row_factory=dict_row) as cursor:
        for table in run.catalog.tables:
            found[f"validated · {table.dataset}.{table.name}"] = _stated(cursor, table, "validated", key)
            found[f"quarantine · {table.dataset}.{table.name}"] = _stated(cursor, table, "quarantine", key)
        found["findings"] = _findings(cursor, key)
        found["deliveries"] = _deliveries(cursor, run.catalog, key)
    return {heading: rows for heading, rows in found.items() if rows}


def answer_request(settings: Settings, name: str, now: datetime) -> int:
    """Answer the request `requests/<name>.txt`, which holds a key, in `requests/<name>.json` beside it; counts the rows.

    Neither the key nor the answer leaves that folder, so a request may be started where everything typed is kept.
    """
    if NAME.fullmatch(name) is None or re.search(r"(?:\d-?){5,}", name):
        raise ContractError("a request is named otherwise", where="name", expected="small letters, figures and -, without anyone's number")
    asked, answer = (settings.home / REQUESTS / f"{name}{ending}" for ending in (".txt", ".json"))
    if not asked.is_file() or asked.is_symlink():
        raise ContractError(
            f"there is no request {name}", where=f"{REQUESTS}/{name}.txt", expected="a file of one line: the key or personal number"
        )
    key = asked.read_text(encoding="utf-8")[: LONGEST_KEY + 1].strip()
    if not key or len(key) > LONGEST_KEY or "\n" in key:
        raise ContractError("the request does not hold one key", where=f"{REQUESTS}/{name}.txt", expected="one line")
    found = trace_key(settings, key, now)
    _write_answer(answer, {"answered_at": now.isoformat(), "found": found})
    return sum(len(rows) for rows in found.values())


def _write_answer(path: Path, answer: Mapping[str, object]) -> None:
    path.parent.chmod(0o700)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(answer, file, ensure_ascii=False, indent=1, default=str)
    unfinished.replace(path)


def identifier_columns(table: Table) -> list[str]:
    """Name the columns that may hold a person's number."""
    return [c.name for c in table.columns if c.sensitivity == "identifier"]


def _stated(cursor: psycopg.Cursor[dict[str, object]], table: Table, schema: str, key: str) -> Rows:
    condition = " or ".join(["_record_key = %(key)s", *(f"{c} = %(key)s" for c in identifier_columns(table))])
    extra = "array_to_string(_held_by, ' ')" if schema == "validated" else "array_to_string(_rule_ids, ' ')"
    cursor.execute(
        f"select province_code, _record_key as record_key, _batch_id as batch_id, _row_number as record_number, {extra} as"
        f" refused_by from {schema}.{table.stem} where {condition}".encode(),
        {"key": key},
    )
    return cursor.fetchall()


def _findings(cursor: psycopg.Cursor[dict[str, object]], key: str) -> Rows:
    cursor.execute(
        "select dataset, table_name, province_code, record_key, rule_id, severity, field, status, first_seen_at, last_seen_at,"
        " resolved_at, batch_id from quality.finding"
        " where record_key = %(key)s or %(key)s = any(string_to_array(record_key, '|')) order by first_seen_at, rule_id",
        {"key": key},
    )
    return cursor.fetchall()


def _deliveries(cursor: psycopg.Cursor[dict[str, object]], catalog: Catalog, key: str) -> Rows:
    parts = []
    for table in catalog.tables:
        condition = " or ".join(["_record_key = %(key)s", *(f"{c} = %(key)s" for c in identifier_columns(table))])
        parts += [f"select _batch_id from {schema}.{table.stem} where {condition}" for schema in ("validated", "quarantine")]
    parts.append("select batch_id from quality.finding where record_key = %(key)s")
    cursor.execute(
        f"select b.batch_id, b.dataset, b.province_code, b.as_of, b.sequence_no, b.kind, b.status, b.received_at, b.source_uri from"
        f" ops.batch b where b.batch_id in ({' union '.join(parts)}) order by b.received_at".encode(),
        {"key": key},
    )
    return cursor.fetchall()
