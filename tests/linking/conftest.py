"""Give tests of linking a database that holds the small register."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from people import CATALOG, NOW, prepare

from province_data.store import embedded
from province_data.store.migrate import migrate


@pytest.fixture(scope="module")
def small_register(database_server: embedded.EmbeddedServer) -> Iterator[str]:
    """Give the address of a migrated database with the citizens of the small register and no other record."""
    name = f"linking_{secrets.token_hex(4)}"
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute(f"create database {name}".encode())
        dsn = embedded.dsn(database_server, name)
        with psycopg.connect(dsn, autocommit=True) as connection:
            migrate(connection, CATALOG, NOW)
            prepare(connection)
        yield dsn
        server.execute(f"drop database {name} with (force)".encode())
