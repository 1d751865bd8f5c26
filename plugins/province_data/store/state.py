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
    stated = f"select exists (select 1 from quality.stated_{table.stem} where province_code = %s)"
    if not one_value(connection, stated, (batch.province_code,)):
        _replace_quarantine(connection, table, batch)
        _insert_first(connection, table, batch)
        return True
    _create_partition(connection, table, batch.province_code)
    _stage_incoming(connection, table, batch)
    _find_touched(connection, table, batch)
    _note_images(connection, table, batch, is_new=False)
    _replace_quarantine(connection, table, batch)
    _remove_gone(connection, table, batch)
    _write_changed(connection, table, batch)
    _note_images(connection, table, batch, is_new=True)
    execute(connection, "drop table pg_temp.incoming, pg_temp.touched_key")
    execute(connection, f"analyze quality.touched_{table.stem}")
    return False


def _create_partition(connection: psycopg.Connection, table: Table, province: str) -> None:
    partition = f"validated.{identifier(f'{table.stem}_{province}')}"
    parent = f"validated.{table.stem}"
    execute(connection, f"create table if not exists {partition} partition of {parent} for values in ({literal(province)})")


def _good_records(table: Table, batch: AcceptedBatch) -> str:
    """SQL of the records to keep; the same texts under another list of communes are another statement, so the hash tells them apart."""
    names = [c.name for c in table.columns]
    content = ", ".join(f"coalesce(t.{n}, E'\\x01')" for n in names)
    return f"""
        select {", ".join(f"{typed(c)} as {c.name}" for c in table.columns)},
            t._province_code as province_code, {record_key(table)} as _record_key, t._batch_id, t._row_number,
            md5(concat_ws(E'\\x1f', {content}) || case t._edition when 'pre-2025' then E'\\x02' else '' end)::uuid as _row_hash,
            {batch.load_id}::bigint as _load_id
        from staging.{table.stem} t
        where t._batch_id = {literal(batch.batch_id)}
            and not exists (
                select 1 from staging.set_aside a
                where a.table_name = {literal(table.stem)} and a.batch_id = t._batch_id and a.row_number = t._row_number
            )"""


def _columns(table: Table) -> str:
    technical = "province_code, _record_key, _batch_id, _row_number, _row_hash, _load_id"
    return ", ".join([*(c.name for c in table.columns), technical])


