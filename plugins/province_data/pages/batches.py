"""Read one batch from its arrival to the mail, and the batches that one run worked on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from province_data.pages.session import rows_of

BATCH = """
select b.batch_id, b.dataset, b.province_code, coalesce(p.name, b.province_code) as province_name, b.as_of, b.received_at, b.sha256,
    b.source_uri, b.status, b.declared, b.delivered, b.published, b.quarantined, b.unreadable, b.duplicate, b.superseded, b.sequence_no,
    b.kind, b.extracted_at, b.commune_edition, b.load_id, coalesce(b.reason, '') as reason, coalesce(b.reason_vi, '') as reason_vi,
    b.decided_at
from ops.batch b left join reference.province p on p.code = b.province_code
"""
ONE = f"{BATCH} where b.batch_id = %(batch)s"
OF_LOADS = f"{BATCH} where b.load_id = any(%(loads)s) order by b.dataset, b.province_code, b.load_id"
LOADS = "select load_id from ops.load_caller where caller = %(caller)s order by load_id"
LOAD = "select load_id, started_at, finished_at, rule_set, status from ops.load where load_id = any(%(loads)s) order by load_id"
TABLES = "select table_name, delivered, unreadable from ops.batch_table where batch_id = %(batch)s order by table_name"
STEPS = """
select step, dataset, sum(seconds) as seconds, sum(rows)::bigint as rows from ops.step
where load_id = any(%(loads)s) and (%(dataset)s = '' or dataset in ('', %(dataset)s))
group by step, dataset
order by array_position(array['load', 'validate', 'reconcile', 'build', 'publish', 'tally', 'report'], step), dataset
"""
RULES = """
select x.rule_id, r.severity, r.dimension, r.sentence_vi, r.sentence_en, sum(x.evaluated)::bigint as evaluated,
    sum(x.failed)::bigint as failed, bool_or(x.outcome = 'error') as is_error
from quality.rule_result x join quality.rule r on r.rule_id = x.rule_id
where x.batch_id = any(%(batches)s)
group by 1, 2, 3, 4, 5
having sum(x.failed) > 0 or bool_or(x.outcome = 'error')
order by array_position(array['critical', 'error', 'warning', 'info'], r.severity), sum(x.failed) desc, x.rule_id
"""
FAILING = """
select x.batch_id, sum(x.evaluated)::bigint as evaluated, sum(x.failed)::bigint as failed, sum(x.not_applicable)::bigint as not_applicable,
    case when bool_or(x.outcome = 'error') then 'error' when sum(x.failed) > 0 then 'failed'
        when sum(x.evaluated) > 0 then 'passed' else 'not_applicable' end as outcome
from quality.rule_result x where x.rule_id = %(rule)s and x.batch_id = any(%(batches)s)
group by x.batch_id
"""
UNREADABLE = """
select table_name, file, record_number, line, reason from ops.unreadable where batch_id = %(batch)s
order by table_name, record_number limit 20
"""
ARRIVALS = """
select received_at, sequence_no, records, status from ops.delivery
where dataset = %(dataset)s and province_code = %(province)s and batch_id = %(batch)s order by received_at limit 20
"""
LETTER = """
select l.subject, l.created_at, l.load_id, count(m.recipient) as recipients, count(*) filter (where m.status = 'sent') as sent,
    count(*) filter (where m.status = 'written') as written, count(*) filter (where m.status = 'queued') as queued,
    count(*) filter (where m.status in ('failed', 'dead')) as failed, max(m.sent_at) as sent_at
