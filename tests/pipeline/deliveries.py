"""Make small deliveries out of the clean ones: changed, shortened, numbered anew."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

CLEAN = Path(__file__).resolve().parents[1] / "deliveries" / "clean"
Record = dict[str, Any]


def read_persons(province: str, root: Path = CLEAN) -> list[Record]:
    """Read the citizens of one province of the clean deliveries."""
    path = root / "population" / "2026-10-31" / province / "citizens.ndjson.gz"
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


def copy_clean(target: Path) -> Path:
    """Copy all clean deliveries."""
    shutil.copytree(CLEAN, target)
    return target


def write_persons(root: Path, province: str, as_of: str, sequence_no: int, kind: str, records: Sequence[Mapping[str, Any]]) -> Path:
    """Write one population delivery with its manifest; returns its folder."""
    folder = root / "population" / as_of / province
    folder.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) + "\n" for r in records)
    content = gzip.compress(lines.encode(), mtime=0)
    (folder / "citizens.ndjson.gz").write_bytes(content)
    manifest = {
        "dataset": "population",
        "as_of": as_of,
        "province_code": province,
        "sequence_no": sequence_no,
        "kind": kind,
        "extracted_at": f"{as_of}T23:00:00+07:00",
        "commune_edition": "2025",
        "files": [
            {
                "name": "citizens.ndjson.gz",
                "table": "person",
                "sha256": hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
                "records": len(records),
                "encoding": "utf-8",
            }
        ],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder
