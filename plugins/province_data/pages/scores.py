"""Read how provinces and datasets stand: their newest batches, scores, and how these moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import psycopg

from province_data.mail.model import mean
from province_data.pages.session import rows_of

LOADS_SHOWN = 24

STANDING = """
select d.dataset, p.code as province_code, p.name as province_name, n.batch_id, n.as_of, n.status, n.returned,
    s.batch_id as scored_id, s.as_of as scored_as_of, s.load_id
from unnest(%(datasets)s::text[]) with ordinality d(dataset, place)
cross join (select code collate "default" as code, name from reference.province) p
left join lateral (
    select b.batch_id, b.as_of, b.status, b.quarantined + b.unreadable as returned
    from ops.batch b join ops.load l on l.load_id = b.load_id
    where b.dataset = d.dataset and b.province_code = p.code and b.kind <> 'corrections' and l.started_at < %(until)s
    order by b.load_id desc, b.sequence_no desc nulls last limit 1
) n on true
left join lateral (
    select b.batch_id, b.as_of, b.load_id
    from ops.batch b join ops.load l on l.load_id = b.load_id
    where b.dataset = d.dataset and b.province_code = p.code and b.kind <> 'corrections' and l.started_at < %(until)s
        and exists (select 1 from quality.score x where x.batch_id = b.batch_id)
    order by b.load_id desc, b.sequence_no desc nulls last limit 1
) s on true
where %(province)s in ('', p.code)
order by p.code, d.place
"""
"""Every dataset of every province: the newest arrival, and the newest batch with scores, which may be an older one.

Codes of the lists are compared as the ledger's are: no index is searched by another collation.
"""

SCORES = "select batch_id, dimension, evaluated, failed, score from quality.score where batch_id = any(%(batches)s)"

HISTORY = """
select b.batch_id, b.dataset, b.load_id, b.as_of, l.started_at, b.status, s.dimension, s.score
from unnest(%(datasets)s::text[]) d(dataset)
cross join lateral (
    select b.* from ops.batch b
    where b.dataset = d.dataset and b.province_code = %(province)s and b.kind <> 'corrections' and b.load_id is not null
    order by b.load_id desc, b.sequence_no desc nulls last limit %(limit)s
) b
join ops.load l on l.load_id = b.load_id
left join quality.score s on s.batch_id = b.batch_id
order by b.dataset, b.load_id desc, b.sequence_no desc nulls last
"""


@dataclass(frozen=True)
class Standing:
    """One dataset of one province; without a `batch_id` nothing ever came, without a `scored_id` nothing was judged."""

    dataset: str
    province_code: str
    province_name: str
    batch_id: str | None
    as_of: date | None
    status: str | None
    returned: int | None
    scored_id: str | None
    scored_as_of: date | None
    load_id: int | None


@dataclass(frozen=True)
class Score:
    """One dimension of one batch."""

    batch_id: str
    dimension: str
    evaluated: int
    failed: int
    score: Decimal | None


@dataclass(frozen=True)
class HistoryRow:
    """One dimension of one batch of the past; without a dimension the batch was not judged."""

    batch_id: str
    dataset: str
    load_id: int
    as_of: date
    started_at: datetime
    status: str
    dimension: str | None
    score: Decimal | None


@dataclass(frozen=True)
class Moment:
    """One batch of the past with its scores."""

    batch_id: str
    dataset: str
    load_id: int
    as_of: date
    started_at: datetime
    status: str
    scores: Mapping[str, Decimal | None]

    @property
    def overall(self) -> Decimal | None:
        """The mean of the dimensions that could be tested."""
        return mean([s for s in self.scores.values() if s is not None])


def standings(connection: psycopg.Connection, datasets: Sequence[str], until: datetime, province: str = "") -> Sequence[Standing]:
    """Read where every dataset of every province (or of one) stood before a moment."""
    return rows_of(connection, Standing, STANDING, {"datasets": list(datasets), "until": until, "province": province})


def scores_of(connection: psycopg.Connection, batches: Sequence[str]) -> Mapping[str, Mapping[str, Score]]:
    """Read the scores of some batches: batch -> dimension -> score."""
    found: dict[str, dict[str, Score]] = defaultdict(dict)
    for score in rows_of(connection, Score, SCORES, {"batches": list(batches)}):
        found[score.batch_id][score.dimension] = score
    return found


def history(connection: psycopg.Connection, datasets: Sequence[str], province: str, limit: int = LOADS_SHOWN) -> list[Moment]:
    """Read the last batches of a province, the newest of each dataset first."""
    given = {"datasets": list(datasets), "province": province, "limit": limit}
    grouped: dict[str, list[HistoryRow]] = {}
    for row in rows_of(connection, HistoryRow, HISTORY, given):
        grouped.setdefault(row.batch_id, []).append(row)
    return [_moment(rows) for rows in grouped.values()]


def _moment(rows: Sequence[HistoryRow]) -> Moment:
    one = rows[0]
    scores = {r.dimension: r.score for r in rows if r.dimension is not None}
    return Moment(one.batch_id, one.dataset, one.load_id, one.as_of, one.started_at, one.status, scores)
