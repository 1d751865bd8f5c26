"""Judge again, when a province's day moves on, the records it does not send anew: a card expires without its record changing.

A snapshot is judged record by record, so this is for changes only. Only rules that warn are asked: what refuses a record (a date that
cannot be) does not come about by waiting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

import psycopg

from province_data.batch import LoadedBatch
from province_data.contract.conditions import literal
from province_data.contract.model import Contract, Table
from province_data.quality.as_sent import FACTS, as_sent
from province_data.quality.compile import CompiledRule, record_commune
from province_data.quality.findings import named_keys, resolve_findings, upsert_findings
from province_data.store.database import execute

WORD = re.compile(r"\w+")
SHOWN = "dataset, table_name, rule_id, province_code, record_key, field, batch_id, row_number, commune_code, occurrence"
UNSEEN = f"""
select {SHOWN} from pg_temp.aged a
where not exists (
    select from quality.finding f where f.dataset = a.dataset and f.table_name = a.table_name and f.rule_id = a.rule_id
        and f.province_code = a.province_code and f.record_key = a.record_key and f.occurrence = a.occurrence and f.status = 'open')
"""
HEALED = """
f.dataset = {dataset} and f.province_code = {province} and f.table_name = {table} and f.rule_id = any(array[{rules}])
and not exists (select from pg_temp.named n where n.table_name = f.table_name and n.record_key = f.record_key)
and not exists (select from pg_temp.aged a where a.table_name = f.table_name and a.rule_id = f.rule_id and a.record_key = f.record_key)
"""


def aging_rules(compiled: Sequence[CompiledRule]) -> list[CompiledRule]:
    """The rules that a record may break, or keep again, because a day has passed."""
    return [c for c in compiled if "_as_of" in c.bad and "_edition" not in c.bad and not c.rule.severity.refuses]


def judge_aged(
    connection: psycopg.Connection,
    contract: Contract,
    rules: Mapping[str, Sequence[CompiledRule]],
    batch: LoadedBatch,
    load_id: int,
    now: datetime,
) -> None:
    """Find what an accepted batch of changes leaves as it was and what breaks a rule by now. Needs a transaction.

    A finding that stands already is left alone, so that writing follows what changed.
    """
    execute(connection, f"create temp table named (table_name, record_key) on commit drop as {named_keys(contract, batch.batch_id)}")
    execute(connection, "create index on pg_temp.named (table_name, record_key)")
    execute(connection, f"create temp table aged on commit drop as select {SHOWN} from quality.finding limit 0")
    for table in contract.tables:
        aging = aging_rules(rules[table.stem])
        if aging:
            execute(connection, _judge(table, aging, batch))
    execute(connection, "analyze pg_temp.aged")
    upsert_findings(connection, UNSEEN, load_id, now)
    for table in contract.tables:
        ids = ", ".join(literal(c.rule.id) for c in aging_rules(rules[table.stem]))
        if ids:
            where = {"dataset": literal(contract.dataset), "province": literal(batch.province_code), "table": literal(table.name)}
            resolve_findings(connection, HEALED.format(**where, rules=ids), load_id, now)


def _judge(table: Table, aging: Sequence[CompiledRule], batch: LoadedBatch) -> str:
    tags = ", ".join(c.tag for c in aging)
    broken = " or ".join(c.bad for c in aging)
    rule_id, field = "split_part(tag, ':', 1)", "split_part(tag, ':', 2)"
    return f"""
        insert into pg_temp.aged ({SHOWN})
        select {literal(table.dataset)}, {literal(table.name)}, {rule_id}, t._province_code, t._record_key, {field},
            t._batch_id, t._row_number, {record_commune(table)},
            row_number() over (partition by {rule_id}, t._record_key order by t._row_number)
        from ({_standing(table, aging, batch)}) t, unnest(array_remove(array[{tags}]::text[], null)) as tag
        where {broken}"""


def _standing(table: Table, aging: Sequence[CompiledRule], batch: LoadedBatch) -> str:
    """SQL of the records the batch does not speak of, with the day it tells of; only the columns that are read, as texts."""
    words = {word for c in aging for word in WORD.findall(c.bad)} | {table.commune or ""}
    read = [c for c in table.columns if c.name in words]
    technical = f"v._record_key, v._batch_id, v._row_number, v.province_code as _province_code, {FACTS}"
    named = f"select from pg_temp.named n where n.table_name = {literal(table.name)} and n.record_key = v._record_key"
    kept = f"v.province_code = {literal(batch.province_code)} and not exists ({named})"
    return as_sent(table, batch.batch_id, read, technical, kept)
