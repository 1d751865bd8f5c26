"""Deliveries of the register that follow the examples: what a province sends next."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.e2e.site import DATASETS, EXAMPLES

from canaries import canary, reseal
from province_data.corrections.columns import NOTE, REPLY, VALUE, Answer

HELD, UNANSWERED = "24", "52"
"""The provinces whose second deliveries of the register are so small that they are held; about one of them nobody decides."""
REFUSED, TURNED_AWAY, ANSWERING = "24", "52", "19"
"""What becomes of the provinces' second deliveries of land."""
FATES = "2026-11-09"
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


def one_of_each_fate(folder: Path, bundle: Path) -> str:
    """Write land deliveries of people whom nobody else is called like: one the gate refuses, one with another checksum, one of answers."""
    _spoil(_next_land(folder, REFUSED))
    other = _next_land(folder, TURNED_AWAY)
    manifest = json.loads((other / "manifest.json").read_text())
    manifest["files"][0]["sha256"] = "0" * 64
    (other / "manifest.json").write_text(json.dumps(manifest))
    _answer(folder, ANSWERING, bundle)
    return str(folder)


def _next_land(folder: Path, province: str) -> Path:
    first, second = EXAMPLES / "land" / "2026-10-31" / province, folder / "land" / FATES / province
    shutil.copytree(first, second)
    manifest = json.loads((second / "manifest.json").read_text())
    manifest |= {"as_of": FATES, "extracted_at": f"{FATES}T23:10:00+07:00", "sequence_no": manifest["sequence_no"] + 1}
    (second / "manifest.json").write_text(json.dumps(manifest))
    return second


def _spoil(delivery: Path) -> None:
    """Put a name where the parcel's code belongs, in every sixth parcel: more than the gate lets pass."""
    lines = (delivery / "thua_dat.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    for n in range(1, len(lines), 6):
        lines[n] = f"{canary(n)['hoTen']};{lines[n].partition(';')[2]}"
    (delivery / "thua_dat.csv").write_text("".join(lines), encoding="utf-8-sig")
    reseal(delivery)


def _answer(folder: Path, province: str, bundle: Path) -> None:
    """Answer a bundle: a value is a name, the notes say where people live."""
    delivery = folder / "land" / FATES / province
    delivery.mkdir(parents=True)
    with bundle.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    for n, row in enumerate(rows):
        row[REPLY], row[NOTE] = Answer.CONFIRMED, canary(n)["diaChiThuongTru"]
    rows[0] |= {REPLY: Answer.CORRECTED, VALUE: canary(0)["hoTen"]}
    with (delivery / bundle.name).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    manifest = {"dataset": "land", "as_of": FATES, "province_code": province, "sequence_no": 1, "kind": "corrections"}
    manifest |= {
        "extracted_at": f"{FATES}T23:10:00+07:00",
        "commune_edition": "2025",
        "files": [{"name": bundle.name, "records": len(rows)}],
    }
    (delivery / "manifest.json").write_text(json.dumps(manifest))
    reseal(delivery)


def a_citizen() -> str:
    """Give the number of one citizen of the examples."""
    packed = next((EXAMPLES / "population").glob(f"*/{HELD}/*.gz")).read_bytes()
    return str(json.loads(gzip.decompress(packed).splitlines()[40])["soDinhDanh"])


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
