"""Write down which staged records break which rules, by one set-based pass per table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.quality.compile import CompiledRule, applies_query, key_filled, record_key, verdict_query
from province_data.store.database import execute

TESTED = """
with counted as (
    select batch_id, place, sum(n)::bigint as n
    from staging.tested, unnest(evaluated) with ordinality as u (n, place) where table_name = {table} group by 1, 2
),
staged as (select batch_id, sum(staged)::bigint as n from staging.tested where table_name = {table} group by 1)
select s.batch_id, s.n, array_agg(c.n order by c.place) filter (where c.place is not null)
from staged s left join counted c using (batch_id) group by 1, 2
"""


@dataclass(frozen=True)
class RuleCount:
    """How one rule fared in one batch and table."""

    batch_id: str
    table_name: str
    rule_id: str
    staged: int
    evaluated: int
    failed: int
    is_testable: bool = True
    """False when the other registry that a rule needs has stated nothing of this province."""


def find_duplicate_keys(connection: psycopg.Connection, table: Table) -> None:
    """Note every staged record whose key stands more than once in its batch."""
    key, filled = record_key(table), key_filled(table)
    execute(connection, "delete from staging.duplicate_key where table_name = %s", (table.stem,))
    execute(
        connection,
        f"""
        with twice as (
            select t._batch_id, {key} as record_key from staging.{table.stem} t where {filled} group by 1, 2 having count(*) > 1
        )
        insert into staging.duplicate_key
        select {literal(table.stem)}, t._batch_id, t._row_number
        from staging.{table.stem} t
        join twice on twice._batch_id = t._batch_id and twice.record_key = {key}
        where {filled}
        """,
    )
    execute(connection, "analyze staging.duplicate_key")


def write_verdicts(connection: psycopg.Connection, table: Table, compiled: Sequence[CompiledRule], let_through: str = "false") -> None:
    """Run the verdict pass over what is staged of a table and set refused records apart.

    `let_through` is SQL on `v` and `broken` that is true when a waiver says that the record may pass all the same.
    """
    name = literal(table.stem)
    refusing = ", ".join(literal(c.rule.id) for c in compiled if c.rule.severity.refuses)
    for scratch in ("verdict", "set_aside"):
        execute(connection, f"delete from staging.{scratch} where table_name = {name}")
    execute(
        connection,
        f"""
        insert into staging.verdict
        select {name}, v._batch_id, v._row_number, v._province_code, v._record_key, v.tags,
            exists (
                select 1 from unnest(v.tags) as tag cross join lateral split_part(tag, ':', 1) as broken
                where broken = any(array[{refusing}]::text[]) and not ({let_through})
            ),
            v._commune
        from ({verdict_query(table, compiled)}) v
        """,
    )
    execute(
        connection,
        f"""
        insert into staging.set_aside
        select table_name, batch_id, row_number, 'refused' from staging.verdict where is_refused and table_name = {name}
        """,
    )
    _settle_rivals(connection, table)
    for scratch in ("verdict", "set_aside"):
        execute(connection, f"analyze staging.{scratch}")


def _settle_rivals(connection: psycopg.Connection, table: Table) -> None:
    """Of good records with the same key keep the newest; the others are duplicates or superseded."""
    name = literal(table.stem)
    newest = "t.source_updated_at desc nulls last, " if table.column("source_updated_at") else ""
    content = "md5(row(" + ", ".join(f"t.{c.name}" for c in table.columns) + ")::text)"
    execute(
        connection,
        f"""
        with rivals as (
            select t._batch_id, t._row_number, {content} as content,
                row_number() over same as place, first_value({content}) over same as winner
            from staging.{table.stem} t
            join staging.duplicate_key d on d.table_name = {name} and d.batch_id = t._batch_id and d.row_number = t._row_number
            where not exists (
                select 1 from staging.set_aside a
                where a.table_name = d.table_name and a.batch_id = d.batch_id and a.row_number = d.row_number
            )
            window same as (partition by t._batch_id, {record_key(table)} order by {newest}t._row_number desc)
        )
        insert into staging.set_aside
        select {name}, _batch_id, _row_number, case when content = winner then 'duplicate' else 'superseded' end
        from rivals where place > 1
        """,
    )


def count_rules(connection: psycopg.Connection, table: Table, compiled: Sequence[CompiledRule]) -> list[RuleCount]:
    """Count, per batch and rule, the records judged and the records failing."""
    query, conditions = applies_query(table, compiled)
    name = literal(table.stem)
    execute(connection, f"delete from staging.tested where table_name = {name}")
    execute(connection, f"insert into staging.tested select {name}, * from ({query}) q")
    applied: dict[str, tuple[int, dict[str, object]]] = {}
    for batch, staged, applies in execute(connection, TESTED.format(table=name)).fetchall():
        counted = applies if isinstance(applies, list) else [0] * len(conditions)
        applied[str(batch)] = (int(str(staged)), dict(zip(conditions, counted, strict=True)))
    failed = {
        (str(batch), str(rule)): int(str(count))
        for batch, rule, count in execute(
            connection,
            f"""
            select batch_id, split_part(tag, ':', 1), count(*)
            from staging.verdict, unnest(tags) as tag where table_name = {name} group by 1, 2
            """,
        ).fetchall()
    }
    return [
        RuleCount(batch, table.name, c.rule.id, staged, int(str(counts[c.applies])), failed.get((batch, c.rule.id), 0))
        for batch, (staged, counts) in applied.items()
        for c in compiled
    ]
