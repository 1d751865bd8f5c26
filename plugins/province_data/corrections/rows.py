"""Write the rows of a bundle in the database: what all findings of a kind have in common is written once, and number and key are put in.

A bundle may hold hundreds of thousands of rows; none of them is taken apart here.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from io import StringIO

import psycopg

from province_data.contract.conditions import literal
from province_data.corrections.columns import FINDING, HEADINGS, KEY, NO_KEY, NO_KEY_AT, WIDTHS
from province_data.corrections.inert import RUNS, UNSEEN, inert
from province_data.corrections.returned import Kind
from province_data.corrections.sheet import HEIGHT, LINE_HEIGHT, ROW, ROWS, Sheet
from province_data.store.database import execute

DELIMITER, LINE_END = ";", "\r\n"
"""Excel with Vietnam's regional settings writes a decimal comma and parts lists with a semicolon; so do the agencies' files."""
NUMBER_MARK, KEY_MARK = "\ue002", "\ue003"
AT_ONCE = 5_000
"""Rows that pass through memory together."""

FRAMES = """
create temp table frame (
    table_name text, field text, rule_id text, severity text, due_on date, attempt bigint, answer text,
    csv_middle text, csv_tail text, sheet_head text, sheet_tail text, lines integer
) on commit drop
"""
RENDERED = f"""
select
    string_agg(r.finding_id || f.csv_middle || k.in_csv || f.csv_tail, '' order by r.place),
    coalesce(string_agg(
        replace(replace(replace(f.sheet_head, {literal(ROW)}, (r.place + 1)::text), {literal(NUMBER_MARK)}, r.finding_id::text),
            {literal(HEIGHT)}, ({LINE_HEIGHT} * greatest(f.lines, ceil(length(key) / {WIDTHS[KEY] * 0.9})::integer))::text)
        || k.in_sheet || replace(f.sheet_tail, {literal(ROW)}, (r.place + 1)::text),
        '' order by r.place
    ) filter (where r.place <= {ROWS}), ''),
    count(*) filter (where r.place <= {ROWS})
from returned r
join frame f on f.table_name = r.table_name and f.field = r.field and f.rule_id = r.rule_id and f.severity = r.severity
    and f.due_on = r.due_on and f.attempt = r.attempt and f.answer is not distinct from r.answer
cross join lateral (
    select coalesce(nullif(r.record_key, ''), replace({literal(NO_KEY_AT)}, '%s', r.row_number::text), {literal(NO_KEY)}) as key
) named
cross join lateral (
    select case when key ~ {literal(f"^'*{RUNS}")} then '''' || key else key end as inert,
        regexp_replace(key, {literal(UNSEEN)}, {literal(chr(0xFFFD))}, 'g') as visible
) told
cross join lateral (
    select case when inert ~ E'[{DELIMITER}"\\r\\n]' then '"' || replace(inert, '"', '""') || '"' else inert end as in_csv,
        replace(replace(replace(visible, '&', '&amp;'), '<', '&lt;'), '>', '&gt;') as in_sheet
) k
group by (r.place - 1) / {AT_ONCE} order by (r.place - 1) / {AT_ONCE}
"""


@dataclass(frozen=True)
class Rows:
    """Some rows of a bundle, written: as lines of a CSV file, and as XML of a sheet (`in_sheet` of them)."""

    lines: str
    xml: str
    in_sheet: int


@dataclass(frozen=True)
class _Frame:
    """A row without number and key."""

    csv_middle: str
    csv_tail: str
    sheet_head: str
    sheet_tail: str
    lines: int


def heading() -> str:
    """The first line of a CSV file."""
    return _line(HEADINGS)


def render(connection: psycopg.Connection, told: Sequence[tuple[Kind, Sequence[str]]], sheet: Sheet) -> Iterator[Rows]:
    """Give the rows of the temporary table `returned` in their order; `told` has the words of each kind, without number and key."""
    execute(connection, FRAMES)
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into frame values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [(*astuple(kind), *astuple(_frame(words, sheet))) for kind, words in told],
        )
    execute(connection, "analyze frame")
    with connection.cursor(name="rows") as cursor:
        cursor.itersize = 1
        cursor.execute(RENDERED.encode())
        for lines, xml, in_sheet in cursor:
            yield Rows(lines, xml, in_sheet)


def _frame(words: Sequence[str], sheet: Sheet) -> _Frame:
    marked = list(words)
    marked[HEADINGS.index(FINDING)], marked[HEADINGS.index(KEY)] = NUMBER_MARK, KEY_MARK
    csv_middle, _, csv_tail = _line(marked).removeprefix(NUMBER_MARK).partition(KEY_MARK)
    xml, lines = sheet.row(marked)
    sheet_head, _, sheet_tail = xml.partition(KEY_MARK)
    return _Frame(csv_middle, csv_tail, sheet_head, sheet_tail, lines)


def _line(cells: Sequence[str]) -> str:
    out = StringIO()
    csv.writer(out, delimiter=DELIMITER, lineterminator=LINE_END).writerow([inert(cell) for cell in cells])
    return out.getvalue()
