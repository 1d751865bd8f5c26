"""What the tests of all connectors share: the sample deliveries, and a way to ask for some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import psycopg
import pytest
from http_pulls import RECORDS
from sql_pulls import LAND, PAYER

from province_data.connectors.request import PullRequest
from sources.population_api import PopulationApi, read_records
from sources.tax_database import load_tax_database

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


@pytest.fixture(scope="module")
def sample() -> dict[str, list[bytes]]:
    return read_records(Path(__file__).resolve().parents[2] / "examples" / "deliveries")


@pytest.fixture
def api(sample: dict[str, list[bytes]]) -> Iterator[PopulationApi]:
    with PopulationApi({province: lines[:RECORDS] for province, lines in sample.items()}) as running:
        yield running


@pytest.fixture
def tax_order(order: Order, database_dsn: str, deliveries: Path) -> Order:
    """Make a request to a loaded source; every change of `order` can be made here too."""
    load_tax_database(database_dsn, deliveries)
    with psycopg.connect(database_dsn) as source:
        source.execute("create index on nguoi_nop_thue (mst)")

    def make(**changes: object) -> PullRequest:
        return order(changes.pop("uri", database_dsn), **{"dataset": "tax", "tables": (PAYER, LAND), **changes})

    return make
