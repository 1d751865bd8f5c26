"""EXPLAIN tells a reader nothing about other provinces: not by rows counted, not by rows estimated, whatever the planner is told."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from attacking import address_of
from registry import Registry

SETTINGS = (
    "enable_partition_pruning",
    "constraint_exclusion",
    "enable_sort",
    "enable_incremental_sort",
    "enable_bitmapscan",
    "enable_seqscan",
)
"""Switched off, every partition is looked into, and by an index where there is one."""
EXPLAIN = "explain (analyze, costs, timing off, summary off, buffers off) "
COLUMNS = """
select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = 'published'::regnamespace and c.relkind = 'p' and a.attnum > 0 and a.atttypid = 'text'::regtype
    and a.attname <> 'province_code' order by 1, 2
"""
NOBODYS = "~ nobody has this value"


@pytest.fixture(scope="module")
def crowded(field: Registry) -> Registry:
    """Give more rows, so that indexes are worth using, and statistics of them."""
    for table, key in (("person", "person_key"), ("land_right", "right_key"), ("taxpayer", "taxpayer_key"), ("land_tax", "land_tax_key")):
        field.do(
            f"insert into published.{table} select (jsonb_populate_record(t, jsonb_build_object('{key}', t.{key} || n))).*"
            f" from published.{table} t, generate_series(1, 60) n"
        )
    field.do("analyze published.person, published.land_right, published.taxpayer, published.land_tax")
    return field


@pytest.fixture
def reader(crowded: Registry) -> Iterator[psycopg.Connection]:
    """Connect as province 24, with everything switched off that keeps the planner from other partitions."""
    with psycopg.connect(address_of(crowded, "24"), autocommit=True, prepare_threshold=None) as connection:
        for setting in SETTINGS:
            connection.execute(f"set {setting} = off".encode())
        yield connection


def plan(reader: psycopg.Connection, query: str, value: str) -> list[str]:
    """Explain a query about a value, without the value itself and without the reader's own partition."""
    quoted = value.replace("'", "''")
    lines = [str(line) for (line,) in reader.execute((EXPLAIN + query.format(value=quoted)).encode()).fetchall()]
    told = "\n".join(lines).replace(quoted, "?")
    parts = told.split("->")
    return [part for part in parts[1:] if "_24" not in part]


def told_by(crowded: Registry, reader: psycopg.Connection) -> list[str]:
    """Ask about each value of province 19 and a value of nobody, by every text column; returns the columns whose plans differ."""
    telling = []
    for table, column in crowded.ask(COLUMNS):
        [(value,)] = crowded.ask(
            f"select max(\"{column}\") from published.{table} t where province_code = '19'"
            f' and not exists (select from published.{table} o where o.province_code = \'24\' and o."{column}" = t."{column}")'
        ) or [(None,)]
        if value is None:
            continue
        for query in (
            f"select 1 from published.{table} where \"{column}\" = '{{value}}'",
            f'select 1 from published.{table} where "{column}" >= \'{{value}}\' and "{column}" <= \'{{value}}\' order by "{column}"',
        ):
            if plan(reader, query, str(value)) != plan(reader, query, NOBODYS):
                telling.append(f"{table}.{column}")
    return telling


def test_no_plan_differs_for_a_value_that_another_province_has(crowded: Registry, reader: psycopg.Connection) -> None:
    assert len(crowded.ask(COLUMNS)) > 60
    assert told_by(crowded, reader) == []


def test_an_index_by_key_alone_would_be_noticed(crowded: Registry, reader: psycopg.Connection) -> None:
    """The hole that was closed: the policy's condition must be part of every search."""
    crowded.do("create index by_key_alone on published.land_right (holder_key)")
    crowded.do("analyze published.land_right")
    try:
        assert told_by(crowded, reader) == ["land_right.holder_key"]
    finally:
        crowded.do("drop index published.by_key_alone")


def test_every_index_of_a_table_with_rows_of_provinces_begins_with_the_province(crowded: Registry) -> None:
    first = crowded.ask(
        "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid = i.indrelid"
        " join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]"
        " where c.relnamespace = 'published'::regnamespace and c.relkind = 'p' and a.attname <> 'province_code'"
    )
    assert first == []
