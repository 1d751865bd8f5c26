"""Judge a workbook before it is opened: the reader would hold every cell, and a small file can name very many.

A workbook is a ZIP of XML. Bounded are its members, its unpacked size, the rectangle from the first to the last cell
of a sheet, and the text that all cells together show. Declarations of entities have no place in it and are refused.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from province_data.formats.archive import checked_members
from province_data.formats.csv_text import CHUNK
from province_data.formats.refusal import damaged

UNPACKED = 256 << 20
CELLS = 6_000_000
TEXT = 256 << 20
_CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])")
_PLACE = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*>")
_SHARED = re.compile(rb"\bt=[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>([0-9]{1,9})<")
_ERROR = re.compile(rb"<(?:\w+:)?c\s([^>]*)>(?:(?!</?(?:\w+:)?c[\s>]).)*?<(?:\w+:)?v>(#[^<]{1,20})<", re.DOTALL)
_REFERENCE = re.compile(rb"\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
_STRING_END = re.compile(rb"</(?:\w+:)?si>|<(?:\w+:)?si/>")
_NAMESPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
Errors = dict[tuple[int, int], str]
"""Row and column, from 0, of the cells that show an error, and what they show."""
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass
class Extent:
    """What one XML part holds: cells, the rectangle they span, the shared strings they use, the errors they show."""

    cells: int = 0
    placed: int = 0
    rows: int = 0
    columns: int = 0
    shared: list[int] = field(default_factory=list)
    errors: Errors = field(default_factory=dict)


def guard_workbook(path: Path, name: str) -> dict[str, Errors]:
    """Refuse a workbook that is broken or too large; give the error texts (`#N/A`) of each sheet.

    The reader leaves cells with errors empty, but a person sees the error, and so must the rules.
    """
    try:
        with zipfile.ZipFile(path) as package:
            checked_members(package, name, UNPACKED)
            lengths = _string_lengths(package, name)
            extents = {part: _extent(package, part, name) for part in package.namelist()}
            for extent in extents.values():
                _demand_small(extent, lengths, name)
            return {sheet: extents[part].errors for sheet, part in _sheets(package).items() if part in extents}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ElementTree.ParseError):
        raise damaged(name, "the file is no readable workbook", expected="an .xlsx file, not encrypted") from None


def _demand_small(extent: Extent, lengths: list[int], name: str) -> None:
    smaller = "send larger tables as CSV"
    if extent.cells != extent.placed:
        raise damaged(name, "the workbook has cells without an address", next_step="save the workbook anew with Excel or LibreOffice")
    if extent.rows * extent.columns > CELLS:
        spans = f"a sheet spans {extent.rows} rows and {extent.columns} columns"
        raise damaged(name, spans, expected=f"at most {CELLS} cells", next_step=smaller)
    shown = sum(lengths[i] for i in extent.shared if i < len(lengths))
    if shown > TEXT:
        raise damaged(name, "the cells of a sheet show too much text", expected=f"at most {TEXT} bytes", next_step=smaller)


def _extent(package: zipfile.ZipFile, part: str, name: str) -> Extent:
    extent = Extent()
    for xml in _pieces(package, part, name):
        extent.cells += len(_CELL.findall(xml))
        for found in _PLACE.finditer(xml):
            extent.placed += 1
            if not found[0].endswith(b"/>"):
                extent.rows = max(extent.rows, int(found[2]))
                extent.columns = max(extent.columns, _number(found[1]))
        extent.shared += map(int, _SHARED.findall(xml))
        if b">#" in xml:
            extent.errors.update(_errors(xml))
        if extent.cells > 4 * CELLS:
            raise damaged(name, "a sheet has too many cells", expected=f"at most {CELLS}", next_step="send larger tables as CSV")
    return extent


def _errors(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for attributes, text in _ERROR.findall(xml):
        place = _REFERENCE.search(attributes)
        if place and re.search(rb"\bt=[\"']e[\"']", attributes):
            yield (int(place[2]) - 1, _number(place[1]) - 1), text.decode("ascii", "replace")


def _pieces(package: zipfile.ZipFile, part: str, name: str) -> Iterator[bytes]:
    """Give the XML of a part in pieces that end between rows where there are rows."""
    rest, first = b"", True
    with package.open(part) as file:
        while chunk := file.read(CHUNK):
            if first and (b"\0" in chunk[:100] or re.search(rb"<!(?:DOCTYPE|ENTITY)", chunk[:65536])):
                raise damaged(name, "the workbook declares entities, or is not written in UTF-8")
            rest, first = rest + chunk, False
            end = max(rest.rfind(b"</row>") + 6, rest.rfind(b"</si>") + 5, 0)
            if end < 7 and len(rest) > 16 * CHUNK:
                end = len(rest)
            if end >= 7:
                yield rest[:end]
                rest = rest[end:]
    yield rest


def _string_lengths(package: zipfile.ZipFile, name: str) -> list[int]:
    part = next((p for p in package.namelist() if p.lower().endswith("sharedstrings.xml")), None)
    lengths: list[int] = []
    for xml in _pieces(package, part, name) if part else ():
        ends = [m.end() for m in _STRING_END.finditer(xml)]
        lengths += [end - start for start, end in zip([0, *ends], ends, strict=False)]
    return lengths


def _sheets(package: zipfile.ZipFile) -> dict[str, str]:
    """Name the part that holds each sheet; empty if the workbook does not say."""
    try:
        book = ElementTree.fromstring(package.read("xl/workbook.xml"))
        relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    except KeyError:
        return {}
    targets = {r.get("Id", ""): r.get("Target", "") for r in relations}
    found = {s.get("name", ""): targets.get(s.get(_RELATION, ""), "") for s in book.iter(f"{_NAMESPACE}sheet")}
    return {sheet: target[1:] if target.startswith("/") else f"xl/{target}" for sheet, target in found.items()}


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
