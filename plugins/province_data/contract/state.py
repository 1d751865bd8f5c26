"""How much a rule counts, and which records lawfully cannot be mended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """critical and error refuse the record; warning is published with a flag; info is a figure only."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def refuses(self) -> bool:
        """Say whether a record with such a finding is kept from being published."""
        return self in (Severity.CRITICAL, Severity.ERROR)


class RuleState(StrEnum):
    """How far a rule counts: fully, for show only, or no more."""

    ACTIVE = "active"
    SHADOW = "shadow"
    RETIRED = "retired"


@dataclass(frozen=True)
class LawfulStates:
    """The states in which some findings on a record lawfully cannot be mended.

    `column` holds the state, in the record itself or, with `of`, in the record of another table of the dataset whose
    key begins this one's.
    """

    column: str
    of: str | None
    excuses: tuple[tuple[str, str], ...]
    """(state, rule it excuses)"""
