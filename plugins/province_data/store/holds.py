"""Hold validated records that break a refusing set rule, and let go of those that keep it again.

A held record counts as quarantined in its batch and lies in `quarantine` with its rule ids, stage `set`.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.store.database import execute, one_value

ACCOUNT = """
update ops.batch b
set quarantined = b.quarantined + moved.n, published = b.published - moved.n
from (
    select coalesce(latest.batch_id, own.batch_id) as batch_id, sum(f.change) as n
    from pg_temp.flipped f
    join ops.batch own on own.batch_id = f.batch_id
    left join lateral (
        select s.batch_id
        from ops.batch s
        where s.dataset = own.dataset and s.province_code = own.province_code
            and s.kind = 'snapshot' and s.status in ('validated', 'published')
            and (s.sequence_no > own.sequence_no or (s.sequence_no = own.sequence_no and own.kind <> 'corrections'))
        order by s.sequence_no desc, s.decided_at desc
        limit 1
    ) latest on true
    group by 1
) moved
where b.batch_id = moved.batch_id and moved.n <> 0
"""
"""A record that a later snapshot states unchanged is accounted for in that snapshot."""


def hold_records(connection: psycopg.Connection, tables: Sequence[Table], refusing: Sequence[str], load_id: int) -> int:
    """Make `_held_by` of every table agree with the open findings; returns how many records are held."""
    execute(connection, "create temp table flipped (batch_id text, change integer) on commit drop")
    for table in tables:
        _collect_wanted(connection, table, refusing)
        _hold(connection, table, load_id)
        _let_go(connection, table, load_id)
        execute(connection, "drop table pg_temp.wanted")
        _copy_to_quarantine(connection, table, load_id)
    execute(connection, ACCOUNT)
    held = [one_value(connection, f"select count(*) from validated.{t.stem} where _held_by is not null") for t in tables]
    return sum(int(str(n)) for n in held)


def _collect_wanted(connection: psycopg.Connection, table: Table, refusing: Sequence[str]) -> None:
    """Collect which records of a table have to be held, and why."""
    execute(
        connection,
        f"""
        create temp table wanted on commit drop as
        select province_code, record_key, array_agg(distinct rule_id order by rule_id) as rule_ids
        from quality.finding
        where status = 'open' and dataset = {literal(table.dataset)} and table_name = {literal(table.name)}
            and rule_id = any(array[{", ".join(literal(r) for r in refusing)}]::text[])
            and (waiver_id is null or waiver_id not in (select waiver_id from quality.waiver where lets_publish))
        group by 1, 2
        """,
    )
    execute(connection, "create index on pg_temp.wanted (province_code, record_key)")
    execute(connection, "analyze pg_temp.wanted")


def _hold(connection: psycopg.Connection, table: Table, load_id: int) -> None:
    held = f"""
        update validated.{table.stem} v set _held_by = w.rule_ids, _load_id = {load_id}
        from pg_temp.wanted w where v.province_code = w.province_code and v._record_key = w.record_key"""
    execute(
        connection,
        f"""
        with fresh as ({held} and v._held_by is null returning v._batch_id)
        insert into pg_temp.flipped select _batch_id, 1 from fresh
        """,
    )
    execute(connection, f"{held} and v._held_by <> w.rule_ids")


def _let_go(connection: psycopg.Connection, table: Table, load_id: int) -> None:
    execute(
        connection,
        f"""
        with freed as (
            update validated.{table.stem} v set _held_by = null, _load_id = {load_id}
            where v._held_by is not null and not exists (
                select 1 from pg_temp.wanted w where w.province_code = v.province_code and w.record_key = v._record_key
            )
            returning v._batch_id
        )
        insert into pg_temp.flipped select _batch_id, -1 from freed
        """,
    )


def _copy_to_quarantine(connection: psycopg.Connection, table: Table, load_id: int) -> None:
    """Show held records in quarantine too, with the rules that hold them."""
    names = [c.name for c in table.columns]
    execute(
        connection,
        f"""
        delete from quarantine.{table.stem} q
        where q._stage = 'set' and not exists (
            select 1 from validated.{table.stem} v
            where v.province_code = q.province_code and v._record_key = q._record_key
                and v._batch_id = q._batch_id and v._row_number = q._row_number and v._held_by = q._rule_ids
        )
        """,
    )
    execute(
        connection,
        f"""
        insert into quarantine.{table.stem}
            ({", ".join(names)}, province_code, _record_key, _batch_id, _row_number, _load_id, _rule_ids, _stage)
        select {", ".join(f"v.{n}::text" for n in names)},
            v.province_code, v._record_key, v._batch_id, v._row_number, {load_id}, v._held_by, 'set'
        from validated.{table.stem} v
        where v._held_by is not null and not exists (
            select 1 from quarantine.{table.stem} q
            where q._stage = 'set' and q.province_code = v.province_code and q._record_key = v._record_key
        )
        """,
    )
