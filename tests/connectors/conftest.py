"""What the tests of all connectors share: the sample deliveries, and a way to ask for some of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from province_data.connectors.request import PullRequest

NOW = datetime.fromisoformat("2026-11-01T01:10:00+07:00")
Order = Callable[..., PullRequest]


@pytest.fixture
def deliveries(project: Path) -> Path:
    return project / "examples" / "deliveries"


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """Make a request; what is not said is as simple as can be."""

    def make(uri: str, **changes: object) -> PullRequest:
        usual: dict[str, object] = {
            "dataset": "population",
            "options": {},
            "tables": (),
            "provinces": ("19", "24", "52"),
            "watermarks": {},
            "inbox": tmp_path / "inbox",
            "commune_edition": "2025",
            "now": NOW,
            "only": frozenset(),
        }
        return PullRequest(uri=uri, **{**usual, **changes})  # type: ignore[arg-type]

    return make
