"""Read deliveries again from their landed bytes: what was refused, after the reason is gone.

A rule that was wrong is mended, a number that was missing has come: nobody has to send again. What is in force is not
replayed, and what is held is decided; the newest statement still wins, because the replayed delivery is admitted anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import psycopg
from psycopg.rows import class_row

from province_data.errors import ContractError
from province_data.store.decisions import make_due
from province_data.store.landing_zone import landed_id


@dataclass(frozen=True)
class Replayable:
    """A delivery that was refused and lies whole in the landing zone."""

    delivery_id: str
    batch_id: str
    dataset: str
    province_code: str
    as_of: date
    sequence_no: int
    status: str
    reason: str


REFUSED = """
select d.delivery_id, d.batch_id, d.dataset, d.province_code, d.as_of, d.sequence_no, b.status, coalesce(b.reason, '') as reason
from ops.delivery d join ops.batch b on b.batch_id = d.batch_id and b.load_id = d.load_id
where d.status = 'refused' and d.kind <> 'corrections' and b.status in ('refused', 'error') and d.dataset = %(dataset)s
    and (b.extracted_at is not null or b.reason like 'DLV-009:%%')
    and (cardinality(%(provinces)s::text[]) = 0 or d.province_code = any(%(provinces)s))
    and (%(as_of)s::date is null or d.as_of = %(as_of)s)
    and d.sequence_no >= coalesce((
        select max(t.sequence_no) from ops.delivery t
        where t.dataset = d.dataset and t.province_code = d.province_code and t.status in ('admitted', 'duplicate')
            and t.kind <> 'corrections'
    ), 0)
order by d.province_code, d.sequence_no, d.received_at
"""
"""Refused after it was taken up (or for a gap before it), and not older than what was taken since."""


def replayable(
    connection: psycopg.Connection, landing: Path, dataset: str, provinces: Sequence[str], as_of: date | None
) -> list[Replayable]:
    """List the refused deliveries of a dataset that can be read again."""
    with connection.cursor(row_factory=class_row(Replayable)) as cursor:
        found = cursor.execute(REFUSED, {"dataset": dataset, "provinces": list(provinces), "as_of": as_of}).fetchall()
    return [one for one in found if landed_id(landing, one.delivery_id, one.sequence_no, one.batch_id) is not None]


def replay(connection: psycopg.Connection, landing: Path, chosen: Sequence[Replayable]) -> int:
    """Make deliveries due again; returns how many. ContractError when there is none."""
    if not chosen:
        raise ContractError(
            "nothing was refused that could be read again",
            expected="a refused delivery that lies whole in the landing zone",
            next_step="what is held is settled with province-data decide; what is in force needs no replay",
        )
    with connection.transaction():
        for one in chosen:
            make_due(connection, one.delivery_id, landed_id(landing, one.delivery_id, one.sequence_no, one.batch_id) or one.batch_id)
    return len(chosen)
