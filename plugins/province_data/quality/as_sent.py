"""Read what a province states, validated or refused, in the texts it was sent in: the form that rules over single records judge."""

from __future__ import annotations

from collections.abc import Sequence

from province_data.contract.conditions import literal
from province_data.contract.model import Column, ColumnType, Table

FACTS = "b.as_of as _as_of, b.extracted_at as _extracted_at, b.kind as _kind"
"""Columns of the batch that the records are judged beside."""


def as_sent(table: Table, batch_id: str, columns: Sequence[Column], technical: str, kept: str) -> str:
    """SQL of the stated records `v` that the condition `kept` names, `columns` of them as texts.

    `technical` lists further columns of `v`, which has the same in both places, or of the batch `b`, see FACTS.
    """
    facts = f"(select b.as_of, b.extracted_at, b.kind from ops.batch b where b.batch_id = {literal(batch_id)}) b"
    typed = ", ".join(f"{_as_text(c.name, c.type)} as {c.name}" for c in columns)
    texts = ", ".join(f"v.{c.name}" for c in columns)
    return (
        f"select {typed}, {technical} from validated.{table.stem} v, {facts} where {kept}\n"
        f" union all select {texts}, {technical} from quarantine.{table.stem}__record v, {facts} where {kept}"
    )


def _as_text(name: str, kind: ColumnType) -> str:
    """SQL that writes a typed value as it is sent."""
    if kind is ColumnType.TIMESTAMP:
        return f"to_char(v.{name} at time zone 'Asia/Ho_Chi_Minh', 'YYYY-MM-DD\"T\"HH24:MI:SS\"+07:00\"')"
    return f"v.{name}::text"
