"""Read from the ledger what the reports of some loads need: one query for each thing, for all provinces at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import psycopg
from psycopg.rows import class_row

OUTCOMES = """
select b.load_id, b.dataset, b.province_code, b.batch_id, b.as_of, b.status, coalesce(b.reason, '') as reason,
    coalesce(b.reason_vi, '') as reason_vi, b.delivered, b.published, b.quarantined, b.unreadable, b.duplicate, b.superseded,
    b.kind = 'corrections' as is_answer
from ops.batch b where b.load_id = any(%(loads)s)
union all
select d.load_id, d.dataset, d.province_code, d.batch_id, d.as_of, d.status, coalesce(d.reason, ''), coalesce(d.reason_vi, ''),
    d.records, 0, 0, 0, case d.status when 'duplicate' then d.records else 0 end, case d.status when 'superseded' then d.records else 0 end,
    d.kind = 'corrections'
from ops.delivery d
where d.load_id = any(%(loads)s) and d.status in ('duplicate', 'refused', 'superseded', 'waiting')
    and not exists (select 1 from ops.batch b where b.batch_id = d.batch_id and b.load_id = d.load_id)
order by 3, 2, 5, 4
"""
"""Batches that were worked on, and arrivals that never became one."""

SCORES = """
with mine as (select * from ops.batch where load_id = any(%(loads)s)),
before as (
    select distinct on (m.batch_id) m.batch_id, p.batch_id as earlier_id
    from mine m join ops.batch p on p.dataset = m.dataset and p.province_code = m.province_code
        and (p.load_id, coalesce(p.sequence_no, 0)) < (m.load_id, coalesce(m.sequence_no, 0))
    where exists (select 1 from quality.score s where s.batch_id = p.batch_id)
    order by m.batch_id, p.load_id desc, coalesce(p.sequence_no, 0) desc, p.batch_id desc
)
select s.batch_id, s.dimension, s.evaluated, s.failed, s.score, e.score as previous, s.waived, s.lawful, s.not_testable,
    s.identifier_failed
from mine m join quality.score s on s.batch_id = m.batch_id
left join before on before.batch_id = m.batch_id
left join quality.score e on e.batch_id = before.earlier_id and e.dimension = s.dimension
"""
"""Scores of the batches, each beside that of the batch before of the same dataset and province."""

RULES = """
select r.batch_id, r.rule_id, sum(r.failed)::bigint as failed, sum(r.evaluated)::bigint as evaluated,
    bool_or(r.outcome = 'error') as is_error
from quality.rule_result r join ops.batch b on b.batch_id = r.batch_id
where b.load_id = any(%(loads)s)
group by r.batch_id, r.rule_id
having sum(r.failed) > 0 or bool_or(r.outcome = 'error')
"""

FINDINGS = """
select f.dataset, f.province_code, l.load_id,
    count(*) filter (where f.first_load_id = l.load_id) as new,
    count(*) filter (where f.first_load_id < l.load_id and (f.resolved_load_id is null or f.resolved_load_id > l.load_id)) as persisting,
    count(*) filter (where f.resolved_load_id = l.load_id) as resolved
from quality.finding f
join (select distinct dataset, province_code, load_id from ops.batch where load_id = any(%(loads)s)) l
    on l.dataset = f.dataset and l.province_code = f.province_code
