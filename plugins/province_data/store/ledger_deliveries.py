"""Keep account of arrivals: which deliveries came, which are due, which are decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from province_data.batch import LoadedBatch, Manifest
from province_data.contract.manifest import parse_manifest
from province_data.contract.model import Contract
from province_data.store.database import execute
from province_data.store.landed_erasure import as_kept

ACCEPTED = ("validated", "published")


@dataclass(frozen=True)
class DueDelivery:
    """A delivery that waits to be worked on."""

    delivery_id: str
    batch_id: str
    dataset: str
    province_code: str
    as_of: date
    sequence_no: int
    kind: str
    records: int
    source_uri: str
    received_at: datetime


@dataclass(frozen=True)
class Current:
    """What a province stated last in a dataset, as far as it was accepted."""

    batch_id: str
    sequence_no: int
    delivered: int
    as_of: date


def is_known(connection: psycopg.Connection, delivery_id: str) -> bool:
    """Say whether this very delivery was already seen."""
    return execute(connection, "select 1 from ops.delivery where delivery_id = %s", (delivery_id,)).fetchone() is not None


def record_delivery(connection: psycopg.Connection, row: Mapping[str, object]) -> None:
    """Write one arrival; writing it again changes nothing."""
    names = ", ".join(row)
    marks = ", ".join(["%s"] * len(row))
    execute(connection, f"insert into ops.delivery ({names}) values ({marks}) on conflict (delivery_id) do nothing", tuple(row.values()))


def turned_away(connection: psycopg.Connection, dataset: str, now: datetime) -> list[int]:
    """List the loads of the deliveries that were not taken when they arrived at `now`."""
    query = "select load_id from ops.delivery where dataset = %s and received_at = %s and status in ('refused', 'waiting')"
    return [int(str(i)) for (i,) in execute(connection, query, (dataset, now)).fetchall()]


def next_due(
    connection: psycopg.Connection, datasets: Sequence[str], provinces: Sequence[str], until: date | None = None
) -> list[DueDelivery]:
    """Return the first due delivery of every dataset and province, in order of number and day; corrections mend the newest.

    With `until` only what is stated as of that day or earlier.
    """
    with connection.cursor(row_factory=class_row(DueDelivery)) as cursor:
        cursor.execute(
            "select distinct on (dataset, province_code) delivery_id, batch_id, dataset, province_code, as_of, sequence_no, kind, records,"
            " source_uri, received_at from ops.delivery where status = 'due' and dataset = any(%s)"
            " and (province_code = any(%s) or cardinality(%s::text[]) = 0) and (as_of <= %s or %s::date is null)"
            " order by dataset, province_code, kind = 'corrections', sequence_no, as_of, received_at",
            (list(datasets), list(provinces), list(provinces), until, until),
        )
        return cursor.fetchall()


def find_due(connection: psycopg.Connection, batch_id: str) -> DueDelivery | None:
    """Return the due delivery that brought a batch, if it is still due."""
    with connection.cursor(row_factory=class_row(DueDelivery)) as cursor:
        cursor.execute(
            "select delivery_id, batch_id, dataset, province_code, as_of, sequence_no, kind, records, source_uri, received_at"
            " from ops.delivery where status = 'due' and batch_id = %s order by sequence_no limit 1",
            (batch_id,),
        )
        return cursor.fetchone()


def decide(
    connection: psycopg.Connection, delivery_id: str, status: str, load_id: int, batch_id: str, reason: str | None, reason_vi: str | None
) -> None:
    """Close a delivery with its verdict."""
    execute(
        connection,
        "update ops.delivery set status = %s, load_id = %s, batch_id = %s, reason = %s, reason_vi = %s where delivery_id = %s",
        (status, load_id, batch_id, reason, reason_vi, delivery_id),
    )


def current(connection: psycopg.Connection, dataset: str, province: str) -> Current | None:
    """Return the newest accepted batch of a dataset and province."""
    with connection.cursor(row_factory=class_row(Current)) as cursor:
        cursor.execute(
            "select batch_id, sequence_no, delivered, as_of from ops.batch where dataset = %s and province_code = %s and status = any(%s)"
            " and kind <> 'corrections'"
            " order by sequence_no desc, decided_at desc limit 1",
            (dataset, province, list(ACCEPTED)),
        )
        return cursor.fetchone()


def table_sizes(connection: psycopg.Connection, dataset: str, province: str, batch_id: str) -> list[tuple[str, int, int]]:
    """Compare the tables of a batch with the newest accepted snapshot: table, records now, records then; none when it is the first."""
    rows = execute(
        connection,
        "select t.table_name, t.delivered, b.delivered from ops.batch_table t join ops.batch_table b using (table_name)"
        " where t.batch_id = %s and b.batch_id = (select s.batch_id from ops.batch s where s.dataset = %s and s.province_code = %s"
        " and s.status = any(%s) and s.kind = 'snapshot' order by s.sequence_no desc, s.decided_at desc limit 1) order by 1",
        (batch_id, dataset, province, list(ACCEPTED)),
    ).fetchall()
    return [(str(table), int(str(now)), int(str(then))) for table, now, then in rows]


def last_sequence_no(connection: psycopg.Connection, dataset: str, province: str) -> int:
    """Return the highest delivery number taken so far, repeated content included; 0 when there is none."""
    row = execute(
        connection,
        "select coalesce(max(sequence_no), 0) from ops.delivery where dataset = %s and province_code = %s and status in ('admitted',"
        " 'duplicate') and kind <> 'corrections'",
        (dataset, province),
    ).fetchone()
    return int(str(row[0])) if row else 0


def kept_manifest(landing: Path, landed_id: str, sequence_no: int, contract: Contract) -> Manifest:
    """Read back the manifest that was kept when the delivery landed, as it fits what is kept of the files."""
    [path] = landing.glob(f"manifests/{landed_id}*-{sequence_no}.json")
    return as_kept(parse_manifest(path.read_bytes(), contract), landing)


LOADED_BATCHES = """
select b.load_id, b.batch_id, d.delivery_id, b.province_code, b.kind, b.as_of, sum(t.delivered), sum(t.unreadable)
from ops.batch b
join ops.batch_table t on t.batch_id = b.batch_id
join ops.delivery d on d.load_id = b.load_id and d.dataset = b.dataset and d.province_code = b.province_code
    and d.kind = b.kind and d.status = 'due'
    and case when b.kind = 'corrections' then d.batch_id = b.batch_id else d.sequence_no = b.sequence_no end
where b.dataset = %s and b.status = 'loaded'
group by 1, 2, 3, 4, 5, 6
order by 1, 4
"""


def loaded_batches(connection: psycopg.Connection, dataset: str) -> dict[int, list[LoadedBatch]]:
    """List the batches of a dataset that lie in staging and wait to be judged, by load."""
    found: dict[int, list[LoadedBatch]] = {}
    for load_id, *facts, delivered, unreadable in execute(connection, LOADED_BATCHES, (dataset,)).fetchall():
        batch_id, delivery_id, province, kind, as_of = (str(f) for f in facts)
        batch = LoadedBatch(batch_id, delivery_id, province, kind, as_of, int(str(delivered)), int(str(unreadable)))
        found.setdefault(int(str(load_id)), []).append(batch)
    return found
