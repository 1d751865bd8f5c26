"""The map of a day: every province and dataset, one number each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from province_data.errors import ContractError
from province_data.mail.figures import VIETNAM, day
from province_data.mail.model import colour_of, mean
from province_data.mail.view import capital
from province_data.pages.asked import Answer, Asked
from province_data.pages.scores import Score, Standing, scores_of, standings
from province_data.watch import find_silences

TROUBLES = ("refused", "held", "waiting", "error")


@dataclass(frozen=True)
class Cell:
    """One cell of a heat table: a score with its colour, or a word why there is none, and what else is to be known."""

    colour: str
    score: Decimal | None
    word: str
    note: str
    batch_id: str | None


@dataclass(frozen=True)
class Line:
    """One province with its cells."""

    code: str
    name: str
    cells: Sequence[Cell]


def overall(scores: Mapping[str, Score]) -> Decimal | None:
    """Give the mean of the dimensions that could be tested, as the mails do."""
    return mean([s.score for s in scores.values() if s.score is not None])


def cell_of(found: Standing, scores: Mapping[str, Score], dimension: str, is_late: bool) -> Cell:
    """Make the cell of a standing for one dimension, or for all of them when it is empty."""
    note = found.status if found.status in TROUBLES else "late" if is_late else ""
    if found.batch_id is None:
        return Cell("none", None, "not_delivered", "", None)
    if found.scored_id is None:
        return Cell("none", None, "not_judged", str(note), found.batch_id)
    one = scores.get(dimension)
    score = overall(scores) if not dimension else one.score if one else None
    return Cell(str(colour_of(score)), score, "" if score is not None else "not_testable", str(note), found.scored_id)


def show_map(asked: Asked) -> Answer:
    """Show the map of the day, for one dimension or over all."""
    dimension = asked.query.get("dimension", "")
    names = {code: (vi, en) for code, vi, en in asked.catalog.dimensions}
    if dimension and dimension not in names:
        raise ContractError(f"no dimension {dimension!r}", expected=", ".join(names))
    chosen = _chosen_day(asked)
    until = datetime.combine(chosen + timedelta(days=1), time(), VIETNAM)
    found = standings(asked.connection, asked.datasets, until)
    scores = scores_of(asked.connection, [s.scored_id for s in found if s.scored_id])
    late = {(s.dataset, s.province_code) for s in find_silences(asked.connection, asked.catalog, min(asked.now, until))}
    lines: dict[str, list[Standing]] = {}
    for one in found:
        lines.setdefault(one.province_code, []).append(one)
    filled = {
        "lines": [Line(code, ones[0].province_name, [_cell(one, scores, dimension, late) for one in ones]) for code, ones in lines.items()],
        "titles": [(d, asked.pick(asked.catalog.contract(d).title)) for d in asked.datasets],
        "dimension": dimension,
        "dimensions": [("", asked.say("overall")), *((code, capital(pair[asked.language == "en"])) for code, pair in names.items())],
        "chosen": chosen,
        "lead": asked.say("map_lead", provinces=len(lines), datasets=len(asked.datasets), day=day(chosen)),
    }
    return Answer("day_map", asked.say("map"), filled)


def _cell(one: Standing, scores: Mapping[str, Mapping[str, Score]], dimension: str, late: set[tuple[str, str]]) -> Cell:
    return cell_of(one, scores.get(one.scored_id or "", {}), dimension, (one.dataset, one.province_code) in late)


def _chosen_day(asked: Asked) -> date:
    today = asked.now.astimezone(VIETNAM).date()
    try:
        return min(date.fromisoformat(asked.query["day"]), today) if asked.query.get("day") else today
    except ValueError:
        raise ContractError("no such day", expected="YYYY-MM-DD") from None
