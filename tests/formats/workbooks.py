"""Make workbooks for the tests: honest ones with a library, others from bare XML."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

import openpyxl

CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELATIONS = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
RELATION = '<Relationship Id="{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = (
    f'<?xml version="1.0"?><workbook xmlns="{SPREADSHEET}"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">{}'
    '<sheets><sheet name="s" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
SHEET = f'<?xml version="1.0"?>{{}}<worksheet xmlns="{SPREADSHEET}"><sheetData>{{}}</sheetData></worksheet>'


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    """Save rows as the sheets of a workbook."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def from_xml(rows: str, *, strings: str = "", before: str = "", book: str = "") -> bytes:
    """Save a workbook with one sheet `s`, written as XML."""
    targets = [RELATION.format("rId1", "worksheet", "worksheets/sheet1.xml"), RELATION.format("rId2", "sharedStrings", "sharedStrings.xml")]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", CONTENT_TYPES)
        package.writestr("_rels/.rels", RELATIONS.format(RELATION.format("rId1", "officeDocument", "xl/workbook.xml")))
        package.writestr("xl/_rels/workbook.xml.rels", RELATIONS.format("".join(targets)))
        package.writestr("xl/workbook.xml", BOOK.format(book))
        package.writestr("xl/sharedStrings.xml", f'<?xml version="1.0"?><sst xmlns="{SPREADSHEET}">{strings}</sst>')
        package.writestr("xl/worksheets/sheet1.xml", SHEET.format(before, rows))
    return buffer.getvalue()


def inline(reference: str, text: str) -> str:
    """Write a text cell."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER = f'<row r="1">{inline("A1", "a")}{inline("B1", "b")}</row>'
