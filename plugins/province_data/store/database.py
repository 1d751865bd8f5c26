"""Talk to PostgreSQL without ever letting a citizen's value out in an error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from province_data.errors import ProvinceDataError, PublicationError

OLDEST_SERVER = 150000
SESSION = (
    "set client_min_messages = warning",
    "set jit = off",
    "set timezone = 'Asia/Ho_Chi_Minh'",
    "set work_mem = '128MB'",
    "set maintenance_work_mem = '256MB'",
    "set synchronous_commit = on",
)
TRANSIENT = ("08", "40", "53", "57P")

Parameters = tuple[object, ...] | dict[str, object]


@contextmanager
def connected(dsn: str, application_name: str = "province-data") -> Iterator[psycopg.Connection]:
    """Open an autocommit connection; every database error leaves as a PublicationError without values."""
    with (
        database_errors("the warehouse"),
        psycopg.connect(dsn, autocommit=True, application_name=application_name, connect_timeout=10) as connection,
    ):
        _demand_supported(connection)
        for statement in SESSION:
            connection.execute(statement.encode())
        yield connection


@contextmanager
def database_errors(where: str) -> Iterator[None]:
    """Turn a driver's error, whose text may quote data, into one with SQLSTATE, table and column only."""
    try:
        yield
    except ProvinceDataError:
        raise
    except psycopg.Error as error:
        raise as_publication_error(error, where) from None


def as_publication_error(error: psycopg.Error, where: str) -> PublicationError:
    """Keep what an operator may see of a database error."""
    diagnostic = error.diag
    named = [
        f"{label} {value}"
        for label, value in (
            ("schema", diagnostic.schema_name),
            ("table", diagnostic.table_name),
            ("column", diagnostic.column_name),
            ("constraint", diagnostic.constraint_name),
        )
        if value
    ]
    state = error.sqlstate or "no connection"
    # A statement that is wrong in itself (class 42) is told in full: it is ours and holds no record's values.
    told = f": {diagnostic.message_primary}" if state.startswith("42") and diagnostic.message_primary else ""
    transient = any(state.startswith(prefix) for prefix in TRANSIENT) or error.sqlstate is None
    return PublicationError(
        f"PostgreSQL refused a statement (SQLSTATE {state}){told}",
        where=", ".join([where, *named]),
        expected="see https://www.postgresql.org/docs/current/errcodes-appendix.html for the code",
        next_step="run the same command again" if transient else "report the SQLSTATE and the table; nothing was published",
    )


def _demand_supported(connection: psycopg.Connection) -> None:
    if connection.info.server_version < OLDEST_SERVER:
        raise PublicationError(
            "the PostgreSQL server is too old",
            where=f"version {connection.info.server_version}",
            expected="15 or newer",
            next_step="upgrade the server or unset PROVINCE_DATA_DSN to use the embedded one",
        )


def execute(connection: psycopg.Connection, statement: str, parameters: Parameters | None = None) -> psycopg.Cursor[tuple[object, ...]]:
    """Run SQL that our own compiler wrote (names and conditions come from declarations, values are parameters)."""
    return connection.execute(statement.encode(), parameters)


def identifier(*names: str) -> str:
    """Quote a possibly qualified name."""
    return sql.Identifier(*names).as_string()


def one_value(connection: psycopg.Connection, statement: str, parameters: Parameters | None = None) -> object:
    """Return the single value of a query that gives one row."""
    row = execute(connection, statement, parameters).fetchone()
    return row[0] if row else None
