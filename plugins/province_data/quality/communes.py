"""Score communes by what their province states, whether it came as a snapshot or as changes to one.

How many records of a commune a rule over single records applies to is kept: a snapshot counts anew, a batch of changes takes off the
records as they were and adds them as they are, so that the cost follows the change.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence

import psycopg

from province_data.batch import Kind, LoadedBatch
from province_data.contract.conditions import literal
from province_data.contract.model import Contract, Table
from province_data.quality.as_sent import FACTS, as_sent
from province_data.quality.compile import CompiledRule, applies_query
from province_data.quality.findings import named_keys
from province_data.store.database import execute, one_value

KNOWN = "select exists (select from quality.commune_tested where dataset = %s and province_code = %s)"
JUDGED = """
judged as (
    select x.stem, x.place, r.rule_id, r.dimension
    from unnest(%(stems)s::text[], %(rules)s::text[], %(places)s::integer[]) as x (stem, rule_id, place)
    join quality.rule r on r.rule_id = x.rule_id and r.severity <> 'info'
)"""
ADD = f"""
with {JUDGED},
counted as (
    select table_name as stem, commune_code, evaluated, 1 as sign from staging.tested where batch_id = %(batch)s
    union all
    select stem, commune_code, evaluated, -1 from pg_temp.stated_before
),
moved as (
    select c.stem, c.commune_code, j.rule_id, sum(c.sign * c.evaluated[j.place]) as n
    from counted c join judged j using (stem) group by 1, 2, 3
)
insert into quality.commune_tested as t (dataset, province_code, stem, commune_code, rule_id, evaluated)
select %(dataset)s, %(province)s, stem, commune_code, rule_id, n from moved
on conflict (dataset, province_code, stem, commune_code, rule_id) do update set evaluated = greatest(t.evaluated + excluded.evaluated, 0)
    where excluded.evaluated <> 0
"""
SCORE = f"""
insert into quality.commune_score (batch_id, commune_code, dimension, dataset, province_code, evaluated, failed, waived, lawful, score,
    rules, as_of, load_id)
with {JUDGED},
tested as (
    select t.commune_code, j.dimension, j.rule_id, t.evaluated[j.place] as evaluated
    from staging.tested t join judged j on j.stem = t.table_name where t.batch_id = %(batch)s and not %(stands)s
    union all
    select t.commune_code, j.dimension, j.rule_id, t.evaluated
    from quality.commune_tested t join judged j using (stem, rule_id)
    where t.dataset = %(dataset)s and t.province_code = %(province)s and %(stands)s
),
failing as (
    select coalesce(f.commune_code, '') as commune_code, f.rule_id, count(*) as failed, count(f.waiver_id) as waived,
        count(f.lawful_state) filter (where f.waiver_id is null) as lawful
    from quality.finding f
    where f.dataset = %(dataset)s and f.province_code = %(province)s and f.status = 'open' and (f.batch_id = %(batch)s or %(stands)s)
    group by 1, 2
),
together as (
    select commune_code, rule_id, dimension, evaluated, 0::bigint as failed, 0::bigint as waived, 0::bigint as lawful from tested
    union all
    select f.commune_code, f.rule_id, r.dimension, 0, f.failed, f.waived, f.lawful
    from failing f join (select distinct rule_id, dimension from judged) r using (rule_id)
),
counted as (
    -- Grouped, not joined: findings that nobody has counted yet would be expected to be one, and each compared with each.
    select commune_code, dimension, sum(failed - waived - lawful) as failed, sum(waived) as waived, sum(lawful) as lawful,
        greatest(sum(evaluated), sum(failed)) - sum(waived + lawful) as evaluated
    from together group by commune_code, rule_id, dimension
)
select b.batch_id, c.commune_code, c.dimension, b.dataset, b.province_code, sum(c.evaluated), sum(c.failed), sum(c.waived), sum(c.lawful),
    trunc(avg(100.0 * (c.evaluated - c.failed) / nullif(c.evaluated, 0)) filter (where c.evaluated > 0), 2),
    count(*) filter (where c.evaluated > 0), b.as_of, b.load_id
from counted c join ops.batch b on b.batch_id = %(batch)s group by b.batch_id, c.commune_code, c.dimension
on conflict (batch_id, commune_code, dimension) do update set evaluated = excluded.evaluated, failed = excluded.failed,
    waived = excluded.waived, lawful = excluded.lawful, score = excluded.score, rules = excluded.rules, load_id = excluded.load_id
