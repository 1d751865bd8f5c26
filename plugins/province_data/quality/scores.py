"""Score by the national method: a rule is passed / tested, a dimension the mean of its tested rules.

Source: CV 4856/BCA-TTDLQG. What was not applicable or could not be tested is in no denominator, and is shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.quality.verdicts import RuleCount
from province_data.store.database import execute


def outcome_of(evaluated: int, failed: int, is_error: bool) -> str:
    """Name the outcome of a rule; an error is never a pass, and a rule that applied to nothing did not pass either."""
    if is_error:
        return "error"
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
            outcome_of(c.evaluated, c.failed, c.rule_id in errors),
            c.table_name,
            load_id,
        )
        for c in counts
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.rule_result values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict (batch_id, rule_id,"
            " table_name) do update"
            " set evaluated = excluded.evaluated, failed = excluded.failed, not_applicable = excluded.not_applicable, outcome ="
            " excluded.outcome, load_id = excluded.load_id",
            rows,
        )


def write_scores(connection: psycopg.Connection, batch_ids: Sequence[str], rule_set: str) -> None:
    """Score every dimension of some batches by their rule results; writing again replaces."""
    execute(
        connection,
        """
        insert into quality.score (dataset, province_code, dimension, batch_id, evaluated, failed, score, as_of, load_id, rules, rule_set)
        with rules as (
            select x.dataset, x.province_code, r.dimension, x.batch_id, x.rule_id, sum(x.evaluated) as evaluated, sum(x.failed) as failed
            from quality.rule_result x join quality.rule r on r.rule_id = x.rule_id
            where x.batch_id = any(%s) and x.outcome in ('passed', 'failed') and r.severity <> 'info' group by 1, 2, 3, 4, 5
        )
        select rules.dataset, rules.province_code, rules.dimension, rules.batch_id, sum(rules.evaluated), sum(rules.failed),
            trunc(avg(100.0 * (rules.evaluated - rules.failed) / rules.evaluated), 2), b.as_of, b.load_id, count(*), %s
        from rules join ops.batch b on b.batch_id = rules.batch_id group by 1, 2, 3, 4, b.as_of, b.load_id
        on conflict (batch_id, dimension) do update set evaluated = excluded.evaluated, failed = excluded.failed, score = excluded.score,
            load_id = excluded.load_id, rules = excluded.rules, rule_set = excluded.rule_set
        """,
        (list(batch_ids), rule_set),
    )
