"""Say how a file is written, which fields are wanted from it, and what reading it gave."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_DAY_MONTH_YEAR = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
_SWAP = str.maketrans(",.", ".,")


class Conversion(StrEnum):
    """A rewriting of one value that loses nothing: what does not fit the pattern stays as it was sent."""

    NONE = "none"
    DECIMAL_COMMA = "decimal_comma"
    DATE_DMY = "date_dmy"


def convert(value: str, conversion: Conversion) -> str:
    """Rewrite one value; `136,1` and `136.1` change places, so a point where a comma is due stays visible to the rules."""
    if conversion == Conversion.DECIMAL_COMMA:
        return value.translate(_SWAP)
    if conversion == Conversion.DATE_DMY and (found := _DAY_MONTH_YEAR.fullmatch(value)):
        return f"{found[3]}-{found[2]}-{found[1]}"
    return value


@dataclass(frozen=True)
class Field:
    """One wanted field: its column here, its header or JSON path (`nguoi.soDinhDanh`) as sent, its conversion."""

    column: str
    sent_as: str
    conversion: Conversion = Conversion.NONE


@dataclass(frozen=True)
class Dialect:
    """How a file is written.

    `format` is delimited, json_lines or workbook. `quote` empty means that nothing is quoted; `escape` is what makes a
    quote inside quotes a plain character (the quote itself when doubled, None for no such thing). Lines end in LF,
    CRLF or CR, mixed or not; a line break inside quotes belongs to the value; a blank line is no record.
    """

    format: str
    encoding: str = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    escape: str | None = '"'
    header: bool = True
    decimal: str = "."
    sheet: str | None = None
    skip_lines: int = 0


@dataclass(frozen=True)
class Unreadable:
    """One record that could not be read: its number from 1 (header not counted), its line in the file, the reason.

    The reason never holds a value. For a workbook the line is the row number of the sheet.
    """

    record_number: int | None
    line: int | None
    reason: str


@dataclass(frozen=True)
class ReadReport:
    """What reading gave: records written, records that could not be read, optional columns the file lacks."""

    written: int
    unreadable: tuple[Unreadable, ...]
    optional_missing: tuple[str, ...]


@dataclass(frozen=True)
class Limits:
    """How much is held in memory, and how large a record may be.

    `block` bytes are worked on at a time and must be at least twice `record`; blocks below `fast_from` bytes are not
    worth handing to the engine.
    """

    block: int = 8 << 20
    record: int = 4 << 20
    field: int = 1 << 20
    fast_from: int = 1 << 20
    unreadable: int = 100_000


LIMITS = Limits()
