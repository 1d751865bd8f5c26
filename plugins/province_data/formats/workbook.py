"""Read one sheet of a workbook: cached values only, each as the text a person sees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from province_data.errors import FormatError
from province_data.formats.csv_text import CHUNK, line_of
from province_data.formats.dialect import Conversion, Dialect, Field, Limits, ReadReport, Unreadable, convert
from province_data.formats.header import Layout, in_order, match_header
from province_data.formats.reasons import FIELD_TOO_LARGE, NUL_CHARACTER, beyond_header
from province_data.formats.refusal import SCHEMA, damaged, no_header
from province_data.formats.workbook_guard import guard_workbook

Write = Callable[[bytes], object]
Cells = list[Any]


@dataclass
class _Sheet:
    """The rows of a sheet that are not empty, by their number in the sheet, and its first column."""

    rows: Iterator[tuple[int, Cells]]
    first_column: int


@dataclass
class _Output:
    """Rows on their way out, in pieces of about one megabyte."""

    write: Write
    written: int = 0
    size: int = 0
    lines: list[str] = field(default_factory=list)

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.written += 1
        self.size += len(line)
        if self.size >= CHUNK:
            self.flush()

    def flush(self) -> None:
        if self.lines:
            self.write("".join(self.lines).encode())
        self.lines, self.size = [], 0


def read_sheet(
    path: Path, dialect: Dialect, fields: Sequence[Field], required: Collection[str], write: Write, limits: Limits, name: str
) -> ReadReport:
    """Hand the rows of a sheet to `write`; the sheet's row number stands for the line.

    Numbers show without exponent and with a decimal point, so only text cells are converted; dates are ISO, true and
    false are 1 and 0. Empty rows are no records.
    """
    sheet = _open(path, dialect, name)
    layout, lacking = in_order(fields), tuple[str, ...]()
    if dialect.header:
        row, cells = next(sheet.rows, (0, []))
        if not row:
            raise no_header(name, 0, len(fields))
        layout, lacking = match_header(_names(cells), fields, required, name, line=row)
    output, unreadable = _Output(write), list[Unreadable]()
    for row, cells in sheet.rows:
        reason = _objection(cells, layout.width, sheet.first_column, limits)
        if reason:
            unreadable.append(Unreadable(output.written + len(unreadable) + 1, row, reason))
        else:
            output.add(line_of(_arranged(layout, cells)))
    output.flush()
    return ReadReport(output.written, tuple(unreadable), lacking)


def sheet_header(path: Path, dialect: Dialect, name: str) -> list[str]:
    """Give the column names of a sheet."""
    return next((_names(cells) for _, cells in _open(path, dialect, name).rows), [])


def _open(path: Path, dialect: Dialect, name: str) -> _Sheet:
    try:
        errors = guard_workbook(path, name)
        with CalamineWorkbook.from_path(str(path)) as book:
            title = dialect.sheet if dialect.sheet is not None else next(iter(book.sheet_names), "")
            sheet = book.get_sheet_by_name(title)
    except WorksheetNotFound:
        raise FormatError(
            f"the workbook has no sheet {dialect.sheet}",
            where=name,
            expected="a sheet with this name",
            next_step="name the sheets as agreed",
            rule_id=SCHEMA,
        ) from None
    except CalamineError:
        raise damaged(name, "the file is no readable workbook", expected="an .xlsx file, not encrypted") from None
    column = sheet.start[1] if sheet.start else 0
    return _Sheet(_rows(sheet, errors.get(title, {}), column), column)


def _rows(sheet: Any, errors: dict[tuple[int, int], str], column: int) -> Iterator[tuple[int, Cells]]:
    failed = {row for row, _ in errors}
    for number, cells in enumerate(sheet.iter_rows()):
        if number in failed:
            cells = [errors.get((number, column + i), c) for i, c in enumerate(cells)]
        if any(c != "" for c in cells):
            yield number + 1, cells


def _names(cells: Cells) -> list[str]:
    names = [shown(c) for c in cells]
    while names and not names[-1]:
        names.pop()
    return names


def _arranged(layout: Layout, cells: Cells) -> list[str]:
    values = []
    for at, how in zip(layout.positions, layout.conversions, strict=True):
        cell = "" if at is None or at >= len(cells) else cells[at]
        values.append(convert(cell, how) if how is not Conversion.NONE and isinstance(cell, str) else shown(cell))
    return values


def _objection(cells: Cells, width: int, first_column: int, limits: Limits) -> str:
    for at in range(width, len(cells)):
        if cells[at] != "":
            return beyond_header(_letters(first_column + at))
    for cell in cells:
        if isinstance(cell, str):
            if "\0" in cell:
                return NUL_CHARACTER
            if len(cell) > limits.field // 4:
                return FIELD_TOO_LARGE
    return ""


def shown(cell: object) -> str:
    """Write a cell as the text a person sees, dates as ISO, true and false as 1 and 0."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, int | float):
        return _number(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        minutes, seconds = divmod(int(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return ""


def _number(value: float) -> str:
    """Write a number with the fifteen digits a sheet keeps, without exponent."""
    if not isfinite(value):
        return str(value)
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
