"""Keep out what was erased when a later delivery brings it again: it never leaves staging, is counted, and its bytes are taken out too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg

from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.quality.compile import record_key
from province_data.store.database import execute, one_value
from province_data.store.erased_rows import identifier_columns
from province_data.store.erasures import ERASED

TOLD = (
    "{count} records that were erased lawfully came again and were not taken: remove them at the source",
    "{count} bản ghi đã xóa theo căn cứ pháp lý lại được gửi và không được nhận: gỡ khỏi hệ thống nguồn",
)


@dataclass(frozen=True)
class Brought:
    """What of a batch was erased before: how many records, and the values that state it, by which its bytes are searched."""

    records: int
    keys: tuple[str, ...]


def keep_out(connection: psycopg.Connection, tables: Sequence[Table], batch_id: str, secret: str) -> Brought:
    """Take erased records out of the staging of a batch and note how many they were; nearly always there is nothing to look for."""
    records, keys = 0, set[str]()
    execute(connection, "delete from ops.erased_again where batch_id = %s", (batch_id,))
    for table in tables:
        if not one_value(connection, "select exists (select from ops.tombstone where table_stem = %s)", (table.stem,)):
            continue
        execute(connection, "select set_config('province_data.secret', %s, false)", (secret,))
        rows = execute(connection, _taken_out(table, batch_id)).fetchall()
        records += len(rows)
        keys |= {str(key) for _, stated in rows for key in stated}  # type: ignore[attr-defined]
        for erasure_id in {row[0] for row in rows}:
            count = sum(row[0] == erasure_id for row in rows)
            execute(connection, "insert into ops.erased_again values (%s, %s, %s, %s)", (batch_id, table.name, erasure_id, count))
    if records:
        told = [text.format(count=records) for text in TOLD]
        execute(connection, "update ops.batch set reason = %s, reason_vi = %s where batch_id = %s", (*told, batch_id))
    return Brought(records, tuple(sorted(keys)))


def erased_in(connection: psycopg.Connection, batch_id: str) -> int:
    """Say how many records of a batch were kept out because they had been erased."""
    return int(str(one_value(connection, "select coalesce(sum(records), 0) from ops.erased_again where batch_id = %s", (batch_id,))))


def _taken_out(table: Table, batch_id: str) -> str:
    """SQL that deletes the records of a batch that state an erased key; gives the erasure and the values that state it."""
    values = [record_key(table), *(f"t.{c}" for c in identifier_columns(table))]
    return f"""
        with stated as (
            select t._row_number, min(b.erasure_id) as erasure_id, array_agg(distinct v.value) as keys
            from staging.{table.stem} t
            cross join lateral unnest(array[{", ".join(values)}]) as v (value)
            join ops.tombstone b on b.table_stem = {literal(table.stem)} and b.key_hash = warehouse.keyed_hash({literal(ERASED)} || v.value)
            where t._batch_id = {literal(batch_id)} and v.value <> ''
            group by 1
        )
        delete from staging.{table.stem} t using stated s
        where t._batch_id = {literal(batch_id)} and t._row_number = s._row_number
        returning s.erasure_id, s.keys"""
