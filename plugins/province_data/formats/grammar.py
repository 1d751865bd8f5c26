"""Cut delimited text into records exactly, telling for each broken one where and why.

The rules are those of RFC 4180, with the quote, delimiter and escape of the dialect: a value is quoted only if the
quote is its first character; what follows a closing quote must be a delimiter or a line end. After a broken record
reading goes on at the next line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from province_data.formats.dialect import Dialect
from province_data.formats.reasons import AFTER_QUOTE, NEVER_CLOSED

_LINE = re.compile(r"[^\r\n]*")
_LINE_END = re.compile(r"\r\n|[\r\n]")


@dataclass(frozen=True)
class Record:
    """One record: its line and span in the text, its values, and the reason if it is broken.

    `open` means that the text ends inside quotes.
    """

    line: int
    start: int
    end: int
    lines: int
    values: tuple[str, ...]
    reason: str = ""
    open: bool = False


@dataclass(frozen=True)
class Grammar:
    """The patterns of a dialect, compiled."""

    delimiter: str
    quote: str
    escape: str | None
    plain: re.Pattern[str]
    quoted: re.Pattern[str]

    def unescaped(self, body: str) -> str:
        """Take the escapes of a quoted value away; an escape before another character is kept as sent."""
        if self.escape is None or self.escape not in body:
            return body
        if self.escape == self.quote:
            return body.replace(self.quote * 2, self.quote)
        return re.sub(re.escape(self.escape) + f"([{re.escape(self.quote + self.escape)}])", r"\1", body)


def grammar_of(dialect: Dialect) -> Grammar:
    """Compile the patterns of a dialect."""
    quote, escape = re.escape(dialect.quote), re.escape(dialect.escape or "")
    if dialect.escape and dialect.escape == dialect.quote:
        body = f"(?:[^{quote}]++|{quote}{quote})*+"
    elif dialect.escape:
        body = f"(?:[^{quote}{escape}]++|{escape}.)*+"
    else:
        body = f"[^{quote}]*+"
    plain = rf"(?:(?!{re.escape(dialect.delimiter)})[^\r\n])*"
    quoted = rf"{quote}(?P<body>{body})(?P<close>{quote}?)" if quote else r"(?!)"
    return Grammar(dialect.delimiter, dialect.quote, dialect.escape, re.compile(plain), re.compile(quoted, re.DOTALL))


def records(text: str, grammar: Grammar) -> Iterator[Record]:
    """Give the records of a text that begins at a record; blank lines are none."""
    at, line = 0, 1
    while at < len(text):
        body = _match(_LINE, text, at)
        if grammar.quote and grammar.quote in body:
            record = _with_quotes(text, at, line, grammar)
        else:
            end = at + len(body) + _line_end(text, at + len(body))
            record = Record(line, at, end, 1, tuple(body.split(grammar.delimiter)))
        if body:
            yield record
        at, line = record.end, line + record.lines


def _with_quotes(text: str, start: int, line: int, grammar: Grammar) -> Record:
    values: list[str] = []
    at = start
    while True:
        found = grammar.quoted.match(text, at)
        if found is None:
            value = _match(grammar.plain, text, at)
            at += len(value)
        elif not found["close"]:
            return Record(line, start, len(text), _lines(text, start, len(text)), (), NEVER_CLOSED, open=True)
        else:
            value, at = grammar.unescaped(found["body"]), found.end()
        values.append(value)
        if text.startswith(grammar.delimiter, at):
            at += len(grammar.delimiter)
            continue
        rest = _match(_LINE, text, at)
        end = at + len(rest) + _line_end(text, at + len(rest))
        return Record(line, start, end, max(_lines(text, start, end), 1), tuple(values), AFTER_QUOTE if rest else "")


def _match(pattern: re.Pattern[str], text: str, at: int) -> str:
    found = pattern.match(text, at)
    return found[0] if found else ""


def _line_end(text: str, at: int) -> int:
    found = _LINE_END.match(text, at)
    return len(found[0]) if found else 0


def _lines(text: str, start: int, end: int) -> int:
    return sum(1 for _ in _LINE_END.finditer(text, start, end))
