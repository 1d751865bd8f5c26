"""Give tests a warehouse that was built and published once: one to look at together, or a copy to change alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from registry import NOW, PROJECT, SECRET, Registry, copy_of, prepare

from province_data.build import build
from province_data.publish import publish
from province_data.store import embedded


@pytest.fixture(scope="session")
def template(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Build and publish the small registry once; nobody may stay connected to it, as it is copied."""
    name = f"published_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    made = Registry(embedded.dsn(database_server, name), PROJECT, tmp_path_factory.mktemp("dbt"))
    prepare(made.dsn, PROJECT)
    build(made.dsn, PROJECT / "dbt_project", made.target)
    publish(made.dsn, SECRET, NOW)
    return made


@pytest.fixture
def registry(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give a published database of the test's own."""
    with copy_of(database_server, template) as copy:
        yield copy


@pytest.fixture(scope="session")
def shared(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give the published database that tests only look at."""
    with copy_of(database_server, template) as copy:
        yield copy
