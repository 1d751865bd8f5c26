"""Keep the received bytes for ever, unchanged, under their own sha256.

A file under its final name is complete: it is written under a temporary name, synced, renamed, and its folder synced.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from province_data.errors import FormatError, SourceError

CHUNK = 1 << 20


@dataclass(frozen=True)
class LandedFile:
    """A file of a delivery as it lies in the landing zone."""

    name: str
    path: Path
    sha256: str
    bytes: int


def keep_file(landing: Path, source: Path) -> LandedFile:
    """Copy one delivered file into the landing zone and return its content address.

    Only a regular file is opened, links are not followed. FormatError for anything else.
    """
    incoming = landing / "incoming"
    incoming.mkdir(parents=True, exist_ok=True)
    temporary = incoming / f"{os.getpid()}-{secrets.token_hex(8)}"
    digest, size = _copy(source, temporary)
    final = landing / digest[:2] / digest
    final.parent.mkdir(parents=True, exist_ok=True)
    if (final.exists() and final.stat().st_size == size) or final.with_name(f"{digest}.erased").exists():
        temporary.unlink()  # kept already; or a record of it was erased, and the bytes as sent must not come back
    else:
        os.chmod(temporary, 0o440)
        os.rename(temporary, final)
        _sync_folder(final.parent)
    return LandedFile(source.name, final, digest, size)


def _copy(source: Path, target: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise FormatError(
            f"{source.name} cannot be opened ({error.strerror})",
            where=source.name,
            expected="a regular file beside the manifest",
            next_step="send the delivery again",
            rule_id="DLV-002",
        ) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FormatError(
            f"{source.name} is not a regular file",
            where=source.name,
            expected="a regular file, no folder, link, pipe or device",
            next_step="send the delivery again",
            rule_id="DLV-002",
        )
    with os.fdopen(descriptor, "rb") as incoming:
        try:
            with target.open("wb") as out:
                while chunk := incoming.read(CHUNK):
                    digest.update(chunk)
                    size += len(chunk)
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
        except OSError as error:
            target.unlink(missing_ok=True)
            raise SourceError(
                f"the landing zone cannot be written ({error.strerror})",
                where=str(target.parent),
                next_step="free space or mend the folder's rights, then run again",
            ) from None
    return digest.hexdigest(), size


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def find_file(landing: Path, sha256: str) -> Path:
    """Find a landed file; FormatError when it has vanished."""
    path = landing / sha256[:2] / sha256
    if not path.is_file():
        raise FormatError(
            "a landed file is missing from the landing zone",
            where=str(path),
            expected="every landed file is kept",
            next_step="restore the landing zone from its backup",
        )
    return path


def keep_text(landing: Path, folder: str, name: str, content: bytes) -> Path:
    """Write a small file (a manifest) durably and return its path; the same content again changes nothing."""
    final = landing / folder / name
    if final.exists() and final.read_bytes() == content:
        return final
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_suffix(f".{os.getpid()}.part")
    with temporary.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.rename(temporary, final)
    _sync_folder(final.parent)
    return final


def landed_id(landing: Path, delivery_id: str, sequence_no: int, batch_id: str) -> str | None:
    """Find the id under which a delivery landed; a batch that was stated again bears another one in the ledger."""
    for path in sorted((landing / "manifests").glob(f"*-{sequence_no}.json")):
        content_id = path.stem.rpartition("-")[0]
        if hashlib.sha256(path.read_bytes() + content_id.encode()).hexdigest() == delivery_id:
            return content_id[:16]
    return batch_id if next((landing / "manifests").glob(f"{batch_id}*-{sequence_no}.json"), None) else None
