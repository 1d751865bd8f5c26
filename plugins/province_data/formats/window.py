"""Look at a long byte stream through a window of a few megabytes that knows where in the file it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator


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


def decoded(block: bytes, *, last: bool) -> tuple[str, bool]:
    """Decode a block; also tell whether the file was cut off within its last character, which is then U+FFFD."""
    try:
        return block.decode(), False
    except UnicodeDecodeError as error:
        if not last or error.reason != "unexpected end of data" or error.end != len(block):
            raise
        return block[: error.start].decode() + "\ufffd", True


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
