"""Write records as the CSV that `COPY … FROM STDIN (FORMAT csv)` reads: comma, LF, nothing for NULL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

CHUNK = 1 << 20
_SPECIAL = re.compile(r'[",\r\n]')
END_OF_COPY = "\\."


def line_of(values: Sequence[str]) -> str:
    """Render one record; a value is quoted only where it must be.

    A record that is only `\\.` is quoted too: servers before 18 take it, unquoted, for the end of the input and drop
    the rest without a word.
    """
    line = ",".join(values)
    if '"' in line or "\r" in line or "\n" in line or line == END_OF_COPY:
        line = ",".join(map(quoted, values))
    elif line.count(",") != len(values) - 1:
        line = ",".join(f'"{v}"' if "," in v else v for v in values)
    return line + "\n"


def quoted(value: str) -> str:
    """Quote one value if it would not survive without."""
    if value == END_OF_COPY or _SPECIAL.search(value):
        return '"' + value.replace('"', '""') + '"'
    return value


def write_in_chunks(content: bytes, write: Callable[[bytes], object]) -> None:
    """Hand over a long text in pieces of about one megabyte."""
    for piece in _pieces(content):
        write(piece)


def _pieces(content: bytes) -> Iterator[bytes]:
    if len(content) <= CHUNK:
        yield from [content] if content else []
        return
    for start in range(0, len(content), CHUNK):
        yield content[start : start + CHUNK]
