"""Refuse a whole file: a schema that is not the contract's, bytes that are not text, archives that lie."""

from __future__ import annotations

from collections.abc import Sequence

from province_data.errors import FormatError
from province_data.formats.reasons import shown

SCHEMA = "DLV-004"
ENCODING = "TXT-001"
_NAMED = 12


class UnknownKey(Exception):
    """A JSON key the contract does not name, on a line counted within its block."""

    def __init__(self, line: int, key: str) -> None:
        super().__init__("a key the contract does not name")
        self.line, self.key = line, key


def wrong_header(name: str, unexpected: Sequence[str], missing: Sequence[str], doubled: Sequence[str], *, line: int = 1) -> FormatError:
    """Refuse a header that lost, gained, renamed or repeated columns."""
    parts = [("unexpected", unexpected), ("missing", missing), ("twice", doubled)]
    found = "; ".join(f"{word}: {_listed(names)}" for word, names in parts if names)
    return FormatError(
        f"the columns are not those of the contract: {found}",
        where=f"{name}, line {line}",
        expected="the column names of the contract, in any order",
        next_step="send the file with the agreed column names, or agree on a new contract version first",
        rule_id=SCHEMA,
    )


def no_header(name: str, found: int, wanted: int, *, line: int = 1) -> FormatError:
    """Refuse a file whose first line holds so few of the names that it may be a record; its content is not repeated."""
    return FormatError(
        f"the first line is no header: {found} of {wanted} column names found",
        where=f"{name}, line {line}",
        expected="a header line with the column names of the contract, and the delimiter of the contract",
        next_step="send the file with its header and nothing above it",
        rule_id=SCHEMA,
    )


def unknown_key(name: str, key: str, line: int) -> FormatError:
    """Refuse a file of objects with a key that the contract does not name."""
    return FormatError(
        f"the key {shown(key)} is not in the contract",
        where=f"{name}, line {line}",
        expected="only the keys of the contract",
        next_step="send the file without it, or agree on a new contract version first",
        rule_id=SCHEMA,
    )


def not_encoded(name: str, encoding: str, line: int, offset: int | None, *, what: str = "bytes that are not") -> FormatError:
    """Refuse a file that is not text in the encoding its manifest declares."""
    place = f"{name}, line {line}" + (f", byte {offset}" if offset is not None else "")
    return FormatError(
        f"the file holds {what} {encoding}",
        where=place,
        expected=f"text in {encoding}, as declared",
        next_step="save the file as UTF-8, or declare the encoding it has",
        rule_id=ENCODING,
    )


def too_many_unreadable(name: str, limit: int) -> FormatError:
    """Refuse a file of which so many records cannot be read that its form must be another one."""
    return FormatError(
        f"more than {limit} records cannot be read",
        where=name,
        expected="a file written as its contract says",
        next_step="compare delimiter, quoting and columns with the contract",
        rule_id=SCHEMA,
    )


def damaged(name: str, what: str, *, expected: str = "a whole, undamaged file", next_step: str = "send the file again") -> FormatError:
    """Refuse a container (gzip, ZIP, workbook) that is broken or built to harm."""
    return FormatError(what, where=name, expected=expected, next_step=next_step)


def _listed(names: Sequence[str]) -> str:
    some = ", ".join(shown(n) for n in names[:_NAMED])
    return some if len(names) <= _NAMED else f"{some} and {len(names) - _NAMED} more"
