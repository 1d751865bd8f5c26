"""Deliveries of the register that follow the examples: what a province sends next."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.site import DATASETS, EXAMPLES

HELD, UNANSWERED = "24", "52"
"""The provinces whose second deliveries of the register are so small that they are held; about one of them nobody decides."""
NUMBER = re.compile(rb"(?<![0-9A-Fa-f])0[0-9]{11}(?![0-9A-Fa-f])")


def first_and_second(folder: Path) -> str:
    """Write the examples, and second deliveries that wait behind the first: one with an entry less, two so small that they are held."""
    for dataset in DATASETS:
        shutil.copytree(EXAMPLES / dataset, folder / dataset)
    deliver_again(folder, "19", lambda lines: lines[:-1])
    for province in (HELD, UNANSWERED):
        deliver_again(folder, province, lambda lines: lines[: len(lines) // 3])
    return str(folder)


def deliver_again(
    folder: Path, province: str, keep: Callable[[list[bytes]], list[bytes]], day: str = "2026-11-07", number: int | None = None
) -> None:
    """Write a province's next delivery of the register, as of a day, with what `keep` leaves of the first one's records."""
    first, second = EXAMPLES / "civil_status" / "2026-10-31" / province, folder / "civil_status" / day / province
    second.mkdir(parents=True)
    lines = keep((first / "ho_tich.ndjson").read_bytes().splitlines(keepends=True))
    content = b"".join(lines)
    (second / "ho_tich.ndjson").write_bytes(content)
    manifest = json.loads((first / "manifest.json").read_text())
    manifest |= {"as_of": day, "extracted_at": f"{day}T23:10:00+07:00", "sequence_no": number or manifest["sequence_no"] + 1}
    manifest["files"][0] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "records": len(lines)}
    (second / "manifest.json").write_text(json.dumps(manifest))


def people() -> set[str]:
    """Numbers and names of citizens in the deliveries."""
    lines = next((EXAMPLES / "civil_status").glob(f"*/{HELD}/*.ndjson")).read_text(encoding="utf-8").splitlines()
    named = (one for line in lines for one in leaves(json.loads(line)))
    return {value for key, value in named if key in ("soDinhDanh", "hoTen") and len(value) > 8}


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Walk through all values of a record."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, name)
    else:
        yield key, value