group by 1, 2, 3
"""

DELIVERY_FINDINGS = """
select distinct on (f.batch_id) f.batch_id, f.rule_id, split_part(f.record_key, '|', -1) as file, f.field, f.row_number as line
from quality.finding f
where f.table_name = '' and f.last_load_id = any(%(loads)s)
order by f.batch_id, f.finding_id
"""

STANDING = """
select b.dataset, b.province_code, max(b.as_of) as as_of
from ops.batch b where b.status = 'published' and b.kind <> 'corrections' and b.load_id <= %(newest)s
group by 1, 2
"""

NORMALISATIONS = """
select n.batch_id, n.kind, sum(n.rows)::bigint as records
from quality.normalisation n join ops.batch b on b.batch_id = n.batch_id
where b.load_id = any(%(loads)s)
group by 1, 2 having sum(n.rows) > 0 order by 1, 3 desc, 2
"""

BUNDLES = """
select distinct on (dataset, province_code) dataset, province_code, records, folder, due_on
from quality.reject_bundle where load_id = any(%(loads)s)
order by dataset, province_code, load_id desc
"""

SIGNS = """
select dataset, province_code, kind, sum(records)::bigint as records
from quality.signal where load_id = any(%(loads)s) group by 1, 2, 3 order by 4 desc, 2, 1, 3
"""

PROVINCES = "select code, name from reference.province"


@dataclass(frozen=True)
class OutcomeRow:
    """One batch, or one arrival that became none."""

    load_id: int
    dataset: str
    province_code: str
    batch_id: str
    as_of: date
    status: str
    reason: str
    reason_vi: str
    delivered: int
    published: int
    quarantined: int
    unreadable: int
    duplicate: int
    superseded: int
    is_answer: bool


@dataclass(frozen=True)
class ScoreRow:
    """One dimension of one batch."""

    batch_id: str
    dimension: str
    evaluated: int
    failed: int
    score: Decimal | None
    previous: Decimal | None
    waived: int = 0
    lawful: int = 0
    not_testable: int = 0
    identifier_failed: int = 0


@dataclass(frozen=True)
class RuleRow:
    """One rule that failed, or could not be run, in one batch."""

    batch_id: str
    rule_id: str
    failed: int
    evaluated: int
    is_error: bool


@dataclass(frozen=True)
class FindingRow:
    """How the findings of a dataset and province stood with a load."""

    dataset: str
    province_code: str
    load_id: int
    new: int
    persisting: int
    resolved: int


@dataclass(frozen=True)
class PlaceRow:
    """Where a delivery as a whole broke a rule."""

    batch_id: str
    rule_id: str
    file: str
    field: str
    line: int | None


@dataclass(frozen=True)
class StandingRow:
    """Business date of what a dataset's readers see of a province."""

    dataset: str
    province_code: str
    as_of: date


@dataclass(frozen=True)
class NormalisationRow:
    """How many values of a batch were unified in one way."""

    batch_id: str
    kind: str
    records: int


@dataclass(frozen=True)
class BundleRow:
    """What was handed back of a dataset; `due_on` is None when nothing was."""

    dataset: str
    province_code: str
    records: int
    folder: str
    due_on: date | None


@dataclass(frozen=True)
class SignRow:
    """One kind of signal of a dataset and province."""

    dataset: str
    province_code: str
    kind: str
    records: int


@dataclass(frozen=True)
class ProvinceRow:
    """A province's name."""

    code: str
    name: str


@dataclass(frozen=True)
class Ledger:
    """What the ledger says about some loads."""

    outcomes: Sequence[OutcomeRow]
    scores: Sequence[ScoreRow]
    rules: Sequence[RuleRow]
    findings: Sequence[FindingRow]
    places: Sequence[PlaceRow]
    standing: Sequence[StandingRow]
    normalisations: Sequence[NormalisationRow]
    bundles: Sequence[BundleRow]
    provinces: Sequence[ProvinceRow]
    signs: Sequence[SignRow]


def read_ledger(connection: psycopg.Connection, load_ids: Sequence[int]) -> Ledger:
    """Read everything in one snapshot, so that the figures of a mail agree with each other."""
    given = {"loads": list(load_ids), "newest": max(load_ids, default=0)}
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        return Ledger(
            connection.cursor(row_factory=class_row(OutcomeRow)).execute(OUTCOMES, given).fetchall(),
            connection.cursor(row_factory=class_row(ScoreRow)).execute(SCORES, given).fetchall(),
            connection.cursor(row_factory=class_row(RuleRow)).execute(RULES, given).fetchall(),
            connection.cursor(row_factory=class_row(FindingRow)).execute(FINDINGS, given).fetchall(),
            connection.cursor(row_factory=class_row(PlaceRow)).execute(DELIVERY_FINDINGS, given).fetchall(),
            connection.cursor(row_factory=class_row(StandingRow)).execute(STANDING, given).fetchall(),
            connection.cursor(row_factory=class_row(NormalisationRow)).execute(NORMALISATIONS, given).fetchall(),
            connection.cursor(row_factory=class_row(BundleRow)).execute(BUNDLES, given).fetchall(),
            connection.cursor(row_factory=class_row(ProvinceRow)).execute(PROVINCES).fetchall(),
            connection.cursor(row_factory=class_row(SignRow)).execute(SIGNS, given).fetchall(),
        )
