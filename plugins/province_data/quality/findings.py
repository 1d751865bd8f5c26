"""Follow every finding to its end: first seen, last seen, resolved only by a later load that no longer shows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Contract, Table
from province_data.quality.compile import record_commune, record_key
from province_data.store.database import execute

UPSERT = """
insert into quality.finding as f (dataset, table_name, rule_id, dimension, severity, province_code, record_key, field, batch_id, row_number,
    first_seen_at, last_seen_at, occurrence, first_load_id, last_load_id, opened_load_id, commune_code)
select n.dataset, n.table_name, n.rule_id, r.dimension, r.severity, n.province_code, n.record_key, n.field, n.batch_id, n.row_number,
    {now}, {now}, n.occurrence, {load}, {load}, {load}, n.commune_code
from ({source}) n join quality.rule r on r.rule_id = n.rule_id
on conflict (dataset, table_name, rule_id, province_code, record_key, occurrence) do update set
    status = 'open', field = excluded.field, batch_id = excluded.batch_id, row_number = excluded.row_number, severity = excluded.severity,
    dimension = excluded.dimension, last_seen_at = excluded.last_seen_at, last_load_id = excluded.last_load_id,
    opened_load_id = case when f.status = 'resolved' then excluded.opened_load_id else f.opened_load_id end,
    commune_code = excluded.commune_code, reopened = f.reopened + (f.status = 'resolved')::int, resolved_at = null, resolved_load_id = null
"""
RESOLVE = """
update quality.finding f set status = 'resolved', resolved_at = {now}, resolved_load_id = {load}
where f.status = 'open' and f.last_load_id < {load} and {scope}
"""

SET_FINDINGS = """
        select v.dataset, v.table_name, v.rule_id, v.province_code, v.record_key, v.field, v.batch_id, v.row_number,
            {commune} as commune_code,
            row_number() over (
                partition by v.dataset, v.table_name, v.rule_id, v.province_code, v.record_key order by v.row_number
            ) as occurrence
        from (
            select distinct on (rule_id, dataset, table_name, batch_id, row_number) *
            from quality.set_verdict
            order by rule_id, dataset, table_name, batch_id, row_number
        ) v"""
JUDGED_AGAIN = """
        exists (
            select 1 from quality.set_scope j
            where j.rule_id = f.rule_id and j.dataset = f.dataset and j.table_name = f.table_name
                and j.province_code = f.province_code and j.record_key = f.record_key
        )"""


def _moment(now: datetime) -> str:
    return f"timestamptz {literal(now.isoformat())}"


def upsert_findings(connection: psycopg.Connection, source: str, load_id: int, now: datetime) -> None:
    """Open, or see again, the findings that the query `source` gives."""
    execute(connection, UPSERT.format(source=source, now=_moment(now), load=load_id))


def resolve_findings(connection: psycopg.Connection, scope: str, load_id: int, now: datetime) -> None:
    """Close the open findings `f` that SQL condition `scope` names and this load has not seen."""
    execute(connection, RESOLVE.format(scope=scope, now=_moment(now), load=load_id))


def record_batch_findings(
    connection: psycopg.Connection,
    contract: Contract,
    batch_id: str,
    province: str,
    is_snapshot: bool,
    load_id: int,
    now: datetime,
) -> None:
    """Write the findings of the verdict pass of one batch and resolve those it no longer shows.

    Findings of rules judged on stated records (`pg_temp.set_rule`) are not resolved here.
    """
    names = " ".join(f"when {literal(t.stem)} then {literal(t.name)}" for t in contract.tables)
    source = f"""
        select {literal(contract.dataset)} as dataset, case v.table_name {names} end as table_name,
            split_part(tag, ':', 1) as rule_id, v.province_code, v.record_key, split_part(tag, ':', 2) as field,
            v.batch_id, v.row_number, v.commune_code,
            row_number() over (partition by v.table_name, split_part(tag, ':', 1), v.record_key order by v.row_number) as occurrence
        from staging.verdict v, unnest(v.tags) as tag
        where v.batch_id = {literal(batch_id)}"""
    upsert_findings(connection, source, load_id, now)
    scope = f"""
        f.dataset = {literal(contract.dataset)} and f.province_code = {literal(province)} and f.table_name <> ''
        and f.rule_id not in (select rule_id from pg_temp.set_rule)"""
    if not is_snapshot:
        scope += f" and (f.table_name, f.record_key) in ({named_keys(contract, batch_id)})"
    resolve_findings(connection, scope, load_id, now)


def named_keys(contract: Contract, batch_id: str) -> str:
    """Keys a batch of changes speaks of: only their findings can be resolved by it."""
    batch = literal(batch_id)
    parts = []
    for table in contract.tables:
        name, stem = literal(table.name), literal(table.stem)
        parts.append(f"select {name}, {record_key(table)} from staging.{table.stem} t where t._batch_id = {batch}")
        parts.append(f"select {name}, d.record_key from staging.deletion d where d.table_name = {stem} and d.batch_id = {batch}")
    return " union all ".join(parts)


def record_set_findings(connection: psycopg.Connection, catalog: Catalog, load_id: int, now: datetime) -> None:
    """Write the findings of the set rules and resolve those of records that were judged again and keep the rule.

    The findings of a retired rule end here too: nothing can show them again.
    """
    upsert_findings(connection, SET_FINDINGS.format(commune=_commune_of(catalog.tables)), load_id, now)
    resolve_findings(connection, JUDGED_AGAIN, load_id, now)
    if catalog.retired:
        retired = ", ".join(literal(rule_id) for rule_id in catalog.retired)
        resolve_findings(connection, f"f.rule_id in ({retired})", load_id, now)


def _commune_of(tables: Sequence[Table]) -> str:
    """SQL of the commune of the record a verdict `v` names, looked up by key: verdicts are few."""
    same = "s.province_code = v.province_code and s._record_key = v.record_key"
    looked_up = [
        f"when v.dataset = {literal(t.dataset)} and v.table_name = {literal(t.name)} then"
        f" (select {record_commune(t, 's')} from quality.stated_{t.stem} s where {same} limit 1)"
        for t in tables
        if t.commune
    ]
    return f"case {' '.join(looked_up)} end" if looked_up else "null::text"


def record_delivery_finding(
    connection: psycopg.Connection,
    dataset: str,
    province: str,
    key: str,
    rule_id: str,
    place: tuple[str, str, int | None],
    batch_id: str,
    load_id: int,
    now: datetime,
) -> None:
    """Write one finding on a delivery as a whole; `place` is (file, field, line)."""
    file, field, line = place
    source = f"""
        select {literal(dataset)} as dataset, '' as table_name, {literal(rule_id)} as rule_id,
            {literal(province)} as province_code, {literal(key + "|" + file)} as record_key, {literal(field)} as field,
            {literal(batch_id)} as batch_id, {line if line is not None else "null"}::bigint as row_number, 1 as occurrence,
            null::text as commune_code"""
    upsert_findings(connection, source, load_id, now)


def resolve_delivery_findings(connection: psycopg.Connection, dataset: str, province: str, load_id: int, now: datetime) -> None:
    """Close the findings on earlier deliveries once a good one has come."""
    scope = f"f.dataset = {literal(dataset)} and f.province_code = {literal(province)} and f.table_name = ''"
    resolve_findings(connection, scope, load_id, now)
