"""The persons that a record names, as a contract declares them."""

from __future__ import annotations

from dataclasses import dataclass

REGISTRY = "population__person"
"""The table that owns who a person is: its every identifier is a person's number, and every link ends there."""


@dataclass(frozen=True)
class PersonReference:
    """Where a record names a person: the columns of number, name, birth date, sex and commune, and SQL saying which records do."""

    role: str
    number: str | None
    name: str | None
    birth: str | None
    sex: str | None
    commune: str | None
    when: str | None
