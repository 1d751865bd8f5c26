"""Read what else is measured of a table: how many records are expected, how late events arrive, into which classes records fall."""

from __future__ import annotations

from dataclasses import dataclass

from province_data.contract.located import Located
from province_data.errors import ContractError


@dataclass(frozen=True)
class Expected:
    """How many records there should be: a column of `reference.province`, on a basis that has a name."""

    where: str
    reference: str
    basis: str


@dataclass(frozen=True)
class Classes:
    """The classes of a campaign; what other tables name and this one does not hold is the class `missing`."""

    column: str
    values: tuple[tuple[str, str], ...]
    """(value of the column, class); any other value is not classified"""
    missing: str
    by: tuple[str, ...]
    """SQL of each name that a record of this table answers to"""
    elsewhere: tuple[tuple[str, str], ...]
    """(`dataset__table`, SQL of the name that its records give to one of this table)"""


@dataclass(frozen=True)
class Measures:
    """What is measured of a table beside its rules."""

    verified: str | None
    """Column with the moment of the last change or check at the source."""
    lag: tuple[str, str] | None
    """(column with the day of the event, column with the day it was recorded)"""
    expected: Expected | None
    classes: Classes | None


def read_measures(part: Located | None, columns: frozenset[str]) -> Measures | None:
    """Read `measures` of a table; a column that is not declared is an error."""
    if part is None:
        return None
    part.only(("verified", "lag", "expected", "classes"))
    lag = part.optional("lag", dict)
    found = Measures(
        part.optional("verified"),
        None if lag is None else (lag.demand("event"), lag.demand("recorded")),
        _expected(part.optional("expected", dict)),
        _classes(part.optional("classes", dict)),
    )
    classified = (found.classes.column,) if found.classes else ()
    for column in (found.verified, *(found.lag or ()), *classified):
        if column is not None and column not in columns:
            raise ContractError(f"measures name the unknown column {column!r}", where=part.where())
    return found


def _expected(part: Located | None) -> Expected | None:
    if part is None:
        return None
    part.only(("where", "reference", "basis"))
    return Expected(part.optional("where") or "true", part.demand("reference"), part.demand("basis"))


def _classes(part: Located | None) -> Classes | None:
    if part is None:
        return None
    part.only(("column", "values", "missing", "by", "elsewhere"))
    return Classes(
        part.demand("column"),
        tuple(part.demand("values", dict).items()),
        part.demand("missing"),
        tuple(part.demand("by", list)),
        tuple((table.replace(".", "__"), name) for table, name in part.demand("elsewhere", dict).items()),
    )
