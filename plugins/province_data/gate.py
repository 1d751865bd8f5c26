"""Decide, per batch and province, whether a judged batch may replace what the province stated before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from province_data.batch import Kind
from province_data.contract.model import Contract
from province_data.quality.verdicts import RuleCount

BAND_PERCENT = 10.0
"""DLV-008: how far a snapshot may lie from the one before without a word."""
FEW = 20
"""A table of fewer records says nothing by its share."""


@dataclass(frozen=True)
class TableSize:
    """How many records of a table a delivery holds, and how many the province's last snapshot held."""

    table: str
    delivered: int
    previous: int

    @property
    def percent(self) -> float:
        """The delivery in percent of the last snapshot."""
        return 100.0 * self.delivered / self.previous if self.previous else 100.0


@dataclass(frozen=True)
class GateVerdict:
    """`open`, `refused` (identifiers broken), `held` (much smaller) or `error` (a rule could not be judged)."""

    status: str
    rule_id: str = ""
    reason: str | None = None
    reason_vi: str | None = None


def decide_gate(
    contract: Contract,
    kind: str,
    counts: Sequence[RuleCount],
    errors: Sequence[str],
    delivered: int,
    unreadable: int,
    sizes: Sequence[TableSize],
    *,
    is_confirmed: bool = False,
) -> GateVerdict:
    """Judge one batch. `sizes` compares its tables with the province's last snapshot; empty when it is the first.

    A person may confirm what would be held; what is refused or could not be judged nobody can let through.

    Source: CV 4856/BCA-TTDLQG (identifiers 100 %, else critical incident); thresholds per contract.
    """
    if errors:
        listed = ", ".join(sorted(errors))
        return GateVerdict(
            "error", "", f"the rules {listed} could not be judged; an error is never a pass", f"không đánh giá được các quy tắc {listed}"
        )
    if kind == Kind.CORRECTIONS:
        return GateVerdict("open")  # each record is judged by itself; a share of the few that were mended says nothing
    for verdict in (_judge_identifiers(contract, counts), _judge_readability(contract, delivered, unreadable)):
        if verdict is not None:
            return verdict
    if kind == Kind.SNAPSHOT and not is_confirmed:
        return _judge_size(contract, sizes) or GateVerdict("open")
    return GateVerdict("open")


def _judge_size(contract: Contract, sizes: Sequence[TableSize]) -> GateVerdict | None:
    """Hold a snapshot that has shrunk, as a whole or in one of its tables: what it leaves out would be removed."""
    least = contract.gate.min_snapshot_percent
    whole = TableSize("", sum(s.delivered for s in sizes), sum(s.previous for s in sizes))
    for size in (whole, *(s for s in sizes if s.previous >= FEW)):
        if size.percent < least:
            of, of_vi = (f" of {size.table}", f" ({size.table})") if size.table else ("", "")
            return GateVerdict(
                "held",
                "DLV-008",
                f"DLV-008: the snapshot holds {size.delivered} records{of}, the last one {size.previous}; below {least:g} % it is held"
                " until a person confirms it",
                f"DLV-008: bản đầy đủ có {_vi(size.delivered)} bản ghi{of_vi}, lần trước {_vi(size.previous)};"
                f" dưới {_vi(least, 'g')} % phải chờ xác nhận",
            )
    return None


def out_of_band(sizes: Sequence[TableSize]) -> list[TableSize]:
    """List the tables of an accepted snapshot that grew or shrank by more than the band."""
    return [s for s in sizes if s.previous >= FEW and abs(s.percent - 100.0) > BAND_PERCENT]


def _judge_identifiers(contract: Contract, counts: Sequence[RuleCount]) -> GateVerdict | None:
    limit = contract.gate.max_failed_percent
    for rule_id in contract.gate.rules:
        staged = sum(c.staged for c in counts if c.rule_id == rule_id)
        failed = sum(c.failed for c in counts if c.rule_id == rule_id)
        if staged and 100.0 * failed / staged > limit:
            share = 100.0 * failed / staged
            return GateVerdict(
                "refused",
                "DLV-010",
                f"DLV-010: {failed} of {staged} records ({share:.1f} %) break {rule_id}; the gate of {contract.dataset} closes above"
                f" {limit:g} %",
                f"DLV-010: {_vi(failed)}/{_vi(staged)} bản ghi ({_vi(share, '.1f')} %) vi phạm {rule_id}, vượt ngưỡng {_vi(limit, 'g')} %",
            )
    return None


def _judge_readability(contract: Contract, delivered: int, unreadable: int) -> GateVerdict | None:
    limit = contract.gate.max_failed_percent
    if not delivered or 100.0 * unreadable / delivered <= limit:
        return None
    return GateVerdict(
        "refused",
        "DLV-002",
        f"DLV-002: {unreadable} of {delivered} records cannot be read; the gate of {contract.dataset} closes above {limit:g} %",
        f"DLV-002: {_vi(unreadable)}/{_vi(delivered)} bản ghi không đọc được, vượt ngưỡng {_vi(limit, 'g')} %",
    )


def _vi(number: float, form: str = ",") -> str:
    """Write a number as it is read in Vietnamese: 1.475 records, 7,7 %."""
    return format(number, form).translate(str.maketrans(",.", ".,"))
