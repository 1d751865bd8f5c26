"""Read a delivered file into CSV for COPY: every record is written, or listed as unreadable with its line and reason."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from province_data.errors import ContractError
from province_data.formats.blocks import Reading, read_blocks
from province_data.formats.csv_text import line_of
from province_data.formats.delimited import delimited
from province_data.formats.dialect import LIMITS, Dialect, Field, Limits, ReadReport
from province_data.formats.first_record import first_record, skip_lines
from province_data.formats.form import Form
from province_data.formats.grammar import grammar_of
from province_data.formats.header import Layout, in_order, match_header
from province_data.formats.json_keys import paths_in
from province_data.formats.json_lines import json_lines
from province_data.formats.refusal import no_header
from province_data.formats.source import open_utf8
from province_data.formats.window import Window
from province_data.formats.workbook import read_sheet, sheet_header

Write = Callable[[bytes], object]


def stream_records(
    path: Path,
    dialect: Dialect,
    fields: Sequence[Field],
    required: Collection[str],
    write: Write,
    scratch: Path,
    *,
    name: str | None = None,
    limits: Limits = LIMITS,
) -> ReadReport:
    """Hand the records of a file to `write` as CSV for COPY, in file order, holding a few megabytes at a time.

    `required` names, as sent, the columns a delimited file or sheet must have; `name` is what messages call the file.
    FormatError when header or keys are not those of `fields`, or the bytes are not what `dialect` says: rows already
    written then count for nothing.
    """
    called = name or path.name
    if dialect.format == "workbook":
        return read_sheet(path, dialect, fields, required, write, limits, called)
    window = _window(path, dialect, called)
    lacking: tuple[str, ...] = ()
    if dialect.format == "json_lines":
        form: Form = json_lines(fields)
    elif dialect.format == "delimited":
        layout, lacking = _layout(window, dialect, fields, required, called)
        form = delimited(dialect, layout)
    else:
        raise ContractError(
            f"the format {dialect.format} is not read", expected="delimited, json_lines or workbook", next_step="mend the contract"
        )
    reading = Reading(form, write, limits, called, dialect.encoding)
    read_blocks(window, reading, scratch)
    return ReadReport(reading.written, tuple(reading.unreadable), lacking)


def parse_file(
    path: Path,
    dialect: Dialect,
    fields: Sequence[Field] | None,
    out: Path,
    rejects: Path,
    *,
    required: Collection[str] | None = None,
) -> ReadReport:
    """Write the records of a file to `out` as CSV with a header, and the unreadable ones to `rejects`.

    Without `fields` the file's own columns or keys are taken, by place, whatever they are called.
    """
    with out.open("wb") as file, TemporaryDirectory() as scratch:
        if fields is None:
            report = _own_columns(path, dialect, file.write, Path(scratch))
        else:
            file.write(line_of([f.column for f in fields]).encode())
            must = {f.sent_as for f in fields} if required is None else required
            report = stream_records(path, dialect, fields, must, file.write, Path(scratch))
    with rejects.open("w", encoding="utf-8", newline="") as file_of_rejects:
        writer = csv.writer(file_of_rejects, lineterminator="\n")
        writer.writerow(("record_number", "line", "reason"))
        writer.writerows((u.record_number, u.line, u.reason) for u in report.unreadable)
    return report


def _own_columns(path: Path, dialect: Dialect, write: Write, scratch: Path) -> ReadReport:
    if dialect.format == "delimited":
        return _by_place(path, dialect, write, scratch)
    from_json = dialect.format == "json_lines"
    names = paths_in(_window(path, dialect, path.name)) if from_json else sheet_header(path, dialect, path.name)
    write(line_of(names).encode())
    return stream_records(path, dialect, [Field(n, n) for n in names], (), write, scratch)


def _by_place(path: Path, dialect: Dialect, write: Write, scratch: Path) -> ReadReport:
    window = _window(path, dialect, path.name)
    first = first_record(window, grammar_of(dialect), path.name, dialect.encoding)
    if first is None:
        return ReadReport(0, (), ())
    names = first.values if dialect.header else tuple(f"column_{i}" for i in range(1, len(first.values) + 1))
    write(line_of(names).encode())
    if dialect.header:
        window.advance(first.size, first.lines)
    form = delimited(dialect, in_order([Field(n, n) for n in names]))
    reading = Reading(form, write, LIMITS, path.name, dialect.encoding)
    read_blocks(window, reading, scratch)
    return ReadReport(reading.written, tuple(reading.unreadable), ())


def _window(path: Path, dialect: Dialect, called: str) -> Window:
    chunks, offset = open_utf8(path, dialect.encoding, called)
    window = Window(chunks, offset)
    skip_lines(window, dialect.skip_lines)
    return window


def _layout(
    window: Window, dialect: Dialect, fields: Sequence[Field], required: Collection[str], called: str
) -> tuple[Layout, tuple[str, ...]]:
    if not dialect.header:
        return in_order(fields), ()
    first = first_record(window, grammar_of(dialect), called, dialect.encoding)
    if first is None:
        raise no_header(called, 0, len(fields))
    matched = match_header(first.values, fields, required, called, line=first.line)
    window.advance(first.size, first.lines)
    return matched
