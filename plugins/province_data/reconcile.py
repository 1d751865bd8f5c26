"""Judge what the provinces state at present by the rules over several records and datasets.

A validated record that breaks a refusing rule is held: it stays in `validated`, marked, and is not published until the
rule is kept again, by its own correction or by that of another registry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.errors import PublicationError
from province_data.quality.apart import count_apart, mark_apart
from province_data.quality.commune_results import keep_commune_results
from province_data.quality.communes import count_across_communes
from province_data.quality.compared import find_lagging
from province_data.quality.crowds import note_crowds, settle_crowds
from province_data.quality.findings import record_set_findings
from province_data.quality.scope import set_rule_ids, set_rules
from province_data.quality.scores import write_results, write_scores
from province_data.quality.set_counts import SetCount, confirm_unshown, judge_bundles
from province_data.quality.set_plan import Extent, Named, Plan, bundle_plans, make_plans
from province_data.quality.set_rules import evidence_datasets, stated, touched
from province_data.quality.signals import note_signals
from province_data.quality.standing import count_standing, newest_batches
from province_data.quality.verdicts import RuleCount
from province_data.store.database import execute, one_value
from province_data.store.holds import hold_records
from province_data.store.ledger import draw_stamp


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
    _prepare(connection, catalog)
    crowds = note_crowds(connection, catalog)
    plans = list(make_plans(connection, catalog, load_ids, crowds))
    counts = judge_bundles(dsn, bundle_plans(plans), workers)
    execute(connection, "analyze quality.set_verdict")
    execute(connection, "analyze quality.set_scope")
    confirm_unshown(connection, [(rule, crowds.kept_out(check)) for rule, check in set_rules(catalog)])
    _demand_agreement(connection, plans, judge())
    load_id = max(load_ids)
    with connection.transaction():
        record_set_findings(connection, catalog, load_id, now)
        find_lagging(connection, catalog, load_id, now)
        mark_apart(connection, catalog, now)
        changed = _write_counts(connection, [p for p in plans if p.extent is Extent.WHOLE], counts)
        affected = [plan.rule.id for plan in plans if plan.extent is not Extent.WHOLE]
        changed += count_standing(connection, load_ids, sorted(set_rule_ids(catalog)), affected)
        held = hold_records(connection, catalog.tables, [r.id for r, _ in set_rules(catalog) if r.severity.refuses], draw_stamp(connection))
        _score(connection, catalog, changed)
        keep_commune_results(connection, catalog, {plan.rule.id for plan in plans}, load_ids)
        note_signals(connection, catalog, load_ids, now)
        settle_crowds(connection)
        for table in catalog.tables:
            execute(connection, f"truncate {touched(table)}")
    return held


def _prepare(connection: psycopg.Connection, catalog: Catalog) -> None:
    execute(connection, "truncate quality.set_verdict, quality.set_scope")
    execute(connection, "analyze quality.coverage")
    for table in catalog.tables:
        execute(connection, f"analyze {touched(table)}")


def _score(connection: psycopg.Connection, catalog: Catalog, changed: Sequence[str]) -> None:
    """Score the batches whose results changed, and those of which something is counted apart now or no longer is."""
    newest = [batch.batch_id for batch in newest_batches(connection)]
    sets = sorted(set_rule_ids(catalog))
    apart = count_apart(connection, newest, sets)
    scored = sorted({*changed, *apart})
    write_scores(connection, scored, catalog.rule_set)
    count_across_communes(connection, scored, sets)


def _demand_agreement(connection: psycopg.Connection, plans: list[Plan], judged: dict[str, int | None]) -> None:
    """Hold Great Expectations' counts against the verdicts; a rule it could not judge stops everything, it never passes."""
    found = {str(r): int(str(n)) for r, n in execute(connection, "select rule_id, count(*) from quality.set_verdict group by 1").fetchall()}
    for rule_id in sorted({plan.rule.id for plan in plans}):
        if judged.get(rule_id) != found.get(rule_id, 0):
            raise PublicationError(
                f"Great Expectations counts {judged.get(rule_id)} records against {rule_id}, the verdict pass {found.get(rule_id, 0)}",
                where="quality.set_verdict",
                expected="equal counts",
                next_step="report this; nothing was published",
            )


def _write_counts(connection: psycopg.Connection, plans: Sequence[Plan], counts: Sequence[SetCount]) -> list[str]:
    """Book every rule that was judged on everything on the newest batch of each province; returns these batches.

    A rule that applied to nothing is booked too. What was not judged again is added by count_standing.
    """
    evaluated_by: Counter[Named] = Counter()
    for c in counts:
        evaluated_by[c.rule_id, c.table.stem, c.province_code] += c.evaluated
    failed_by, covered = _failing_records(connection), _covered(connection)
    changed = []
    for batch in newest_batches(connection):
        staged: dict[str, int] = {}
        results = []
        for plan in (p for p in plans if p.check.table.dataset == batch.dataset):
            table, named = plan.check.table, (plan.rule.id, plan.check.table.stem, batch.province_code)
            if table.name not in staged:
                query = f"select count(*) from {stated(table)} where province_code = %s"
                staged[table.name] = int(str(one_value(connection, query, (batch.province_code,))))
            failed = failed_by.get(named, 0)
            evaluated = max(failed, min(evaluated_by[named], staged[table.name]))
            is_testable = all((other, batch.province_code) in covered for other in evidence_datasets(plan.check))
            results.append(RuleCount(batch.batch_id, table.name, plan.rule.id, staged[table.name], evaluated, failed, is_testable))
        if results:
            write_results(connection, batch.dataset, batch.province_code, batch.load_id, results, frozenset())
            changed.append(batch.batch_id)
    return changed


def _covered(connection: psycopg.Connection) -> set[tuple[str, str]]:
    """Say which province has stated what: (dataset, province)."""
    return {(str(d), str(p)) for d, p in execute(connection, "select dataset, province_code from quality.coverage").fetchall()}


def _failing_records(connection: psycopg.Connection) -> dict[Named, int]:
    """Count the records that break each rule; a record that breaks two conditions of a rule counts once."""
    rows = execute(
        connection,
        """
        select rule_id, dataset || '__' || table_name, province_code, count(distinct (batch_id, row_number))
        from quality.set_verdict group by 1, 2, 3
        """,
    ).fetchall()
    return {(str(rule), str(stem), str(province)): int(str(count)) for rule, stem, province, count in rows}
