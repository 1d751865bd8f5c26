"""Judge what the provinces state at present by the rules over several records and datasets.

A validated record that breaks a refusing rule is held: it stays in `validated`, marked, and is not published until the
rule is kept again, by its own correction or by that of another registry.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Rule, SetCheck, Table
from province_data.errors import PublicationError
from province_data.quality.findings import record_set_findings
from province_data.quality.scope import set_rules
from province_data.quality.scores import write_results, write_scores
from province_data.quality.set_rules import evidence_datasets, judge_query, scope_query, stated, touched
from province_data.quality.verdicts import RuleCount
from province_data.store.database import connected, execute, one_value
from province_data.store.holds import hold_records

FULL_FROM_SHARE = 0.2
"""Above this share of touched records judging everything is cheaper than judging what is affected."""


@dataclass(frozen=True)
class SetCount:
    """How one set rule fared in one province."""

    rule_id: str
    table: Table
    province_code: str
    evaluated: int
    failed: int


def reconcile(
    dsn: str,
    connection: psycopg.Connection,
    catalog: Catalog,
    load_id: int,
    now: datetime,
    judge: Callable[[], dict[str, int | None]],
    *,
    workers: int,
) -> int:
    """Judge all set rules that this load concerns; returns the number of records now held.

    `judge` lets Great Expectations count the verdicts per rule.
    """
    execute(connection, "truncate quality.set_verdict, quality.set_scope")
    plans = list(_plans(connection, catalog))
    with ThreadPoolExecutor(max_workers=workers) as pool:
        counts = [c for found in pool.map(lambda plan: _judge_one(dsn, *plan), plans) for c in found]
    execute(connection, "analyze quality.set_verdict")
    execute(connection, "analyze quality.set_scope")
    errors = _compare(connection, plans, judge())
    with connection.transaction():
        record_set_findings(connection, load_id, now)
        _write_counts(connection, counts, load_id, errors)
        held = hold_records(connection, catalog.tables, [r.id for r, _ in set_rules(catalog) if r.severity.refuses], load_id)
        write_scores(connection, load_id, catalog.rule_set)
        for table in catalog.tables:
            execute(connection, f"truncate {touched(table)}")
    return held


def _plans(connection: psycopg.Connection, catalog: Catalog) -> Iterator[tuple[Rule, SetCheck, bool]]:
    """Choose for each rule: skip it, judge what is affected, or judge everything."""
    covered = {
        str(d)
        for (d,) in execute(
            connection,
            "select distinct c.dataset from quality.coverage c join ops.load l on l.load_id = c.since_load_id where l.status = 'running'",
        ).fetchall()
    }
    share = {t: _touched_share(connection, t) for t in catalog.tables}
    for rule, check in set_rules(catalog):
        involved = {check.table, *(j.table for j in check.joins)}
        fresh = covered & {check.table.dataset, *evidence_datasets(check)}
        if fresh or any(share[t] > FULL_FROM_SHARE for t in involved):
            yield rule, check, False
        elif any(share[t] > 0 for t in involved):
            yield rule, check, not check.window


def _touched_share(connection: psycopg.Connection, table: Table) -> float:
    row = execute(
        connection,
        f"select (select count(*) from {touched(table)}) / 2.0,"
        f" (select coalesce(sum(greatest(c.reltuples, 0)), 0) from pg_inherits i join pg_class c on c.oid = i.inhrelid where"
        f" i.inhparent = 'validated.{table.stem}'::regclass)",
    ).fetchone()
    images, base = (float(str(v)) for v in row or (0, 0))
    return images / max(base, 1.0)


def _judge_one(dsn: str, rule: Rule, check: SetCheck, incremental: bool) -> list[SetCount]:
    table = check.table
    with connected(dsn, f"province-data {rule.id}") as connection:
        execute(connection, "set max_parallel_workers_per_gather = 1")
        if incremental:
            execute(connection, f"insert into quality.set_scope {scope_query(rule.id, check)}")
        else:
            execute(connection, "insert into quality.set_scope values (%s, %s, %s, null, null)", (rule.id, table.dataset, table.name))
        execute(connection, f"create temp table judged as {judge_query(rule.id, check, incremental)}")
        execute(
            connection,
            f"insert into quality.set_verdict (rule_id, dataset, table_name, province_code, batch_id, row_number, record_key, field)"
            f" select distinct {literal(rule.id)}, {literal(table.dataset)}, {literal(table.name)}, j.province_code, x.batch_id,"
            f" x.row_number, x.record_key, {literal(check.field)}"
            f" from judged j, unnest(j.failing) as x",
        )
        rows = execute(connection, "select province_code, evaluated, coalesce(cardinality(failing), 0) from judged").fetchall()
    return [SetCount(rule.id, table, str(p), int(str(e)), int(str(f))) for p, e, f in rows]


def _compare(connection: psycopg.Connection, plans: list[tuple[Rule, SetCheck, bool]], judged: dict[str, int | None]) -> frozenset[str]:
    """Hold Great Expectations' counts against the verdicts; a rule it could not judge is an error."""
    found = {str(r): int(str(n)) for r, n in execute(connection, "select rule_id, count(*) from quality.set_verdict group by 1").fetchall()}
    errors = set()
    for rule_id in {rule.id for rule, _, _ in plans}:
        count = judged.get(rule_id)
        if count is None:
            errors.add(rule_id)
        elif count != found.get(rule_id, 0):
            raise PublicationError(
                f"Great Expectations and the verdict pass disagree on {rule_id}",
                where="quality.set_verdict",
                expected="equal counts",
                next_step="report this; nothing was published",
            )
    return frozenset(errors)


def _write_counts(connection: psycopg.Connection, counts: list[SetCount], load_id: int, errors: frozenset[str]) -> None:
    """Book the counts of a province on its newest batch of the record's dataset."""
    newest = {
        (str(dataset), str(province)): str(batch)
        for dataset, province, batch in execute(
            connection,
            "select distinct on (dataset, province_code) dataset, province_code, batch_id from ops.batch where status in"
            " ('validated', 'published')"
            " order by dataset, province_code, sequence_no desc, decided_at desc",
        ).fetchall()
    }
    for dataset, province in {(c.table.dataset, c.province_code) for c in counts}:
        if (dataset, province) not in newest:
            continue
        batch = newest[dataset, province]
        mine = [c for c in counts if c.table.dataset == dataset and c.province_code == province]
        staged = {
            c.table.name: int(str(one_value(connection, f"select count(*) from {stated(c.table)} where province_code = %s", (province,))))
            for c in {c.table.name: c for c in mine}.values()
        }
        results = [RuleCount(batch, c.table.name, c.rule_id, max(staged[c.table.name], c.evaluated), c.evaluated, c.failed) for c in mine]
        write_results(connection, dataset, province, load_id, results, errors)
