"""What a format must be able to do with one block of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from province_data.formats.dialect import Conversion, Limits, Unreadable
from province_data.formats.engine import Job


@dataclass(frozen=True)
class Parsed:
    """What the exact way makes of a block: CSV, how many rows it has, how much of the block is used up.

    Record numbers and lines of `unreadable` are counted within the block.
    """

    csv: bytes
    written: int
    unreadable: tuple[Unreadable, ...]
    consumed: int
    lines: int


@dataclass(frozen=True)
class Proof:
    """Why a block may be read the fast way: it has so many rows, none of them broken, and `job` will show it."""

    rows: int
    lines: int
    job: Job


class Form(Protocol):
    """One way of writing records into a byte stream."""

    @property
    def quote(self) -> bytes:
        """Give the quote inside which a line end does not end a record; empty if there is none."""
        ...

    def cut(self, content: bytes) -> int:
        """Say how many bytes of an unfinished text are whole records, as far as can be told cheaply; 0 if none."""
        ...

    def proof(self, block: bytes) -> Proof | None:
        """Show cheaply that every record of a block is well-formed, or give None."""
        ...

    def exact(self, block: bytes, limits: Limits, *, last: bool) -> Parsed:
        """Read a block record by record; a record that goes on behind the block is not consumed unless it is the last."""
        ...


def expression(column: str, conversion: Conversion) -> str:
    """Write a conversion in SQL; it gives the same as `convert`."""
    if conversion == Conversion.DECIMAL_COMMA:
        return f"translate({column}, ',.', '.,')"
    if conversion == Conversion.DATE_DMY:
        return rf"regexp_replace({column}, '^([0-9]{{2}})/([0-9]{{2}})/([0-9]{{4}})$', '\3-\2-\1')"
    return column
