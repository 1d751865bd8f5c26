"""Run the whole pipeline on delivered files, against the test's own database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installation import Installation, make_installation
from province_data.store import embedded


@pytest.fixture
def installation(database_server: embedded.EmbeddedServer, tmp_path: Path, project: Path) -> Iterator[Installation]:
    """Give an empty installation."""
    made, remove = make_installation(database_server, tmp_path / "home", project)
    try:
        yield made
    finally:
        remove()
