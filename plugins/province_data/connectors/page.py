"""Take a page of an HTTP source apart, keeping each record exactly as it was sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime

from province_data.errors import SourceError

_SPACE = re.compile(r"[ \t\n\r]*")
_LINE_BREAK = re.compile(r"[\n\r]")
_ENVELOPE = json.JSONDecoder()
# Numbers inside a record are never looked at here, so they are not converted: no rounding, no limit of digits.
_RECORD = json.JSONDecoder(parse_float=str, parse_int=str)


@dataclass(frozen=True)
class Page:
    """What one answer holds."""

    records: tuple[bytes, ...]
    """Each record's own JSON text on one line."""
    next_cursor: str | None
    total: int
    as_of: datetime


def read_page(body: bytes, where: str) -> Page:
    """Read an answer `{"items": […], "next_cursor": …, "total": …, "as_of": …}`; SourceError if it is none."""
    try:
        envelope, records = _split(body.decode("utf-8-sig"))
        total, as_of = envelope["total"], datetime.fromisoformat(str(envelope["as_of"]))
        next_cursor = envelope.get("next_cursor")
    except (ValueError, KeyError, RecursionError, IndexError):
        raise _nonsense(where) from None
    if type(total) is not int or total < 0 or as_of.tzinfo is None or not isinstance(next_cursor, str | int | None):
        raise _nonsense(where)
    return Page(records, None if next_cursor in (None, "") else str(next_cursor), total, as_of)


def _split(text: str) -> tuple[dict[str, object], tuple[bytes, ...]]:
    """Walk through the outer object; json.loads would forget how the records were written."""
    envelope: dict[str, object] = {}
    records: tuple[bytes, ...] | None = None
    mark, at = _mark(text, 0, "{")
    while mark != "}":
        name, at = _ENVELOPE.raw_decode(text, _skip(text, at))
        _, at = _mark(text, at, ":")
        if name == "items":
            records, at = _slices(text, at)
        else:
            envelope[str(name)], at = _ENVELOPE.raw_decode(text, _skip(text, at))
        mark, at = _mark(text, at, ",}")
    if records is None or _skip(text, at) != len(text):
        raise ValueError
    return envelope, records


def _slices(text: str, at: int) -> tuple[tuple[bytes, ...], int]:
    records = []
    mark, at = _mark(text, at, "[")
    if text[_skip(text, at)] == "]":
        return (), _skip(text, at) + 1
    while mark != "]":
        start = _skip(text, at)
        _, at = _RECORD.raw_decode(text, start)
        # A line break cannot be inside a JSON string, so it is only layout.
        records.append(_LINE_BREAK.sub(" ", text[start:at]).encode())
        mark, at = _mark(text, at, ",]")
    return tuple(records), at


def _mark(text: str, at: int, allowed: str) -> tuple[str, int]:
    at = _skip(text, at)
    if text[at] not in allowed:
        raise ValueError
    return text[at], at + 1


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _nonsense(where: str) -> SourceError:
    return SourceError(
        "the source's answer cannot be read",
        where=where,
        expected='UTF-8 JSON {"items": […], "next_cursor": …, "total": …, "as_of": …} with a time zone in as_of',
        next_step="ask the source's operator whether the interface has changed",
    )
