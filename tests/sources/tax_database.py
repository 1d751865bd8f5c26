"""Load the tax agency's tables into a PostgreSQL database that plays the source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import psycopg
from psycopg import sql

TABLES = ("nguoi_nop_thue", "thue_dat_pnn")


def load_tax_database(dsn: str, deliveries: Path, provinces: Iterable[str] | None = None) -> None:
    """Create the tables by `tax/schema.sql` and fill them with the newest dumps of the provinces (None = all there are)."""
    folders = {path.name: path for path in sorted((deliveries / "tax").glob("*/*")) if path.is_dir()}
    with psycopg.connect(dsn) as connection:
        connection.execute((deliveries / "tax" / "schema.sql").read_text(encoding="utf-8").encode())
        for province in folders if provinces is None else provinces:
            for table in TABLES:
                _load_dump(connection, table, folders[province] / f"{table}.csv")


def _load_dump(connection: psycopg.Connection, table: str, path: Path) -> None:
    statement = sql.SQL("copy {} from stdin (format csv, header match)").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as copy:
        copy.write(path.read_bytes())
