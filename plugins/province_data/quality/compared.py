"""Hold an accepted delivery against the one before: whether its content moved, and how the records spread over the codes of a column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.batch import Kind, LoadedBatch
from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Contract, DeliveryCheck, Rule, Table
from province_data.quality.findings import record_delivery_finding, resolve_findings, upsert_findings
from province_data.store.database import execute, one_value

FEW = 20
"""Shares of fewer records say nothing."""
LAGGING = """
select c.dataset, '' as table_name, {rule} as rule_id, c.province_code, c.as_of || '|' as record_key, 'as_of' as field, b.batch_id,
    null::bigint as row_number, null::text as commune_code, 1 as occurrence
from quality.coverage c
join lateral (
    select batch_id from ops.batch b where b.dataset = c.dataset and b.province_code = c.province_code and b.kind <> 'corrections'
        and b.status in ('validated', 'published') order by b.sequence_no desc, b.decided_at desc limit 1
) b on true
where c.as_of < (select max(o.as_of) from quality.coverage o where o.province_code = c.province_code) - {days}
"""


@dataclass(frozen=True)
class Compared:
    """An accepted batch and the one that stood before it; None for the first of its province."""

    batch: LoadedBatch
    before: str | None


@dataclass(frozen=True)
class Spread:
    """How many records bear each code of a column, in the delivery before and now; nothing before is the first of a province."""

    before: Mapping[str, int]
    now: Mapping[str, int]

    def breaks(self, check: DeliveryCheck) -> bool:
        """Say whether a code that must become rarer has not, or whether the share of any code has moved out of its band."""
        if not self.before:
            return False
        if check.falls is not None:
            return self.now.get(check.falls, 0) >= max(self.before.get(check.falls, 0), 1)
        was, total = sum(self.before.values()), sum(self.now.values())
        codes = self.before.keys() | self.now.keys()
        shifts = (abs(100.0 * self.now.get(v, 0) / total - 100.0 * self.before.get(v, 0) / was) for v in codes)
        return min(was, total) >= FEW and max(shifts) > (check.points or 0)


def compare_delivery(
    connection: psycopg.Connection, catalog: Catalog, contract: Contract, compared: Compared, load_id: int, now: datetime
) -> None:
    """Remember what the next delivery will be compared with, and find what the rules on deliveries say of this one."""
    batch = compared.batch
    for (table, field), asked in _asked(catalog, contract).items():
        spread = _spread(connection, table, field, compared) if any(not check.moves for _, check in asked) else None
        for rule, check in asked:
            is_broken = spread.breaks(check) if spread and not check.moves else _has_not_moved(connection, table, check, compared)
            if is_broken:
                place = (table.name, field, None)
                record_delivery_finding(
                    connection, contract.dataset, batch.province_code, batch.as_of, rule.id, place, batch.batch_id, load_id, now
                )


def find_lagging(connection: psycopg.Connection, catalog: Catalog, load_id: int, now: datetime) -> None:
    """Find the datasets of a province that tell of a day so long before its newest one that comparing them is provisional."""
    for rule in catalog.rules.values():
        for days in (check.days for check in rule.checks if isinstance(check, DeliveryCheck) and check.days is not None):
            source = LAGGING.format(rule=literal(rule.id), days=days)
            upsert_findings(connection, source, load_id, now)
            named = "n.dataset = f.dataset and n.province_code = f.province_code and n.record_key = f.record_key"
            resolve_findings(
                connection, f"f.rule_id = {literal(rule.id)} and not exists (select from ({source}) n where {named})", load_id, now
            )


def _asked(catalog: Catalog, contract: Contract) -> dict[tuple[Table, str], list[tuple[Rule, DeliveryCheck]]]:
    """The rules that ask about a column of the contract, by column: its codes are counted once for all of them."""
    found: dict[tuple[Table, str], list[tuple[Rule, DeliveryCheck]]] = {}
    for rule in catalog.rules.values():
        for check in (c for c in rule.checks if isinstance(c, DeliveryCheck)):
            for table in (t for t in contract.tables if check.asks(t.dataset, t.name) and t.column(check.field)):
                found.setdefault((table, check.field), []).append((rule, check))
    return found


def _has_not_moved(connection: psycopg.Connection, table: Table, check: DeliveryCheck, compared: Compared) -> bool:
    """Say whether the newest time of update is not later than any before; a delivery without records declares that nothing changed."""
    batch, field = compared.batch, check.field
    known = f"reference.is_timestamp(t.{field}) and t.{field}::timestamptz <= t._extracted_at + interval '5 minutes'"
    newest = f"select max(case when {known} then t.{field}::timestamptz end) from staging.{table.stem} t where t._batch_id = %s"
    if batch.kind == Kind.SNAPSHOT:
        newest = (
            f"select max(v.{field}) from validated.{table.stem} v where v.province_code = {literal(batch.province_code)} and v.{field} <="
            " (select b.extracted_at + interval '5 minutes' from ops.batch b where b.batch_id = %s)"
        )
    earlier = (
        "select max(d.newest) from quality.delivered d join ops.batch b using (batch_id) where b.dataset = %s and b.province_code = %s"
        " and d.table_name = %s and d.field = %s and d.batch_id <> %s"
    )
    told = one_value(connection, newest, (batch.batch_id,))
    before = one_value(connection, earlier, (table.dataset, batch.province_code, table.name, field, batch.batch_id))
    if told is not None:
        execute(
            connection,
            "insert into quality.delivered values (%s, %s, %s, '', null, %s)"
            " on conflict (batch_id, table_name, field, value) do update set newest = excluded.newest",
            (batch.batch_id, table.name, field, told),
        )
    return isinstance(told, datetime) and isinstance(before, datetime) and told <= before


def _spread(connection: psycopg.Connection, table: Table, field: str, compared: Compared) -> Spread:
    """Count what the province states now by the codes of a column, keep it, and read what was kept of the delivery before."""
    batch = compared.batch
    stated = f"select coalesce({field}, ''), count(*) from quality.stated_{table.stem} where province_code = %s group by 1"
    now = _counts(connection, stated, (batch.province_code,))
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.delivered values (%s, %s, %s, %s, %s, null)"
            " on conflict (batch_id, table_name, field, value) do update set records = excluded.records",
            [(batch.batch_id, table.name, field, value, n) for value, n in now.items()],
        )
    kept = "select value, records from quality.delivered where batch_id = %s and table_name = %s and field = %s and records is not null"
    return Spread(_counts(connection, kept, (compared.before, table.name, field)), now)


def _counts(connection: psycopg.Connection, query: str, parameters: tuple[str | None, ...]) -> dict[str, int]:
    return {str(value): int(str(n)) for value, n in execute(connection, query, parameters).fetchall()}
