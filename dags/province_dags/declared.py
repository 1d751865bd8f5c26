"""Read the datasets and the provinces from their declarations: files only, no database, no heavy library."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from airflow.sdk import Asset

PROJECT = Path(__file__).resolve().parents[2]
PROVINCES = PROJECT / "plugins" / "province_data" / "reference" / "lists" / "province.csv"


@dataclass(frozen=True)
class Declared:
    """What a DAG needs to know of a dataset."""

    dataset: str
    vi: str
    en: str
    description: str
    owner: str
    legal_basis: str
    schedule: str
    patience_hours: int
    """How long a load may take: what its delivery's deadline leaves beyond whole days."""
    tables: tuple[str, ...]

    @property
    def validated(self) -> Asset:
        """The mark that new batches of this dataset were judged."""
        return Asset(f"validated_{self.dataset}")


def read_datasets() -> tuple[Declared, ...]:
    """Read every contract, in the order of the datasets' names."""
    contracts = sorted((PROJECT / "expectations").glob("*/contract.yml"))
    # libyaml where there is one: every task reads its DAG file anew
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(_declared(yaml.load(path.read_text(encoding="utf-8"), Loader=loader)) for path in contracts)


def read_provinces() -> dict[str, str]:
    """Read the provinces' names by code."""
    with PROVINCES.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def _declared(contract: dict[str, Any]) -> Declared:
    return Declared(
        dataset=contract["dataset"],
        vi=contract["vi"],
        en=contract["en"],
        description=contract["description"]["vi"],
        owner=contract["owner"]["vi"],
        legal_basis=contract["legal_basis"],
        schedule=contract["delivery"]["schedule"],
        patience_hours=contract["delivery"]["deadline_hours"] % 24 or 24,
        tables=tuple(table["vi"] for table in contract["tables"].values()),
    )
