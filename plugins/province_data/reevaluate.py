"""Judge the landed bytes of past batches by the rules of today; what is published does not change.

Rules over several records are judged on a snapshot as far as they need no other registry: what those stated on that day is gone.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from province_data.batch import Delivery, Kind
from province_data.contract.catalog import Catalog
from province_data.contract.model import Contract
from province_data.errors import FormatError
from province_data.formats.read import stream_records
from province_data.load import open_landed, required_headers, staging_fields
from province_data.quality.compile import compile_rules
from province_data.quality.own import judge_own
from province_data.quality.scope import set_rule_ids
from province_data.quality.verdicts import RuleCount, count_rules, find_duplicate_keys, write_verdicts
from province_data.settings import Settings
from province_data.store import staging
from province_data.store.database import execute
from province_data.store.landing_zone import find_file, landed_id
from province_data.store.ledger_deliveries import kept_manifest

PAST = """
select b.batch_id, b.dataset, b.province_code, b.as_of, b.sequence_no, b.source_uri, coalesce(d.delivery_id, '') as delivery_id
from ops.batch b
left join lateral (
    select d.delivery_id from ops.delivery d where d.batch_id = b.batch_id and d.sequence_no = b.sequence_no limit 1
) d on true
where b.status in ('validated', 'published', 'refused', 'held') and b.kind <> 'corrections' and b.sequence_no is not null
    and b.dataset = any(%(datasets)s) and (b.province_code = any(%(provinces)s) or cardinality(%(provinces)s::text[]) = 0)
    and (%(since)s::date is null or b.as_of >= %(since)s)
order by b.dataset, b.province_code, b.as_of, b.sequence_no
"""
THEN_AND_NOW = """
with rules as (
    select r.rule_id, q.dimension, sum(r.evaluated) as evaluated, sum(r.failed) as failed, sum(r.evaluated_then) as evaluated_then,
        sum(r.failed_then) as failed_then
    from quality.reevaluation r join quality.rule q on q.rule_id = r.rule_id
    where r.batch_id = %s and r.rule_set = %s and q.severity <> 'info' and q.state = 'active' group by 1, 2
)
select dimension, trunc(avg(100.0 * (evaluated_then - failed_then) / nullif(evaluated_then, 0)), 2)::float as score_then,
    trunc(avg(100.0 * (evaluated - failed) / nullif(evaluated, 0)), 2)::float as score_now,
    sum(failed_then)::bigint as failed_then, sum(failed)::bigint as failed_now
