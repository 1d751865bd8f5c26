"""Judge bundles of set rules on a few connections and count, per rule and province, what they found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import psycopg

from province_data.contract.model import Table
from province_data.quality.affected import find_affected, scope_query
from province_data.quality.set_plan import Extent
from province_data.quality.set_rules import Bundle, failing_query, judge_query, search_query
from province_data.store.database import connected, execute

Work = tuple[Bundle, Extent]
"""A bundle, and how much is judged."""


@dataclass(frozen=True)
class SetCount:
    """How one set rule fared in one province."""

    rule_id: str
    table: Table
    province_code: str
    evaluated: int
    failed: int


def judge_bundles(dsn: str, work: Sequence[Work], workers: int) -> list[SetCount]:
    """Judge all bundles, failing records into `quality.set_verdict`, what was judged again into `quality.set_scope`."""
    waiting: SimpleQueue[Work] = SimpleQueue()
    for one in work:
        waiting.put(one)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        return [count for found in pool.map(lambda _: list(_work_off(dsn, waiting)), range(workers)) for count in found]


def _work_off(dsn: str, waiting: SimpleQueue[Work]) -> Iterator[SetCount]:
    """Judge one waiting bundle after the other: a connection that knows the tables plans the next statement at once."""
    with connected(dsn, "province-data set rules") as connection:
        execute(connection, "set max_parallel_workers_per_gather = 1")
        while True:
            try:
                bundle, extent = waiting.get_nowait()
            except Empty:
                return
            with connection.transaction():
                yield from _judge(connection, bundle, extent)


def _judge(connection: psycopg.Connection, bundle: Bundle, extent: Extent) -> list[SetCount]:
    incremental = extent is Extent.AFFECTED
    execute(connection, "select set_config('application_name', %s, true)", (f"province-data {' '.join(bundle.rule_ids)}"[:63],))
    if incremental and not find_affected(connection, bundle):
        return []
    if extent is Extent.WHOLE or bundle.source.window:
        # All records meet all: hashed once, never looked up one by one or sorted, whatever the estimate.
        execute(connection, "set local enable_nestloop = off")
        execute(connection, "set local enable_mergejoin = off")
    execute(connection, f"insert into quality.set_scope {scope_query(bundle, incremental)}")
    judged = search_query(bundle) if extent is Extent.FAILING else judge_query(bundle, incremental)
    execute(connection, f"create temp table judged on commit drop as {judged}")
    columns = "rule_id, dataset, table_name, province_code, batch_id, row_number, record_key, field"
    execute(connection, f"insert into quality.set_verdict ({columns}) {failing_query(bundle)}")
    return [count for number, _ in enumerate(bundle.rules) for count in _counts(connection, bundle, number)]


def _counts(connection: psycopg.Connection, bundle: Bundle, number: int) -> list[SetCount]:
    rows = execute(
        connection, f"select province_code, evaluated_{number}, coalesce(cardinality(failing_{number}), 0) from judged"
    ).fetchall()
    return [SetCount(bundle.rules[number][0], bundle.table, str(p), int(str(e)), int(str(f))) for p, e, f in rows]
