"""Decide whether a delivery may be worked on: not twice, not out of order, not over a gap.

A batch comes from bytes. Content that is already the newest is a duplicate; content that was replaced meanwhile and
comes back under a newer number is a statement of its own and gets an id of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import psycopg

from province_data.batch import Kind, restated_id
from province_data.store.database import execute
from province_data.store.ledger_deliveries import ACCEPTED, Current, DueDelivery, current, last_sequence_no


@dataclass(frozen=True)
class Admission:
    """The verdict on a delivery: `admitted`, `duplicate`, `superseded` or `refused`, with the rule and reason."""

    status: str
    delivery: DueDelivery
    rule_id: str = ""
    reason: str | None = None
    reason_vi: str | None = None


def admit(connection: psycopg.Connection, delivery: DueDelivery) -> Admission:
    """Judge one due delivery against what its province sent before."""
    newest = current(connection, delivery.dataset, delivery.province_code)
    last = last_sequence_no(connection, delivery.dataset, delivery.province_code)
    if delivery.kind == Kind.CORRECTIONS:
        return _admit_corrections(connection, delivery, newest)
    if newest is not None and newest.batch_id == delivery.batch_id:
        return Admission(
            "duplicate",
            delivery,
            "DLV-005",
            f"DLV-005: the same content as batch {newest.batch_id} arrived again as number {delivery.sequence_no}: counted once,"
            f" nothing loaded",
            f"DLV-005: nội dung trùng với lô {newest.batch_id}, chỉ tính một lần",
        )
    if last > 0 and delivery.sequence_no < last:
        return Admission(
            "superseded",
            delivery,
            "",
            f"number {delivery.sequence_no} is older than number {last}, which was already taken",
            f"số {delivery.sequence_no} cũ hơn số {last} đã nhận",
        )
    if delivery.kind == Kind.CHANGES and (newest is None or delivery.sequence_no != last + 1):
        missing = f"number {last + 1} is missing" if newest is not None else "no snapshot was accepted before"
        missing_vi = f"thiếu số {last + 1}" if newest is not None else "chưa có bản đầy đủ nào được nhận"
        return Admission(
            "refused",
            delivery,
            "DLV-009",
            f"DLV-009: changes number {delivery.sequence_no} cannot be applied: {missing}; expected: number {last + 1}, or a new snapshot",
            f"DLV-009: không thể áp dụng thay đổi số {delivery.sequence_no}: {missing_vi}",
        )
    return Admission("admitted", _restated(connection, delivery))


def _admit_corrections(connection: psycopg.Connection, delivery: DueDelivery, newest: Current | None) -> Admission:
    """Judge answers to findings: they bear the number of the statement they mend, and come in any order."""
    if newest is None:
        return Admission(
            "refused",
            delivery,
            "",
            "refused: corrections cannot be applied: nothing of the province was accepted before; expected: a snapshot",
            "không thể áp dụng bản sửa: chưa có bản đầy đủ nào được nhận",
        )
    if _is_accepted(connection, delivery.batch_id):
        return Admission(
            "duplicate",
            delivery,
            "",
            f"DLV-005: the same answers as batch {delivery.batch_id} arrived again: counted once, nothing loaded",
            f"DLV-005: nội dung trùng với lô {delivery.batch_id}, chỉ tính một lần",
        )
    return Admission("admitted", replace(delivery, sequence_no=newest.sequence_no))


def _is_accepted(connection: psycopg.Connection, batch_id: str) -> bool:
    known = execute(connection, "select status from ops.batch where batch_id = %s", (batch_id,)).fetchone()
    return known is not None and known[0] in ACCEPTED


def _restated(connection: psycopg.Connection, delivery: DueDelivery) -> DueDelivery:
    if not _is_accepted(connection, delivery.batch_id):
        return delivery
    return replace(delivery, batch_id=restated_id(delivery.batch_id, delivery.sequence_no))
