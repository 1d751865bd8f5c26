"""One batch from its arrival to the mail."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from province_data.errors import ContractError
from province_data.mail.figures import day
from province_data.mail.view import plain, reason_lines
from province_data.pages.asked import Answer, Asked
from province_data.pages.batches import Batch, find_batch, read_loads, read_way
from province_data.pages.province import dimension_names
from province_data.pages.scores import scores_of

BATCH_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class SentFile:
    """One file as the sender's manifest names it."""

    name: str
    table: str
    records: int
    bytes: int
    sha256: str


def show_batch(asked: Asked) -> Answer:
    """Show one batch: what came, what became of every record, how long it took, who was told."""
    batch_id = asked.path["batch"]
    batch = find_batch(asked.connection, batch_id) if BATCH_ID.fullmatch(batch_id) else None
    if batch is None:
        raise ContractError(f"no batch {batch_id!r}", expected="16 hexadecimal digits")
    reason = batch.reason if asked.language == "en" else batch.reason_vi or batch.reason
    title = f"{_title(asked, batch.dataset)} · {batch.province_name} · {day(batch.as_of)}"
    filled = {
        "batch": batch,
        "title_of_dataset": _title(asked, batch.dataset),
        "way": read_way(asked.connection, batch),
        "sum": sum(count for _, count in batch.parts),
        "scores": scores_of(asked.connection, [batch_id]).get(batch_id, {}),
        "dimension_names": dimension_names(asked),
        "load": next(iter(read_loads(asked.connection, [batch.load_id] if batch.load_id else [])), None),
        "files": _sent_files(asked.home / "landing" / "manifests", batch),
        "source": _without_login(batch.source_uri),
        "reason": reason_lines(reason, asked.words),
    }
    return Answer("batch", title, filled)


def _title(asked: Asked, dataset: str) -> str:
    contract = asked.catalog.contracts.get(dataset)
    return asked.pick(contract.title) if contract else dataset


def _without_login(uri: str) -> str:
    """Keep scheme, machine and path; an address may carry a login, and its query a token."""
    parts = urlsplit(uri)
    return plain(f"{parts.scheme}://{parts.hostname or ''}{parts.path}" if parts.scheme else uri)


def _sent_files(manifests: Path, batch: Batch) -> Sequence[SentFile]:
    """Read the sender's account from the landing zone; nothing when it is kept on another machine or names no files."""
    kept = sorted(manifests.glob(f"{batch.batch_id}*-{batch.sequence_no}.json"))
    try:
        files = json.loads(kept[0].read_text(encoding="utf-8"))["files"] if kept else []
        return [
            SentFile(plain(str(f["name"])), plain(str(f["table"])), int(f["records"]), int(f["bytes"]), str(f["sha256"])) for f in files
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
