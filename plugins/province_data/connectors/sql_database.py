"""Pull tables from an agency's PostgreSQL database: one consistent state of it, cut into provinces."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import Connection, sql

from province_data.batch import Kind, Manifest, ManifestFile
from province_data.connectors.inbox import BLOCK, MeasuredFile, describe_file, seal, unfinished_folder
from province_data.connectors.request import (
    LOCAL_ZONE,
    UNASSIGNED,
    Pulled,
    PullRequest,
    SourceTable,
    business_date,
    number_option,
    wanted,
    watermark,
)
from province_data.connectors.sql_session import open_source, safe_address, source_error
from province_data.connectors.sql_statements import Span, check_tables, column_types, copy_statement, lock_tables, survey_statement
from province_data.errors import SourceError


@dataclass(frozen=True)
class _Found:
    """What a table holds for a province within its span."""

    records: int
    fresh: int
    """Records after the watermark whose date is not in the future."""
    newest: datetime | None


@dataclass(frozen=True)
class _Reader:
    """A source inside its one transaction."""

    connection: Connection
    request: PullRequest
    types: Mapping[str, Mapping[str, str]]
    where: str


def pull(request: PullRequest, *, sleep: Callable[[float], None] = time.sleep) -> Iterator[Pulled]:
    """Yield a delivery for every province that has records, all of one state of the source, or raise SourceError.

    Nothing is delivered unless every province could be read. Records whose province is unknown come as province 00.
    A province without any record, or without anything new, yields nothing.
    """
    check_tables(request)
    where = safe_address(request.uri)
    with ExitStack() as folders:
        try:
            with open_source(request, where, sleep) as connection, connection.transaction():
                filled = _read_all(connection, request, where, folders)
        except psycopg.Error as error:
            raise source_error(error, where) from None
        pulled = [
            Pulled(seal(folder, request.inbox, manifest), where, newest, manifest.province_code) for folder, manifest, newest in filled
        ]
    yield from pulled


def _read_all(connection: Connection, request: PullRequest, where: str, folders: ExitStack) -> list[tuple[Path, Manifest, datetime | None]]:
    lock_tables(connection, request.tables)
    types = {table.table: column_types(connection, table, where) for table in request.tables}
    reader = _Reader(connection, request, types, where)
    spans = {province: _span(request, province) for province in wanted(request, UNASSIGNED)}
    found = {table.table: _survey(reader, table, spans) for table in request.tables}
    filled = []
    for province, span in spans.items():
        parts = [found[table.table].get(province, _Found(0, 0, None)) for table in request.tables]
        if any(part.fresh for part in parts) or (span.since is None and any(part.records for part in parts)):
            folder = folders.enter_context(unfinished_folder(request.inbox, request.dataset))
            manifest = _fill(reader, folder, span, parts)
            newest = max((part.newest for part in parts if part.newest), default=span.since)
            filled.append((folder, manifest, newest))
    return filled


def _span(request: PullRequest, province: str) -> Span:
    """Ask for changes only when every table can tell what changed."""
    since = watermark(request, province).updated_since
    if not all(table.updated_column for table in request.tables):
        since = None
    return Span(province, since, number_option(request.options, "overlap_seconds"))


def _survey(reader: _Reader, table: SourceTable, spans: Mapping[str, Span]) -> dict[str, _Found]:
    """Count the table's records per province in one pass: empty provinces need no further look, and counts can be proved."""
    statement = survey_statement(table, reader.request.provinces, list(spans.values()))
    rows = reader.connection.execute(statement).fetchall()
    return {province: _Found(records, fresh, newest) for province, records, fresh, newest in rows}


def _fill(reader: _Reader, folder: Path, span: Span, parts: list[_Found]) -> Manifest:
    request = reader.request
    files = [_copy_table(reader, table, span, folder, part.records) for table, part in zip(request.tables, parts, strict=True)]
    return Manifest(
        request.dataset,
        business_date(request.now),
        span.province,
        watermark(request, span.province).last_sequence_no + 1,
        Kind.SNAPSHOT if span.since is None else Kind.CHANGES,
        request.now.astimezone(LOCAL_ZONE),
        request.commune_edition,
        tuple(files),
    )


def _copy_table(reader: _Reader, table: SourceTable, span: Span, folder: Path, expected: int) -> ManifestFile:
    """Stream the table's records of a province into its CSV file; the source's two counts must agree."""
    statement = copy_statement(table, reader.types[table.table], reader.request.provinces, span)
    with MeasuredFile(folder / table.file_name) as measured, io.BufferedWriter(measured, BLOCK) as out:
        records = _stream(reader.connection, statement, out)
    if records != expected:
        raise SourceError(
            f"the source counted {expected} records of {table.table} and sent {records}",
            where=f"{reader.where}, province {span.province}",
            expected="the same number",
            next_step="ask the source's operator whether its view or function gives the same answer twice",
        )
    return describe_file(measured, table.file_name, table.table, records)


def _stream(connection: Connection, statement: sql.Composed, out: io.BufferedWriter) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(statement) as blocks:
            for block in blocks:
                out.write(block)
        return cursor.rowcount
