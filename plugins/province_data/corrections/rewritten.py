"""Write bundles anew without the rows that name an erased record."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import psycopg

from province_data.formats.without import Needle, without_records
from province_data.store.database import execute

SEALED = "update quality.reject_bundle set sha256[array_position(files, %s)] = %s where folder = %s and %s = any(files)"


def rewrite_bundles(connection: psycopg.Connection, outbox: Path, needles: Sequence[Needle]) -> int:
    """Take the rows of some keys out of all bundles; the ledger gets the new hashes. Returns how many rows went, in CSV files."""
    rows = 0
    for path in sorted(p for p in outbox.glob("[0-9][0-9]/*/*/*") if p.suffix in (".csv", ".xlsx")):
        content, gone = without_records(path.read_bytes(), needles)
        if gone:
            _replace(path, content)
            folder = path.parent.relative_to(outbox).as_posix()
            execute(connection, SEALED, (path.name, hashlib.sha256(content).hexdigest(), folder, path.name))
            rows += sum(gone.values()) if path.suffix == ".csv" else 0
    return rows


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.part")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
