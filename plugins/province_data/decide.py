"""Let a person decide about a batch that the gate held: publish it, keep it apart, or return it to its sender.

A choice is written once, with who made it, when and why. To publish means: the gate no longer holds this very batch
against what stands now; everything else is judged anew, on the same path as any delivery.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import psycopg

from province_data.errors import ContractError, PublicationError
from province_data.store.decisions import (
    PERSONAL_NUMBER,
    Decision,
    HeldBatch,
    batch_status,
    delivery_of,
    held_batches,
    keep_out,
    last_decision,
    make_due,
    record_decision,
)
from province_data.store.landing_zone import landed_id
from province_data.store.ledger import close_loads, open_load

LONGEST_REASON = 500
PATIENCE = timedelta(hours=24)
"""How long a question waits for an answer; without one the batch goes back to its sender."""


class Choice(StrEnum):
    """What may be done with a held batch."""

    PUBLISH = "publish"
    QUARANTINE = "quarantine"
    RETURN = "return"


@dataclass(frozen=True)
class Wish:
    """What a person wants done with a held batch."""

    batch_id: str
    choice: Choice
    reason: str
    by: str


def decide(connection: psycopg.Connection, landing: Path, rule_set: str, wish: Wish, now: datetime) -> Decision:
    """Write a choice into the ledger and let it take effect; the same choice again changes nothing.

    ContractError when the batch does not wait for a decision. After `publish` its delivery is due again; after the other
    two a new load waits to be reported.
    """
    reason = clean_reason(wish.reason)
    with connection.transaction():
        batch = find_held(connection, wish.batch_id)
        if batch is None:
            return _known(connection, wish)
        decision = Decision(batch.batch_id, batch.dataset, batch.province_code, wish.choice, reason, wish.by.strip(), now)
        record_decision(connection, batch, decision)
        if wish.choice is Choice.PUBLISH:
            _let_in(connection, landing, batch)
        else:
            return replace(decision, load_id=_keep_out(connection, rule_set, batch, decision, now))
    return decision


def find_held(connection: psycopg.Connection, batch_id: str) -> HeldBatch | None:
    """Return a batch that waits for a decision and is the newest statement of its province, else None."""
    batch_status(connection, batch_id)
    return next((b for b in held_batches(connection) if b.batch_id == batch_id), None)


def clean_reason(reason: str) -> str:
    """Bring a reason to one line; ContractError when it says nothing, too much, or holds a person's number."""
    text = " ".join(reason.split())
    if not text:
        raise ContractError("a decision needs a reason", where="--reason", expected="one sentence")
    if len(text) > LONGEST_REASON:
        raise ContractError(f"the reason has {len(text)} characters", where="--reason", expected=f"at most {LONGEST_REASON}")
    if PERSONAL_NUMBER.search(text):
        raise ContractError(
            "the reason holds a number of nine digits or more, as persons and telephones have",
            where="--reason",
            expected="a reason without personal values: it is mailed and kept in the ledger",
        )
    return text


def is_fit(reason: str) -> bool:
    """Say whether a reason may be kept as it was written."""
    try:
        clean_reason(reason)
    except ContractError:
        return False
    return True


def _known(connection: psycopg.Connection, wish: Wish) -> Decision:
    """Return the same choice made before; else say why there is nothing to decide."""
    status = batch_status(connection, wish.batch_id)
    if status is None:
        raise ContractError(f"there is no batch {wish.batch_id}", expected="one of those that province-data decide lists")
    made = last_decision(connection, wish.batch_id)
    if made is not None and made.choice == wish.choice:
        return made
    if made is not None:
        raise ContractError(
            f"about this batch it was decided already: {made.choice}, by {made.decided_by} on {made.decided_at:%Y-%m-%d %H:%M %Z}",
            where=f"batch {wish.batch_id}",
            expected="one decision",
            next_step="what is wrong now is put right by a new delivery of the province",
        )
    what = "the batch is not held" if status != "held" else "the province has delivered anew since this batch was held"
    raise ContractError(
        what,
        where=f"batch {wish.batch_id}, status {status}",
        expected="a held batch that is its province's newest",
        next_step="province-data decide lists those that wait",
    )


def _let_in(connection: psycopg.Connection, landing: Path, batch: HeldBatch) -> None:
    delivery = delivery_of(connection, batch.batch_id)
    landed = landed_id(landing, *delivery, batch.batch_id) if delivery else None
    if delivery is None or landed is None:
        raise PublicationError(
            "the delivery of the held batch is not in the landing zone",
            where=f"batch {batch.batch_id}",
            expected="its manifest as it was received",
            next_step="restore the landing zone, or return the batch to its sender",
        )
    make_due(connection, delivery[0], landed)


def _keep_out(connection: psycopg.Connection, rule_set: str, batch: HeldBatch, decision: Decision, now: datetime) -> int:
    """Refuse the batch under a load of its own, so that the province is told of the decision; returns the load."""
    load_id = open_load(connection, rule_set, now)
    if decision.choice == Choice.RETURN:
        said, said_vi = "returned to its sender by decision of the centre", "trung tâm quyết định trả lại nơi gửi"
        todo = "\nnext step: send a complete snapshot, or tell the centre that the records are really gone"
    else:
        said, said_vi = "kept apart by decision of the centre", "trung tâm quyết định để riêng, không công bố"
        todo = "\nnext step: nothing; the centre looks into it"
    reason = f"{batch.reason}; {said}: {decision.reason}{todo}"
    keep_out(connection, batch, load_id, reason, f"{batch.reason_vi}; {said_vi}: {decision.reason}", now)
    close_loads(connection, [load_id], "judged", now)
    return load_id
