"""Keep account of the batches that the gate held, and of what persons decided about them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from province_data.store.database import execute

PERSONAL_NUMBER = re.compile(r"(?:\d[ .-]?){9,}")
"""What may be somebody's number: a text that more people read than may see records does not hold it."""


@dataclass(frozen=True)
class HeldBatch:
    """A batch that waits for a person's decision."""

    batch_id: str
    dataset: str
    province_code: str
    province_name: str
    as_of: date
    sequence_no: int
    delivered: int
    unreadable: int
    load_id: int
    held_at: datetime
    reason: str
    reason_vi: str
    stands: str | None
    """The batch that is in force and would be replaced; None = nothing was accepted before."""
    stands_as_of: date | None
    stands_delivered: int


@dataclass(frozen=True)
class Decision:
    """What a person decided about a held batch; `is_new` is False when the same was decided before.

    `load_id` is the load that tells the province of it; None when there is nothing more to tell.
    """

    batch_id: str
    dataset: str
    province_code: str
    choice: str
    reason: str
    decided_by: str
    decided_at: datetime
    load_id: int | None = None
    is_new: bool = True


HELD = """
select b.batch_id, b.dataset, b.province_code, coalesce(p.name, b.province_code) as province_name, b.as_of, b.sequence_no,
    b.delivered, b.unreadable, b.load_id, b.decided_at as held_at, coalesce(b.reason, '') as reason,
    coalesce(b.reason_vi, '') as reason_vi, s.batch_id as stands, s.as_of as stands_as_of, coalesce(s.delivered, 0) as stands_delivered
from ops.batch b
left join reference.province p on p.code = b.province_code
left join lateral (
    select a.batch_id, a.as_of, a.delivered from ops.batch a
    where a.dataset = b.dataset and a.province_code = b.province_code and a.status in ('validated', 'published')
        and a.kind <> 'corrections'
    order by a.sequence_no desc, a.decided_at desc limit 1
) s on true
where b.status = 'held'
    and not exists (select 1 from ops.decision d where d.batch_id = b.batch_id and d.held_load_id = b.load_id)
    and not exists (
        select 1 from ops.batch n
        where n.dataset = b.dataset and n.province_code = b.province_code and n.kind <> 'corrections'
            and (n.sequence_no, n.decided_at) > (b.sequence_no, b.decided_at)
            and (n.status in ('validated', 'published', 'held') or exists (select 1 from ops.decision d where d.batch_id = n.batch_id))
    )
order by b.dataset, b.province_code
"""
"""Held, not decided, and still the newest statement of its province."""

LAST = """
select b.batch_id, b.dataset, b.province_code, d.choice, d.reason, d.decided_by, d.decided_at, null::bigint as load_id, false as is_new
from ops.decision d join ops.batch b on b.batch_id = d.batch_id and b.sequence_no is not distinct from d.sequence_no
where d.batch_id = %s order by d.decision_id desc limit 1
"""

CONFIRMED = """
select 1 from ops.decision d
where d.choice = 'publish' and d.batch_id = %s and d.instead_of is not distinct from %s
    and d.sequence_no is not distinct from (select b.sequence_no from ops.batch b where b.batch_id = d.batch_id)
"""
"""The choice holds for this delivery of this batch, and only instead of the batch that stood when it was made."""


def held_batches(connection: psycopg.Connection) -> list[HeldBatch]:
    """List the batches a person may decide on now, in the order of datasets and provinces."""
    with connection.cursor(row_factory=class_row(HeldBatch)) as cursor:
        return cursor.execute(HELD).fetchall()


def last_decision(connection: psycopg.Connection, batch_id: str) -> Decision | None:
    """Return what was decided last about a batch as it was last delivered."""
    with connection.cursor(row_factory=class_row(Decision)) as cursor:
        return cursor.execute(LAST, (batch_id,)).fetchone()


def is_confirmed(connection: psycopg.Connection, batch_id: str, stands: str | None) -> bool:
    """Say whether a person decided that this batch may replace what stands."""
    return execute(connection, CONFIRMED, (batch_id, stands)).fetchone() is not None


def batch_status(connection: psycopg.Connection, batch_id: str) -> str | None:
    """Return the status of a batch, None when there is no such batch."""
    row = execute(connection, "select status from ops.batch where batch_id = %s for update", (batch_id,)).fetchone()
    return str(row[0]) if row else None


def record_decision(connection: psycopg.Connection, batch: HeldBatch, decision: Decision) -> None:
    """Write a decision into the ledger."""
    execute(
        connection,
        "insert into ops.decision (batch_id, sequence_no, held_load_id, instead_of, held_because, choice, reason, decided_by, decided_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (batch.batch_id, batch.sequence_no, batch.load_id, batch.stands, batch.reason, decision.choice, decision.reason,
         decision.decided_by, decision.decided_at),
    )  # fmt: skip


def make_due(connection: psycopg.Connection, delivery_id: str, landed_id: str) -> None:
    """Let a delivery be worked on again from its landed bytes."""
    execute(
        connection,
        "update ops.delivery set status = 'due', load_id = null, reason = null, reason_vi = null, batch_id = %s where delivery_id = %s",
        (landed_id, delivery_id),
    )


def delivery_of(connection: psycopg.Connection, batch_id: str) -> tuple[str, int] | None:
    """Return the delivery that brought a refused or held batch as it stands in the ledger, with its number."""
    row = execute(
        connection,
        "select d.delivery_id, d.sequence_no from ops.delivery d join ops.batch b on b.batch_id = d.batch_id"
        " and b.sequence_no is not distinct from d.sequence_no and b.load_id = d.load_id"
        " where d.batch_id = %s and d.status = 'refused' order by d.received_at desc limit 1",
        (batch_id,),
    ).fetchone()
    return (str(row[0]), int(str(row[1]))) if row else None


def keep_out(connection: psycopg.Connection, batch: HeldBatch, load_id: int, reason: str, reason_vi: str, now: datetime) -> None:
    """Close a held batch as refused, told with another load; nothing of it was or will be published."""
    execute(
        connection,
        "update ops.batch set status = 'refused', load_id = %s, reason = %s, reason_vi = %s, decided_at = %s where batch_id = %s",
        (load_id, reason, reason_vi, now, batch.batch_id),
    )
    execute(
        connection,
        "update ops.delivery set load_id = %s, reason = %s, reason_vi = %s where batch_id = %s and load_id = %s and status = 'refused'",
        (load_id, reason, reason_vi, batch.batch_id, batch.load_id),
    )
