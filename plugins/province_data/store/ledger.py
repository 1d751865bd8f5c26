"""Write and read the ledger of loads, batches and steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import psycopg
from psycopg.rows import class_row

from province_data.batch import Manifest
from province_data.store.database import execute, one_value
from province_data.store.ledger_deliveries import DueDelivery


def open_load(connection: psycopg.Connection, rule_set: str, now: datetime) -> int:
    """Begin a load and return its number."""
    return int(str(one_value(connection, "insert into ops.load (started_at, rule_set) values (%s, %s) returning load_id", (now, rule_set))))


def note_caller(connection: psycopg.Connection, load_ids: Sequence[int], caller: str) -> None:
    """Note which run of a scheduler works on some loads, so that its page can show them; said again it changes nothing."""
    if caller:
        statement = "insert into ops.load_caller (load_id, caller) select unnest(%s::bigint[]), %s on conflict do nothing"
        execute(connection, statement, (list(load_ids), caller))


def draw_stamp(connection: psycopg.Connection) -> int:
    """Draw the number that marks validated rows as changed; drawn under the lease, so that it rises in commit order.

    A load's own number would not do: loads overlap, and a row marked with an older number than the warehouse already
    holds would never be built again.
    """
    return int(str(one_value(connection, "select nextval(pg_get_serial_sequence('ops.load', 'load_id'))")))


def close_loads(connection: psycopg.Connection, load_ids: Sequence[int], status: str, now: datetime) -> None:
    """Move loads on: `judged` when their rules are decided, `done` when they are published and reported."""
    execute(connection, "update ops.load set status = %s, finished_at = %s where load_id = any(%s)", (status, now, list(load_ids)))


def has_news(connection: psycopg.Connection, load_ids: Sequence[int]) -> bool:
    """Say whether some loads changed anything that is published: an accepted batch, or a score."""
    query = """
        select exists (select 1 from ops.batch where status = 'validated')
            or exists (select 1 from quality.score where load_id = any(%s))
            or (cardinality(%s::bigint[]) = 0 and exists (select 1 from ops.batch where status = 'published'))
    """
    return bool(one_value(connection, query, (list(load_ids), list(load_ids))))


NOTHING_ACCEPTED = """
    l.status = 'running' and exists (select 1 from ops.load_caller c where c.load_id = l.load_id)
    and exists (select 1 from ops.delivery d where d.load_id = l.load_id)
    and not exists (select 1 from ops.delivery d where d.load_id = l.load_id and d.status = 'due')
    and not exists (select 1 from ops.batch b where b.load_id = l.load_id and b.status in ('landed', 'loaded', 'validated'))
"""
"""A scheduler's load whose deliveries are all decided and none of them accepted: no build will take it up."""


def close_without_build(connection: psycopg.Connection, now: datetime) -> list[int]:
    """Mark the loads judged of which nothing was accepted, and return them: they are reported too."""
    query = f"update ops.load l set status = 'judged', finished_at = %s where {NOTHING_ACCEPTED} returning load_id"
    return [int(str(i)) for (i,) in execute(connection, query, (now,)).fetchall()]


def note_taken_up(connection: psycopg.Connection, began: datetime) -> None:
    """Write down that what had been accepted when a build began is built and published."""
    statement = (
        "insert into ops.taken_up as t values ('publish', %s)"
        " on conflict (step) do update set began_at = greatest(t.began_at, excluded.began_at)"
    )
    execute(connection, statement, (began,))


def is_taken_up(connection: psycopg.Connection, asked: datetime) -> bool:
    """Say whether a build that began after `asked` ended well, and no accepted batch and no report waits whatever the clocks say."""
    query = f"""
        select exists (select 1 from ops.taken_up where step = 'publish' and began_at > %s)
            and not exists (select 1 from ops.batch where status = 'validated')
            and not exists (select 1 from ops.load l where l.status = 'judged' or ({NOTHING_ACCEPTED}))
    """
    return bool(one_value(connection, query, (asked,)))


def loads_with(connection: psycopg.Connection, status: str) -> list[int]:
    """List the loads in a state, oldest first."""
    return [
        int(str(i)) for (i,) in execute(connection, "select load_id from ops.load where status = %s order by load_id", (status,)).fetchall()
    ]


