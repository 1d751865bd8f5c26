"""The persons that a record names, as a contract declares them."""

from __future__ import annotations

from dataclasses import dataclass


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
