"""Arrange the digest: how many of each verdict, what needs attention, one line per province × dataset."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from province_data.mail.figures import number, whole
from province_data.mail.model import Colour, DatasetReport, Digest, DigestRow, DimensionScore, Verdict
from province_data.mail.subject import UNPUBLISHED
from province_data.mail.view import CountView, DatasetView, capital, dataset_view, plain
from province_data.mail.wording import EN, VI

ATTENTION_SHOWN = 20
"""Gmail cuts a mail at about 100 kB; the table below the list holds every row anyway."""
SIGNS_SHOWN = 20


@dataclass(frozen=True)
class Column:
    """One dimension: a column of the table."""

    code: str
    name: str
    other_name: str


@dataclass(frozen=True)
class RowView:
    """One province × dataset, in both languages."""

    province_code: str
    province: str
    vi: DatasetView
    en: DatasetView
    is_published: bool
    scores: tuple[tuple[str, Colour], ...]
    """(number, colour) for each column."""
    returned: str
    delivered: str
    published: str


@dataclass(frozen=True)
class Attention:
    """The rows to look at first, and how many more there are."""

    rows: tuple[RowView, ...]
    more: str


def tally(digest: Digest) -> list[tuple[Verdict, CountView]]:
    """Count the verdicts that occurred, the gravest first."""
    counts = {v: sum(row.dataset.verdict is v for row in digest.rows) for v in Verdict}
    return [(v, CountView(VI.verdict[v], whole(count, VI.notation))) for v, count in counts.items() if count]


def columns(digest: Digest) -> tuple[Column, ...]:
    """Name the dimensions that occur, in their order."""
    found = {d.code: d for row in digest.rows for d in row.dataset.dimensions}
    return tuple(Column(d.code, capital(plain(d.name_vi)), plain(d.name_en)) for d in found.values())


def attention(digest: Digest) -> Attention:
    """Pick what was not published, the gravest first, then what is red, the lowest first."""
    gravity = {verdict: place for place, verdict in enumerate(UNPUBLISHED)}
    dimensions = columns(digest)

    def order(row: DigestRow) -> tuple[object, ...]:
        place = gravity.get(row.dataset.verdict, len(gravity))
        return place, row.dataset.score or 0 if place == len(gravity) else 0, row.province_code, row.dataset.dataset

    urgent = sorted((r for r in digest.rows if r.dataset.verdict in gravity or r.dataset.colour is Colour.RED), key=order)
    left = len(urgent) - ATTENTION_SHOWN
    more = VI.label["more_rows"].format(count=whole(left, VI.notation)) if left > 0 else ""
    return Attention(tuple(_row(r, dimensions) for r in urgent[:ATTENTION_SHOWN]), more)


def signs(digest: Digest) -> tuple[str, ...]:
    """Say what a person should look at because it may flatter a score, Vietnamese first."""
    said = [
        f"{plain(s.province_name)} · {s.title_vi.lower()}: "
        + " · ".join(w.label[s.kind].format(count=whole(s.records, w.notation)) for w in (VI, EN))
        for s in digest.signs
    ]
    left = len(said) - SIGNS_SHOWN
    return (*said[:SIGNS_SHOWN], *([VI.label["more_signs"].format(count=whole(left, VI.notation))] if left > 0 else []))


def overview(digest: Digest) -> list[list[RowView]]:
    """List every row, grouped by province in the order of the codes."""
    dimensions = columns(digest)
    ordered = sorted(digest.rows, key=lambda row: (row.province_code, row.dataset.dataset))
    return [[_row(r, dimensions) for r in rows] for _, rows in groupby(ordered, key=lambda row: row.province_code)]


def _row(row: DigestRow, dimensions: tuple[Column, ...]) -> RowView:
    dataset = row.dataset
    return RowView(
        province_code=row.province_code,
        province=plain(row.province_name),
        vi=dataset_view(dataset, VI),
        en=dataset_view(dataset, EN),
        is_published=dataset.verdict not in UNPUBLISHED,
        scores=_scores(dataset, dimensions),
        returned=whole(dataset.returned, VI.notation),
        delivered=whole(dataset.delivered, VI.notation),
        published=whole(dataset.published, VI.notation),
    )


def _scores(dataset: DatasetReport, dimensions: tuple[Column, ...]) -> tuple[tuple[str, Colour], ...]:
    known: dict[str, DimensionScore] = {d.code: d for d in dataset.dimensions}
    return tuple(
        (number(known[c.code].score, VI.notation), known[c.code].colour) if c.code in known else ("–", Colour.GREY) for c in dimensions
    )
