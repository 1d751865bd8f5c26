"""Write a reject bundle as a workbook: text cells only, a list to choose answers from, and the same bytes every time."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties

from province_data.corrections.columns import GUIDE, GUIDE_SHEET, HEADINGS, KEY, LIST_SHEET, REPLY, TO_FILL_IN, WIDTHS, Answer
from province_data.corrections.inert import visible

ROWS = 100_000
"""Rows of one workbook; more is no work for hands, and the CSV file holds them all."""
TEXT = "@"
"""The number format "text": what is typed stays as it is typed, leading zeros and equals signs included."""
WIDE = 14
"""Columns of this width hold words that are broken over lines."""
LINE_HEIGHT = 15
"""Points; the height of each row is written down, because not every program measures broken lines by itself."""
ROW, HEIGHT = "\ue000", "\ue001"
"""Stand in a row for what is known when it is laid in; no text of ours holds these characters."""
FACE, A4 = "Calibri", 9
GIVEN, ASKED = "FFE3ECF4", "FFFFF0C2"
"""Fill of the headings: of what is told, and of what the province fills in."""
FIRST_SHEET = "xl/worksheets/sheet1.xml"
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*")


class Sheet:
    """A workbook under way: openpyxl makes the frame, the rows are laid into it when it is saved.

    Writing each cell as an object would take twenty times as long.
    """

    def __init__(self, made_at: datetime, loose: Path, notes: Sequence[str] = ()) -> None:
        self._made_at, self._loose, self._notes = made_at, loose, notes
        self._book = Workbook(write_only=True)
        self._book.properties.creator = "province-data"
        self._book.properties.created = made_at.replace(tzinfo=None)
        self._list = self._book.create_sheet(LIST_SHEET)
        self._lay_out()
        styles = [self._cell("", wrap=WIDTHS[heading] >= WIDE).style_id for heading in HEADINGS]
        self._columns = [(get_column_letter(n), style) for n, style in enumerate(styles, 1)]
        self._list.row_dimensions[1].height = 2 * LINE_HEIGHT
        self._list.append([self._heading(h) for h in HEADINGS])
        self._out = loose.open("w", encoding="utf-8", newline="")
        self.rows = 0

    def row(self, values: Sequence[str]) -> tuple[str, int]:
        """Write a row as XML, with ROW where its number belongs and HEIGHT for its height; also says how many lines its words take.

        Empty cells stay unwritten, so that a column's own format holds for what is typed there.
        """
        cells = "".join(
            f'<c r="{letter}{ROW}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(visible(value))}</t></is></c>'
            for (letter, style), value in zip(self._columns, values, strict=True)
            if value
        )
        lines = max(lines_of(len(value), width) for value, width in zip(values, WIDTHS.values(), strict=True) if width >= WIDE)
        return f'<row r="{ROW}" ht="{HEIGHT}" customHeight="1">{cells}</row>', max(lines, 1)

    def lay(self, rows: str, count: int) -> None:
        """Lay finished rows in, behind those that are there."""
        self._out.write(rows)
        self.rows += count

    def save(self, path: Path) -> None:
        """Write the workbook, with the load's own time in place of today's; the loose rows are gone afterwards."""
        self._out.close()
        self._list.auto_filter.ref = f"A1:{get_column_letter(len(HEADINGS))}{self.rows + 1}"
        guide = self._book.create_sheet(GUIDE_SHEET)
        guide.column_dimensions["A"].width = 120
        for line in (*self._notes, *GUIDE):
            guide.append([self._cell(line, sheet=guide, wrap=True)])
        frame = BytesIO()
        self._book.save(frame)
        _fill(frame, self._loose, path, self._made_at)
        self._loose.unlink()

    def _lay_out(self) -> None:
        self._list.freeze_panes = f"{get_column_letter(HEADINGS.index(KEY) + 2)}2"
        self._list.print_title_rows = "1:1"
        self._list.print_options.gridLines = True
        self._list.page_margins = PageMargins(left=0.3, right=0.3, top=0.6, bottom=0.5, header=0.25, footer=0.25)
        self._list.oddHeader.left.text, self._list.oddHeader.right.text = "&F", "Dữ liệu cá nhân: chỉ giao cho người có nhiệm vụ"
        self._list.oddFooter.right.text = "Trang &P/&N"
        self._list.page_setup.orientation, self._list.page_setup.paperSize = "landscape", A4
        self._list.page_setup.fitToWidth, self._list.page_setup.fitToHeight = 1, 0
        self._list.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
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
        cell.font = Font(name=FACE, size=11, bold=True)
        cell.fill = PatternFill("solid", fgColor=ASKED if text in TO_FILL_IN else GIVEN)
        return cell


def lines_of(length: int, width: int) -> int:
    """Say how many lines a text takes in a column; a tenth of each is lost to breaking between words."""
    return -(-length * 10 // (width * 9))


def _fill(frame: BytesIO, rows: Path, path: Path, made_at: datetime) -> None:
    """Copy a workbook, lay the rows behind its heading, and leave out the moment of its writing."""
    stamp = made_at.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(frame) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            entry = zipfile.ZipInfo(member.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = source.read(member)
            if member.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp, content)
            head, end, tail = content.partition(b"</sheetData>" if member.filename == FIRST_SHEET else b"\0")
            with target.open(entry, "w", force_zip64=True) as write:
                write.write(head)
                if end:
                    with rows.open("rb") as laid_in:
                        shutil.copyfileobj(laid_in, write, 1 << 20)
                write.write(end + tail)
