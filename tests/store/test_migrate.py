"""Bringing a warehouse to a version is done by that version whole, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from databases import copy_database, drop_database, empty_warehouse
from province_data.contract.catalog import read_catalog
from province_data.errors import PublicationError
from province_data.store import embedded, migrate
from province_data.store.database import connected

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def test_a_program_under_which_the_product_was_replaced_leaves_the_warehouse_alone(
    database_server: embedded.EmbeddedServer, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = copy_database(database_server, empty_warehouse(database_server), "replaced")
    catalog = read_catalog(project / "expectations")
    with connected(embedded.dsn(database_server, name)) as connection:
        assert migrate.migrate(connection, catalog, NOW) == 0
        monkeypatch.setattr(migrate, "loaded_code", lambda: "what was loaded before the files were replaced")
        with pytest.raises(PublicationError, match="replaced while this program ran"):
            migrate.migrate(connection, catalog, NOW)
    drop_database(database_server, name)
