"""Derive every table of a dataset from its contract: staging, validated, quarantine, and the view of what is stated.

Statements are idempotent; a later contract may add tables, and adds columns at the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from province_data.contract.conditions import literal
from province_data.contract.model import Column, ColumnType, SetCheck, Table

SQL_TYPES = {
    ColumnType.TEXT: "text",
    ColumnType.DATE: "date",
    ColumnType.PARTIAL_DATE: "text",
    ColumnType.TIMESTAMP: "timestamptz",
    ColumnType.INTEGER: "integer",
    ColumnType.DECIMAL: "numeric",
    ColumnType.DOUBLE: "double precision",
    ColumnType.MONEY: "bigint",
}

STAGING_TECHNICAL = (
    "_batch_id text not null, _row_number bigint not null, _province_code text not null, _as_of date not null, "
    "_extracted_at timestamptz not null, _edition text not null, _kind text not null, _deleted text"
)
VALIDATED_TECHNICAL = (
    "province_code text not null, _record_key text not null, _batch_id text not null, _row_number bigint not null, "
    "_row_hash uuid not null, _load_id bigint not null, _held_by text[]"
)
QUARANTINE_TECHNICAL = (
    "province_code text not null, _record_key text not null, _batch_id text not null, _row_number bigint not null, "
    "_load_id bigint not null, _rule_ids text[] not null, _stage text not null"
)


def create_tables(table: Table, indexed: tuple[str, ...]) -> Iterator[str]:
    """Yield the statements that create what one table of a dataset needs in every schema."""
    texts = ", ".join(f"{c.name} text" for c in table.columns)
    typed = ", ".join(f"{c.name} {SQL_TYPES[c.type]}" for c in table.columns)
    stem = table.stem
    yield f"create table if not exists staging.{stem} ({texts}, {STAGING_TECHNICAL}) partition by list (_batch_id)"
    yield (
        f"create table if not exists validated.{stem} ({typed}, {VALIDATED_TECHNICAL}, "
        f"primary key (province_code, _record_key)) partition by list (province_code)"
    )
    yield f"create table if not exists quarantine.{stem} ({texts}, {QUARANTINE_TECHNICAL}) partition by list (_stage)"
    yield f"create table if not exists quarantine.{stem}__record partition of quarantine.{stem} for values in ('record')"
    yield f"create table if not exists quarantine.{stem}__set partition of quarantine.{stem} default"
    yield f"create index if not exists {stem}__batch on quarantine.{stem} (_batch_id, _row_number)"
    yield f"create index if not exists {stem}__key on quarantine.{stem} (province_code, _record_key)"
    yield f"create index if not exists {stem}__load on validated.{stem} (_load_id)"
    yield f"create index if not exists {stem}__held on validated.{stem} (province_code, _record_key) where _held_by is not null"
    for column in indexed:
        yield f"create index if not exists {stem}__{column} on validated.{stem} ({column})"
        yield f"create index if not exists {stem}__{column} on quarantine.{stem} ({column})"
    yield from _comments(table)
    yield f"create or replace view quality.stated_{stem} as {stated_query(table)}"
    yield f"create table if not exists quality.touched_{stem} as select * from quality.stated_{stem} limit 0"
    yield f"alter table quality.touched_{stem} add column if not exists _is_new boolean not null default true"


def _comments(table: Table) -> Iterator[str]:
    for schema in ("staging", "validated", "quarantine"):
        yield f"comment on table {schema}.{table.stem} is {literal(f'{table.title.vi}. {table.grain.vi}.')}"
    for column in table.columns:
        yield f"comment on column validated.{table.stem}.{column.name} is {literal(column.title.vi)}"


def stated_query(table: Table) -> str:
    """Select the newest stated records: those validated, and those refused as far as their texts can be typed.

    Neither arm has a condition, else the server could not look up single records by the indexes below.
    """
    technical = "province_code, _batch_id, _row_number, _record_key, _load_id"
    as_of = (
        f"(select c.as_of from quality.coverage c"
        f" where c.dataset = {literal(table.dataset)} and c.province_code = %s.province_code) as _as_of"
    )
    names = ", ".join(c.name for c in table.columns)
    safe = ", ".join(f"{safe_cast(c)} as {c.name}" for c in table.columns)
    return (
        f"select {names}, {technical}, false as _refused, {as_of % 'v'} from validated.{table.stem} v "
        f"union all select {safe}, {technical}, true as _refused, {as_of % 'q'} from quarantine.{table.stem}__record q"
    )


def safe_cast(column: Column) -> str:
    """SQL that types a text column, NULL where the text has no such value."""
    name, kind = column.name, SQL_TYPES[column.type]
    match column.type:
        case ColumnType.TEXT:
            return name
        case ColumnType.PARTIAL_DATE:
            return f"case when reference.is_partial_date({name}) then {name} end"
        case ColumnType.DATE:
            return f"reference.to_date({name})"
        case ColumnType.TIMESTAMP:
            return f"case when reference.is_timestamp({name}) then {name}::timestamptz end"
        case ColumnType.INTEGER:
            return f"case when length({name}) <= 9 and reference.is_integer({name}) then {name}::{kind} end"
        case ColumnType.MONEY:
            return f"case when length({name}) <= 18 and reference.is_integer({name}) then {name}::{kind} end"
        case ColumnType.DECIMAL | ColumnType.DOUBLE:
            return f"case when length({name}) <= 20 and reference.is_decimal({name}) then {name}::{kind} end"


def typed(column: Column, alias: str = "t") -> str:
    """SQL that types a text column of a record without findings; a text that cannot be typed stops the load."""
    kind = SQL_TYPES[column.type]
    return f"{alias}.{column.name}" if kind == "text" else f"{alias}.{column.name}::{kind}"


def join_columns(table: Table, checks: tuple[SetCheck, ...]) -> tuple[str, ...]:
    """Name the columns by which rules look up records of `table`; they are worth an index."""
    found: dict[str, None] = {}
    for check in checks:
        for join in check.joins:
            theirs, ours = join.on[0]
            other, _, column = ours.rpartition(".")
            if join.table == table:
                found[theirs] = None
            read = next((j.table for j in check.joins if j.alias == other), check.table)
            if table == read and table.column(column):
                found[column] = None
        if check.table == table and check.group:
            found[check.group[0]] = None
    return tuple(found)
