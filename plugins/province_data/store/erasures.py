"""Keep account of erasures: asked for by one login of data protection, approved by another, carried out, and what must not come back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import class_row

from province_data.errors import ContractError
from province_data.store.database import database_errors, execute
from province_data.store.landed_erasure import Rewritten

ERASED = "erased|"
"""Stands before a key when it is hashed for this purpose, so that the hash is none of the published keys."""


@dataclass(frozen=True)
class Erasure:
    """One request and how far it has come."""

    erasure_id: int
    request: str
    key_hash: str
    only_tables: list[str]
    legal_basis: str
    reason: str
    requested_by: str
    requested_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    begun_at: datetime | None
    done_at: datetime | None

    @property
    def state(self) -> str:
        """One word: asked, approved, begun or done."""
        steps = (("done", self.done_at), ("begun", self.begun_at), ("approved", self.approved_at))
        return next((word for word, moment in steps if moment is not None), "asked")


COLUMNS = (
    "erasure_id, request, key_hash, only_tables, legal_basis, reason, requested_by, requested_at,"
    " approved_by, approved_at, begun_at, done_at"
)


def erasure_hash(secret: str, key: str) -> str:
    """Hash a key as `warehouse.keyed_hash('erased|' || key)` does; the secret lies outside the database."""
    return hashlib.sha256(f"{secret}{ERASED}{key}".encode()).hexdigest()[:32]


def find_erasure(connection: psycopg.Connection, request: str) -> Erasure | None:
    """Read one erasure by the name of its request."""
    with connection.cursor(row_factory=class_row(Erasure)) as cursor:
        return cursor.execute(f"select {COLUMNS} from ops.erasure where request = %s".encode(), (request,)).fetchone()


def list_erasures(connection: psycopg.Connection) -> list[Erasure]:
    """List all erasures, the newest first."""
    with connection.cursor(row_factory=class_row(Erasure)) as cursor:
        return cursor.execute(f"select {COLUMNS} from ops.erasure order by erasure_id desc".encode()).fetchall()


@contextmanager
def as_login(dsn: str, login: str, password: str) -> Iterator[psycopg.Connection]:
    """Open a session as a person's own login: the database, not this program, says who asks."""
    address = make_conninfo(dsn, user=login, password=password, options="-c default_transaction_read_only=off")
    try:
        session = psycopg.connect(address, autocommit=True, application_name="province-data erase", connect_timeout=10)
    except psycopg.OperationalError:
        raise ContractError(
            f"the database does not let {login} in",
            where="--login",
            expected="a login of data protection and its password",
            next_step="province-data access grant NAME --data-protection",
        ) from None
    with session as connection, database_errors(f"the login {login}"):
        yield connection


def ask(connection: psycopg.Connection, request: str, key_hash: str, tables: Sequence[str], basis: str, reason: str) -> int:
    """Ask for an erasure in the name of the session's login; returns its number."""
    row = execute(connection, "select ops.request_erasure(%s, %s, %s, %s, %s)", (request, key_hash, list(tables), basis, reason)).fetchone()
    assert row is not None  # a function call always gives one row
    return int(str(row[0]))


def approve(connection: psycopg.Connection, request: str, key_hash: str) -> int | None:
    """Approve somebody else's request about the same key; None when there is none that this login may approve."""
    row = execute(connection, "select ops.approve_erasure(%s, %s)", (request, key_hash)).fetchone()
    return int(str(row[0])) if row and row[0] is not None else None


def note_place(connection: psycopg.Connection, erasure_id: int, place: str, records: int) -> None:
    """Add to what went at a place."""
    if records:
        execute(
            connection,
            "insert into ops.erasure_place as p values (%s, %s, %s)"
            " on conflict (erasure_id, place) do update set records = p.records + excluded.records",
            (erasure_id, place, records),
        )


def note_rewrite(connection: psycopg.Connection, batch_id: str, done: Rewritten, now: datetime) -> None:
    """Write both hashes of a landed file that brought erased records again."""
    execute(
        connection,
        "insert into ops.landed_rewrite select min(erasure_id), %s, %s, %s, %s, %s from ops.erased_again where batch_id = %s"
        " having count(*) > 0 on conflict do nothing",
        (done.sha256_before, done.sha256_after, done.bytes_after, done.records, now, batch_id),
    )


def places(connection: psycopg.Connection, erasure_id: int) -> list[tuple[str, int]]:
    """List what went where."""
    rows = execute(connection, "select place, records from ops.erasure_place where erasure_id = %s order by 1", (erasure_id,)).fetchall()
    return [(str(place), int(str(records))) for place, records in rows]
