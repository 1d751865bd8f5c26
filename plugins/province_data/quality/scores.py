"""Score by the national method: a rule is passed / tested, a dimension the mean of its tested rules.

Source: CV 4856/BCA-TTDLQG. What was not applicable or could not be tested is in no denominator, and is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.quality.verdicts import RuleCount

SCORE = """
insert into quality.score (dataset, province_code, dimension, batch_id, evaluated, failed, score, as_of, load_id, rules, rule_set,
    waived, lawful, not_applicable, not_testable, identifier_failed)
with rules as (
    select x.batch_id, r.dimension, x.rule_id, sum(x.evaluated - x.waived - x.lawful) as evaluated,
        sum(x.failed - x.waived - x.lawful) as failed, sum(x.waived) as waived, sum(x.lawful) as lawful,
        sum(x.not_applicable) as not_applicable, bool_and(x.outcome = 'not_testable') as is_untestable,
        coalesce(sum(x.failed) filter (where r.is_identifier), 0) as identifier_failed
    from quality.rule_result x join quality.rule r on r.rule_id = x.rule_id
    where x.batch_id = any(%(batches)s) and x.outcome <> 'error' and r.severity <> 'info' and r.state = 'active' group by 1, 2, 3
),
scored as (
    select batch_id, dimension, sum(evaluated) as evaluated, sum(failed) as failed, sum(waived) as waived, sum(lawful) as lawful,
        trunc(avg(100.0 * (evaluated - failed) / nullif(evaluated, 0)) filter (where evaluated > 0), 2) as score,
        count(*) filter (where evaluated > 0) as rules, sum(not_applicable) as not_applicable,
        count(*) filter (where is_untestable) as not_testable, sum(identifier_failed) as identifier_failed
    from rules group by 1, 2
),
listed as (
    select b.batch_id, n.dimension, count(*) as rules
    from ops.batch b join quality.not_checked n on coalesce(n.dataset, b.dataset) = b.dataset
    where exists (select from scored s where s.batch_id = b.batch_id) group by 1, 2
)
select b.dataset, b.province_code, dimension, batch_id, coalesce(s.evaluated, 0), coalesce(s.failed, 0), s.score, b.as_of, b.load_id,
    coalesce(s.rules, 0), %(rule_set)s, coalesce(s.waived, 0), coalesce(s.lawful, 0), coalesce(s.not_applicable, 0),
    coalesce(s.not_testable, 0) + coalesce(l.rules, 0), coalesce(s.identifier_failed, 0)
from scored s full join listed l using (batch_id, dimension) join ops.batch b using (batch_id)
on conflict (batch_id, dimension) do update set evaluated = excluded.evaluated, failed = excluded.failed, score = excluded.score,
    load_id = excluded.load_id, rules = excluded.rules, rule_set = excluded.rule_set, waived = excluded.waived, lawful = excluded.lawful,
    not_applicable = excluded.not_applicable, not_testable = excluded.not_testable, identifier_failed = excluded.identifier_failed
"""


def outcome_of(evaluated: int, failed: int, is_error: bool, is_testable: bool = True) -> str:
    """Name the outcome of a rule; an error is never a pass, and a rule that applied to nothing did not pass either."""
    if is_error:
        return "error"
    if not is_testable:
        return "not_testable"
    if evaluated == 0:
        return "not_applicable"
    return "failed" if failed else "passed"


def write_results(
    connection: psycopg.Connection, dataset: str, province: str, load_id: int, counts: Sequence[RuleCount], errors: frozenset[str]
) -> None:
    """Write the outcome of every rule for one batch; writing again replaces it."""
    rows = [
        (
            c.batch_id,
            dataset,
            c.rule_id,
            province,
            c.evaluated,
            c.failed,
            c.staged - c.evaluated,
            outcome_of(c.evaluated, c.failed, c.rule_id in errors, c.is_testable),
            c.table_name,
            load_id,
        )
        for c in counts
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.rule_result (batch_id, dataset, rule_id, province_code, evaluated, failed, not_applicable, outcome,"
            " table_name, load_id) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (batch_id, rule_id,"
            " table_name) do update"
            " set evaluated = excluded.evaluated, failed = excluded.failed, not_applicable = excluded.not_applicable, outcome ="
            " excluded.outcome, load_id = excluded.load_id",
            rows,
        )


def write_scores(connection: psycopg.Connection, batch_ids: Sequence[str], rule_set: str) -> None:
    """Score every dimension of some batches by their rule results; writing again replaces.

    What is counted apart is in neither numerator nor denominator. A word of the standard that nothing could be tested by has no score,
    and says how many of its rules could not be tested.
    """
    connection.execute(SCORE.encode(), {"batches": list(batch_ids), "rule_set": rule_set})
