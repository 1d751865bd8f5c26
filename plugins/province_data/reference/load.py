"""Load the reference lists into schema `reference`."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import sql

from province_data.errors import ContractError
from province_data.reference.tables import ADMIN_UNIT, TABLES, ListTable

LISTS = Path(__file__).with_name("lists")
LOCK = "reference.lists"

_FOUNDATION = """
    create schema if not exists reference;
    create table if not exists reference.list_version (
        list_name text collate "C" primary key, sha256 text collate "C" not null, loaded_at timestamptz not null);
    comment on table reference.list_version is 'Phiên bản danh mục đang dùng: mã băm của tệp và định nghĩa bảng.';
    create table if not exists reference.commune (
        code text collate "C", edition text collate "C", province_code text collate "C" not null,
        name text collate "C" not null, type text collate "C" not null, primary key (edition, code));
    comment on table reference.commune is 'Đơn vị cấp xã, mỗi mã một dòng trong mỗi phiên bản, theo loại mới nhất.';
    create table if not exists reference.commune_any (code text collate "C" primary key);
    comment on table reference.commune_any is 'Mọi mã xã của mọi phiên bản danh mục.';
"""

_DERIVED = """
    delete from reference.commune;
    insert into reference.commune
    select distinct on (edition, code) code, edition, province_code, name, type
    from reference.admin_unit where level = 'commune'
    order by edition, code, valid_from desc nulls last;
    delete from reference.commune_any;
    insert into reference.commune_any select distinct code from reference.commune;
    analyze reference.commune;
    analyze reference.commune_any
"""


def load_reference(connection: psycopg.Connection, now: datetime, lists: Path = LISTS) -> int:
    """Bring every reference table up to date with its file; return how many were loaded anew.

    One transaction: readers see the old lists until it ends, and are never made to wait. A second load running at
    the same time waits for the first.
    """
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (LOCK,))
        if connection.execute("select to_regclass('reference.commune_any')").fetchone() == (None,):
            connection.execute(_FOUNDATION)
        changed = [table for table in TABLES if _bring_up_to_date(connection, table, lists, now)]
        if ADMIN_UNIT in changed:
            connection.execute(_DERIVED)
    return len(changed)


def _bring_up_to_date(connection: psycopg.Connection, table: ListTable, lists: Path, now: datetime) -> bool:
    content = (lists / f"{table.name}.csv").read_bytes()
    sha256 = hashlib.sha256(content + repr(table).encode()).hexdigest()
    found = connection.execute("select sha256 from reference.list_version where list_name = %s", (table.name,)).fetchone()
    if found == (sha256,):
        return False
    _check_header(table, content)
    _create(connection, table)
    _fill(connection, table, content)
    connection.execute(
        "insert into reference.list_version values (%s, %s, %s)"
        " on conflict (list_name) do update set sha256 = excluded.sha256, loaded_at = excluded.loaded_at",
        (table.name, sha256, now),
    )
    return True


def _check_header(table: ListTable, content: bytes) -> None:
    expected = ",".join(column for column, _ in table.columns)
    if content.split(b"\n", 1)[0].decode("utf-8", "replace").rstrip("\r") != expected:
        raise ContractError(
            f"the list {table.name} has other columns than its table",
            where=f"{table.name}.csv, line 1",
            expected=expected,
            next_step="mend the header of the list, or the columns in reference/tables.py",
        )


def _create(connection: psycopg.Connection, table: ListTable) -> None:
    """Create the table where it is missing, add columns it lacks, and write the comments."""
    name = sql.Identifier("reference", table.name)
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    connection.execute(sql.SQL("create table if not exists {} ({})").format(name, _definition(table, key)))
    present = _present_columns(connection, table)
    for column, comment in table.columns:
        if column not in present:
            connection.execute(sql.SQL("alter table {} add column {}").format(name, _column(table, column)))
        connection.execute(
            sql.SQL("comment on column {} is {}").format(sql.Identifier("reference", table.name, column), sql.Literal(comment))
        )
    connection.execute(sql.SQL("comment on table {} is {}").format(name, sql.Literal(table.comment)))
    for column in table.indexes:
        index = sql.Identifier(f"{table.name}_{column}")
        connection.execute(sql.SQL("create index if not exists {} on {} ({})").format(index, name, sql.Identifier(column)))


def _definition(table: ListTable, key: sql.Composed) -> sql.Composed:
    columns = [_column(table, column) for column, _ in table.columns]
    return sql.SQL(", ").join([*columns, sql.SQL("primary key ({})").format(key)])


def _column(table: ListTable, column: str) -> sql.Composed:
    kind = sql.SQL("date" if column in table.dates else 'text collate "C"')
    return sql.SQL("{} {}").format(sql.Identifier(column), kind)


def _present_columns(connection: psycopg.Connection, table: ListTable) -> set[str]:
    found = connection.execute(
        "select column_name from information_schema.columns where table_schema = 'reference' and table_name = %s", (table.name,)
    )
    return {row[0] for row in found}


def _fill(connection: psycopg.Connection, table: ListTable, content: bytes) -> None:
    """Replace the rows, by delete and not truncate: truncate would make readers wait or show them an empty table."""
    name = sql.Identifier("reference", table.name)
    columns = sql.SQL(", ").join(sql.Identifier(column) for column, _ in table.columns)
    key = sql.SQL(", ").join(map(sql.Identifier, table.key))
    connection.execute(sql.SQL("delete from {}").format(name))
    statement = sql.SQL("copy {} ({}) from stdin (format csv, header, force_not_null ({}))").format(name, columns, key)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(content)
    connection.execute(sql.SQL("analyze {}").format(name))
