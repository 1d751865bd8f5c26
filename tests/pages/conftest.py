"""Load the example deliveries once and serve the pages on them."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from fastapi import HTTPException, Request
from fastapi.testclient import TestClient
from visiting import PROJECT, Site

from installation import NOW, copy_sample
from province_data.pages.application import Host, create_application
from province_data.store import embedded


def only_with_a_ticket(request: Request) -> None:
    """Stand for the login of the program that serves the pages."""
    if request.headers.get("ticket") != "valid":
        raise HTTPException(401, "Not authenticated")


@pytest.fixture(scope="session")
def site(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Give the pages on the example deliveries."""
    loaded, _, remove = copy_sample(database_server, tmp_path_factory.mktemp("pages"), PROJECT)
    settings = loaded.settings
    application = create_application(Host(lambda: settings, lambda: NOW, [only_with_a_ticket], [], lambda to: f"/login?next={to}"))
    made = Site(settings.dsn or "", application, TestClient(application, headers={"ticket": "valid"}), settings.home)
    with psycopg.connect(made.dsn, autocommit=True) as connection:
        connection.execute("insert into ops.load_caller select max(load_id), 'ingest_land/a' from quality.score")
    yield made
    remove()
