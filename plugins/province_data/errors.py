"""Name every failure after what its reader must do something about.

A message has four parts and never a citizen's value: what happened, where (file and line, or batch), what was
expected, and the next step.
"""

from __future__ import annotations


class ProvinceDataError(Exception):
    """Stop with a message a person can act on; the base of all errors raised on purpose."""

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", expected: str = "", next_step: str = "") -> None:
        self.what, self.where, self.expected, self.next_step = what, where, expected, next_step
        super().__init__(self.text())

    def text(self) -> str:
        """Render the four parts, leaving out those that are empty."""
        parts = [self.what]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.expected:
            parts.append(f"expected: {self.expected}")
        if self.next_step:
            parts.append(f"next step: {self.next_step}")
        return "\n  ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Survive the trip between processes with all four parts."""
        return _rebuild, (type(self), self.what, self.where, self.expected, self.next_step)


def _rebuild(kind: type[ProvinceDataError], what: str, where: str, expected: str, next_step: str) -> ProvinceDataError:
    return kind(what, where=where, expected=expected, next_step=next_step)


def _rebuild_format_error(what: str, where: str, expected: str, next_step: str, rule_id: str) -> FormatError:
    return FormatError(what, where=where, expected=expected, next_step=next_step, rule_id=rule_id)


class ContractError(ProvinceDataError):
    """Mend the declaration: a contract, a rules file or a setting is wrong."""


class SourceError(ProvinceDataError):
    """Look at the agency's source: it cannot be reached, refuses us, or answers nonsense."""


class SourceRefused(SourceError):
    """Correct the address or the credentials of the source: asking again changes nothing."""


class FormatError(ProvinceDataError):
    """Ask the sender for a new file: the delivery cannot be read as its contract says.

    `rule_id` is the delivery rule that was broken (DLV-…, TXT-001), empty where the standard has none.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", expected: str = "", next_step: str = "", rule_id: str = "") -> None:
        self.rule_id = rule_id
        super().__init__(what, where=where, expected=expected, next_step=next_step)

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild_format_error, (self.what, self.where, self.expected, self.next_step, self.rule_id)


class QualityGateClosed(ProvinceDataError):
    """Return the batch to its province: it was read, judged, and refused."""

    exit_code = 1


class PublicationError(ProvinceDataError):
    """Look at the warehouse: a step inside our own database failed, nothing was published."""
