"""Judge what the provinces state at present by the rules over several records and datasets.

A validated record that breaks a refusing rule is held: it stays in `validated`, marked, and is not published until the
rule is kept again, by its own correction or by that of another registry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.model import Rule, SetCheck, Table
from province_data.errors import PublicationError
from province_data.quality.apart import count_apart, mark_apart
from province_data.quality.findings import record_set_findings
from province_data.quality.scope import set_rule_ids, set_rules
from province_data.quality.scores import count_across_communes, write_results, write_scores
from province_data.quality.set_counts import SetCount, judge_bundles
from province_data.quality.set_rules import bundled, evidence_datasets, is_dated, stated, touched
from province_data.quality.signals import note_signals
from province_data.quality.standing import count_standing, newest_batches
from province_data.quality.verdicts import RuleCount
from province_data.store.database import execute, one_value
from province_data.store.holds import hold_records
from province_data.store.ledger import draw_stamp

Plan = tuple[Rule, SetCheck, bool]
"""A rule to judge, its condition, and whether only affected records are judged."""
FULL_FROM_SHARE = 0.2
"""Above this share of touched records judging everything is cheaper than judging what is affected."""


def reconcile(
    dsn: str,
    connection: psycopg.Connection,
    catalog: Catalog,
    load_ids: Sequence[int],
    now: datetime,
    judge: Callable[[], dict[str, int | None]],
    *,
    workers: int,
) -> int:
    """Judge all set rules that this load concerns; returns the number of records now held.

    `judge` lets Great Expectations count the verdicts per rule.
    """
    execute(connection, "truncate quality.set_verdict, quality.set_scope")
    for table in catalog.tables:
        execute(connection, f"analyze {touched(table)}")
    plans = list(_plans(connection, catalog, load_ids))
    work = [
        (bundle, incremental)
        for incremental in (False, True)
        for bundle in bundled([(rule.id, check) for rule, check, judged_so in plans if judged_so is incremental])
    ]
    counts = judge_bundles(dsn, work, workers)
    execute(connection, "analyze quality.set_verdict")
    execute(connection, "analyze quality.set_scope")
    _demand_agreement(connection, plans, judge())
    load_id = max(load_ids)
    with connection.transaction():
        record_set_findings(connection, catalog, load_id, now)
        mark_apart(connection, catalog, now)
        changed = _write_counts(connection, plans, counts, load_ids)
        affected = [rule.id for rule, _, is_incremental in plans if is_incremental]
        changed += count_standing(connection, load_ids, sorted(set_rule_ids(catalog)), affected)
        held = hold_records(connection, catalog.tables, [r.id for r, _ in set_rules(catalog) if r.severity.refuses], draw_stamp(connection))
        _score(connection, catalog, changed)
        note_signals(connection, catalog, load_ids, now)
        for table in catalog.tables:
            execute(connection, f"truncate {touched(table)}")
    return held


def _score(connection: psycopg.Connection, catalog: Catalog, changed: Sequence[str]) -> None:
    """Score the batches whose results changed, and those of which something is counted apart now or no longer is."""
    newest = [batch.batch_id for batch in newest_batches(connection)]
    sets = sorted(set_rule_ids(catalog))
    apart = count_apart(connection, newest, sets)
    scored = sorted({*changed, *apart})
    write_scores(connection, scored, catalog.rule_set)
    count_across_communes(connection, scored, sets)


def _plans(connection: psycopg.Connection, catalog: Catalog, load_ids: Sequence[int]) -> Iterator[Plan]:
    """Choose for each rule: skip it, judge what is affected, or judge everything."""
    covered = {
        str(d)
        for (d,) in execute(
            connection,
            "select distinct c.dataset from quality.coverage c join ops.load l on l.load_id = c.since_load_id where l.status = 'running'",
        ).fetchall()
    }
    share = {t: _touched_share(connection, t) for t in catalog.tables}
    moved_on = _moved_on(connection, load_ids)
    for rule, check in set_rules(catalog):
        involved = {check.table, *(j.table for j in check.joins)}
        fresh = covered & {check.table.dataset, *evidence_datasets(check)}
        is_later = check.table.dataset in moved_on and is_dated(check)
        if fresh or is_later or any(share[t] > FULL_FROM_SHARE for t in involved):
            yield rule, check, False
        elif any(share[t] > 0 for t in involved):
            yield rule, check, True


def _moved_on(connection: psycopg.Connection, load_ids: Sequence[int]) -> set[str]:
    """Name the datasets of which a province has told a later day than before."""
    rows = execute(
        connection,
        """
        select distinct b.dataset from ops.batch b
        where b.load_id = any(%s) and b.status = 'validated' and b.kind <> 'corrections' and b.as_of > all (
            select e.as_of from ops.batch e
            where e.dataset = b.dataset and e.province_code = b.province_code and e.status in ('validated', 'published')
                and e.kind <> 'corrections' and e.load_id <> all(%s)
        )
        """,
        (list(load_ids), list(load_ids)),
    ).fetchall()
    return {str(dataset) for (dataset,) in rows}


def _touched_share(connection: psycopg.Connection, table: Table) -> float:
    row = execute(
        connection,
        f"select (select count(*) from {touched(table)}) / 2.0,"
        f" (select coalesce(sum(greatest(c.reltuples, 0)), 0) from pg_inherits i join pg_class c on c.oid = i.inhrelid where"
        f" i.inhparent = 'validated.{table.stem}'::regclass)",
    ).fetchone()
    images, base = (float(str(v)) for v in row or (0, 0))
    return images / max(base, 1.0)


def _demand_agreement(connection: psycopg.Connection, plans: list[Plan], judged: dict[str, int | None]) -> None:
    """Hold Great Expectations' counts against the verdicts; a rule it could not judge stops everything, it never passes."""
    found = {str(r): int(str(n)) for r, n in execute(connection, "select rule_id, count(*) from quality.set_verdict group by 1").fetchall()}
    for rule_id in sorted({rule.id for rule, _, _ in plans}):
        if judged.get(rule_id) != found.get(rule_id, 0):
            raise PublicationError(
                f"Great Expectations counts {judged.get(rule_id)} records against {rule_id}, the verdict pass {found.get(rule_id, 0)}",
                where="quality.set_verdict",
                expected="equal counts",
                next_step="report this; nothing was published",
            )


