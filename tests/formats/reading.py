"""What the tests of the readers share: reading bytes into rows, and slow readers of their own to compare with."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Collection, Sequence
from pathlib import Path

from province_data.formats.dialect import LIMITS, Dialect, Field, Limits, ReadReport
from province_data.formats.read import stream_records

ALWAYS_FAST = dataclasses.replace(LIMITS, fast_from=1)
ALWAYS_EXACT = dataclasses.replace(LIMITS, fast_from=1 << 60)
SEMICOLON = Dialect("delimited", delimiter=";")
JSON = Dialect("json_lines")


def fields_of(*names: str) -> list[Field]:
    """Name fields after what they are sent as."""
    return [Field(n.replace(".", "_"), n) for n in names]


def read(
    folder: Path,
    content: bytes,
    dialect: Dialect,
    fields: Sequence[Field],
    *,
    required: Collection[str] | None = None,
    limits: Limits = LIMITS,
    name: str = "file",
) -> tuple[list[list[str]], ReadReport]:
    """Read bytes as a file; give the rows that were written, and the report."""
    path = folder / name
    path.write_bytes(content)
    pieces: list[bytes] = []
    must = {f.sent_as for f in fields} if required is None else required
    report = stream_records(path, dialect, fields, must, pieces.append, folder, limits=limits)
    return rows_of(b"".join(pieces)), report


def rows_of(content: bytes) -> list[list[str]]:
    """Parse what was written for COPY."""
    rows = list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))
    return [row or [""] for row in rows]


def places(report: ReadReport) -> list[tuple[int | None, int | None]]:
    """Give record number and line of what could not be read."""
    return [(u.record_number, u.line) for u in report.unreadable]


def slow_delimited(text: str, delimiter: str, width: int) -> list[list[str] | None]:
    """Read delimited text one character at a time: a list of values for a record, None for a broken one."""
    found: list[list[str] | None] = []
    at = 0
    while at < len(text):
        if text[at] in "\r\n":
            at += 2 if text.startswith("\r\n", at) else 1
            continue
        values: list[str] | None = []
        while True:
            value, at, whole = _slow_value(text, at, delimiter)
            values.append(value) if values is not None else None
            if not whole:
                values = None
                while at < len(text) and text[at] not in "\r\n":
                    at += 1
            if at < len(text) and text[at] == delimiter and values is not None:
                at += 1
                continue
            break
        found.append(values if values is not None and len(values) == width else None)
        at += 2 if text.startswith("\r\n", at) else 1
    return found


def _slow_value(text: str, at: int, delimiter: str) -> tuple[str, int, bool]:
    value = ""
    if not text.startswith('"', at):
        while at < len(text) and text[at] != delimiter and text[at] not in "\r\n":
            value += text[at]
            at += 1
        return value, at, True
    at += 1
    while at < len(text):
        if text.startswith('""', at):
            value, at = value + '"', at + 2
        elif text[at] == '"':
            at += 1
            return value, at, at >= len(text) or text[at] == delimiter or text[at] in "\r\n"
        else:
            value, at = value + text[at], at + 1
    return "", at, False


def slow_json(content: bytes, names: Sequence[str]) -> list[list[str] | None]:
    """Read flat JSON lines with the standard library."""
    found: list[list[str] | None] = []
    for line in content.split(b"\n"):
        if line.strip(b" \t\r"):
            try:
                record = json.loads(line.decode())
                found.append([record.get(n) or "" for n in names])
            except (ValueError, AttributeError):
                found.append(None)
    return found
