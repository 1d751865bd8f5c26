"""A warehouse without data, and its ledger."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from quality_ledger import NOW, Ledger

from province_data.contract.catalog import Catalog, read_catalog
from province_data.store import embedded
from province_data.store.migrate import migrate


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    """Read the declarations of the project."""
    return read_catalog(Path(__file__).resolve().parents[2] / "expectations")


@pytest.fixture(scope="module")
def migrated(database_server: embedded.EmbeddedServer, catalog: Catalog) -> Iterator[psycopg.Connection]:
    """Give a connection to a migrated, empty warehouse."""
    name = f"quality_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            with psycopg.connect(embedded.dsn(database_server, name), autocommit=True) as connection:
                migrate(connection, catalog, NOW)
                yield connection
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def ledger(migrated: psycopg.Connection) -> Iterator[Ledger]:
    """Give a ledger whose entries are rolled back."""
    with migrated.transaction(force_rollback=True):
        yield Ledger(migrated)
