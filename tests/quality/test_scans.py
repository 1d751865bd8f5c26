"""A further rule over single records, or over the same records and joins, costs no further reading of a table."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from province_data.contract.catalog import read_catalog
from province_data.contract.model import Table
from province_data.quality.aged import aging_rules
from province_data.quality.compile import applies_query, compile_rules, verdict_query
from province_data.quality.scope import set_rules
from province_data.quality.set_rules import bundled, judge_query, stated

CATALOG = read_catalog(Path(__file__).resolve().parents[2] / "expectations")


def readings(query: str, table: Table) -> int:
    """Count how often a statement reads a table of staging."""
    return len(re.findall(rf"\bstaging\.{table.stem}\b", query))


@pytest.mark.parametrize("table", CATALOG.tables, ids=lambda t: t.stem)
def test_all_rules_on_single_records_are_judged_and_counted_in_one_reading_each(table: Table) -> None:
    compiled = compile_rules(CATALOG, table)
    further = replace(compiled[0], bad=f"({compiled[0].bad})", tag=compiled[0].tag)
    for rules in (compiled[:1], compiled, (*compiled, further)):
        assert readings(verdict_query(table, rules), table) == 1
        assert readings(applies_query(table, rules)[0], table) == 1


def test_a_further_rule_over_the_same_records_and_joins_shares_their_statement() -> None:
    checks = [(rule.id, check) for rule, check in set_rules(CATALOG) if not check.group and not check.window]
    bundles = bundled(checks)
    twice = bundled([*checks, *((f"{rule_id}-again", check) for rule_id, check in checks)])
    assert len(twice) == len(bundles) < len(checks)
    for one, both in zip(bundles, twice, strict=True):
        assert len(both.rules) == 2 * len(one.rules)
        for other in CATALOG.tables:
            read = [judge_query(b, incremental=False).count(f"from {stated(other)} ") for b in (one, both)]
            assert read[0] <= read[1] <= read[0] + sum(j.absent for _, c in one.rules for j in c.joins)


def test_what_ages_is_told_by_its_condition_and_never_refuses() -> None:
    aging = {c.rule.id for table in CATALOG.tables for c in aging_rules(compile_rules(CATALOG, table))}
    assert {"POP-010", "POP-022", "POP-034", "POP-044", "POP-046", "POP-061", "LAN-023", "TAX-020", "TAX-038"} <= aging
    assert not any(CATALOG.rule(rule_id).severity.refuses for rule_id in aging)
