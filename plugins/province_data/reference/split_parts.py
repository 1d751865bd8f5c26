"""Check a list of parts of divided communes: nothing in it may contradict the crosswalk or itself."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import psycopg

COLUMNS = ("old_code", "new_code", "kind", "value", "legal_basis")
_CELL = re.compile(r"[0-9b-hjkmnp-z]{1,12}")

Row = Mapping[str, str]


def read_targets(connection: psycopg.Connection) -> dict[str, set[str]]:
    """Read which communes of today each divided commune went to."""
    targets: dict[str, set[str]] = defaultdict(set)
    for old, new in connection.execute("select old_code, new_code from reference.commune_crosswalk where kind = 'split'"):
        targets[old].add(new)
    return dict(targets)


def contradictions(rows: Sequence[Row], targets: Mapping[str, set[str]]) -> list[str]:
    """Say what cannot be, by the number of the row."""
    wrong = [f"row {number}: {text}" for number, row in enumerate(rows, 1) for text in _faults(row, targets)]
    return [*wrong, *_overlaps(rows)]


def _faults(row: Row, targets: Mapping[str, set[str]]) -> Iterator[str]:
    if row["old_code"] not in targets:
        yield f"{row['old_code']} is not a divided commune"
    elif row["new_code"] not in targets[row["old_code"]]:
        yield f"{row['old_code']} did not go to {row['new_code']}"
    if row["kind"] not in ("cell", "hamlet", "inhabitants"):
        yield "the kind is not cell, hamlet or inhabitants"
    if row["kind"] == "cell" and not _CELL.fullmatch(row["value"]):
        yield "a cell is the first letters of a parcel code"
    if row["kind"] == "hamlet" and not row["value"]:
        yield "a hamlet has no name"
    if row["kind"] == "inhabitants" and row["value"]:
        yield "a row on all inhabitants has no value"
    if not row["legal_basis"]:
        yield "no legal basis is named"


def _overlaps(rows: Sequence[Row]) -> Iterator[str]:
    """Name parts that went two ways: the same part twice, or a cell inside a cell of another commune."""
    parts: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for number, row in enumerate(rows, 1):
        known = parts[row["old_code"], row["kind"]]
        prefixes = [row["value"][:n] for n in range(len(row["value"]) + 1)] if row["kind"] == "cell" else [row["value"]]
        if any(known.get(prefix, row["new_code"]) != row["new_code"] for prefix in prefixes):
            yield f"row {number}: this part went elsewhere by a row above"
        known[row["value"]] = row["new_code"]
