"""One province: how each dataset stands and moved, what is to be mended, and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from province_data.mail.figures import change, day, number
from province_data.mail.model import colour_of
from province_data.mail.view import capital
from province_data.pages.asked import Answer, Asked
from province_data.pages.batches import RuleCount, broken_rules
from province_data.pages.day_map import Cell, cell_of
from province_data.pages.findings import Commune, Tally, communes, course, tallies
from province_data.pages.scores import Moment, Score, Standing, history, scores_of, standings
from province_data.watch import find_silences

WORST_SHOWN = 8
COMMUNES_SHOWN = 8


@dataclass(frozen=True)
class DimensionLine:
    """One dimension of a dataset, beside its score in the batch before."""

    name: str
    colour: str
    score: Decimal | None
    evaluated: int
    failed: int
    change: str


@dataclass(frozen=True)
class Dataset:
    """Everything one page says of one dataset of a province."""

    dataset: str
    title: str
    standing: Standing
    cell: Cell
    dimensions: Sequence[DimensionLine]
    tally: Tally | None
    worst: Sequence[RuleCount]
    communes: Sequence[Commune]
    more_communes: int
    moments: Sequence[Moment]


def show_province(asked: Asked) -> Answer:
    """Show one province."""
    code = asked.path["province"]
    name = asked.province_name(code)
    found = standings(asked.connection, asked.datasets, asked.now + timedelta(days=1), code)
    scores = scores_of(asked.connection, [s.scored_id for s in found if s.scored_id])
    moments = history(asked.connection, asked.datasets, code)
    sums = {t.dataset: t for t in tallies(asked.connection, asked.datasets, code) if not t.rule_id}
    late = {(s.dataset, s.province_code) for s in find_silences(asked.connection, asked.catalog, asked.now)}
    datasets = [
        _dataset(asked, one, scores.get(one.scored_id or "", {}), moments, sums.get(one.dataset), (one.dataset, code) in late)
        for one in found
    ]
    filled = {
        "code": code,
        "name": name,
        "datasets": datasets,
        "trend": trend(asked, moments),
        "dimension_names": dimension_names(asked),
        "course": course(asked.connection, asked.datasets, code, [m.load_id for m in moments]),
    }
    return Answer("province", name, filled)


def dimension_names(asked: Asked) -> list[tuple[str, str]]:
    """List the dimensions in their order, named in the language asked for."""
    return [(code, capital(en if asked.language == "en" else vi)) for code, vi, en in asked.catalog.dimensions]


def _dataset(
    asked: Asked, one: Standing, scores: Mapping[str, Score], moments: Sequence[Moment], tally: Tally | None, is_late: bool,
) -> Dataset:  # fmt: skip
    mine = [m for m in moments if m.dataset == one.dataset]
    here = communes(asked.connection, asked.catalog.contract(one.dataset), one.province_code)
    judged = [m for m in mine if m.scores]
    return Dataset(
        one.dataset,
        asked.pick(asked.catalog.contract(one.dataset).title),
        one,
        cell_of(one, scores, "", is_late),
        _dimensions(asked, scores, judged[1].scores if len(judged) > 1 else {}) if scores else (),
        tally,
        broken_rules(asked.connection, [one.scored_id])[:WORST_SHOWN] if one.scored_id else (),
        here[:COMMUNES_SHOWN],
        max(0, len(here) - COMMUNES_SHOWN),
        mine,
    )


def _dimensions(asked: Asked, scores: Mapping[str, Score], before: Mapping[str, Decimal | None]) -> list[DimensionLine]:
    lines = []
    for code, name in dimension_names(asked):
        one = scores.get(code) or Score("", code, 0, 0, None)
        moved = change(before.get(code), one.score, asked.words.notation)
        lines.append(DimensionLine(name, str(colour_of(one.score)), one.score, one.evaluated, one.failed, moved))
    return lines


def trend(asked: Asked, moments: Sequence[Moment]) -> Mapping[str, object] | None:
    """Give what a chart draws: one line for each dataset over the loads, with the numbers as they are written; nothing for one load."""
    judged = [m for m in moments if m.scores]
    loads = {m.load_id: day(m.as_of) for m in sorted(judged, key=lambda m: m.load_id)}
    if len(loads) < 2:
        return None
    lines = []
    for dataset in dict.fromkeys(m.dataset for m in judged):
        known = {m.load_id: m.overall for m in judged if m.dataset == dataset}
        values = [known.get(load) for load in loads]
        lines.append(
            {
                "name": asked.pick(asked.catalog.contract(dataset).title),
                "values": [None if v is None else float(v) for v in values],
                "written": [number(v, asked.words.notation) for v in values],
            }
        )
    return {"loads": list(loads), "days": list(loads.values()), "lines": lines, "load": asked.say("load"), "score": asked.say("score")}