from rules group by 1 order by 1
"""


@dataclass(frozen=True)
class PastBatch:
    """A batch that was judged once."""

    batch_id: str
    dataset: str
    province_code: str
    as_of: date
    sequence_no: int
    source_uri: str
    delivery_id: str


@dataclass(frozen=True)
class ThenAndNow:
    """One word of the standard: the score of the rules that were judged again, then and now; None = nothing was tested.

    Then is None for a batch of changes: its score told the whole state of its province, not what it brought.
    """

    dimension: str
    score_then: float | None
    score_now: float | None
    failed_then: int | None
    failed_now: int


def past_batches(connection: psycopg.Connection, datasets: Sequence[str], provinces: Sequence[str], since: date | None) -> list[PastBatch]:
    """List the batches that can be judged again, the oldest first."""
    given = {"datasets": list(datasets), "provinces": list(provinces), "since": since}
    with connection.cursor(row_factory=class_row(PastBatch)) as cursor:
        return cursor.execute(PAST.encode(), given).fetchall()


def reevaluate(connection: psycopg.Connection, settings: Settings, catalog: Catalog, past: PastBatch, now: datetime) -> list[ThenAndNow]:
    """Judge one past batch by the rules of today, write the figures beside those of then, and compare the scores.

    The caller holds the lease of runs: what is staged for it is judged together with nothing else.
    """
    contract = catalog.contract(past.dataset)
    landing = settings.home / "landing"
    landed_as = landed_id(landing, past.delivery_id, past.sequence_no, past.batch_id)
    if landed_as is None:
        raise FormatError("the manifest of a past batch is missing from the landing zone", where=f"batch {past.batch_id}")
    manifest = kept_manifest(landing, landed_as, past.sequence_no, contract)
    landed = {file.name: find_file(landing, file.sha256) for file in manifest.files}
    delivery = Delivery(f"again{secrets.token_hex(5)}", manifest, landed, past.source_uri)
    try:
        with tempfile.TemporaryDirectory(prefix="again-") as scratch:
            _stage(connection, contract, delivery, Path(scratch))
        counts = [c for c in _judge(connection, catalog, contract) if c.batch_id == delivery.batch_id]
        counts = [*_without(counts, set_rule_ids(catalog)), *_judge_across(connection, catalog, contract, delivery, counts)]
    finally:
        staging.drop_batch(connection, contract.tables, delivery.batch_id)
    _write(connection, catalog, past, manifest.kind, counts, now)
    with connection.cursor(row_factory=class_row(ThenAndNow)) as cursor:
        return cursor.execute(THEN_AND_NOW.encode(), (past.batch_id, catalog.rule_set)).fetchall()


def _stage(connection: psycopg.Connection, contract: Contract, delivery: Delivery, scratch: Path) -> None:
    for file in delivery.manifest.files:
        table = contract.table(file.table)
        if table is None:
            continue
        path, dialect = open_landed(delivery.landed[file.name], file, table, scratch)
        partition = staging.create_partition(connection, table, delivery)
        fields = staging_fields(table)
        names = ", ".join(f.column for f in fields)
        with connection.cursor().copy(f"copy staging.{partition} ({names}) from stdin (format csv)".encode()) as copy:
            stream_records(path, dialect, fields, required_headers(table), copy.write, scratch, name=file.name)
        if delivery.manifest.kind is not Kind.SNAPSHOT:
            execute(connection, f"delete from staging.{partition} where lower(_deleted) in ('1', 'true')")
        execute(connection, f"analyze staging.{partition}")


def _judge(connection: psycopg.Connection, catalog: Catalog, contract: Contract) -> Iterator[RuleCount]:
    for table in contract.tables:
        compiled = compile_rules(catalog, table)
        find_duplicate_keys(connection, table)
        write_verdicts(connection, table, compiled)
        yield from count_rules(connection, table, compiled)


def _without(counts: Sequence[RuleCount], across: frozenset[str]) -> list[RuleCount]:
    return [c for c in counts if c.rule_id not in across]


def _judge_across(
    connection: psycopg.Connection, catalog: Catalog, contract: Contract, delivery: Delivery, counts: Sequence[RuleCount]
) -> Iterator[RuleCount]:
    """Judge a snapshot by the rules over several records that it can answer alone; changes do not tell enough."""
    if delivery.manifest.kind is Kind.SNAPSHOT:
        staged = {c.table_name: c.staged for c in counts}
        for own in judge_own(connection, catalog, contract.tables, delivery.batch_id):
            name = own.table.name
            yield RuleCount(delivery.batch_id, name, own.rule_id, staged.get(name, 0), own.evaluated, len(own.failing))


def _write(
    connection: psycopg.Connection, catalog: Catalog, past: PastBatch, kind: Kind, counts: Sequence[RuleCount], now: datetime
) -> None:
    then = past.batch_id if kind is Kind.SNAPSHOT else None
    key = (past.batch_id, catalog.rule_set)
    with connection.transaction(), connection.cursor() as cursor:
        execute(connection, "delete from quality.reevaluation where batch_id = %s and rule_set = %s", key)
        cursor.executemany(
            "insert into quality.reevaluation select %s, %s, %s, %s, %s, %s, r.evaluated, r.failed, %s from (select 1) x"
            " left join quality.rule_result r on r.batch_id = %s and r.rule_id = %s and r.table_name = %s",
            [(*key, c.rule_id, c.table_name, c.evaluated, c.failed, now, then, c.rule_id, c.table_name) for c in counts],
        )
