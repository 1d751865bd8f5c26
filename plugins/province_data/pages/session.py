"""Read the warehouse for a page: one snapshot, nothing can be written, and no query may hold the server up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.rows import class_row

from province_data.store.database import database_errors

PATIENCE_MS = 5_000
"""A page that needs longer is refused: the figures it shows are counted beforehand."""
OPTIONS = f"-c statement_timeout={PATIENCE_MS} -c lock_timeout=1000 -c jit=off -c timezone=Asia/Ho_Chi_Minh"

Row = TypeVar("Row")


@contextmanager
def reading(dsn: str) -> Iterator[psycopg.Connection]:
    """Open a read-only transaction; every database error leaves as a PublicationError without values."""
    with (
        database_errors("the warehouse"),
        psycopg.connect(dsn, application_name="province-data pages", connect_timeout=5, options=OPTIONS) as connection,
    ):
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        yield connection


def rows_of(connection: psycopg.Connection, row: type[Row], query: str, given: Mapping[str, Any]) -> Sequence[Row]:
    """Run a query and give its rows as `row`, whose fields are the columns."""
    with connection.cursor(row_factory=class_row(row)) as cursor:
        return cursor.execute(query.encode(), given).fetchall()
