"""Find the header of a delimited file at the front of the window."""

from __future__ import annotations

from dataclasses import dataclass

from province_data.errors import FormatError
from province_data.formats.grammar import Grammar, records
from province_data.formats.refusal import SCHEMA, not_encoded
from province_data.formats.window import Decoded, Window, decoded, is_full_of_nuls, lines_in

_SPAN = 1 << 20


@dataclass(frozen=True)
class FirstRecord:
    """The first record of a file: its values, its line, and what of the window it takes up."""

    values: tuple[str, ...]
    line: int
    size: int
    lines: int


def skip_lines(window: Window, number: int) -> None:
    """Leave out the first lines of a file, whatever they hold."""
    for _ in range(number):
        window.fill(_SPAN)
        end = window.content.find(b"\n") + 1 or len(window.content)
        window.advance(end, 1)


def first_record(window: Window, grammar: Grammar, name: str, encoding: str) -> FirstRecord | None:
    """Read the first record without moving on; None if there is none, FormatError if it is broken or no text."""
    window.fill(_SPAN)
    front = window.content
    if not window.ended:
        front = front[: max(front.rfind(b"\n"), front.rfind(b"\r", 0, len(front) - 1)) + 1]
    read = _text(front, window, name, encoding)
    found = next(records(read.text, grammar), None)
    if found is None and window.ended:
        return None
    if found is None or found.reason:
        reason = found.reason if found else "it is longer than a header can be"
        raise FormatError(
            f"the header cannot be read: {reason}",
            where=f"{name}, line {window.line + (found.line - 1 if found else 0)}",
            expected="a header line with the column names of the contract",
            rule_id=SCHEMA,
        )
    if read.is_bad(0, found.end):
        raise not_encoded(name, encoding, window.line + found.line - 1, None)
    size = read.size(0, found.end)
    return FirstRecord(found.values, window.line + found.line - 1, size, lines_in(front[:size]))


def _text(front: bytes, window: Window, name: str, encoding: str) -> Decoded:
    if not is_full_of_nuls(front):
        return decoded(front, last=window.ended)
    at = front.find(b"\0")
    line, offset = window.line + lines_in(front[:at]), window.offset + at if window.offset >= 0 else None
    raise not_encoded(name, encoding, line, offset, what="a NUL byte, which is not text in")
