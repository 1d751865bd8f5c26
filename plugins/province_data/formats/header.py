"""Match the header of a file with the wanted fields: any order, no name lost, gained, renamed or repeated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from province_data.errors import FormatError
from province_data.formats.dialect import Conversion, Field, convert
from province_data.formats.refusal import no_header, wrong_header


@dataclass(frozen=True)
class Layout:
    """Where in a record each wanted field stands: `positions` and `conversions` follow the order of the fields."""

    width: int
    positions: tuple[int | None, ...]
    conversions: tuple[Conversion, ...]

    def arrange(self, values: Sequence[str]) -> list[str]:
        """Put the values of one record in the order of the fields, converted; a missing column is empty."""
        extended = (*values, "")
        row = [extended[at] for at in self._order]
        for place, how in self._converted:
            if row[place]:
                row[place] = convert(row[place], how)
        return row

    @cached_property
    def _order(self) -> list[int]:
        return [self.width if at is None else at for at in self.positions]

    @cached_property
    def _converted(self) -> list[tuple[int, Conversion]]:
        return [(place, how) for place, how in enumerate(self.conversions) if how is not Conversion.NONE]


def match_header(
    names: Sequence[str], fields: Sequence[Field], required: Collection[str], name: str, *, line: int = 1
) -> tuple[Layout, tuple[str, ...]]:
    """Place the fields by the header; also name the columns the file lacks and may lack.

    `required` holds names as sent. A first line with more strange names than known ones is taken for a record, and
    none of its content gets into the message.
    """
    known, seen = {f.sent_as for f in fields}, Counter(names)
    unexpected = [n for n in seen if n not in known]
    missing = [f.sent_as for f in fields if f.sent_as in required and f.sent_as not in seen]
    doubled = [n for n, times in seen.items() if n in known and times > 1]
    if unexpected or missing or doubled:
        raise _refused(names, known, unexpected, missing, doubled, name, line)
    at = {n: place for place, n in enumerate(names)}
    positions = tuple(at.get(f.sent_as) for f in fields)
    lacking = tuple(f.column for f, place in zip(fields, positions, strict=True) if place is None)
    return Layout(len(names), positions, tuple(f.conversion for f in fields)), lacking


def _refused(
    names: Sequence[str], known: set[str], unexpected: list[str], missing: list[str], doubled: list[str], name: str, line: int
) -> FormatError:
    found = len(known & set(names))
    if not found or found < max(len(unexpected), len(missing)):
        return no_header(name, found, len(known), line=line)
    return wrong_header(name, unexpected, missing, doubled, line=line)


def in_order(fields: Sequence[Field]) -> Layout:
    """Place the fields one after the other, as in a file without header."""
    return Layout(len(fields), tuple(range(len(fields))), tuple(f.conversion for f in fields))
