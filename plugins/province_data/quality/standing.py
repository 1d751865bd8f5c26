"""Let the newest batch of every province count what its whole state breaks, not only what this load touched.

An unchanged record is not judged again. Without this a batch that repeats what was said before would look clean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

STANDS = "status in ('validated', 'published') and kind <> 'corrections'"
NEWEST = f"""
select distinct on (dataset, province_code) dataset, province_code, batch_id, load_id, kind
from ops.batch where {STANDS} order by dataset, province_code, sequence_no desc, decided_at desc
"""
"""The batch of each province and dataset that the set rules are booked on."""
BEFORE = f"""
with newest as ({NEWEST}),
before as (
    select n.batch_id, n.load_id, n.kind, p.batch_id as earlier_id
    from newest n
    cross join lateral (
        select b.batch_id from ops.batch b
        where b.dataset = n.dataset and b.province_code = n.province_code and {STANDS} and b.load_id < n.load_id
        order by b.sequence_no desc, b.decided_at desc limit 1
    ) p
    where n.load_id = any(%(loads)s)
)"""
TAKE_OVER = f"""
{BEFORE}
insert into quality.rule_result (batch_id, dataset, rule_id, province_code, evaluated, failed, not_applicable, outcome, table_name, load_id)
select b.batch_id, e.dataset, e.rule_id, e.province_code, e.evaluated, e.failed, e.not_applicable, e.outcome, e.table_name, b.load_id
from before b join quality.rule_result e on e.batch_id = b.earlier_id and (b.kind = 'changes' or e.rule_id = any(%(sets)s))
on conflict do nothing returning batch_id
"""
"""Rules that nothing touched were not judged at all: what the batch before says of them still holds.

So do rules over single records of a table that a batch of changes says nothing of.
"""
RECOUNT = f"""
{BEFORE},
counted as (
    select r.batch_id, r.rule_id, r.table_name, r.load_id, count(f.finding_id) as failed
    from newest n
    join quality.rule_result r on r.batch_id = n.batch_id
        and (r.rule_id = any(%(affected)s) or (n.load_id = any(%(loads)s) and (n.kind = 'changes' or r.rule_id = any(%(sets)s))))
    left join quality.finding f on f.status = 'open' and f.dataset = r.dataset and f.table_name = r.table_name
        and f.province_code = r.province_code and f.rule_id = r.rule_id
    group by 1, 2, 3, 4
),
tested as (
    select b.batch_id, t.stem, t.rule_id, sum(t.evaluated) as evaluated
    from before b join ops.batch o using (batch_id) join quality.commune_tested t using (dataset, province_code)
    where b.kind = 'changes' group by 1, 2, 3
),
wanted as (
    select c.batch_id, c.rule_id, c.table_name, c.failed,
        greatest(c.failed, coalesce(t.evaluated, greatest(r.evaluated, e.evaluated))) as evaluated,
        greatest(r.evaluated + r.not_applicable, e.evaluated + e.not_applicable) as stated
    from counted c
    join quality.rule_result r using (batch_id, rule_id, table_name)
    left join before b on b.batch_id = c.batch_id
        and (c.rule_id = any(%(affected)s) or (b.kind = 'changes' and not c.rule_id = any(%(sets)s)))
    left join quality.rule_result e on e.batch_id = b.earlier_id and e.rule_id = c.rule_id and e.table_name = c.table_name
    left join tested t on t.batch_id = c.batch_id and t.rule_id = c.rule_id and t.stem = r.dataset || '__' || c.table_name
)
update quality.rule_result r
set failed = w.failed, evaluated = w.evaluated, not_applicable = greatest(w.stated - w.evaluated, 0),
    outcome = case when w.failed > 0 then 'failed' when w.evaluated > 0 then 'passed' else r.outcome end
from wanted w
where w.batch_id = r.batch_id and w.rule_id = r.rule_id and w.table_name = r.table_name
    and (w.failed, w.evaluated) <> (r.failed, r.evaluated)
returning r.batch_id
"""


@dataclass(frozen=True)
class NewestBatch:
    """The batch a province's set rules are booked on."""

    dataset: str
    province_code: str
    batch_id: str
    load_id: int
    kind: str


def newest_batches(connection: psycopg.Connection) -> list[NewestBatch]:
    """List the batch of each province and dataset that stands."""
    with connection.cursor(row_factory=class_row(NewestBatch)) as cursor:
        return cursor.execute(NEWEST.encode()).fetchall()


def count_standing(connection: psycopg.Connection, load_ids: Sequence[int], set_ids: Sequence[str], affected: Sequence[str]) -> list[str]:
    """Count all open findings of the set rules on the newest batches; returns the batches whose results changed.

    `affected` are the rules that were not judged on everything. How many records such a rule applies to is taken over from
    the batch before, because this load has seen but a few of them. A batch of changes counts by every rule what its province states:
    three good records do not make a province good. To how many records a rule over single records applies is the sum of the communes.
    """
    given = {"loads": list(load_ids), "sets": list(set_ids), "affected": list(affected)}
    changed: set[str] = set()
    for statement in (TAKE_OVER, RECOUNT):
        changed |= {str(batch) for (batch,) in connection.execute(statement.encode(), given).fetchall()}
    return sorted(changed)
