"""Copy a landed delivery into staging, record by record, and prove that none was lost.

Every physical record of the file is in staging or listed as unreadable. Three counts must agree: what the reader
handed over, what COPY stored, and what the manifest declared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import psycopg

from province_data.batch import Delivery, ManifestFile
from province_data.contract.conditions import literal
from province_data.contract.model import ColumnType, Contract, Table
from province_data.errors import FormatError, PublicationError
from province_data.formats.archive import extract_members
from province_data.formats.dialect import Conversion, Dialect, Field, ReadReport, Unreadable
from province_data.formats.read import stream_records
from province_data.quality.compile import record_key
from province_data.store import staging
from province_data.store.database import execute, one_value

LARGEST_MEMBER = 20 << 30


@dataclass(frozen=True)
class LoadedTable:
    """What loading one table gave."""

    table: str
    delivered: int
    unreadable: int
    deletions: int


def load_batch(connection: psycopg.Connection, delivery: Delivery, contract: Contract, scratch: Path) -> tuple[LoadedTable, ...]:
    """Load all tables of a delivery into their own staging partitions, from nothing.

    FormatError with the delivery rule (DLV-002, DLV-004, TXT-001 …) when the file is not what contract and manifest
    say; the caller then refuses the whole batch.
    """
    staging.drop_batch(connection, contract.tables, delivery.batch_id)
    execute(connection, "delete from ops.unreadable where batch_id = %s", (delivery.batch_id,))
    loaded = []
    for file in delivery.manifest.files:
        table = contract.table(file.table)
        if table is not None:
            loaded.append(_load_table(connection, delivery, file, table, scratch))
    return tuple(loaded)


def _load_table(connection: psycopg.Connection, delivery: Delivery, file: ManifestFile, table: Table, scratch: Path) -> LoadedTable:
    path, dialect = open_landed(delivery.landed[file.name], file, table, scratch)
    partition = staging.create_partition(connection, table, delivery)
    fields = staging_fields(table)
    names = ", ".join(f.column for f in fields)
    sent = _name_as_sent(file)
    with connection.cursor().copy(f"copy staging.{partition} ({names}) from stdin (format csv)".encode()) as copy:
        report = stream_records(path, dialect, fields, required_headers(table), copy.write, scratch, name=sent)
    execute(connection, f"analyze staging.{partition}")
    stored = int(str(one_value(connection, f"select count(*) from staging.{partition}")))
    _demand_counts(file, report, stored)
    _number_records(connection, partition, report.unreadable)
    _list_unreadable(connection, delivery.batch_id, table, file, report.unreadable)
    _demand_totals(connection, partition, file, table)
    deletions = _set_deletions_apart(connection, partition, table, delivery)
    return LoadedTable(table.name, stored + len(report.unreadable), len(report.unreadable), deletions)


def _name_as_sent(file: ManifestFile) -> str:
    """Name a file as its sender does, with the member or sheet that holds the table."""
    return file.name + (f"#{file.member}" if file.member else "")


def open_landed(landed: Path, file: ManifestFile, table: Table, scratch: Path) -> tuple[Path, Dialect]:
    """Find the file of a table among what landed, unpacked if need be, and how it is written."""
    name, path = file.name, landed
    if name.lower().endswith(".zip"):
        if not file.member:
            raise FormatError(
                "the manifest does not say which member of the archive holds the table",
                where=f"{name}, manifest.json",
                expected="member",
                rule_id="DLV-002",
            )
        path = extract_members(landed, [file.member], scratch, LARGEST_MEMBER, name=file.name)[file.member]
        name = file.member
    return path, dialect_for(name, table, file.encoding, file.member)


def dialect_for(name: str, table: Table, encoding: str, member: str | None) -> Dialect:
    """Choose the reader by the file's ending; the contract says how its kind of file is written."""
    lowered = name.lower()
    spec = table.dialect
    if lowered.endswith((".ndjson", ".ndjson.gz", ".jsonl", ".jsonl.gz")):
        return Dialect("json_lines", encoding=encoding)
    if lowered.endswith(".xlsx"):
        return Dialect("workbook", sheet=member or table.sheet)
    if lowered.endswith((".csv", ".csv.gz")):
        return Dialect("delimited", encoding=encoding, delimiter=spec.delimiter)
    raise FormatError(
        f"files of the kind of {name} are not read",
        where=name,
        expected=".csv, .ndjson, .ndjson.gz, .xlsx or .zip",
        next_step="send one of these",
        rule_id="DLV-004",
    )


def staging_fields(table: Table) -> tuple[Field, ...]:
    """List the fields to read, with the reversible conversions the contract declares."""
    fields = [Field(c.name, c.sent_as, _conversion(c.type, table)) for c in table.columns]
    return (*fields, Field("_deleted", "_deleted", Conversion.NONE))