from (
    select * from ops.mail_letter where province_code = %(province)s and load_id >= %(load)s and topic = '' order by load_id limit 1
) l left join ops.mail m on m.message_id = l.message_id
group by 1, 2, 3
"""
"""Loads that are reported together have one mail, which bears the newest number."""
BUNDLE = """
select findings, records, due_on, folder, files from quality.reject_bundle
where province_code = %(province)s and dataset = %(dataset)s and load_id >= %(load)s order by load_id limit 1
"""


@dataclass(frozen=True)
class Batch:
    """One batch as the ledger knows it."""

    batch_id: str
    dataset: str
    province_code: str
    province_name: str
    as_of: date
    received_at: datetime
    sha256: str
    source_uri: str
    status: str
    declared: int
    delivered: int
    published: int
    quarantined: int
    unreadable: int
    duplicate: int
    superseded: int
    sequence_no: int | None
    kind: str
    extracted_at: datetime | None
    commune_edition: str | None
    load_id: int | None
    reason: str
    reason_vi: str
    decided_at: datetime | None

    @property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """What became of the records; the parts are the whole."""
        names = ("published", "quarantined", "unreadable", "duplicate", "superseded")
        return tuple((name, getattr(self, name)) for name in names)


@dataclass(frozen=True)
class Load:
    """Batches that were worked on together."""

    load_id: int
    started_at: datetime
    finished_at: datetime | None
    rule_set: str
    status: str


@dataclass(frozen=True)
class TableCount:
    """One table of a batch."""

    table_name: str
    delivered: int
    unreadable: int


@dataclass(frozen=True)
class Step:
    """How long a step took; without a dataset it worked on all together."""

    step: str
    dataset: str
    seconds: float
    rows: int


@dataclass(frozen=True)
class RuleCount:
    """A rule that records of some batches broke, or that could not be run."""

    rule_id: str
    severity: str
    dimension: str
    sentence_vi: str
    sentence_en: str
    evaluated: int
    failed: int
    is_error: bool


@dataclass(frozen=True)
class Outcome:
    """What became of one rule in one batch."""

    batch_id: str
    evaluated: int
    failed: int
    not_applicable: int
    outcome: str


@dataclass(frozen=True)
class Unreadable:
    """A record that could not be read."""

    table_name: str
    file: str
    record_number: int | None
    line: int | None
    reason: str


@dataclass(frozen=True)
class ArrivalRow:
    """One arrival of a batch's content."""

    received_at: datetime
    sequence_no: int | None
    records: int
    status: str


@dataclass(frozen=True)
class Letter:
    """The mail in which a batch was reported, and how far it came; addresses stay in the ledger."""

    subject: str
    created_at: datetime
    load_id: int
    recipients: int
    sent: int
    written: int
    queued: int
    failed: int
    sent_at: datetime | None


@dataclass(frozen=True)
class BundleRow:
    """What was handed back after a batch."""

    findings: int
    records: int
    due_on: date | None
    folder: str
    files: Sequence[str]


def find_batch(connection: psycopg.Connection, batch_id: str) -> Batch | None:
    """Find a batch by its id."""
    return next(iter(rows_of(connection, Batch, ONE, {"batch": batch_id})), None)


def batches_of(connection: psycopg.Connection, load_ids: Sequence[int]) -> Sequence[Batch]:
    """Read the batches of some loads."""
    return rows_of(connection, Batch, OF_LOADS, {"loads": list(load_ids)})


def loads_of(connection: psycopg.Connection, caller: str) -> list[int]:
    """Read the loads that a run of a scheduler worked on."""
    return [int(load) for (load,) in connection.execute(LOADS.encode(), {"caller": caller}).fetchall()]


def read_loads(connection: psycopg.Connection, load_ids: Sequence[int]) -> Sequence[Load]:
    """Read some loads."""
    return rows_of(connection, Load, LOAD, {"loads": list(load_ids)})


def steps_of(connection: psycopg.Connection, load_ids: Sequence[int], dataset: str = "") -> Sequence[Step]:
    """Read how long the steps of some loads took, of one dataset or all."""
    return rows_of(connection, Step, STEPS, {"loads": list(load_ids), "dataset": dataset})


def broken_rules(connection: psycopg.Connection, batches: Sequence[str]) -> Sequence[RuleCount]:
    """Read the rules that records of some batches broke, the gravest first."""
    return rows_of(connection, RuleCount, RULES, {"batches": list(batches)})


def outcomes(connection: psycopg.Connection, rule: str, batches: Sequence[str]) -> dict[str, Outcome]:
    """Read what became of one rule in some batches."""
    return {o.batch_id: o for o in rows_of(connection, Outcome, FAILING, {"rule": rule, "batches": list(batches)})}


@dataclass(frozen=True)
class Way:
    """Everything beside a batch that tells its way."""

    tables: Sequence[TableCount]
    steps: Sequence[Step]
    rules: Sequence[RuleCount]
    unreadable: Sequence[Unreadable]
    arrivals: Sequence[ArrivalRow]
    letter: Letter | None
    bundle: BundleRow | None


def read_way(connection: psycopg.Connection, batch: Batch) -> Way:
    """Read the way of a batch."""
    given = {"batch": batch.batch_id, "dataset": batch.dataset, "province": batch.province_code, "load": batch.load_id or 0}
    return Way(
        rows_of(connection, TableCount, TABLES, given),
        steps_of(connection, [batch.load_id], batch.dataset) if batch.load_id else (),
        broken_rules(connection, [batch.batch_id]),
        rows_of(connection, Unreadable, UNREADABLE, given),
        rows_of(connection, ArrivalRow, ARRIVALS, given),
        next(iter(rows_of(connection, Letter, LETTER, given)), None),
        next(iter(rows_of(connection, BundleRow, BUNDLE, given)), None),
    )
