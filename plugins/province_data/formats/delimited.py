"""Read delimited text (CSV and its cousins), block by block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from province_data.formats.csv_text import line_of
from province_data.formats.dialect import LIMITS, Dialect, Limits, Unreadable
from province_data.formats.engine import Job, copy_to, literal
from province_data.formats.form import Parsed, Proof, expression
from province_data.formats.grammar import Grammar, Record, grammar_of, records
from province_data.formats.header import Layout
from province_data.formats.reasons import CUT_OFF, FIELD_TOO_LARGE, NOT_TEXT, TOO_LARGE, wrong_width
from province_data.formats.source import BOM
from province_data.formats.window import decoded, has_long_line, lines_in

_MARK = b"\x01"
_STEPS_BACK = 64


@dataclass(frozen=True)
class Delimited:
    """Delimited text of one dialect, whose columns are known."""

    dialect: Dialect
    layout: Layout
    grammar: Grammar
    quote: bytes

    def cut(self, content: bytes) -> int:
        """Cut behind the last line end that seems not to be quoted: an even number of quotes stands before it."""
        end = content.rfind(b"\n") + 1
        if not end:
            return content.rfind(b"\r", 0, len(content) - 1) + 1
        candidate, odd = end, content.count(self.quote, 0, end) % 2 if self.quote else 0
        for _ in range(_STEPS_BACK):
            if not odd or not candidate:
                break
            before = content.rfind(b"\n", 0, content.rfind(self.quote, 0, candidate)) + 1
            odd = (odd + content.count(self.quote, before, candidate)) % 2
            candidate = before
        return end if odd or not candidate else candidate

    def proof(self, block: bytes) -> Proof | None:
        """Show that outside its well-placed quotes the block has as many delimiters and line ends as its records need."""
        if self.layout.width < 2 or not self._provable() or has_long_line(block, LIMITS.field):
            return None
        delimiter = self.dialect.delimiter.encode()
        outside = _outside_quotes(block, self.quote, delimiter, doubled=self.dialect.escape is not None)
        if outside is None or outside.startswith(BOM):
            return None
        newlines, open_end = block.count(b"\n"), not block.endswith(b"\n")
        if b"\r" in block and not block.count(b"\r\n") == block.count(b"\r") == newlines:
            return None
        rows = (newlines if outside is block else outside.count(b"\n")) + open_end
        if outside.count(delimiter) != rows * (self.layout.width - 1):
            return None
        return Proof(rows, newlines + open_end, self._job(rows))

    def exact(self, block: bytes, limits: Limits, *, last: bool) -> Parsed:
        """Read record by record."""
        read = decoded(block, last=last)
        text = read.text
        lines: list[str] = []
        unreadable: list[Unreadable] = []
        used, line = 0, 0
        for record in records(text, self.grammar):
            if record.open and not last:
                return Parsed("".join(lines).encode(), len(lines), tuple(unreadable), read.size(0, record.start), record.line - 1)
            if read.is_bad(record.start, record.end):
                reason = NOT_TEXT
            elif read.cut_off and record.end == len(text):
                reason = CUT_OFF
            else:
                reason = record.reason or self._objection(record, limits)
            if reason:
                unreadable.append(Unreadable(len(lines) + len(unreadable) + 1, record.line, reason))
            else:
                lines.append(line_of(self.layout.arrange(record.values)))
            used, line = record.end, record.line + record.lines - 1
        line += lines_in(block[read.size(0, used) :])
        return Parsed("".join(lines).encode(), len(lines), tuple(unreadable), len(block), line)

    def _objection(self, record: Record, limits: Limits) -> str:
        if record.end - record.start > limits.field // 4:
            sizes = [len(v.encode()) for v in record.values]
            if sum(sizes) > limits.record:
                return TOO_LARGE
            if max(sizes) > limits.field:
                return FIELD_TOO_LARGE
        found = len(record.values)
        return "" if found == self.layout.width else wrong_width(found, self.layout.width)

    def _provable(self) -> bool:
        d = self.dialect
        plain = len(d.delimiter.encode()) == 1 and len(self.quote) <= 1 and d.delimiter != d.quote
        return plain and (not d.quote or d.escape in (None, d.quote))

    def _job(self, rows: int) -> Job:
        columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(self.layout.width))
        wanted = ", ".join(
            "null" if at is None else expression(f"c{at}", how)
            for at, how in zip(self.layout.positions, self.layout.conversions, strict=True)
        )
        quote = literal(self.dialect.quote)
        # The engine is not told the line end: told CRLF in strict mode, DuckDB 2.0 misreads the whole text.
        options = (
            f"auto_detect = false, header = false, delim = {literal(self.dialect.delimiter)}, quote = {quote}, escape = {quote},"
            f" columns = {{{columns}}}, strict_mode = true, parallel = false, max_line_size = 4200000, buffer_size = 8400000"
        )

        def run(cursor: duckdb.DuckDBPyConnection, source: Path, target: Path) -> bool:
            query = f"select {wanted} from read_csv({literal(str(source))}, {options})"
            return cursor.execute(copy_to(query, target)).fetchall() == [(rows,)]

        return run


def delimited(dialect: Dialect, layout: Layout) -> Delimited:
    """Set up the reading of delimited text."""
    return Delimited(dialect, layout, grammar_of(dialect), dialect.quote.encode())


def _outside_quotes(block: bytes, quote: bytes, delimiter: bytes, *, doubled: bool) -> bytes | None:
    """Give a block with each quoted value replaced by one mark, or None if a quote stands where none belongs."""
    if not quote or quote not in block:
        return block
    parts = block.split(quote)
    if _MARK in block or not len(parts) % 2 or max(map(len, parts)) > LIMITS.field:
        return None
    outside = _MARK.join(parts[::2])
    while doubled and _MARK * 2 in outside:
        outside = outside.replace(_MARK * 2, _MARK)
    opened = outside.startswith(_MARK) + outside.count(delimiter + _MARK) + outside.count(b"\n" + _MARK)
    closed = outside.endswith(_MARK) + sum(outside.count(_MARK + after) for after in (delimiter, b"\r", b"\n"))
    return outside if opened == closed == outside.count(_MARK) else None
