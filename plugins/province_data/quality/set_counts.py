"""Judge bundles of set rules on a few connections and count, per rule and province, what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import psycopg

from province_data.contract.model import Rule, SetCheck, Table
from province_data.quality.affected import UNSHOWN, find_affected, scope_query, unshown_query
from province_data.quality.set_plan import Extent
from province_data.quality.set_rules import Bundle, failing_query, judge_query, search_query
from province_data.store.database import connected, execute

VERDICT = "rule_id, dataset, table_name, province_code, batch_id, row_number, record_key, field"
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
        # The workers share the cores; a statement that divides itself once more costs an eighth more.
        execute(connection, "set max_parallel_workers_per_gather = 0")
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
    execute(connection, f"insert into quality.set_verdict ({VERDICT}) {failing_query(bundle)}")
    return [count for number, _ in enumerate(bundle.rules) for count in _counts(connection, bundle, number)]


def confirm_unshown(connection: psycopg.Connection, rules: Sequence[tuple[Rule, SetCheck]]) -> None:
    """Judge by every condition of its rule each open finding that is not shown any more, before it is taken for mended.

    Each condition is judged where the load concerns it; a finding may rest on another one, which the load does not concern.
    """
    conditions = Counter((rule.id, check.table) for rule, check in rules)
    unshown = set(execute(connection, f"select distinct rule_id, dataset, table_name from ({UNSHOWN}) u").fetchall())
    for rule, check in rules:
        if conditions[rule.id, check.table] > 1 and (rule.id, check.table.dataset, check.table.name) in unshown:
            with connection.transaction():
                _confirm(connection, Bundle(((rule.id, check),)))


def _confirm(connection: psycopg.Connection, bundle: Bundle) -> None:
    execute(connection, f"create temp table affected on commit drop as {unshown_query(bundle)}")
    execute(connection, "analyze affected")
    execute(connection, f"create temp table judged on commit drop as {judge_query(bundle, True)}")
    execute(connection, f"insert into quality.set_verdict ({VERDICT}) {failing_query(bundle)}")


def _counts(connection: psycopg.Connection, bundle: Bundle, number: int) -> list[SetCount]:
    rows = execute(
        connection, f"select province_code, evaluated_{number}, coalesce(cardinality(failing_{number}), 0) from judged"
    ).fetchall()
    return [SetCount(bundle.rules[number][0], bundle.table, str(p), int(str(e)), int(str(f))) for p, e, f in rows]