OPEN_BATCH = """
insert into ops.batch as b (
    batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, declared,
    sequence_no, kind, extracted_at, commune_edition, load_id
) values (%s, %s, %s, %s, %s, %s, %s, 'landed', %s, %s, %s, %s, %s, %s)
on conflict (batch_id) do update set
    status = 'landed', load_id = excluded.load_id, as_of = excluded.as_of, sequence_no = excluded.sequence_no,
    source_uri = excluded.source_uri, reason = null, reason_vi = null, decided_at = null,
    delivered = 0, published = 0, quarantined = 0, unreadable = 0, duplicate = 0, superseded = 0
"""
REFUSE_BATCH = """
insert into ops.batch as b (
    batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, declared,
    sequence_no, kind, load_id, delivered, {column}, reason, reason_vi, decided_at
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (batch_id) do update set
    status = excluded.status, load_id = excluded.load_id, reason = excluded.reason, reason_vi = excluded.reason_vi,
    decided_at = excluded.decided_at, delivered = excluded.delivered, quarantined = excluded.quarantined,
    superseded = excluded.superseded, published = 0, unreadable = 0, duplicate = 0
where b.status not in ('validated', 'published')
"""


def open_batch(connection: psycopg.Connection, delivery: DueDelivery, manifest: Manifest, load_id: int) -> None:
    """Begin to work on a batch; one that was refused before may be judged anew."""
    files = {f.sha256 for f in manifest.files}
    content = files.pop() if len(files) == 1 else delivery.batch_id
    facts = (delivery.batch_id, delivery.dataset, delivery.province_code, delivery.as_of, delivery.received_at)
    sent = (content, delivery.source_uri, delivery.records, delivery.sequence_no, delivery.kind)
    execute(connection, OPEN_BATCH, (*facts, *sent, manifest.extracted_at, manifest.commune_edition, load_id))


def refuse_batch(
    connection: psycopg.Connection, delivery: DueDelivery, load_id: int, status: str, reason: str, reason_vi: str, now: datetime
) -> None:
    """Write down that a delivery was not taken: all it declared counts as quarantined (or superseded)."""
    facts = (delivery.batch_id, delivery.dataset, delivery.province_code, delivery.as_of, delivery.received_at)
    sent = (delivery.batch_id, delivery.source_uri, status, delivery.records, delivery.sequence_no, delivery.kind)
    counts = (load_id, delivery.records, delivery.records)
    column = "superseded" if status == "superseded" else "quarantined"
    execute(connection, REFUSE_BATCH.format(column=column), (*facts, *sent, *counts, reason, reason_vi, now))


def mark_loaded(connection: psycopg.Connection, batch_id: str, tables: Sequence[tuple[str, int, int]]) -> None:
    """Note that all tables of a batch are staged: (table, delivered, unreadable)."""
    with connection.transaction():
        execute(connection, "delete from ops.batch_table where batch_id = %s", (batch_id,))
        for table, delivered, unreadable in tables:
            execute(connection, "insert into ops.batch_table values (%s, %s, %s, %s)", (batch_id, table, delivered, unreadable))
        execute(connection, "update ops.batch set status = 'loaded' where batch_id = %s", (batch_id,))


@contextmanager
def timed(connection: psycopg.Connection, load_id: int, step: str, dataset: str = "") -> Iterator[list[int]]:
    """Write how long a step took; the block may put the number of rows into the list it is given."""
    rows: list[int] = []
    began = monotonic()
    yield rows
    execute(connection, "insert into ops.step values (%s, %s, %s, %s, %s)", (load_id, step, dataset, monotonic() - began, sum(rows)))


@dataclass(frozen=True)
class BatchLine:
    """One line of the closing table: what became of a batch."""

    dataset: str
    province_code: str
    province_name: str
    status: str
    delivered: int
    published: int
    quarantined: int
    unreadable: int
    duplicate: int
    superseded: int
    reason: str | None
    scores: dict[str, float]


BATCH_LINES = """
with lines as (
    select b.dataset, b.province_code, b.status, b.delivered, b.published, b.quarantined, b.unreadable, b.duplicate,
        b.superseded, b.reason, b.batch_id, b.load_id
    from ops.batch b
    where b.load_id = any(%(loads)s)
    union all
    select d.dataset, d.province_code, 'duplicate', d.records, 0, 0, 0, d.records, 0, d.reason, d.delivery_id, d.load_id
    from ops.delivery d
    where d.load_id = any(%(loads)s) and d.status = 'duplicate'
),
scores as (
    select batch_id, jsonb_object_agg(dimension, score) as scores from quality.score group by 1
)
select l.dataset, l.province_code, coalesce(p.name, l.province_code) as province_name, l.status, l.delivered, l.published,
    l.quarantined, l.unreadable, l.duplicate, l.superseded, l.reason, coalesce(s.scores, '{}') as scores
from lines l
left join reference.province p on p.code = l.province_code
left join scores s on s.batch_id = l.batch_id
order by l.dataset, l.province_code, l.load_id
"""


def batch_lines(connection: psycopg.Connection, load_ids: Sequence[int]) -> list[BatchLine]:
    """Read what became of the batches and repeated deliveries of some loads."""
    with connection.cursor(row_factory=class_row(BatchLine)) as cursor:
        cursor.execute(BATCH_LINES, {"loads": list(load_ids)})
        return cursor.fetchall()
