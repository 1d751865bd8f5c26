"""Turn a province's answers into a batch: corrected values into whole records, the other answers into the ledger.

A mended record is what the province stated last, as text, with the corrected fields replaced; the ordinary rules judge
it. Nothing here closes a finding.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import psycopg

from province_data.batch import Delivery
from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.manifest import ANSWERS
from province_data.contract.model import ColumnType, Contract, Table
from province_data.contract.owners import owner_of
from province_data.corrections.answers import EFFECTIVE, SentFile, read_answers
from province_data.corrections.reasons import EMPTY, GONE, NO_KEY, NOT_A_FIELD, SEVERAL, TAKEN
from province_data.errors import FormatError
from province_data.formats.dialect import Conversion, Field
from province_data.quality.compile import record_key
from province_data.store import staging
from province_data.store.database import execute, one_value

MENDED = f"{EFFECTIVE} and answer = 'corrected'"


def stage_answers(
    connection: psycopg.Connection, delivery: Delivery, catalog: Catalog, fields: Mapping[str, Sequence[Field]], scratch: Path
) -> tuple[int, int]:
    """Stage the mended records and note the answers of a delivery, from nothing; returns its rows and the unreadable ones.

    `fields` say, per table, how values are written by the sender.
    """
    contract = catalog.contract(delivery.manifest.dataset)
    staging.drop_batch(connection, contract.tables, delivery.batch_id)
    _demand_edition(connection, delivery)
    with connection.transaction():
        execute(connection, "delete from ops.unreadable where batch_id = %s", (delivery.batch_id,))
        execute(connection, "delete from quality.answer where batch_id = %s", (delivery.batch_id,))
        sent = read_answers(connection, delivery, scratch)
        _demand_fields(connection, contract)
        for table in contract.tables:
            _mend_table(connection, delivery, table, fields[table.name])
        unreadable = _list_unreadable(connection, delivery, sent)
        _note_answers(connection, delivery, catalog)
        execute(connection, "drop table pg_temp.sent")
    return sent.records, unreadable


def _demand_edition(connection: psycopg.Connection, delivery: Delivery) -> None:
    """Refuse answers that use another list of communes than the statement they mend: the same code is another place there."""
    manifest = delivery.manifest
    stated = one_value(
        connection,
        "select commune_edition from ops.batch where dataset = %s and province_code = %s and status in ('validated', 'published')"
        " and kind <> 'corrections' order by sequence_no desc, decided_at desc limit 1",
        (manifest.dataset, manifest.province_code),
    )
    if stated is not None and stated != manifest.commune_edition:
        raise FormatError(
            "the answers use another list of communes than the delivery they mend",
            where="manifest.json",
            expected=f"commune_edition {stated}",
            next_step="write the codes of that list",
            rule_id="ADM-014",
        )


def _object(connection: psycopg.Connection, problem: str, condition: str) -> None:
    """Give the rows of a condition a problem; rows that mend one record share its fate."""
    execute(connection, f"update pg_temp.sent s set problem = %s where {MENDED} and {condition}", (problem,))


def _demand_fields(connection: psycopg.Connection, contract: Contract) -> None:
    known = ", ".join(f"({literal(t.name)}, {literal(c.name)})" for t in contract.tables for c in t.columns)
    _object(connection, NOT_A_FIELD, f"(table_name, field) not in ({known})")
    _object(connection, NO_KEY, "record_key = ''")


def _mend_table(connection: psycopg.Connection, delivery: Delivery, table: Table, fields: Sequence[Field]) -> None:
    partition = staging.create_partition(connection, table, delivery)
    mine = f"table_name = {literal(table.name)}"
    _as_sent(connection, mine, fields)
    _collect_origins(connection, delivery, table, mine)
    origins = "select count(*) from pg_temp.origin o where o._key = s.record_key"
    _object(connection, GONE, f"{mine} and ({origins}) = 0")
    _object(connection, SEVERAL, f"{mine} and ({origins}) > 1")
    execute(
        connection,
        f"update pg_temp.sent s set record_number = r.first from (select record_key, min(row_number) as first from pg_temp.sent"
        f" where {MENDED} and {mine} group by 1) r where r.record_key = s.record_key and {MENDED} and {mine}",
    )
    _stage(connection, table, partition, mine)
    _replace_keys(connection, delivery, table, partition, mine)
    execute(connection, "drop table pg_temp.origin")
    execute(connection, f"analyze staging.{partition}")


def _as_sent(connection: psycopg.Connection, mine: str, fields: Sequence[Field]) -> None:
    """Rewrite corrected values the way the loader rewrites those of a delivery."""
    commas = [f.column for f in fields if f.conversion is Conversion.DECIMAL_COMMA]
    days = [f.column for f in fields if f.conversion is Conversion.DATE_DMY]
    execute(
        connection,
        f"""
        update pg_temp.sent set value = case
            when value = %s then null
            when field = any(%s) then translate(value, ',.', '.,')
            when field = any(%s) and value ~ '^[0-9]{{2}}/[0-9]{{2}}/[0-9]{{4}}$'
                then concat_ws('-', substr(value, 7, 4), substr(value, 4, 2), substr(value, 1, 2))
            else value end
        where {MENDED} and {mine}
        """,
        (EMPTY, commas, days),
    )


def _collect_origins(connection: psycopg.Connection, delivery: Delivery, table: Table, mine: str) -> None:
    """Collect the records that are to be mended as the province stated them last: refused ones as sent, others as typed."""
    keys = f"select distinct record_key from pg_temp.sent where {MENDED} and {mine}"
    province = literal(delivery.manifest.province_code)
    refused = ", ".join(f"q.{c.name}" for c in table.columns)
    stated = ", ".join(f"to_json(v.{c.name}) #>> '{{}}'" if c.type is ColumnType.TIMESTAMP else f"v.{c.name}::text" for c in table.columns)
    execute(
        connection,
        f"""
        create temp table origin as
        select k.record_key as _key, {", ".join(f"o.{c.name}" for c in table.columns)}
        from ({keys}) k
        join lateral (
            select {refused} from quarantine.{table.stem}__record q where q.province_code = {province} and q._record_key = k.record_key
            union all
            select {stated} from validated.{table.stem} v where v.province_code = {province} and v._record_key = k.record_key
        ) o on true
        """,
    )


def _stage(connection: psycopg.Connection, table: Table, partition: str, mine: str) -> None:
    names = [c.name for c in table.columns]
    mended = ", ".join(f"case when m.given ? '{n}' then m.given ->> '{n}' else o.{n} end" for n in names)
    execute(
        connection,
        f"""
        insert into staging.{partition} ({", ".join(names)}, _row_number)
        select {mended}, m.record_number
        from (
            select record_key, record_number, jsonb_object_agg(field, value) as given
            from pg_temp.sent where {MENDED} and {mine} group by 1, 2
        ) m
        join pg_temp.origin o on o._key = m.record_key
        """,
    )


def _replace_keys(connection: psycopg.Connection, delivery: Delivery, table: Table, partition: str, mine: str) -> None:
    """Where a correction changes the key, say that the old key is gone; never write over a record that has the new one."""
    province = delivery.manifest.province_code
    execute(
        connection,
        f"""
        create temp table rekeyed on commit drop as
        select distinct s.record_number, s.record_key as old_key, {record_key(table)} as new_key
        from staging.{partition} t
        join pg_temp.sent s on s.record_number = t._row_number and s.table_name = {literal(table.name)}
        where {record_key(table)} <> s.record_key
        """,
    )
    taken = f"""
        select r.record_number from pg_temp.rekeyed r
        where exists (
            select 1 from quality.stated_{table.stem} x where x.province_code = {literal(province)} and x._record_key = r.new_key
        )"""
    _object(connection, TAKEN, f"{mine} and record_number in ({taken})")
    execute(connection, f"delete from staging.{partition} where _row_number in ({taken})")
    execute(
        connection,
        f"insert into staging.deletion select {literal(table.stem)}, %s, %s, record_number, old_key from pg_temp.rekeyed"
        f" where record_number not in ({taken})",
        (delivery.batch_id, province),
    )
    execute(connection, "drop table pg_temp.rekeyed")


def _list_unreadable(connection: psycopg.Connection, delivery: Delivery, sent: SentFile) -> int:
    """List what no reader could read and what cannot be taken; returns how many rows that is."""
    file = delivery.manifest.files[0].name
    listed = [(u.record_number, u.line, u.reason) for u in sent.unreadable]
    refused = execute(connection, "select row_number, problem from pg_temp.sent where problem is not null order by 1").fetchall()
    listed += [(int(str(n)), sent.line_of(int(str(n))), str(problem)) for n, problem in refused]
    rows = [(delivery.batch_id, ANSWERS, file, *one) for one in listed]
    with connection.cursor() as cursor:
        cursor.executemany("insert into ops.unreadable values (%s, %s, %s, %s, %s, %s)", rows)
    execute(
        connection,
        "insert into staging.set_aside select %s, %s, row_number, disposition from pg_temp.sent"
        " where problem is null and disposition is not null",
        (ANSWERS, delivery.batch_id),
    )
    return len(listed)


def _note_answers(connection: psycopg.Connection, delivery: Delivery, catalog: Catalog) -> None:
    """Write what takes effect into the ledger; a doubt the province does not share is forwarded to the owner of the item."""
    manifest = delivery.manifest
    doubts = execute(
        connection, f"select distinct rule_id, table_name, field from pg_temp.sent where {EFFECTIVE} and answer <> 'corrected'"
    ).fetchall()
    execute(connection, "create temp table forwarded (rule_id text, table_name text, field text, owner text) on commit drop")
    for rule_id, table, field in doubts:
        owner = owner_of(catalog.standard.owners, catalog.rules.get(str(rule_id)), manifest.dataset, str(table), str(field))
        execute(connection, "insert into pg_temp.forwarded values (%s, %s, %s, %s)", (rule_id, table, field, owner))
    execute(
        connection,
        f"""
        insert into quality.answer
            (finding_id, dataset, province_code, answer, note, forwarded_to, batch_id, row_number, table_name, record_number)
        select s.finding_id, %s, %s, s.answer, s.note, case when s.answer <> 'corrected' then w.owner end, %s, s.row_number,
            s.table_name, case when s.answer = 'corrected' then s.record_number end
        from pg_temp.sent s left join pg_temp.forwarded w using (rule_id, table_name, field)
        where {EFFECTIVE} order by s.row_number
        """,
        (manifest.dataset, manifest.province_code, delivery.batch_id),
    )


def count_with_their_record(connection: psycopg.Connection, batch_id: str) -> None:
    """Let every row that was merged into a refused record count as refused, as its first row does."""
    execute(
        connection,
        """
        insert into staging.set_aside
        select %s, a.batch_id, a.row_number, s.disposition
        from quality.answer a
        join staging.set_aside s on s.batch_id = a.batch_id and s.row_number = a.record_number
            and s.table_name = a.dataset || '__' || a.table_name
        where a.batch_id = %s and a.row_number <> a.record_number
        """,
        (ANSWERS, batch_id),
    )


def accept_answers(connection: psycopg.Connection, batch_id: str, now: datetime) -> None:
    """Let the province see its answers: the batch that brought them was accepted."""
    execute(connection, "update quality.answer set answered_at = %s where batch_id = %s", (now, batch_id))
