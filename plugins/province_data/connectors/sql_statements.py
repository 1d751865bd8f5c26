"""Build the statements that read a source table, province by province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import Connection, sql

from province_data.connectors.request import UNASSIGNED, PullRequest, SourceTable
from province_data.errors import ContractError, SourceRefused

TIMESTAMPS = ("timestamp without time zone", "timestamp with time zone")
FUTURE_ALLOWED = "1 day"
"""A record dated later than this by the source's own clock is a slip; as a watermark it would hide all that follows."""


@dataclass(frozen=True)
class Span:
    """Which records of a province are wanted: all, or those changed after `since`."""

    province: str
    since: datetime | None
    overlap_seconds: float

    @property
    def start(self) -> datetime | None:
        """Give the moment to read from: earlier than `since` where the source commits late."""
        return self.since - timedelta(seconds=self.overlap_seconds) if self.since else None


def check_tables(request: PullRequest) -> None:
    """Refuse a contract that does not say how its tables are read from a database."""
    for table in request.tables:
        if not table.remote_name or not table.province_sql or not table.columns:
            raise ContractError(
                f"table {table.table} of {request.dataset} cannot be read from a database",
                expected="remote, province_sql and columns",
                next_step="complete the contract",
            )


def lock_tables(connection: Connection, tables: Sequence[SourceTable]) -> None:
    """Keep the tables' form and files as they are until the transaction ends.

    This must be the first statement: the lock takes no snapshot, so a table emptied or rebuilt just before cannot
    look empty in an older snapshot. What cannot be locked, such as a foreign table, is read without.
    """
    names = sql.SQL(", ").join(_relation(table) for table in tables)
    try:
        with connection.transaction():
            connection.execute(sql.SQL("lock table {} in access share mode").format(names))
    except (psycopg.errors.WrongObjectType, psycopg.errors.InsufficientPrivilege):
        pass


def column_types(connection: Connection, table: SourceTable, where: str) -> dict[str, str]:
    """Give the type of each column; SourceRefused names a table or columns that the source no longer has."""
    name = _relation(table).as_string(connection)
    rows = connection.execute(
        "select attname, atttypid::regtype::text from pg_attribute where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        [name],
    ).fetchall()
    types: dict[str, str] = {str(column): str(kind) for column, kind in rows}
    needed = {*table.columns, *([table.updated_column] if table.updated_column else [])}
    missing = sorted(needed - types.keys())
    if not missing:
        return types
    raise SourceRefused(
        f"the source's table {table.remote_name} lacks: {', '.join(missing)}" if types else f"the source has no table {table.remote_name}",
        where=where,
        expected="the tables and columns of the contract",
        next_step="ask the source's operator what changed, then correct the contract or the source",
    )


def survey_statement(table: SourceTable, provinces: Sequence[str], spans: Sequence[Span]) -> sql.Composed:
    """Count, per province: records in the span, records after the watermark, and the newest change among these."""
    starts = [span.start for span in spans]
    lowest = None if None in starts else min(start for start in starts if start)
    return sql.SQL(
        "select a.province, count(*), count(*) filter (where {fresh}), max(a.updated) filter (where {fresh})"
        " from (select case when p.code = any({provinces}) then p.code else {rest} end as province, {updated} as updated"
        " from {relation} x, lateral (select ({province_sql})::text as code offset 0) p where {recent}) a"
        " join unnest({codes}::text[], {starts}::timestamptz[], {since}::timestamptz[]) s(province, start, since) using (province)"
        " where s.start is null or a.updated > s.start group by a.province"
    ).format(
        fresh=sql.SQL("(s.since is null or a.updated > s.since) and a.updated <= now() + interval {}").format(FUTURE_ALLOWED),
        provinces=sql.Literal(list(provinces)),
        rest=sql.Literal(UNASSIGNED),
        updated=_updated(table),
        relation=_relation(table),
        province_sql=_province(table),
        recent=_after(table, lowest),
        codes=sql.Literal([span.province for span in spans]),
        starts=sql.Literal(starts),
        since=sql.Literal([span.since for span in spans]),
    )


def copy_statement(table: SourceTable, types: Mapping[str, str], provinces: Sequence[str], span: Span) -> sql.Composed:
    """Send a province's records as CSV in an order that depends on their content only: same records, same bytes."""
    return sql.SQL(
        "copy (select {columns} from {relation} x where {here} and {recent} order by {order}) to stdout (format csv, header)"
    ).format(
        columns=sql.SQL(", ").join(_as_text(column, types[column]) for column in table.columns),
        relation=_relation(table),
        here=_is_of(table, provinces, span.province),
        recent=_after(table, span.start),
        order=sql.SQL(", ".join(str(position + 1) for position in range(len(table.columns)))),
    )


def _is_of(table: SourceTable, provinces: Sequence[str], province: str) -> sql.Composed:
    code = sql.SQL("({})::text").format(_province(table))
    if province == UNASSIGNED:
        return sql.SQL("({} = any({})) is not true").format(code, sql.Literal(list(provinces)))
    return sql.SQL("{} = {}").format(code, sql.Literal(province))


def _after(table: SourceTable, moment: datetime | None) -> sql.Composable:
    if moment is None or table.updated_column is None:
        return sql.SQL("true")
    return sql.SQL("{} > {}").format(_updated(table), sql.Literal(moment))


def _as_text(column: str, kind: str) -> sql.Composed:
    """Write a value as the file deliveries do: times in ISO 8601 with zone, all else as the database writes it."""
    written = "to_json(x.{0}::timestamptz) #>> '{{}}'" if kind in TIMESTAMPS else "x.{0}::text"
    return sql.SQL("(" + written + ') collate "C" as {0}').format(sql.Identifier(column))


def _updated(table: SourceTable) -> sql.Composable:
    if table.updated_column is None:
        return sql.SQL("null::timestamptz")
    return sql.SQL("x.{}::timestamptz").format(sql.Identifier(table.updated_column))


def _province(table: SourceTable) -> sql.SQL:
    # The expression comes from the contract, which is code of ours and reviewed like code.
    return sql.SQL(table.province_sql or "null")


def _relation(table: SourceTable) -> sql.Identifier:
    return sql.Identifier(*table.remote_name.split("."))
