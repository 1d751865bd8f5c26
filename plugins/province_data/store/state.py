"""Let an accepted batch become what its province states: merge into `validated`, refused records into `quarantine`.

A first snapshot is a plain insert; after that only what differs is written, so that cost follows the change. What
was touched is noted in `quality.touched_<table>` (old and new image) for the rules over several records.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from province_data.batch import Kind
from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.quality.compile import record_key
from province_data.store.database import execute, identifier, one_value
from province_data.store.tables import typed


@dataclass(frozen=True)
class AcceptedBatch:
    """The facts of a batch that the merge needs."""

    batch_id: str
    province_code: str
    kind: str
    load_id: int


def accept_table(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> bool:
    """Merge one table of a batch; returns True when it was the province's first (nothing is noted as touched)."""
    _create_partition(connection, table, batch.province_code)
    stated_before = one_value(
        connection, f"select exists (select 1 from quality.stated_{table.stem} where province_code = %s)", (batch.province_code,)
    )
    if not stated_before:
        _replace_quarantine(connection, table, batch)
        _insert_first(connection, table, batch)
        return True
    _stage_incoming(connection, table, batch)
    _find_touched(connection, table, batch)
    _note_images(connection, table, batch)
    _replace_quarantine(connection, table, batch)
    _remove_gone(connection, table, batch)
    _write_changed(connection, table, batch)
    _note_images(connection, table, batch)
    execute(connection, "drop table pg_temp.incoming, pg_temp.touched_key")
    execute(connection, f"analyze quality.touched_{table.stem}")
    return False


def _create_partition(connection: psycopg.Connection, table: Table, province: str) -> None:
    name = f"{table.stem}_{province}"
    execute(
        connection,
        f"create table if not exists validated.{identifier(name)} partition of validated.{table.stem} for values in ({literal(province)})",
    )


def _good_records(table: Table, batch: AcceptedBatch) -> str:
    names = [c.name for c in table.columns]
    typed_columns = ", ".join(f"{typed(c)} as {c.name}" for c in table.columns)
    content = "md5(concat_ws('|', " + ", ".join(f"coalesce(t.{n}, E'\\x01')" for n in names) + "))::uuid"
    return (
        f"select {typed_columns}, t._province_code as province_code, {record_key(table)} as _record_key, t._batch_id, t._row_number,"
        f" {content} as _row_hash, {batch.load_id}::bigint as _load_id from staging.{table.stem} t where t._batch_id = {literal(batch.batch_id)}"
        f" and not exists (select 1 from staging.set_aside a where a.table_name = {literal(table.stem)} and a.batch_id = t._batch_id and a.row_number = t._row_number)"
    )


def _columns(table: Table) -> str:
    return ", ".join([*(c.name for c in table.columns), "province_code, _record_key, _batch_id, _row_number, _row_hash, _load_id"])


