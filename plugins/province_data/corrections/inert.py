"""Keep a cell from being run as a formula, in a way that reading back undoes exactly."""

from __future__ import annotations

import re

RUNS = "[=+@\t\r\n＝＋－＠-]"
"""What makes a spreadsheet run a text, as a pattern that Python and PostgreSQL read alike."""
SPACES = "[\x01-\x20\x7f\u00a0\ufffd]+"
"""What a spreadsheet may change in a text without telling."""
UNSEEN = "[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]"
"""What neither XML nor a person can read, as a pattern that Python and PostgreSQL read alike (its texts hold no NUL)."""
_RUNS = re.compile(f"'*{RUNS}")
_UNSEEN = re.compile(f"\x00|{UNSEEN}")


def inert(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run; texts that look so already get one more.

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if _RUNS.match(text) else text


def bare(cell: str) -> str:
    """Take the apostrophe of `inert` away again, and no other."""
    return cell[1:] if cell.startswith("'") and _RUNS.match(cell) else cell


def visible(text: str) -> str:
    """Replace characters that neither XML nor a person can read."""
    return _UNSEEN.sub("\ufffd", text)
