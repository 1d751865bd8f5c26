"""Write delivery folders that appear in the inbox complete or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from province_data.batch import Manifest, ManifestFile

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

MANIFEST = "manifest.json"
UNFINISHED = ".pulling-"
BLOCK = 2**20
"""How many bytes the connectors collect before they write."""


class MeasuredFile(io.RawIOBase):
    """A new file that knows the sha256 and the number of the bytes written to it; closing makes them durable."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = open(path, "xb", buffering=0)  # noqa: SIM115 - closed by close()
        self._sha256 = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Give the digest of what was written so far."""
        return self._sha256.hexdigest()

    def writable(self) -> bool:
        """Say yes: this is for writing only."""
        return True

    def write(self, block: ReadableBuffer) -> int:
        """Write the whole block, however often the system asks to continue."""
        rest = memoryview(block)
        self._sha256.update(rest)
        self.size += rest.nbytes
        written = rest.nbytes
        while rest.nbytes:
            rest = rest[self._file.write(rest) :]
        return written

    def close(self) -> None:
        """Make the bytes durable and close."""
        if not self.closed:
            super().close()
            try:
                os.fsync(self._file.fileno())
            finally:
                self._file.close()


def describe_file(written: MeasuredFile, name: str, table: str, records: int) -> ManifestFile:
    """Say in the manifest what was written."""
    return ManifestFile(name, table, written.sha256, written.size, records, "utf-8", None, {})


@contextmanager
def unfinished_folder(inbox: Path, dataset: str) -> Iterator[Path]:
    """Give a hidden folder to fill; what was not sealed is removed, also what a killed pull left behind."""
    shelf = inbox / dataset
    shelf.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(shelf)
    folder, lock = _locked_folder(shelf)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def seal(folder: Path, inbox: Path, manifest: Manifest) -> Path:
    """Write the manifest last and move the folder to `<inbox>/<dataset>/<as_of>/<province>/` in one step.

    A delivery that already lies there was not landed, or is safe in the landing zone: it gives way.
    """
    _write_manifest(folder / MANIFEST, manifest)
    _sync(folder)
    shelf = inbox / manifest.dataset
    target = shelf / manifest.as_of.isoformat() / manifest.province_code
    target.parent.mkdir(exist_ok=True)
    while True:
        _clear_away(target, shelf)
        try:
            folder.rename(target)
            break
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        # Another pull of the same province was quicker: it gives way in turn.
    _sync(target.parent)
    _sync(shelf)
    return target


def _clear_away(target: Path, shelf: Path) -> None:
    aside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=shelf))
    with suppress(FileNotFoundError):
        target.rename(aside / "replaced")
    shutil.rmtree(aside, ignore_errors=True)


def _write_manifest(path: Path, manifest: Manifest) -> None:
    text = json.dumps(_as_json(manifest), ensure_ascii=False, indent=1) + "\n"
    with MeasuredFile(path) as out:
        out.write(text.encode())


def _as_json(manifest: Manifest) -> dict[str, object]:
    return {
        "dataset": manifest.dataset,
        "as_of": manifest.as_of.isoformat(),
        "province_code": manifest.province_code,
        "sequence_no": manifest.sequence_no,
        "kind": manifest.kind.value,
        "extracted_at": manifest.extracted_at.isoformat(),
        "commune_edition": manifest.commune_edition,
        "files": [
            {
                "name": file.name,
                "table": file.table,
                "sha256": file.sha256,
                "bytes": file.bytes,
                "records": file.records,
                "encoding": file.encoding,
            }
            for file in manifest.files
        ],
    }


def _locked_folder(shelf: Path) -> tuple[Path, int]:
    """Make a folder nobody else takes for abandoned: its lock lasts as long as this process."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=shelf))
        lock = _try_lock(folder)
        if lock is not None:
            return folder, lock


def _try_lock(folder: Path) -> int | None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(lock), os.stat(folder)):
            return lock
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(lock)
    return None


def _remove_abandoned(shelf: Path) -> None:
    for folder in shelf.glob(UNFINISHED + "*"):
        lock = _try_lock(folder)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
