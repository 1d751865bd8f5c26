"""What is written goes through COPY of a real server unchanged."""

from __future__ import annotations

import json
import random
from pathlib import Path

import psycopg
import pytest

from province_data.formats.dialect import Dialect, Field, Limits
from province_data.formats.read import stream_records

from .reading import ALWAYS_EXACT, ALWAYS_FAST, JSON, SEMICOLON, fields_of

HARD = ["\\.", '"', ",", "\n", "\r", "\r\n\\.\r\n", "\\N", "\\", "NULL", " ", "Đặng", "a\n\\.\nb", "'", "x" * 5000, "\t", "\x01", "\ufeff"]


def copied(database: psycopg.Connection, path: Path, dialect: Dialect, fields: list[Field], limits: Limits) -> list[tuple[object, ...]]:
    columns = ", ".join(f"{f.column} text" for f in fields)
    database.execute(f"drop table if exists t; create table t (no bigserial, {columns})".encode())
    names = ", ".join(f.column for f in fields)
    with database.cursor().copy(f"copy t ({names}) from stdin (format csv)".encode()) as copy:
        report = stream_records(path, dialect, fields, (), copy.write, path.parent, limits=limits)
    rows = database.execute(f"select {names} from t order by no".encode()).fetchall()
    assert len(rows) == report.written
    return rows


@pytest.mark.parametrize("limits", [ALWAYS_FAST, ALWAYS_EXACT], ids=["fast", "exact"])
def test_hard_values_survive_the_whole_way(database: psycopg.Connection, tmp_path: Path, limits: Limits) -> None:
    chance = random.Random(3)
    path = tmp_path / "f"
    for width in (1, 2, 4):
        fields = fields_of(*[f"c{i}" for i in range(width)])
        rows = [tuple(chance.choice(HARD) for _ in fields) for _ in range(60)]
        path.write_text("\n".join(json.dumps(dict(zip([f.sent_as for f in fields], r, strict=True))) for r in rows), encoding="utf-8")
        assert copied(database, path, JSON, fields, limits) == rows
        quoted = ["\n".join([";".join('"' + v.replace('"', '""') + '"' for v in r)]) for r in rows]
        path.write_text("\n".join([";".join(f.sent_as for f in fields), *quoted, ""]), encoding="utf-8", newline="")
        assert copied(database, path, SEMICOLON, fields, limits) == rows


@pytest.mark.parametrize("limits", [ALWAYS_FAST, ALWAYS_EXACT], ids=["fast", "exact"])
@pytest.mark.parametrize("width", [1, 3])
def test_empty_null_and_missing_are_null(database: psycopg.Connection, tmp_path: Path, limits: Limits, width: int) -> None:
    path, fields = tmp_path / "f", fields_of(*[f"c{i}" for i in range(width)])
    path.write_text('{"c0":""}\n{"c0":null}\n{}\n', encoding="utf-8")
    assert copied(database, path, JSON, fields, limits) == [(None,) * width] * 3
    path.write_text(";".join(f"c{i}" for i in range(width)) + "\n" + ";".join(['""'] * width) + "\n", encoding="utf-8")
    assert copied(database, path, SEMICOLON, fields, limits) == [(None,) * width]
