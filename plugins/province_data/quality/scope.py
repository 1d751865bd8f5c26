"""Say which rules are judged on stated records; both judging steps need to know."""

from __future__ import annotations

from province_data.contract.catalog import Catalog
from province_data.contract.model import Rule, SetCheck
from province_data.quality.set_rules import uniqueness


def set_rules(catalog: Catalog) -> tuple[tuple[Rule, SetCheck], ...]:
    """All rules judged on stated records, the uniqueness of keys included."""
    keyed = [found for table in catalog.tables for found in catalog.key_checks(table)]
    return (*catalog.set_checks, *((rule, uniqueness(check)) for rule, check in keyed))


def set_rule_ids(catalog: Catalog) -> frozenset[str]:
    """The ids of all rules judged on stated records."""
    return frozenset(rule.id for rule, _ in set_rules(catalog))
