"""One dataset: every province by dimension, what is broken most, and what the contract says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from province_data.contract.model import KeyCheck, RowCheck, Rule, SetCheck
from province_data.pages.asked import Answer, Asked
from province_data.pages.batches import broken_rules
from province_data.pages.day_map import Cell, Line, cell_of
from province_data.pages.findings import Tally, tallies
from province_data.pages.province import dimension_names
from province_data.pages.scores import scores_of, standings
from province_data.watch import find_silences

WORST_SHOWN = 15


@dataclass(frozen=True)
class ProvinceLine(Line):
    """One province: overall and each dimension, and its findings."""

    tally: Tally | None


def show_dataset(asked: Asked) -> Answer:
    """Show one dataset."""
    contract = asked.catalog.contract(asked.path["dataset"])
    found = standings(asked.connection, [contract.dataset], asked.now + timedelta(days=1))
    scores = scores_of(asked.connection, [s.scored_id for s in found if s.scored_id])
    late = {s.province_code for s in find_silences(asked.connection, asked.catalog, asked.now) if s.dataset == contract.dataset}
    sums = {t.province_code: t for t in tallies(asked.connection, [contract.dataset]) if not t.rule_id}
    names = dimension_names(asked)
    lines = []
    for one in found:
        mine = scores.get(one.scored_id or "", {})
        first = cell_of(one, mine, "", one.province_code in late)
        cells: list[Cell] = [first, *(cell_of(one, mine, code, False) for code, _ in names)] if one.scored_id else [first]
        lines.append(ProvinceLine(one.province_code, one.province_name, cells, sums.get(one.province_code)))
    filled = {
        "contract": contract,
        "lines": lines,
        "dimension_names": names,
        "worst": broken_rules(asked.connection, [s.scored_id for s in found if s.scored_id])[:WORST_SHOWN],
        "rules_of_it": sum(contract.dataset in _datasets(rule) for rule in asked.catalog.rules.values()),
    }
    return Answer("dataset", asked.pick(contract.title), filled)


def _datasets(rule: Rule) -> set[str]:
    return {check.table.dataset for check in rule.checks if isinstance(check, RowCheck | SetCheck | KeyCheck)}
