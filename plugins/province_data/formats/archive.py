"""Take files out of a ZIP that may have been built to harm: every member is judged before any byte is written."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from province_data.errors import FormatError
from province_data.formats.csv_text import CHUNK
from province_data.formats.refusal import damaged

MEMBERS = 1000
RATIO = 200
# A ratio says nothing about a few kilobytes of blanks.
SMALL = 1 << 20
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_LOCAL_HEADER = 30


def extract_members(archive: Path, wanted: Collection[str], into: Path, max_bytes: int, *, name: str | None = None) -> dict[str, Path]:
    """Write the wanted members below `into` and tell where; nothing is written unless all members are harmless.

    Refused as FormatError: absolute paths, `..`, backslashes, drives, links and devices, encryption, repeated or
    unprintable names, members that overlap, shrink more than 200 times, or together exceed `max_bytes`. `name` is
    what messages call the archive.
    """
    called = name or archive.name
    with _opened(archive, called) as opened:
        members = {m.filename: m for m in checked_members(opened, called, max_bytes)}
        absent = sorted(set(wanted) - set(members))
        if absent:
            raise FormatError(
                f"the archive lacks the member {absent[0]}",
                where=called,
                expected="every member the manifest names",
                next_step="send the whole archive",
                rule_id="DLV-002",
            )
        return _extracted(opened, [members[w] for w in dict.fromkeys(wanted)], into, called)


@contextmanager
def _opened(archive: Path, called: str) -> Iterator[zipfile.ZipFile]:
    try:
        opened = zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise damaged(called, "the file is no readable ZIP archive") from None
    with opened:
        yield opened


def checked_members(opened: zipfile.ZipFile, called: str, max_bytes: int) -> Sequence[zipfile.ZipInfo]:
    """List the members of a ZIP after judging all of them."""
    members = opened.infolist()
    if len(members) > MEMBERS:
        raise damaged(called, f"the archive has {len(members)} members", expected=f"at most {MEMBERS}")
    names: set[str] = set()
    for member in members:
        objection = _objection(member)
        key = unicodedata.normalize("NFC", member.filename)
        if objection or key in names:
            what = f"member {len(names) + 1} of the archive {objection or 'has the name of another one'}"
            raise damaged(called, what, expected="plain files with plain names")
        names.add(key)
    _demand_apart(opened, members, called)
    total = sum(m.file_size for m in members)
    if total > max_bytes:
        raise damaged(called, f"the archive unpacks to {total} bytes", expected=f"at most {max_bytes}")
    return members


def _objection(member: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.flag_bits & 0x41:
        return "is encrypted"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device"
    if not _plain_name(member.orig_filename) or member.orig_filename != member.filename:
        return "has a path that leads elsewhere, or a name that cannot be shown"
    if member.compress_type not in _METHODS:
        return "is packed by a method that is not read"
    if member.file_size > max(SMALL, RATIO * member.compress_size):
        return f"unpacks to more than {RATIO} times its size"
    return ""


def _plain_name(name: str) -> bool:
    path = PurePosixPath(name)
    parts = name.removesuffix("/").split("/")
    plain = name.isprintable() and "\\" not in name and ":" not in name and not path.is_absolute()
    return plain and all(p not in ("", ".", "..") and len(p.encode()) <= 255 for p in parts)


def _demand_apart(opened: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], called: str) -> None:
    """Refuse members that share bytes: that is how a small archive unpacks to any size."""
    ordered = sorted(members, key=lambda m: m.header_offset)
    starts = [m.header_offset for m in ordered[1:]] + [opened.start_dir]
    for member, following in zip(ordered, starts, strict=True):
        if member.header_offset + _LOCAL_HEADER + member.compress_size > following:
            raise damaged(called, "members of the archive overlap")


def _extracted(opened: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo], into: Path, called: str) -> dict[str, Path]:
    done: dict[str, Path] = {}
    try:
        for member in members:
            target = into.joinpath(*PurePosixPath(member.filename).parts)
            done[member.filename] = target
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
            _unpack(opened, member, target, called)
    except BaseException:
        for target in done.values():
            target.unlink(missing_ok=True)
        raise
    return done


def _unpack(opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, called: str) -> None:
    try:
        with opened.open(member) as packed, target.open("xb") as file:
            while chunk := packed.read(CHUNK):
                file.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
        raise damaged(called, "a member of the archive is damaged") from None