"""
ACROSS = """
with found as materialized (
    select b.batch_id, coalesce(f.commune_code, '') as commune_code, f.dimension, count(*) as failed
    from ops.batch b join quality.finding f on f.dataset = b.dataset and f.province_code = b.province_code
    where b.batch_id = any(%(batches)s) and f.status = 'open' and f.rule_id = any(%(sets)s) and f.severity <> 'info' group by 1, 2, 3
)
update quality.commune_score c set failed_across = coalesce(n.failed, 0)
from quality.commune_score o left join found n using (batch_id, commune_code, dimension)
where o.batch_id = any(%(batches)s) and c.batch_id = o.batch_id and c.commune_code = o.commune_code and c.dimension = o.dimension
    and c.failed_across <> coalesce(n.failed, 0)
"""


def note_before(
    connection: psycopg.Connection, contract: Contract, batch: LoadedBatch, rules: Mapping[str, Sequence[CompiledRule]]
) -> None:
    """Count how what a batch of changes names was stated, while it still is, in `pg_temp.stated_before`. Needs a transaction.

    A snapshot replaces everything, so nothing is counted for it.
    """
    execute(
        connection,
        "create temp table stated_before (stem text, batch_id text, commune_code text, staged bigint, evaluated bigint[]) on commit drop",
    )
    for table in contract.tables if batch.kind != Kind.SNAPSHOT else ():
        before = f"({_as_it_was(table, named_keys(contract, batch.batch_id), batch)})"
        query, _ = applies_query(table, rules[table.stem], before)
        execute(connection, f"insert into pg_temp.stated_before select {literal(table.stem)}, * from ({query}) q")


def keep_tested(
    connection: psycopg.Connection,
    contract: Contract,
    batch: LoadedBatch,
    rules: Mapping[str, Sequence[CompiledRule]],
    set_ids: Container[str],
) -> None:
    """Keep how many records of each commune the rules apply to, now that a batch is accepted; needs note_before.

    Changes to a snapshot from before anything was kept change nothing: the communes wait for the next snapshot.
    """
    place = (contract.dataset, batch.province_code)
    if batch.kind == Kind.SNAPSHOT:
        execute(connection, "delete from quality.commune_tested where dataset = %s and province_code = %s", place)
    elif not one_value(connection, KNOWN, place):
        return
    connection.execute(ADD.encode(), _given(contract, batch, rules, set_ids))


def write_commune_scores(
    connection: psycopg.Connection,
    contract: Contract,
    batch: LoadedBatch,
    rules: Mapping[str, Sequence[CompiledRule]],
    set_ids: Container[str],
    *,
    is_accepted: bool,
) -> None:
    """Score the communes by the rules over single records: of what the province states, or of the batch alone when it was not accepted.

    The rules in `set_ids` are left to count_across_communes: a key that stands twice is found in the batch and again
    over all provinces, and must not count twice. The batch is still staged.
    """
    stands = is_accepted and one_value(connection, KNOWN, (contract.dataset, batch.province_code))
    connection.execute(SCORE.encode(), {**_given(contract, batch, rules, set_ids), "stands": bool(stands)})


def count_across_communes(connection: psycopg.Connection, batch_ids: Sequence[str], set_ids: Sequence[str]) -> None:
    """Write beside the scores of communes how many findings of rules over several records lie there."""
    connection.execute(ACROSS.encode(), {"batches": list(batch_ids), "sets": list(set_ids)})


def _given(
    contract: Contract, batch: LoadedBatch, rules: Mapping[str, Sequence[CompiledRule]], set_ids: Container[str]
) -> dict[str, object]:
    places = list(_places(contract, rules, set_ids))
    stems, ids, numbers = ([place[n] for place in places] for n in range(3))
    facts = {"batch": batch.batch_id, "dataset": contract.dataset, "province": batch.province_code}
    return {**facts, "stems": stems, "rules": ids, "places": numbers}


def _places(contract: Contract, rules: Mapping[str, Sequence[CompiledRule]], set_ids: Container[str]) -> Iterator[tuple[str, str, int]]:
    """(stem, rule, where in the counts of a table its condition stands)."""
    for table in contract.tables:
        compiled = rules[table.stem]
        conditions = list(dict.fromkeys(c.applies for c in compiled))
        yield from ((table.stem, c.rule.id, conditions.index(c.applies) + 1) for c in compiled if c.rule.id not in set_ids)


def _as_it_was(table: Table, named: str, batch: LoadedBatch) -> str:
    """SQL of the records that a batch names, as texts, as they stand before it is accepted."""
    key = f"(select record_key from ({named}) n (table_name, record_key) where table_name = {literal(table.name)})"
    edition = "(select e.commune_edition from ops.batch e where e.batch_id = v._batch_id) as _edition"
    technical = f"v._batch_id, v._row_number, v.province_code as _province_code, {FACTS}, {edition}"
    kept = f"v.province_code = {literal(batch.province_code)} and v._record_key <> '' and v._record_key in {key}"
    return as_sent(table, batch.batch_id, table.columns, technical, kept)
