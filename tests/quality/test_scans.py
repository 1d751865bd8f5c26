"""A further rule over single records, or over the same records and joins, costs no further reading of a table."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from province_data.contract.catalog import read_catalog
from province_data.contract.model import Table
from province_data.quality.aged import aging_rules
from province_data.quality.compile import CompiledRule, applies_query, compile_rules, verdict_query
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


def lists_read_anew(connection: psycopg.Connection, rule: CompiledRule, table: Table) -> list[str]:
    """Name the lists that the plan of a condition reads for each record, not once into a hash."""
    # Of a table of its own: a partitioned one without a batch is not planned at all.
    connection.execute(f"create temp table if not exists one_{table.stem} (like staging.{table.stem})".encode())
    query = f"explain (format json) select from one_{table.stem} t where {rule.bad}"
    (plan,) = connection.execute(query.encode()).fetchone() or ()
    hashed = set(re.findall(r"hashed (SubPlan \d+)", json.dumps(plan)))
    return [*scanned(plan[0]["Plan"], hashed, is_repeated=False)]


def scanned(node: dict[str, Any], hashed: set[str], *, is_repeated: bool) -> Iterator[str]:
    if is_repeated and "Relation Name" in node:
        yield node["Relation Name"]
    for child in node.get("Plans", []):
        name = child.get("Subplan Name", "")
        is_once = name in hashed or child["Parent Relationship"] == "InitPlan"
        yield from scanned(child, hashed, is_repeated=not is_once and (is_repeated or bool(name)))


def test_no_rule_reads_a_list_anew_for_each_record(migrated: psycopg.Connection) -> None:
    read = {
        f"{table.stem} {rule.rule.id}": lists_read_anew(migrated, rule, table)
        for table in CATALOG.tables
        for rule in compile_rules(CATALOG, table)
    }
    assert not {rule: lists for rule, lists in read.items() if lists}


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
