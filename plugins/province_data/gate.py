"""Decide, per batch and province, whether a judged batch may replace what the province stated before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from province_data.batch import Kind
from province_data.contract.model import Contract
from province_data.quality.verdicts import RuleCount


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
    previous: int | None,
    *,
    is_confirmed: bool = False,
) -> GateVerdict:
    """Judge one batch. `previous` is the number of records of the province's last snapshot, None when it is the first.

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
    least = contract.gate.min_snapshot_percent
    if kind == Kind.SNAPSHOT and previous and not is_confirmed and 100.0 * delivered / previous < least:
        return GateVerdict(
            "held",
            "DLV-008",
            f"DLV-008: the snapshot holds {delivered} records, the last one {previous}; below {least:g} % it is held until a person"
            " confirms it",
            f"DLV-008: bản đầy đủ có {delivered} bản ghi, lần trước {previous}; dưới {least:g} % phải chờ xác nhận",
        )
    return GateVerdict("open")


def _judge_identifiers(contract: Contract, counts: Sequence[RuleCount]) -> GateVerdict | None:
    limit = contract.gate.max_failed_percent
    for rule_id in contract.gate.rules:
        staged = sum(c.staged for c in counts if c.rule_id == rule_id)
        failed = sum(c.failed for c in counts if c.rule_id == rule_id)
        if staged and 100.0 * failed / staged > limit:
            share = f"{100.0 * failed / staged:.1f}"
            return GateVerdict(
                "refused",
                "DLV-010",
                f"DLV-010: {failed} of {staged} records ({share} %) break {rule_id}; the gate of {contract.dataset} closes above"
                f" {limit:g} %",
                f"DLV-010: {failed}/{staged} bản ghi ({share} %) vi phạm {rule_id}, vượt ngưỡng {limit:g} %",
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
        f"DLV-002: {unreadable}/{delivered} bản ghi không đọc được, vượt ngưỡng {limit:g} %",
    )
