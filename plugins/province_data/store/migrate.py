"""Bring a warehouse to the form this version needs: schemas, ledger, reference data, one set of tables per contract."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

import psycopg

from province_data.contract.catalog import Catalog
from province_data.errors import PublicationError
from province_data.reference.install import install_functions
from province_data.reference.load import load_reference
from province_data.store.access import ensure_roles
from province_data.store.database import execute, one_value
from province_data.store.lookup import prepare_lookup
from province_data.store.rule_book import write_rule_book
from province_data.store.tables import create_tables, join_columns

SCHEMAS = ("staging", "quarantine", "validated", "warehouse", "published", "quality", "ops", "reference")
FOLDERS = ("ledger", "published", "../mail")
MIGRATION_LOCK = 7_402_611


def migrate(connection: psycopg.Connection, catalog: Catalog, now: datetime) -> int:
    """Apply what is missing and return how many migration files ran; safe to call at every start.

    PublicationError when our files were replaced under this program: half old, half new, it would leave a warehouse of neither.
    """
    execute(connection, "select pg_advisory_lock(%s)", (MIGRATION_LOCK,))
    try:
        if _is_current(connection, catalog):
            return 0
        if _code_on_disk() != loaded_code():
            raise PublicationError(
                "the product was replaced while this program ran, or the program it was forked from",
                expected="one version at work",
                next_step="start it again; for what `province-data up` started: province-data down, then up",
            )
        applied = _apply_all(connection, catalog, now)
        _remember(connection, "catalog", _fingerprint(catalog), now)
        return applied
    finally:
        execute(connection, "select pg_advisory_unlock(%s)", (MIGRATION_LOCK,))


def _apply_all(connection: psycopg.Connection, catalog: Catalog, now: datetime) -> int:
    for schema in SCHEMAS:
        execute(connection, f"create schema if not exists {schema}")
    execute(
        connection,
        "create table if not exists ops.migration (name text primary key, sha256 text not null, applied_at timestamptz not null)",
    )
    install_functions(connection)
    load_reference(connection, now)
    ensure_roles(connection)
    applied = sum(_apply(connection, path, now) for path in _files())
    checks = tuple(check for _, check in catalog.set_checks)
    with connection.transaction():
        for table in catalog.tables:
            for statement in create_tables(table, join_columns(table, checks)):
                execute(connection, statement)
        write_rule_book(connection, catalog, now)
    prepare_lookup(connection)
    return applied


def _files() -> Iterator[Path]:
    here = Path(__file__).parent
    yield from sorted((path for folder in FOLDERS for path in (here / folder).glob("[0-9]*.sql")), key=lambda p: p.name)


def _apply(connection: psycopg.Connection, path: Path, now: datetime) -> int:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    known = one_value(connection, "select sha256 from ops.migration where name = %s", (path.name,))
    if known == digest:
        return 0
    if known is not None:
        raise PublicationError(
            f"the migration {path.name} was changed after it had been applied",
            expected="a new file with the next number",
            next_step="restore the file and add a new migration",
        )
    with connection.transaction():
        execute(connection, "set local lock_timeout = '10s'")
        execute(connection, path.read_text(encoding="utf-8"))
        _remember(connection, path.name, digest, now)
    return 1


def _remember(connection: psycopg.Connection, name: str, digest: str, now: datetime) -> None:
    execute(
        connection,
        "insert into ops.migration values (%s, %s, %s) on conflict (name) do update set sha256 = excluded.sha256, applied_at ="
        " excluded.applied_at",
        (name, digest, now),
    )


def _is_current(connection: psycopg.Connection, catalog: Catalog) -> bool:
    if one_value(connection, "select to_regclass('ops.migration')") is None:
        return False
    return one_value(connection, "select sha256 from ops.migration where name = 'catalog'") == _fingerprint(catalog)


def _fingerprint(catalog: Catalog) -> str:
    return hashlib.sha256(f"{catalog.rule_set} {loaded_code()}".encode()).hexdigest()


@cache
def loaded_code() -> str:
    """Fingerprint of the code and lists this program works by, taken at the first call; whatever is forked later works by the same."""
    return _code_on_disk()


def _code_on_disk() -> str:
    digest = hashlib.sha256()
    here = Path(__file__).parents[1]
    for path in sorted([*here.rglob("*.sql"), *here.rglob("*.csv"), *Path(__file__).parent.glob("*.py")]):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