def _write_counts(connection: psycopg.Connection, plans: list[Plan], counts: list[SetCount], load_ids: Sequence[int]) -> list[str]:
    """Book every judged rule on the newest batch of each province; returns the batches whose results changed.

    A batch of this load gets the counts of this judgement, a rule that applied to nothing included; count_standing adds
    what was not judged again. A batch of an earlier load keeps how many records the rule applied to when only affected
    records were judged again.
    """
    evaluated_by: Counter[tuple[str, str, str]] = Counter()
    for c in counts:
        evaluated_by[c.rule_id, c.table.stem, c.province_code] += c.evaluated
    failed_by = _failing_records(connection)
    covered = _covered(connection)
    changed = []
    for batch in newest_batches(connection):
        staged: dict[str, int] = {}
        results = []
        for rule, check, incremental in plans:
            table = check.table
            if table.dataset != batch.dataset or (incremental and batch.load_id not in load_ids):
                continue
            named = (rule.id, table.stem, batch.province_code)
            failed = failed_by.get(named, 0)
            if table.name not in staged:
                query = f"select count(*) from {stated(table)} where province_code = %s"
                staged[table.name] = int(str(one_value(connection, query, (batch.province_code,))))
            evaluated = max(failed, min(evaluated_by[named], staged[table.name]))
            is_testable = all((other, batch.province_code) in covered for other in evidence_datasets(check))
            results.append(RuleCount(batch.batch_id, table.name, rule.id, staged[table.name], evaluated, failed, is_testable))
        if results:
            write_results(connection, batch.dataset, batch.province_code, batch.load_id, results, frozenset())
            changed.append(batch.batch_id)
    return changed


def _covered(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """Say which province has stated what: (dataset, province)."""
    return {(str(d), str(p)) for d, p in execute(connection, "select dataset, province_code from quality.coverage").fetchall()}


def _failing_records(connection: psycopg.Connection) -> dict[tuple[str, str, str], int]:
    """Count the records that break each rule; a record that breaks two conditions of a rule counts once."""
    rows = execute(
        connection,
        """
        select rule_id, dataset || '__' || table_name, province_code, count(distinct (batch_id, row_number))
        from quality.set_verdict group by 1, 2, 3
        """,
    ).fetchall()
    return {(str(rule), str(stem), str(province)): int(str(count)) for rule, stem, province, count in rows}