def _insert_first(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    """Fill a table that has no index yet and attach it: building indexes at once costs less than half of keeping them row by row."""
    partition = f"validated.{identifier(f'{table.stem}_{batch.province_code}')}"
    parent, province = f"validated.{table.stem}", literal(batch.province_code)
    execute(connection, f"drop table if exists {partition}")
    execute(connection, f"create table {partition} (like {parent}, constraint one_province check (province_code = {province}))")
    execute(connection, f"insert into {partition} ({_columns(table)}) {_good_records(table, batch)}")
    execute(connection, f"alter table {parent} attach partition {partition} for values in ({province})")
    execute(connection, f"alter table {partition} drop constraint one_province")
    execute(connection, f"analyze {partition}")


def _stage_incoming(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    execute(connection, f"create temp table incoming as {_good_records(table, batch)}")
    execute(connection, "create index on pg_temp.incoming (_record_key)")
    execute(connection, "analyze pg_temp.incoming")


def _named_keys(table: Table, batch: AcceptedBatch) -> str:
    """SQL of all keys a batch speaks of."""
    return f"""
        select {record_key(table)} from staging.{table.stem} t where t._batch_id = {literal(batch.batch_id)}
        union all
        select d.record_key from staging.deletion d
        where d.table_name = {literal(table.stem)} and d.batch_id = {literal(batch.batch_id)}"""


def _differing_keys(table: Table, batch: AcceptedBatch) -> str:
    """SQL of the keys that a snapshot states otherwise than before, refused records always included."""
    province = literal(batch.province_code)
    return f"""
        select coalesce(i._record_key, v._record_key)
        from pg_temp.incoming i
        full join (
            select _record_key, _row_hash from validated.{table.stem} where province_code = {province}
        ) v on v._record_key = i._record_key
        where i._row_hash is distinct from v._row_hash
        union
        select _record_key from quarantine.{table.stem} where province_code = {province} and _stage = 'record'
        union
        select record_key from staging.verdict
        where table_name = {literal(table.stem)} and batch_id = {literal(batch.batch_id)} and is_refused"""


def _find_touched(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    """Collect the keys whose stated content may change with this batch."""
    keys = _differing_keys(table, batch) if batch.kind == Kind.SNAPSHOT else _named_keys(table, batch)
    execute(connection, f"create temp table touched_key as select distinct x.record_key from ({keys}) x (record_key)")
    execute(connection, "analyze pg_temp.touched_key")


def _note_images(connection: psycopg.Connection, table: Table, batch: AcceptedBatch, *, is_new: bool) -> None:
    """Keep how the touched records are stated at this moment."""
    execute(
        connection,
        f"""
        insert into quality.touched_{table.stem}
        select s.*, {is_new} from quality.stated_{table.stem} s
        where s.province_code = {literal(batch.province_code)}
            and s._record_key in (select record_key from pg_temp.touched_key)
        """,
    )


def _gone(table: Table, batch: AcceptedBatch) -> str:
    """SQL condition on a validated record `v` that the batch says is no longer so."""
    kept = "exists (select 1 from pg_temp.incoming i where i._record_key = v._record_key)"
    named = "" if batch.kind == Kind.SNAPSHOT else f" and v._record_key in ({_named_keys(table, batch)})"
    return f"v.province_code = {literal(batch.province_code)} and not {kept}{named}"


def _remove_gone(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    execute(
        connection,
        f"""
        with gone as (
            delete from validated.{table.stem} v where {_gone(table, batch)} returning v.province_code, v._record_key
        )
        insert into validated._removed
        select {literal(table.dataset)}, {literal(table.name)}, province_code, _record_key, {batch.load_id} from gone
        """,
    )


def _write_changed(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    names = [*(c.name for c in table.columns), "_batch_id", "_row_number", "_row_hash", "_load_id"]
    execute(
        connection,
        f"""
        insert into validated.{table.stem} as v ({_columns(table)})
        select {_columns(table)} from pg_temp.incoming i
        where not exists (
            select 1 from validated.{table.stem} old
            where old.province_code = {literal(batch.province_code)}
                and old._record_key = i._record_key and old._row_hash = i._row_hash
        )
        on conflict (province_code, _record_key) do update
        set {", ".join(f"{n} = excluded.{n}" for n in names)}, _held_by = null
        """,
    )


def _replace_quarantine(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    """What a province does not mend stays refused; what it states anew replaces the old refusal."""
    theirs = f"q.province_code = {literal(batch.province_code)} and q._stage = 'record'"
    if batch.kind != Kind.SNAPSHOT:
        theirs += f" and q._record_key <> '' and q._record_key in ({_named_keys(table, batch)})"
    execute(connection, f"delete from quarantine.{table.stem} q where {theirs}")
    _insert_refused(connection, table, batch)


def _insert_refused(connection: psycopg.Connection, table: Table, batch: AcceptedBatch) -> None:
    names = [c.name for c in table.columns]
    execute(
        connection,
        f"""
        insert into quarantine.{table.stem}
            ({", ".join(names)}, province_code, _record_key, _batch_id, _row_number, _load_id, _rule_ids, _stage)
        select {", ".join(f"t.{n}" for n in names)}, v.province_code, v.record_key, v.batch_id, v.row_number, {batch.load_id},
            (select array_agg(split_part(tag, ':', 1)) from unnest(v.tags) as tag), 'record'
        from staging.verdict v
        join staging.{table.stem} t on t._batch_id = v.batch_id and t._row_number = v.row_number
        where v.table_name = {literal(table.stem)} and v.batch_id = {literal(batch.batch_id)} and v.is_refused
            and t._batch_id = {literal(batch.batch_id)}
        """,
    )
