"""What an entry of the catalogue is, and how it is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.newcomers import Newcomers
from benchmarks.records import Row

Planted = Row | list[Row] | Iterable[tuple[Row, str]]
"""The records that must fail all rules of the entry, or pairs of record and rule; after a question mark stands a rule that may fail beside."""


@dataclass(frozen=True)
class Entry:
    """A kind of defect, or a trap when it breaks no rule."""

    name: str
    rules: tuple[str, ...]
    plant: Callable[[Newcomers], Planted]
    may: tuple[str, ...] = ()
    """Rules that the same damage may break beside, depending on the record."""
    late: bool = False
    """Planted after the registers were numbered."""
    somewhere: bool = False
    """Not every province can have it, so all of them try."""

    @property
    def is_everywhere(self) -> bool:
        """Whether it goes into every province: traps do."""
        return self.somewhere or self.name.startswith("trap_")

    def expected(self, newcomers: Newcomers) -> list[tuple[Row, str]]:
        """Plant it once and say which record must fail which rule."""
        planted = self.plant(newcomers)
        if isinstance(planted, Row):
            planted = [planted]
        found: list[tuple[Row, str]] = []
        for one in planted:
            found += [(one, rule) for rule in self.rules] if isinstance(one, Row) else [one]
        return found


def hurt(row: Row, **values: Any) -> Row:
    """Damage fields of a record; two underscores stand for a dot, a function gets the value that was there."""
    for path, value in values.items():
        path = path.replace("__", ".")
        row.put(path, value(row.at(path)) if callable(value) else value)
    return row


def broken(name: str, rules: str, plant: Callable[[Newcomers], Planted], may: str = "", late: bool = False) -> Entry:
    """Write an entry; rules are parted by blanks."""
    return Entry(name, tuple(rules.split()), plant, tuple(may.split()), late)
