"""Show by counting that a block of JSON lines holds nothing but known keys and plain values.

In JSON a bare quote is always the edge of a string. Let a text without escaped quotes and without lists have k keys, s
string values and Q = 2 (k + s) quotes. Counted are S times `":"` and K times `":`. A string is counted in S at most
once, so S <= s; then Q = 2 (K + S) makes K >= k. If the engine finds K keys at known paths, K <= k, hence K = k and
S = s: no key is unknown, and the values that are no strings are those the counts and the pattern below saw. Q = 4 S
alone says that all values are strings. The engine refuses by itself what is not JSON or has a key twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import duckdb

from province_data.formats.dialect import LIMITS, Conversion
from province_data.formats.engine import Job, copy_to, identifier, literal
from province_data.formats.form import Proof, expression
from province_data.formats.json_tree import Tree, branches, leaves
from province_data.formats.window import has_long_line

# Blanks and commas that the engine forgives although JSON does not.
_BLANKS = (b"\t", b"\x0b", b"\x0c")
_BEFORE_END = (b",", b", ", b"  ")
_BOM = b"\xef\xbb\xbf"
_LIST = re.compile(rb": *\[")
_ODD_VALUE = {gap: re.compile(rb'":' + gap + rb'(?!["{]|(?:null|true|false|0|-?[1-9][0-9]{0,17}) ?[,}])') for gap in (b"", b" ")}


@dataclass(frozen=True)
class Counts:
    """What counting says about a block: lines, keys, keys with an object."""

    rows: int
    keys: int
    objects: int


def prove(block: bytes, tree: Tree, conversions: tuple[Conversion, ...]) -> Proof | None:
    """Count a block through; None unless everything in it is plain."""
    counts = _counts(block)
    if counts is None or len(conversions) < 2:
        return None
    return Proof(counts.rows, counts.rows, _job(counts, tree, conversions))


def _counts(block: bytes) -> Counts | None:
    if any(blank in block for blank in _BLANKS) or block.startswith(_BOM) or has_long_line(block, LIMITS.field):
        return None
    bare = block
    if b"\\" in block:
        if b"\\u0000" in block:
            return None
        bare = block.replace(b"\\\\", b"").replace(b'\\"', b"")
    rows = block.count(b"\n") + (not block.endswith(b"\n"))
    found = _keys(bare)
    if found is None:
        return None
    flat = not found[1] and bare.count(b'"}') == rows
    if not flat and any(part.endswith(_BEFORE_END) for part in bare.split(b"}")):
        return None
    return Counts(rows, *found)


def _keys(bare: bytes) -> tuple[int, int] | None:
    """Count the keys, and those with an object; None if there are other strings, or values whose text could change."""
    if b"[" in bare and _LIST.search(bare):
        return None
    first = bare.find(b'":')
    gap = b" " if bare[first + 2 : first + 3] == b" " else b""
    strings, quotes = bare.count(b'":' + gap + b'"'), bare.count(b'"')
    if quotes == 4 * strings:
        return strings, 0
    keys, objects = bare.count(b'":'), bare.count(b'":' + gap + b"{")
    if quotes != 2 * (keys + strings) or b'" :' in bare:
        return None
    if keys != strings + objects and _ODD_VALUE[gap].search(bare):
        return None
    return keys, objects


def _job(counts: Counts, tree: Tree, conversions: tuple[Conversion, ...]) -> Job:
    places = dict(leaves(tree))
    columns = [_column(places[place]) for place in range(len(conversions))]
    wanted = ", ".join(expression(f"nullif({c}, '')", how) for c, how in zip(columns, conversions, strict=True))
    objects = [_column(path) for path in branches(tree)]
    found = " + ".join(f"count({c})" for c in columns)
    found_objects = " + ".join(f"count({c})" for c in objects) or "0"
    shape = ", ".join(f"{literal(name)}: {literal(_type(node))}" for name, node in tree.items())

    def run(cursor: duckdb.DuckDBPyConnection, source: Path, target: Path) -> bool:
        at = literal(str(source))
        cursor.execute(f"create or replace temp table block as select * from read_ndjson({at}, columns = {{{shape}}}, {_OPTIONS})")
        values, boxes = cursor.execute(f"select {found}, {found_objects} from block").fetchall()[0]
        if boxes != counts.objects or (values + boxes != counts.keys and _known(cursor, at, tree) != counts.keys):
            return False
        return cursor.execute(copy_to(f"select {wanted} from block", target)).fetchall() == [(counts.rows,)]

    return run


_OPTIONS = "maximum_object_size = 4200000, compression = 'none'"


def _known(cursor: duckdb.DuckDBPyConnection, at: str, tree: Tree) -> int:
    """Count the keys at known paths, those with null too."""
    paths = [path for _, path in leaves(tree)] + list(branches(tree))
    listed = ", ".join(literal("".join("/" + _pointer(name) for name in path)) for path in paths)
    lines = (
        f"read_csv({at}, auto_detect = false, header = false, delim = '\x01', quote = '', escape = '',"
        " columns = {'line': 'VARCHAR'}, max_line_size = 4200000, buffer_size = 8400000)"
    )
    answer = cursor.execute(f"select sum(list_sum(json_exists(line, [{listed}])::int[])) from {lines}").fetchall()
    return int(answer[0][0])


def _pointer(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _column(path: tuple[str, ...]) -> str:
    return "block." + ".".join(identifier(name) for name in path)


def _type(node: int | Tree) -> str:
    if isinstance(node, int):
        return "VARCHAR"
    return "STRUCT(" + ", ".join(f"{identifier(name)} {_type(below)}" for name, below in node.items()) + ")"