def required_headers(table: Table) -> frozenset[str]:
    """Name the headers a delimited file or sheet must have: all of the contract, but not `_deleted`."""
    return frozenset(c.sent_as for c in table.columns)


def _conversion(kind: ColumnType, table: Table) -> Conversion:
    if kind in (ColumnType.DECIMAL, ColumnType.DOUBLE) and table.dialect.decimal == ",":
        return Conversion.DECIMAL_COMMA
    if kind == ColumnType.DATE and table.dialect.date == "DMY":
        return Conversion.DATE_DMY
    return Conversion.NONE


def _demand_counts(file: ManifestFile, report: ReadReport, stored: int) -> None:
    if stored != report.written:
        raise PublicationError(
            f"COPY stored {stored} records, the reader handed over {report.written}",
            where=file.name,
            expected="equal counts",
            next_step="run again; report this if it comes back",
        )
    found = report.written + len(report.unreadable)
    if found != file.records:
        first = next((u for u in report.unreadable if u.line), None)
        hint = f"; first unreadable record at line {first.line}: {first.reason}" if first else ""
        raise FormatError(
            f"the file holds {found} records, the manifest declares {file.records}{hint}",
            where=f"{file.name}" + (f"#{file.member}" if file.member else "") + (f", line {first.line}" if first else ""),
            expected=f"{file.records} records",
            next_step="send the whole file with a right manifest",
            rule_id="DLV-002",
        )


def _number_records(connection: psycopg.Connection, partition: str, unreadable: Sequence[Unreadable]) -> None:
    """Turn the running number of stored records into the physical one: skip the numbers of unreadable records."""
    numbers = sorted(u.record_number for u in unreadable if u.record_number is not None)
    if not numbers:
        return
    thresholds = [number - index for index, number in enumerate(numbers)]
    execute(
        connection,
        f"update staging.{partition} set _row_number = _row_number + (select count(*) from unnest(%s::bigint[]) as skipped(at) where"
        f" skipped.at <= _row_number)",
        (thresholds,),
    )


def _list_unreadable(
    connection: psycopg.Connection, batch_id: str, table: Table, file: ManifestFile, unreadable: Sequence[Unreadable]
) -> None:
    place = file.name + (f"#{file.member}" if file.member else "")
    rows = [(batch_id, table.name, place, u.record_number, u.line, u.reason) for u in unreadable]
    with connection.cursor() as cursor:
        cursor.executemany("insert into ops.unreadable values (%s, %s, %s, %s, %s, %s)", rows)


def _demand_totals(connection: psycopg.Connection, partition: str, file: ManifestFile, table: Table) -> None:
    for sent_as, declared in file.control_totals.items():
        column = next((c for c in table.columns if c.sent_as == sent_as), None)
        if column is None:
            raise FormatError(
                f"the manifest sums the unknown column {sent_as}",
                where=f"{file.name}, manifest.json",
                expected="a column of the contract",
                rule_id="DLV-002",
            )
        if declared not in _sums(connection, partition, column.name):
            raise FormatError(
                f"the control total of {sent_as} does not agree with the manifest",
                where=file.name,
                expected="the sum declared in the manifest",
                next_step="send the file again with a right manifest",
                rule_id="DLV-002",
            )


def _sums(connection: psycopg.Connection, partition: str, column: str) -> set[Decimal]:
    """Sum the well-formed values of a column: whole numbers, decimals, and decimals with either separator.

    A sender need not agree with us on what is well-formed where a value is damaged, and the rules name such values one by one.
    """
    forms = {"^-?[0-9]+$": column, "^-?[0-9]+([.][0-9]+)?$": column, "^-?[0-9]+([.,][0-9]+)?$": f"replace({column}, ',', '.')"}
    summed = [
        f"coalesce(sum(case when length({column}) <= 20 and {column} ~ {literal(form)} then {number}::numeric end), 0)"
        for form, number in forms.items()
    ]
    rows = execute(connection, f"select {', '.join(summed)} from staging.{partition}").fetchall()
    return {Decimal(str(value)) for value in rows[0]}


def _set_deletions_apart(connection: psycopg.Connection, partition: str, table: Table, delivery: Delivery) -> int:
    """Move records that only say "this key is gone" out of the way of the rules."""
    moved = execute(
        connection,
        f"with gone as (delete from staging.{partition} where lower(_deleted) in ('1', 'true', 't') returning *)"
        f" insert into staging.deletion select '{table.stem}', _batch_id, _province_code, _row_number, {record_key(table)} from gone t",
    )
    return moved.rowcount
