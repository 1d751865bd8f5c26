"""Load the example deliveries once and serve the pages on them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from fastapi import HTTPException, Request
from fastapi.testclient import TestClient
from psycopg import sql
from visiting import NOW, PROJECT, Site

from province_data.pages.application import Host, create_application
from province_data.pipeline import run_all
from province_data.settings import Settings
from province_data.store import embedded


def only_with_a_ticket(request: Request) -> None:
    """Stand for the login of the program that serves the pages."""
    if request.headers.get("ticket") != "valid":
        raise HTTPException(401, "Not authenticated")


@pytest.fixture(scope="session")
def site(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the pages on the example deliveries."""
    name = f"pages_{secrets.token_hex(6)}"
    admin = embedded.dsn(database_server, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    settings = Settings(home=tmp_path_factory.mktemp("pages"), project=PROJECT, dsn=embedded.dsn(database_server, name))
    run_all(settings, NOW, lambda _: None, source=str(PROJECT / "examples" / "deliveries"))
    application = create_application(Host(lambda: settings, lambda: NOW, [only_with_a_ticket], [], lambda to: f"/login?next={to}"))
    made = Site(settings.dsn or "", application, TestClient(application, headers={"ticket": "valid"}), settings.home)
    with psycopg.connect(made.dsn, autocommit=True) as connection:
        connection.execute("insert into ops.load_caller select max(load_id), 'ingest_land/a' from quality.score")
    yield made
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
