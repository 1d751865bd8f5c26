"""Look at a long byte stream through a window of a few megabytes that knows where in the file it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NO_TEXT = re.compile("[\x00\udc80-\udcff]")
_MOST_NULS = 0.05
"""Above this share of NUL bytes a text is in another encoding: half of an UTF-16 text are NULs."""


class Window:
    """Hold the bytes that are read but not yet worked on, and the line and offset in the file of the first of them."""

    def __init__(self, chunks: Iterator[bytes], offset: int) -> None:
        self._chunks = chunks
        self.content = b""
        self.ended = False
        self.line = 1
        self.offset = offset

    def fill(self, size: int) -> None:
        """Read on until the window holds `size` bytes or the stream ends."""
        parts, held = [self.content], len(self.content)
        while held < size and not self.ended:
            chunk = next(self._chunks, None)
            if chunk is None:
                self.ended = True
            else:
                parts.append(chunk)
                held += len(chunk)
        self.content = b"".join(parts)

    def advance(self, size: int, lines: int) -> None:
        """Be done with the first `size` bytes, in which `lines` lines ended."""
        self.content = self.content[size:]
        self.line += lines
        if self.offset >= 0:
            self.offset += size


@dataclass(frozen=True)
class Decoded:
    """The text of a block; bytes that are no UTF-8 stand in it as lone surrogates, one each."""

    text: str
    cut_off: bool = False
    """The file ends within its last character, which is then U+FFFD."""
    is_damaged: bool = False

    def is_bad(self, start: int, end: int) -> bool:
        """Say whether a part of the text stands for bytes that are no text."""
        return self.is_damaged and _NO_TEXT.search(self.text, start, end) is not None

    def size(self, start: int = 0, end: int | None = None) -> int:
        """Count the bytes of a part of the text as sent."""
        return len(self.text[start:end].encode(errors="surrogateescape"))


def decoded(block: bytes, *, last: bool) -> Decoded:
    """Decode a block; a bad byte is kept, so that only the record it stands in is lost."""
    try:
        return Decoded(block.decode(), is_damaged=b"\0" in block)
    except UnicodeDecodeError as error:
        if last and error.reason == "unexpected end of data" and error.end == len(block):
            return Decoded(block[: error.start].decode() + "\ufffd", cut_off=True)
        return Decoded(block.decode(errors="surrogateescape"), is_damaged=True)


def is_full_of_nuls(block: bytes) -> bool:
    """Say whether so many NUL bytes stand in a block that it is in another encoding than UTF-8."""
    return block.count(b"\0") > _MOST_NULS * len(block)


def lines_in(content: bytes) -> int:
    """Count the line ends LF, CRLF and CR."""
    if b"\r" not in content:
        return content.count(b"\n")
    return content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")


def end_of_record(content: bytes, quote: bytes, inside: bool) -> tuple[int, bool]:
    """Find the end of a record that is given up: behind the first line end that is not quoted; 0 if there is none.

    `inside` tells whether the content begins inside quotes; the answer tells whether it ends there. Without a quote
    only LF ends a record.
    """
    if not quote:
        return content.find(b"\n") + 1, False
    outside_stop = re.compile(rb"\r\n|[\r\n]|" + re.escape(quote))
    at = 0
    while True:
        if inside:
            at = content.find(quote, at) + 1
            if not at:
                return 0, True
            inside = False
        found = outside_stop.search(content, at)
        if found is None:
            return 0, False
        at = found.end()
        if found[0] != quote:
            return at, False
        inside = True


def has_long_line(content: bytes, limit: int) -> bool:
    """Tell whether more than `limit` bytes stand without a line end between them."""
    start = 0
    while len(content) - start > limit:
        end = content.rfind(b"\n", start, start + limit + 1)
        if end < 0:
            return True
        start = end + 1
    return False
