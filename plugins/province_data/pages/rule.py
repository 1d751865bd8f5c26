"""The rules: all of them, and one with everybody who breaks it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from province_data.contract.model import KeyCheck, RowCheck, Rule, SetCheck
from province_data.errors import ContractError
from province_data.pages.asked import Answer, Asked
from province_data.pages.batches import Outcome, outcomes
from province_data.pages.findings import Tally, tallies
from province_data.pages.province import dimension_names
from province_data.pages.scores import Standing, standings


@dataclass(frozen=True)
class Breaker:
    """One dataset of one province in which a rule was judged."""

    standing: Standing
    title: str
    outcome: Outcome
    tally: Tally | None


def show_rules(asked: Asked) -> Answer:
    """Show all rules with what is open of each."""
    totals: dict[str, int] = defaultdict(int)
    for one in tallies(asked.connection, asked.datasets):
        totals[one.rule_id] += one.open
    chapters = [
        (
            name,
            [r for r in asked.catalog.rules.values() if r.dimension == code],
            [r for r in asked.catalog.not_checked.values() if r.dimension == code],
        )
        for code, name in dimension_names(asked)
    ]
    lead = asked.say("rules_lead", checked=len(asked.catalog.rules), rest=len(asked.catalog.not_checked))
    return Answer("rules", asked.say("rules"), {"chapters": chapters, "totals": totals, "lead": lead})


def show_rule(asked: Asked) -> Answer:
    """Show one rule."""
    rule_id = asked.path["rule"]
    rule, unchecked = asked.catalog.rules.get(rule_id), asked.catalog.not_checked.get(rule_id)
    if rule is None and unchecked is None:
        raise ContractError(f"no rule {rule_id!r}", expected="a rule id declared under expectations/")
    filled = {
        "rule": rule or unchecked,
        "unchecked": unchecked if rule is None else None,
        "dimension": dict(dimension_names(asked))[(rule or unchecked).dimension],  # type: ignore[union-attr]
        "columns": checked_columns(asked, rule) if rule else (),
        "breakers": _breakers(asked, rule_id),
        "advice": asked.pick(rule.advice) if rule else "",
    }
    return Answer("rule", rule_id, filled)


def _breakers(asked: Asked, rule_id: str) -> Sequence[Breaker]:
    found = standings(asked.connection, asked.datasets, asked.now + timedelta(days=1))
    results = outcomes(asked.connection, rule_id, [s.scored_id for s in found if s.scored_id])
    counted = {(t.dataset, t.province_code): t for t in tallies(asked.connection, asked.datasets, rule=rule_id)}
    lines = [
        Breaker(
            one,
            asked.pick(asked.catalog.contract(one.dataset).title),
            results[one.scored_id],
            counted.get((one.dataset, one.province_code)),
        )
        for one in found
        if one.scored_id in results
    ]
    return sorted(lines, key=lambda b: (-b.outcome.failed, b.standing.dataset, b.standing.province_code))


def checked_columns(asked: Asked, rule: Rule) -> list[tuple[str, str, str]]:
    """List what a rule looks at: dataset, table and column, named in the language asked for."""
    found = {}
    for check in rule.checks:
        if isinstance(check, RowCheck | SetCheck | KeyCheck):
            column = check.table.column(check.field)
            named = f"{asked.pick(column.title)} ({column.sent_as})" if column else check.field
            contract = asked.catalog.contract(check.table.dataset)
            found[check.table.dataset, check.table.name, check.field] = (asked.pick(contract.title), asked.pick(check.table.title), named)
    return list(found.values())
