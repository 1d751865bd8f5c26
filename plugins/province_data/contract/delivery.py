"""A condition on a delivery as a whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeliveryCheck:
    """A condition on the delivery as a whole, judged when it lands and loads; with a `field`, held against the delivery before."""

    record: str = ""
    """The only table that is asked, as `dataset.table`; empty = every table that has the field."""
    field: str = ""
    moves: bool = False
    """The newest time in the field must be later than before."""
    falls: str | None = None
    """The code that must become rarer."""
    points: float | None = None
    """By how many points of a hundred the share of a code may change."""
    days: int | None = None
    """How many days the datasets of a province may lie apart."""

    def asks(self, dataset: str, table: str) -> bool:
        """Say whether a table is one of those that are compared."""
        return bool(self.field) and self.record in ("", f"{dataset}.{table}")
