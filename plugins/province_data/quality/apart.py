"""Count apart what neither passed nor counts against its province: waived findings and those on lawfully unclean records.

A finding keeps its mark as long as the reason holds; every load sets the marks anew, so that a waiver that has run out
counts again by itself. What is counted apart leaves numerator and denominator: it is never a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.store.database import execute, one_value

IN_FORCE = """(
    w.revoked_at is null and w.granted_at <= timestamptz {now}
    and w.expires_on >= (timestamptz {now} at time zone 'Asia/Ho_Chi_Minh')::date
)"""
MARK_WAIVED = """
with wanted as (
    select distinct on (f.finding_id) f.finding_id, w.waiver_id
    from quality.waiver w
    join quality.finding f on f.dataset = w.dataset and f.province_code = w.province_code and f.rule_id = w.rule_id and f.status = 'open'
        and (w.commune_code is null or w.commune_code = f.commune_code) and (w.record_key is null or w.record_key = f.record_key)
    where {in_force} and {scope}
    order by f.finding_id, w.lets_publish desc, w.waiver_id
),
marked as (
    select f.finding_id, w.waiver_id from quality.finding f left join wanted w using (finding_id)
    where f.status = 'open' and f.waiver_id is not null and {scope}
    union
    select * from wanted
)
update quality.finding f set waiver_id = m.waiver_id
from marked m where f.finding_id = m.finding_id and f.waiver_id is distinct from m.waiver_id
"""
MARK_LAWFUL = """
with wanted as (
    select f.finding_id, f.lawful_state as before, max(s.{column}) as state
    from quality.finding f
    left join quality.stated_{stem} s on s.province_code = f.province_code and s._record_key = {key}
        and (s.{column}, f.rule_id) in (values {excuses})
    where f.status = 'open' and f.dataset = {dataset} and f.table_name = {table} and {scope}
        and (f.rule_id in ({rules}) or f.lawful_state is not null)
    group by 1, 2
)
update quality.finding f set lawful_state = w.state
from wanted w where f.finding_id = w.finding_id and w.state is distinct from w.before
"""
COUNT = """
with counted as (
    select b.batch_id, f.rule_id, f.table_name, count(*) filter (where f.waiver_id is not null) as waived,
        count(*) filter (where f.waiver_id is null) as lawful
    from ops.batch b
    join quality.finding f on f.dataset = b.dataset and f.province_code = b.province_code and f.status = 'open'
        and (f.waiver_id is not null or f.lawful_state is not null)
        and (f.batch_id = b.batch_id or b.kind = 'changes' or f.rule_id = any(%(sets)s))
    where b.batch_id = any(%(batches)s) group by 1, 2, 3
),
wanted as (
    select r.batch_id, r.rule_id, r.table_name, least(coalesce(c.waived, 0), r.failed) as waived,
        least(coalesce(c.lawful, 0), r.failed - least(coalesce(c.waived, 0), r.failed)) as lawful
    from quality.rule_result r left join counted c using (batch_id, rule_id, table_name)
    where r.batch_id = any(%(batches)s) and (r.waived > 0 or r.lawful > 0 or c.batch_id is not null)
)
update quality.rule_result r set waived = w.waived, lawful = w.lawful from wanted w
where w.batch_id = r.batch_id and w.rule_id = r.rule_id and w.table_name = r.table_name and (w.waived, w.lawful) <> (r.waived, r.lawful)
returning r.batch_id
"""


def in_force(now: datetime) -> str:
    """SQL that is true when the waiver `w` holds at this moment."""
    return IN_FORCE.format(now=literal(now.isoformat()))


def let_through(connection: psycopg.Connection, table: Table, now: datetime) -> str:
    """SQL on a verdict `v` and its rule `broken`: a waiver in force says that the record may be published all the same."""
    of_dataset = f"w.lets_publish and w.dataset = {literal(table.dataset)} and {in_force(now)}"
    if not one_value(connection, f"select exists (select from quality.waiver w where {of_dataset})"):
        return "false"
    return (
        f"exists (select from quality.waiver w where {of_dataset} and w.rule_id = broken and w.province_code = v._province_code"
        " and (w.commune_code is null or w.commune_code = v._commune) and (w.record_key is null or w.record_key = v._record_key))"
    )


def mark_apart(connection: psycopg.Connection, catalog: Catalog, now: datetime, dataset: str = "", province: str = "") -> None:
    """Set the marks of open findings anew: all of them, or those of one dataset and province."""
    scope = f"f.dataset = {literal(dataset)} and f.province_code = {literal(province)}" if dataset else "true"
    execute(connection, MARK_WAIVED.format(in_force=in_force(now), scope=scope))
    for table in catalog.tables:
        if table.lawful and (not dataset or table.dataset == dataset):
            execute(connection, _mark_lawful(catalog, table, scope))


def _mark_lawful(catalog: Catalog, table: Table, scope: str) -> str:
    lawful = table.lawful
    assert lawful is not None
    holder = catalog.contract(table.dataset).table(lawful.of or table.name) or table
    own_parts = len(table.key) - len(holder.key)
    key = f"regexp_replace(f.record_key, '(\\|[^|]*){{{own_parts}}}$', '')" if own_parts else "f.record_key"
    return MARK_LAWFUL.format(
        stem=holder.stem,
        column=lawful.column,
        key=key,
        excuses=", ".join(f"({literal(state)}, {literal(rule_id)})" for state, rule_id in lawful.excuses),
        rules=", ".join(literal(rule_id) for rule_id in sorted({rule_id for _, rule_id in lawful.excuses})),
        dataset=literal(table.dataset),
        table=literal(table.name),
        scope=scope,
    )


def count_apart(connection: psycopg.Connection, batch_ids: Sequence[str], set_ids: Sequence[str]) -> list[str]:
    """Write beside the rule results of some batches how much is counted apart; returns the batches whose figures changed.

    The rules in `set_ids` are booked on a province's newest batch, whichever batch stated the record, and so are all on a batch of changes.
    """
    found = connection.execute(COUNT.encode(), {"batches": list(batch_ids), "sets": list(set_ids)}).fetchall()
    return sorted({str(batch) for (batch,) in found})
