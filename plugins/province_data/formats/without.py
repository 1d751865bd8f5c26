"""Write a delivered file anew without the records that state a key, whatever the file is: text, JSON lines, a workbook, packed or not.

A record is a line, or the lines that one quotation joins; in a workbook a row. Everything else stays byte by byte in text files; a
workbook and an archive keep their contents, not their packing.
"""

from __future__ import annotations

import gzip
import re
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Protocol

from openpyxl import load_workbook

Needle = tuple[str, ...]
"""The parts of a key; a record states it when it holds every part as a whole word."""
WORD = "0-9A-Za-z"
ZIP, GZIP, BOMS = b"PK\x03\x04", b"\x1f\x8b", {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
SHEET = "xl/workbook.xml"
LINES = re.compile(r"[^\n]*\n|[^\n]+")
CHUNK = 1 << 20
LONGEST_RECORD = 50
"""Lines."""
Patterns = Sequence[Sequence[re.Pattern[str]]]
Gone = dict[str, int]
"""Member of an archive or sheet of a workbook ('' for the file itself) -> records taken out of it."""


class Readable(Protocol):
    """What bytes are read from, packed or not."""

    def read(self, size: int, /) -> bytes:
        """Give the next bytes, none at the end."""


def without_records(content: bytes, needles: Sequence[Needle]) -> tuple[bytes, Gone]:
    """Return a file's content without the records that state one of the keys, and how many these were; none leaves it as it is."""
    return _without(content, [_pattern(needle) for needle in needles])


def may_hold(path: Path, needles: Sequence[Needle]) -> bool:
    """Say whether a file can hold a key at all, by its bytes, a megabyte at a time: nearly all files are left at this."""
    with path.open("rb") as file:
        head = file.read(len(ZIP))
        file.seek(0)
        if head.startswith(GZIP):
            with gzip.open(file) as inside:
                return _is_in(inside, needles)
        if not head.startswith(ZIP):
            return _is_in(file, needles)
        with zipfile.ZipFile(file) as archive:
            # A member may be packed itself; then its bytes say nothing.
            return any(name.endswith((".gz", ".zip", ".xlsx")) or _is_in(archive.open(name), needles) for name in archive.namelist())


def _is_in(stream: Readable, needles: Sequence[Needle]) -> bool:
    """Look for the longest part of each key, without leading zeros, as ASCII and as UTF-16."""
    longest = [max((part.lstrip("0") for part in needle), key=len) for needle in needles]
    wanted = [form for part in longest for form in (part.encode(), part.encode("utf-16-le"), part.encode("utf-16-be"))]
    overlap, before = max(len(form) for form in wanted), b""
    while chunk := stream.read(CHUNK):
        window = before + chunk
        if any(form in window for form in wanted):
            return True
        before = window[-overlap:]
    return False


def _pattern(needle: Needle) -> list[re.Pattern[str]]:
    """Find each part as a whole word; a spreadsheet may have dropped the leading zeros of a number."""
    found = []
    for part in needle:
        short = part.lstrip("0")
        zeros = "0*" if part.isdigit() and len(short) >= 9 else ""
        found.append(re.compile(f"(?<![{WORD}]){zeros}{re.escape(short if zeros else part)}(?![{WORD}])"))
    return found


def _states(text: str, patterns: Patterns) -> bool:
    return any(all(part.search(text) for part in parts) for parts in patterns)


def _without(content: bytes, patterns: Patterns) -> tuple[bytes, Gone]:
    if content.startswith(GZIP):
        kept, gone = _without(gzip.decompress(content), patterns)
        return (gzip.compress(kept, mtime=0), gone) if gone else (content, gone)
    if content.startswith(ZIP):
        return _without_in_archive(content, patterns)
    # Latin-1 gives every byte back as it was; the parts of a key are ASCII.
    encoding, errors = (BOMS[content[:2]], "surrogatepass") if content[:2] in BOMS else ("latin-1", "strict")
    text, removed = _without_lines(content.decode(encoding, errors), patterns)
    return (text.encode(encoding, errors), {"": removed}) if removed else (content, {})


def _without_lines(text: str, patterns: Patterns) -> tuple[str, int]:
    """Take whole records out of a text; a quotation that is open at the end of a line goes on in the next."""
    kept: list[str] = []
    record: list[str] = []
    gone = 0
    for line in LINES.findall(text):
        record.append(line)
        # A quotation of so many lines is a damaged file: its lines stand alone again.
        if len(record) < LONGEST_RECORD and _is_open("".join(record)):
            continue
        gone += _settle(record, patterns, kept)
        record = []
    gone += _settle(record, patterns, kept) if record else 0
    return "".join(kept), gone


def _is_open(record: str) -> bool:
    return not record.lstrip().startswith("{") and record.count('"') % 2 == 1


def _settle(record: list[str], patterns: Patterns, kept: list[str]) -> int:
    pieces = record if _is_open("".join(record)) else ["".join(record)]
    rest = [piece for piece in pieces if not _states(piece, patterns)]
    kept.extend(rest)
    return len(pieces) - len(rest)


def _without_in_archive(content: bytes, patterns: Patterns) -> tuple[bytes, Gone]:
    gone: Gone = {}
    members = []
    with zipfile.ZipFile(BytesIO(content)) as archive:
        if SHEET in archive.namelist():
            return _without_rows(content, patterns)
        for member in archive.infolist():
            kept, inside = _without(archive.read(member), patterns)
            members.append((member, kept))
            if inside:
                gone[member.filename] = sum(inside.values())
    if not gone:
        return content, gone
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, kept in members:
            archive.writestr(zipfile.ZipInfo(member.filename, member.date_time), kept, zipfile.ZIP_DEFLATED)
    return out.getvalue(), gone


def _without_rows(content: bytes, patterns: Patterns) -> tuple[bytes, Gone]:
    book = load_workbook(BytesIO(content))
    gone: Gone = {}
    for sheet in book.worksheets:
        for number in range(sheet.max_row, 1, -1):
            row = "\t".join("" if cell.value is None else str(cell.value) for cell in sheet[number])
            if _states(row, patterns):
                sheet.delete_rows(number)
                gone[sheet.title] = gone.get(sheet.title, 0) + 1
    if not gone:
        return content, gone
    out = BytesIO()
    book.save(out)
    return out.getvalue(), gone
