"""Judge what the provinces state at present by the rules over several records and datasets.

A validated record that breaks a refusing rule is held: it stays in `validated`, marked, and is not published until the
rule is kept again, by its own correction or by that of another registry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from province_data.contract.catalog import Catalog
from province_data.contract.model import Rule, SetCheck, Table
from province_data.errors import PublicationError
from province_data.quality.affected import is_whole
from province_data.quality.findings import record_set_findings
from province_data.quality.scope import set_rules
from province_data.quality.scores import write_results, write_scores
from province_data.quality.set_counts import SetCount, judge_bundles
from province_data.quality.set_rules import bundled, evidence_datasets, is_dated, stated, touched
from province_data.quality.verdicts import RuleCount
from province_data.store.database import execute, one_value
from province_data.store.holds import hold_records
from province_data.store.ledger import draw_stamp

Plan = tuple[Rule, SetCheck, bool]
"""A rule to judge, its condition, and whether only affected records are judged."""
NEWEST = """
select distinct on (dataset, province_code) dataset, province_code, batch_id, load_id
from ops.batch where status in ('validated', 'published') and kind <> 'corrections'
order by dataset, province_code, sequence_no desc, decided_at desc
"""
"""The batch of each province and dataset that the set rules are booked on."""
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
        record_set_findings(connection, load_id, now)
        changed = _write_counts(connection, plans, counts, load_ids)
        changed += _recount_affected(connection, plans, load_ids)
        held = hold_records(connection, catalog.tables, [r.id for r, _ in set_rules(catalog) if r.severity.refuses], draw_stamp(connection))
        write_scores(connection, changed, catalog.rule_set)
        for table in catalog.tables:
            execute(connection, f"truncate {touched(table)}")
    return held


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

    A batch of this load gets the counts of this judgement, a rule that applied to nothing included. A rule over groups
    or registers of which only some were judged again applies to as many records as before, and as many break it as have
    open findings. A batch of an earlier load keeps how many records the rule applied to when only affected records were
    judged again.
    """
    evaluated_by: Counter[tuple[str, str, str]] = Counter()
    for c in counts:
        evaluated_by[c.rule_id, c.table.stem, c.province_code] += c.evaluated
    failed_by = _failing_records(connection)
    standing = _standing(connection, [rule.id for rule, check, incremental in plans if incremental and is_whole(check)], load_ids)
    changed = []
    for batch in _newest_batches(connection):
        staged: dict[str, int] = {}
        results = []
        for rule, check, incremental in plans:
            table = check.table
            if table.dataset != batch.dataset or (incremental and batch.load_id not in load_ids):
                continue
            named = (rule.id, table.stem, batch.province_code)
            failed, applied = failed_by.get(named, 0), evaluated_by[named]
            if incremental and named in standing and is_whole(check):
                applied, failed = standing[named]
            if table.name not in staged:
                query = f"select count(*) from {stated(table)} where province_code = %s"
                staged[table.name] = int(str(one_value(connection, query, (batch.province_code,))))
            evaluated = max(failed, min(applied, staged[table.name]))
            results.append(RuleCount(batch.batch_id, table.name, rule.id, staged[table.name], evaluated, failed))
        if results:
            write_results(connection, batch.dataset, batch.province_code, batch.load_id, results, frozenset())
            changed.append(batch.batch_id)
    return changed


def _standing(connection: psycopg.Connection, rule_ids: list[str], load_ids: Sequence[int]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Tell of each rule, table and province how many records it applied to before this load, and how many break it now."""
    rows = execute(
        connection,
        """
        with before as (
            select distinct on (b.dataset, b.province_code) b.batch_id from ops.batch b
            where b.status in ('validated', 'published') and b.kind <> 'corrections' and b.load_id <> all(%s)
            order by b.dataset, b.province_code, b.sequence_no desc, b.decided_at desc
        )
        select r.rule_id, r.dataset || '__' || r.table_name, r.province_code, r.evaluated, (
            select count(*) from quality.finding f
            where f.status = 'open' and f.dataset = r.dataset and f.table_name = r.table_name and f.rule_id = r.rule_id
                and f.province_code = r.province_code
        )
        from quality.rule_result r join before using (batch_id)
        where r.rule_id = any(%s)
        """,
        (list(load_ids), rule_ids),
    ).fetchall()
    return {(str(rule), str(stem), str(province)): (int(str(n)), int(str(bad))) for rule, stem, province, n, bad in rows}


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


@dataclass(frozen=True)
class NewestBatch:
    """The batch a province's set rules are booked on."""

    dataset: str
    province_code: str
    batch_id: str
    load_id: int


def _newest_batches(connection: psycopg.Connection) -> list[NewestBatch]:
    with connection.cursor(row_factory=class_row(NewestBatch)) as cursor:
        cursor.execute(NEWEST.encode())
        return cursor.fetchall()


def _recount_affected(connection: psycopg.Connection, plans: list[Plan], load_ids: Sequence[int]) -> list[str]:
    """Let earlier batches count the findings that an incremental judgement opened or closed among their records."""
    incremental = [rule.id for rule, _, is_incremental in plans if is_incremental]
    rows = execute(
        connection,
        f"""
        with newest as ({NEWEST}),
        counted as (
            select r.batch_id, r.rule_id, r.table_name, count(f.finding_id) as failed
            from quality.rule_result r
            join newest n on n.batch_id = r.batch_id and n.load_id <> all(%s)
            left join quality.finding f on f.status = 'open' and f.dataset = r.dataset and f.table_name = r.table_name
                and f.province_code = r.province_code and f.rule_id = r.rule_id
            where r.rule_id = any(%s)
            group by 1, 2, 3
        )
        update quality.rule_result r
        set failed = c.failed, evaluated = greatest(r.evaluated, c.failed),
            outcome = case when c.failed > 0 then 'failed' when r.evaluated > 0 then 'passed' else 'not_applicable' end
        from counted c
        where c.batch_id = r.batch_id and c.rule_id = r.rule_id and c.table_name = r.table_name and r.failed <> c.failed
        returning r.batch_id
        """,
        (list(load_ids), incremental),
    ).fetchall()
    return [str(batch) for (batch,) in rows]
