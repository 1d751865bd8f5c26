"""Read one JSON object per line, flattened by the paths of the wanted fields, block by block."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from province_data.formats.csv_text import line_of
from province_data.formats.dialect import Conversion, Field, Limits, Unreadable, convert
from province_data.formats.form import Parsed, Proof
from province_data.formats.json_proof import prove
from province_data.formats.json_tree import Tree, tree_of
from province_data.formats.reasons import (
    CUT_OFF,
    FIELD_TOO_LARGE,
    HALF_CHARACTER,
    NOT_A_NUMBER,
    NOT_TEXT,
    NUL_CHARACTER,
    TOO_DEEP,
    TOO_LARGE,
    no_object_at,
    not_an_object,
    not_json,
    not_single,
    twice,
)
from province_data.formats.refusal import UnknownKey
from province_data.formats.window import decoded

_KINDS = {list: "a list", dict: "an object", str: "a string or number", bool: "true or false", type(None): "null"}


class Broken(Exception):
    """A line that is no record; the text is the reason."""


@dataclass(frozen=True)
class JsonLines:
    """Lines of JSON whose paths are known."""

    conversions: tuple[Conversion, ...]
    tree: Tree
    quote: bytes = b""

    def cut(self, content: bytes) -> int:
        """Cut behind the last line end: JSON never holds one inside a value."""
        return content.rfind(b"\n") + 1

    def proof(self, block: bytes) -> Proof | None:
        """Show that every line is an object of known keys with plain values."""
        return prove(block, self.tree, self.conversions)

    def exact(self, block: bytes, limits: Limits, *, last: bool) -> Parsed:
        """Read line by line; UnknownKey when a key is not in the contract."""
        lines: list[str] = []
        unreadable: list[Unreadable] = []
        read = decoded(block, last=last)
        texts, at = read.text.split("\n"), 0
        for number, line in enumerate(texts, 1):
            start, at = at, at + len(line) + 1
            if not line.strip(" \t\r"):
                continue
            try:
                if read.is_bad(start, at):
                    raise Broken(NOT_TEXT)
                if read.cut_off and number == len(texts):
                    raise Broken(CUT_OFF)
                lines.append(line_of(self._row(line, limits)))
            except Broken as broken:
                unreadable.append(Unreadable(len(lines) + len(unreadable) + 1, number, str(broken)))
            except UnknownKey as unknown:
                raise UnknownKey(number, unknown.key) from None
        ended = block.count(b"\n") + (not block.endswith(b"\n"))
        return Parsed("".join(lines).encode(), len(lines), tuple(unreadable), len(block), ended)

    def _row(self, line: str, limits: Limits) -> Sequence[str]:
        if len(line) > limits.record // 4 and len(line.encode()) > limits.record:
            raise Broken(TOO_LARGE)
        row = [""] * len(self.conversions)
        _place(parsed(line), self.tree, row, "")
        joined = "".join(row)
        if "\0" in joined:
            raise Broken(NUL_CHARACTER)
        if not joined.isascii():
            _demand_characters(joined)
        if len(joined) > limits.field // 4 and max(len(v.encode()) for v in row) > limits.field:
            raise Broken(FIELD_TOO_LARGE)
        return [v if how is Conversion.NONE else convert(v, how) for v, how in zip(row, self.conversions, strict=True)]


def json_lines(fields: Sequence[Field]) -> JsonLines:
    """Set up the reading of JSON lines."""
    return JsonLines(tuple(f.conversion for f in fields), tree_of([f.sent_as for f in fields]))


def parsed(line: str) -> dict[str, object]:
    """Parse one line into an object whose numbers are still text as sent."""
    try:
        record = _DECODER.decode(line)
    except json.JSONDecodeError as error:
        raise Broken(not_json(error.msg, error.pos + 1)) from None
    except RecursionError:
        raise Broken(TOO_DEEP) from None
    if not isinstance(record, dict):
        raise Broken(not_an_object(_KINDS[type(record)]))
    return record


def _place(record: dict[str, object], tree: Tree, row: list[str], path: str) -> None:
    for key, value in record.items():
        here = f"{path}.{key}" if path else key
        node = tree.get(key)
        if node is None:
            raise UnknownKey(1, here)
        if value is None:
            continue
        if isinstance(node, int):
            row[node] = _single(value, here)
        elif isinstance(value, dict):
            _place(value, node, row, here)
        else:
            raise Broken(no_object_at(here))


def _single(value: object, path: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict) and value:
        raise UnknownKey(1, f"{path}.{next(iter(value))}")
    raise Broken(not_single(path, _KINDS[type(value)]))


def _demand_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Broken(HALF_CHARACTER) from None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    record = dict(pairs)
    if len(record) != len(pairs):
        names = [name for name, _ in pairs]
        raise Broken(twice(next(n for n in names if names.count(n) > 1)))
    return record


def _no_constant(_: str) -> object:
    raise Broken(NOT_A_NUMBER)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_no_constant)
