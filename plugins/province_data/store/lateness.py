"""Keep account of lateness: who is late since when, and whether they were told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.store.database import execute
from province_data.store.ledger import close_loads, open_load

WATCH = "watch"
"""Stands in place of the rule set in a load that only tells of lateness."""
NOTE = """
insert into ops.lateness (dataset, province_code, last_received_at, late_since, load_id) values (%s, %s, %s, %s, %s)
on conflict do nothing returning load_id
"""
UNTOLD = """
select load_id, dataset, province_code, last_received_at, late_since from ops.lateness
where told_at is null order by 1, 2, 3
"""
KNOWN = "select dataset, province_code, last_received_at from ops.lateness"


@dataclass(frozen=True)
class Silence:
    """A province that has delivered a dataset before and is late now."""

    dataset: str
    province_code: str
    last_received_at: datetime
    late_since: datetime


def to_tell(connection: psycopg.Connection, silences: Sequence[Silence], now: datetime) -> dict[int, list[Silence]]:
    """Enter new latenesses, and give all that nobody was told of, by the load that tells of them."""
    known = set(execute(connection, KNOWN).fetchall())
    fresh = [s for s in silences if (s.dataset, s.province_code, s.last_received_at) not in known]
    if fresh:
        with connection.transaction():
            load_id = open_load(connection, WATCH, now)
            for s in fresh:
                execute(connection, NOTE, (s.dataset, s.province_code, s.last_received_at, s.late_since, load_id))
    untold: dict[int, list[Silence]] = {}
    for load, *facts in execute(connection, UNTOLD).fetchall():
        untold.setdefault(int(str(load)), []).append(Silence(*facts))  # type: ignore[arg-type]
    return untold


def note_told(connection: psycopg.Connection, load_id: int, now: datetime) -> None:
    """Note that the mails of a load are queued; they are the same ones when this is done again after a crash."""
    with connection.transaction():
        execute(connection, "update ops.lateness set told_at = %s where load_id = %s", (now, load_id))
        close_loads(connection, [load_id], "done", now)