def _insert_first(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    partition = f"validated.{identifier(f'{table.stem}_{batch.province_code}')}"
    execute(connection, f"insert into {partition} ({_columns(table)}) {_good_records(table, batch)}")


def _stage_incoming(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    execute(connection, f"create temp table incoming as {_good_records(table, batch)}")
    execute(connection, "create index on pg_temp.incoming (_record_key)")
    execute(connection, "analyze pg_temp.incoming")


def _gone(table: Table, batch: AcceptedBatch) -> str:
    """SQL condition on a validated record `v` that the batch says is no longer so."""
    province = f"v.province_code = {literal(batch.province_code)}"
    if batch.kind == Kind.SNAPSHOT:
        return f"{province} and not exists (select 1 from pg_temp.incoming i where i._record_key = v._record_key)"
    return f"{province} and v._record_key in ({_withdrawn_keys(table, batch)})"


def _withdrawn_keys(table: Table, batch: AcceptedBatch) -> str:
    """Keys that a batch of changes deletes, or states anew in a record that was refused."""
    return (
        f"select d.record_key from staging.deletion d where d.table_name = {literal(table.stem)} and d.batch_id = {literal(batch.batch_id)}"
        f" union all select x.record_key from staging.verdict x where x.table_name = {literal(table.stem)} and x.batch_id = {literal(batch.batch_id)} and x.is_refused"
        f" and not exists (select 1 from pg_temp.incoming i where i._record_key = x.record_key)"
    )


def _remove_gone(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    execute(
        connection,
        f"with gone as (delete from validated.{table.stem} v where {_gone(table, batch)} returning v.province_code, v._record_key)"
        f" insert into validated._removed select {literal(table.dataset)}, {literal(table.name)}, province_code, _record_key, {batch.load_id} from gone",
    )


def _write_changed(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    names = [*(c.name for c in table.columns), "_batch_id", "_row_number", "_row_hash", "_load_id"]
    settings = ", ".join([*(f"{n} = excluded.{n}" for n in names), "_held_by = null"])
    execute(
        connection,
        f"insert into validated.{table.stem} as v ({_columns(table)}) select {_columns(table)} from pg_temp.incoming i"
        f" where not exists (select 1 from validated.{table.stem} old where old.province_code = {literal(batch.province_code)} and old._record_key = i._record_key and old._row_hash = i._row_hash)"
        f" on conflict (province_code, _record_key) do update set {settings}",
    )


def _replace_quarantine(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    """What a province refused to mend stays; what it states anew replaces the old refusal."""
    names = ", ".join(c.name for c in table.columns)
    theirs = f"q.province_code = {literal(batch.province_code)} and q._stage = 'record'"
    if batch.kind == Kind.SNAPSHOT:
        execute(connection, f"delete from quarantine.{table.stem} q where {theirs}")
    else:
        execute(
            connection,
            f"delete from quarantine.{table.stem} q where {theirs} and q._record_key <> '' and q._record_key in"
            f" ({_named_keys(table, batch)})",
        )
    execute(
        connection,
        f"insert into quarantine.{table.stem} ({names}, province_code, _record_key, _batch_id, _row_number, _load_id, _rule_ids, _stage)"
        f" select {', '.join(f't.{c.name}' for c in table.columns)}, v.province_code, v.record_key, v.batch_id, v.row_number, {batch.load_id},"
        f" (select array_agg(split_part(tag, ':', 1)) from unnest(v.tags) as tag), 'record' from staging.verdict v"
        f" join staging.{table.stem} t on t._batch_id = v.batch_id and t._row_number = v.row_number"
        f" where v.table_name = {literal(table.stem)} and v.batch_id = {literal(batch.batch_id)} and v.is_refused and t._batch_id = {literal(batch.batch_id)}",
    )


def _find_touched(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    """Collect the keys whose stated content may change with this batch."""
    province = f"province_code = {literal(batch.province_code)}"
    if batch.kind == Kind.SNAPSHOT:
        keys = (
            f"select coalesce(i._record_key, v._record_key) as record_key from pg_temp.incoming i full join"
            f" (select _record_key, _row_hash from validated.{table.stem} where {province}) v on v._record_key = i._record_key"
            f" where i._row_hash is distinct from v._row_hash"
            f" union select _record_key from quarantine.{table.stem} where {province} and _stage = 'record'"
            f" union select record_key from staging.verdict where table_name = {literal(table.stem)} and batch_id = {literal(batch.batch_id)} and is_refused"
        )
    else:
        keys = _named_keys(table, batch)
    execute(connection, f"create temp table touched_key as select distinct x.record_key from ({keys}) x (record_key)")
    execute(connection, "analyze pg_temp.touched_key")


def _named_keys(table: Table, batch: AcceptedBatch) -> str:
    """SQL of all keys a batch speaks of."""
    return (
        f"select {record_key(table)} from staging.{table.stem} t where t._batch_id = {literal(batch.batch_id)}"
        f" union all select d.record_key from staging.deletion d where d.table_name = {literal(table.stem)} and d.batch_id = {literal(batch.batch_id)}"
    )


def _note_images(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    """Keep how the touched records are stated at this moment."""
    execute(
        connection,
        f"insert into quality.touched_{table.stem} select s.* from quality.stated_{table.stem} s"
        f" where s.province_code = {literal(batch.province_code)} and s._record_key in (select record_key from pg_temp.touched_key)",
    )
