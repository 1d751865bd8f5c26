"""Write a reject bundle as a workbook: text cells only, a list to choose answers from, and the same bytes every time."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from province_data.corrections.columns import GUIDE, GUIDE_SHEET, HEADINGS, LIST_SHEET, REPLY, WIDTHS, Answer
from province_data.corrections.inert import visible

ROWS = 100_000
"""Rows of one workbook; more is no work for hands, and the CSV file holds them all."""
TEXT = "@"
"""The number format "text": what is typed stays as it is typed, leading zeros and equals signs included."""
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


class Sheet:
    """A workbook under way."""

    def __init__(self, made_at: datetime, notes: Sequence[str] = ()) -> None:
        self._made_at = made_at
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "province-data"
        self._book.properties.created = made_at.replace(tzinfo=None)
        self._list = self._book.create_sheet(LIST_SHEET)
        self._notes = notes
        self._lay_out()
        self._cells = [self._cell("", wrap=WIDTHS[h] >= 60) for h in HEADINGS]
        self._list.append([self._heading(h) for h in HEADINGS])
        self.rows = 0

    def add(self, values: Sequence[str]) -> None:
        """Add one row; the cells of answers that are not given stay untouched, so that the list opens on them."""
        row = []
        for cell, value in zip(self._cells, values, strict=True):
            cell.value = visible(value)
            cell.data_type = "s"
            row.append(cell if value else None)
        self._list.append(row)
        self.rows += 1

    def save(self, path: Path) -> None:
        """Write the workbook, with the load's own time in place of today's."""
        guide = self._book.create_sheet(GUIDE_SHEET)
        guide.column_dimensions["A"].width = 120
        for line in (*self._notes, *GUIDE):
            guide.append([self._cell(line, sheet=guide, wrap=True)])
        loose = path.with_name(f"{path.name}.loose")
        try:
            self._book.save(loose)
            _settle(loose, path, self._made_at)
        finally:
            loose.unlink(missing_ok=True)

    def _lay_out(self) -> None:
        self._list.freeze_panes = "A2"
        for number, heading in enumerate(HEADINGS, 1):
            column = self._list.column_dimensions[get_column_letter(number)]
            column.width = WIDTHS[heading]
            column.number_format = TEXT
        letter = get_column_letter(HEADINGS.index(REPLY) + 1)
        choice = DataValidation(type="list", formula1=f'"{",".join(Answer)}"', allow_blank=True, showErrorMessage=True)
        choice.errorTitle, choice.error = REPLY, "Chọn một trong ba câu trả lời của danh sách."
        choice.add(f"{letter}2:{letter}{ROWS + 1}")
        self._list.data_validations.append(choice)

    def _cell(self, text: str, *, sheet: object = None, wrap: bool = False) -> WriteOnlyCell:
        cell = WriteOnlyCell(sheet or self._list, value=text)
        cell.data_type = "s"
        cell.number_format = TEXT
        cell.alignment = Alignment(vertical="top", wrap_text=wrap)
        return cell

    def _heading(self, text: str) -> WriteOnlyCell:
        cell = self._cell(text, wrap=True)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor="FFE3ECF4")
        return cell


def _settle(loose: Path, path: Path, made_at: datetime) -> None:
    """Copy a workbook without the moment of its writing: the same content gives the same bytes."""
    stamp = made_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(loose) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            if member.filename == "docProps/core.xml":
                target.writestr(entry, _MODIFIED.sub(rb"\g<1>" + stamp, source.read(member)))
                continue
            with source.open(member) as read, target.open(entry, "w", force_zip64=True) as write:
                shutil.copyfileobj(read, write, 1 << 20)
