"""A doubt that a province does not share goes to the registry that owns the item."""

from __future__ import annotations

from pathlib import Path

import pytest

from province_data.contract.catalog import read_catalog
from province_data.contract.owners import owner_of

CASES = [
    ("XDS-001", "population", "person", "death_date", "civil_status"),
    ("POP-008", "population", "person", "full_name", "civil_status"),
    ("POP-045", "population", "person", "card_expiry_date", "population"),
    ("XDS-024", "land", "right", "full_name", "population"),
    ("XDS-023", "land", "right", "id_no", "population"),
    ("LAN-016", "land", "parcel", "land_type", "land"),
    ("CIV-015", "civil_status", "event", "reg_type", "civil_status"),
    ("TAX-013", "tax", "taxpayer", "status", "tax"),
]


@pytest.mark.parametrize(("rule", "dataset", "table", "field", "owner"), CASES)
def test_the_owner_of_an_item_is_found(project: Path, rule: str, dataset: str, table: str, field: str, owner: str) -> None:
    catalog = read_catalog(project / "expectations")
    assert owner_of(catalog.standard.owners, catalog.rule(rule), dataset, table, field) == owner


def test_a_rule_across_registries_leads_to_the_other_one(project: Path) -> None:
    catalog = read_catalog(project / "expectations")
    assert owner_of(catalog.standard.owners, catalog.rule("XDS-004"), "tax", "taxpayer", "status") in ("population", "civil_status")


def test_a_rule_that_is_declared_no_more_stays_at_home(project: Path) -> None:
    catalog = read_catalog(project / "expectations")
    assert owner_of(catalog.standard.owners, None, "tax", "taxpayer", "status") == "tax"
