"""Take records out of landed bytes: the one case in which the landing zone changes, and it leaves a mark that says so.

The file without the record lies under its own sha256; beside the place of the old one stands `<old sha256>.erased`, which names
it. The manifest stays as it was sent: it proves what came, and nothing in it is anybody's.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from province_data.batch import Manifest, ManifestFile
from province_data.formats.without import Needle, may_hold, without_records

MARK = ".erased"


@dataclass(frozen=True)
class Rewritten:
    """A landed file that holds less than it did."""

    sha256_before: str
    sha256_after: str
    bytes_after: int
    gone: Mapping[str, int]
    """Member or sheet ('' for the file itself) -> records that were taken out."""

    @property
    def records(self) -> int:
        """How many records were taken out."""
        return sum(self.gone.values())


def became(landing: Path, sha256: str) -> Rewritten | None:
    """Say what became of a landed file after all erasures; None when it is as it was."""
    found: Rewritten | None = None
    mark = _mark(landing, sha256)
    while mark.is_file():
        told = json.loads(mark.read_text(encoding="utf-8"))
        earlier = found.gone if found else {}
        gone = {name: earlier.get(name, 0) + told["gone"].get(name, 0) for name in {*earlier, *told["gone"]}}
        found = Rewritten(sha256, told["became"], told["bytes"], gone)
        mark = _mark(landing, found.sha256_after)
    return found


def as_kept(manifest: Manifest, landing: Path) -> Manifest:
    """Give a manifest as it fits what is kept of its files; the sums of the sender no longer hold where a record is gone."""
    alone = {f.name for f in manifest.files if sum(g.name == f.name for g in manifest.files) == 1}
    return replace(manifest, files=tuple(_as_kept(file, became(landing, file.sha256), file.name in alone) for file in manifest.files))


def _as_kept(file: ManifestFile, now: Rewritten | None, is_alone: bool) -> ManifestFile:
    if now is None:
        return file
    gone = now.records if is_alone else now.gone.get(file.member or "", 0)
    return replace(file, sha256=now.sha256_after, bytes=now.bytes_after, records=file.records - gone, control_totals={})


def landed_files(landing: Path) -> Iterator[Path]:
    """List every file that landed and is kept, manifests left out."""
    for folder in sorted(landing.glob("[0-9a-f][0-9a-f]")):
        yield from sorted(path for path in folder.iterdir() if len(path.name) == 64)


def holds(path: Path, needles: Sequence[Needle]) -> int:
    """Count the records of a landed file that state a key."""
    if not may_hold(path, needles):
        return 0
    return sum(without_records(path.read_bytes(), needles)[1].values())


def rewrite(landing: Path, path: Path, needles: Sequence[Needle]) -> Rewritten | None:
    """Write a landed file anew without the records that state a key; None when it has none.

    The new file and the mark are durable before the old one goes; cut in between, the next call finishes.
    """
    if not may_hold(path, needles):
        return None
    content, gone = without_records(path.read_bytes(), needles)
    if not gone:
        return None
    after = hashlib.sha256(content).hexdigest()
    _write(landing / after[:2] / after, content)
    told = {"became": after, "bytes": len(content), "gone": gone}
    _write(_mark(landing, path.name), json.dumps(told, sort_keys=True).encode())
    path.unlink()
    return Rewritten(path.name, after, len(content), gone)


def _mark(landing: Path, sha256: str) -> Path:
    return landing / sha256[:2] / f"{sha256}{MARK}"


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    unfinished.chmod(0o440)
    unfinished.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
