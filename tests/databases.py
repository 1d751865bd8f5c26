"""Copy a database as tests need it: with the grants on the database itself, which PostgreSQL does not copy, and look-ups that work.

Copies bear the first name that is free. dbt keeps what it has parsed of the project for an address, so a name that comes again spares it
the parsing, which takes longer than the models of a small test.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from province_data.contract.catalog import read_catalog
from province_data.store import embedded
from province_data.store.lookup import prepare_lookup
from province_data.store.migrate import migrate

PROJECT = Path(__file__).resolve().parents[1]
MADE_AT = datetime(2026, 11, 1, tzinfo=UTC)


def copy_database(server: embedded.EmbeddedServer, source: str, stem: str) -> str:
    """Copy a database to which nobody is connected; returns the name of the copy."""
    readers = "province_read, central_read, auditor, data_protection"
    with psycopg.connect(embedded.dsn(server, "postgres"), autocommit=True) as admin:
        taken = {str(name) for (name,) in admin.execute("select datname from pg_database").fetchall()}
        name = next(name for name in (f"{stem}_{n:06x}" for n in count(1)) if name not in taken)
        made = sql.Identifier(name)
        admin.execute(sql.SQL("create database {} template {} strategy file_copy").format(made, sql.Identifier(source)))
        admin.execute(sql.SQL("revoke all on database {} from public").format(made))
        admin.execute(sql.SQL(f"grant connect on database {{}} to {readers}").format(made))
    with psycopg.connect(embedded.dsn(server, name), autocommit=True) as copied:
        prepare_lookup(copied)
    return name


def drop_database(server: embedded.EmbeddedServer, name: str) -> None:
    """Remove a database, whoever is connected to it."""
    with psycopg.connect(embedded.dsn(server, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@cache
def empty_warehouse(server: embedded.EmbeddedServer) -> str:
    """Make a warehouse without records, once for each server, to be copied: its 45 migrations take seconds, a copy does not."""
    name = f"empty_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.dsn(server, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    with psycopg.connect(embedded.dsn(server, name), autocommit=True) as connection:
        migrate(connection, read_catalog(PROJECT / "expectations"), MADE_AT)
    return name
