"""ZIP archives: harmless members are taken out, and an archive with any other member is not touched."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from province_data.errors import FormatError
from province_data.formats.archive import extract_members

CAP = 1 << 20


def packed(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content, compress_type=method)
    return buffer.getvalue()


def special(name: str, kind: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (kind | 0o644) << 16
    return member


def with_flag(content: bytes, flag: int) -> bytes:
    changed = bytearray(content)
    at = changed.index(b"PK\x01\x02")
    struct.pack_into("<H", changed, at + 8, flag)
    struct.pack_into("<H", changed, 6, flag)
    return bytes(changed)


def overlapping() -> bytes:
    """Let a second entry of the directory point at the first member's bytes."""
    content = packed(("a.csv", os.urandom(200)), ("b.csv", b"y"))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    return content[: second + 42] + struct.pack("<L", 0) + content[second + 46 :]


def test_wanted_members_are_written_and_others_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("thua_dat.csv", b"x" * 500), ("thư mục/quyền.csv", b"y"), ("thư mục/", b""), ("other.txt", b"z")))
    found = extract_members(path, ["thua_dat.csv", "thư mục/quyền.csv"], tmp_path / "out", CAP)
    assert {name: p.read_bytes() for name, p in found.items()} == {"thua_dat.csv": b"x" * 500, "thư mục/quyền.csv": b"y"}
    assert sorted(p.name for p in (tmp_path / "out").rglob("*") if p.is_file()) == ["quyền.csv", "thua_dat.csv"]


def test_extracting_again_gives_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("a.csv", b"x")))
    assert extract_members(path, ["a.csv"], tmp_path, CAP) == extract_members(path, ["a.csv"], tmp_path, CAP)


HARMFUL: dict[str, Callable[[], bytes]] = {
    "a path upwards": lambda: packed(("a.csv", b"x"), ("../../../outside.csv", b"x")),
    "a path upwards inside": lambda: packed(("a.csv", b"x"), ("b/../../c", b"x")),
    "an absolute path": lambda: packed(("a.csv", b"x"), ("/etc/x", b"x")),
    "a backslash": lambda: packed(("a.csv", b"x"), ("..\\x", b"x")),
    "a drive": lambda: packed(("a.csv", b"x"), ("C:x", b"x")),
    "a dot": lambda: packed(("a.csv", b"x"), ("./b", b"x")),
    "an empty part": lambda: packed(("a.csv", b"x"), ("b//c", b"x")),
    "a line break in a name": lambda: packed(("a.csv", b"x"), ("b\nc", b"x")),
    "a name written backwards": lambda: packed(("a.csv", b"x"), ("b\u202ec", b"x")),
    "a very long name": lambda: packed(("a.csv", b"x"), ("b" * 300, b"x")),
    "a link": lambda: packed(("a.csv", b"x"), (special("b", stat.S_IFLNK), b"/etc/passwd")),
    "a pipe": lambda: packed(("a.csv", b"x"), (special("b", stat.S_IFIFO), b"")),
    "an encrypted member": lambda: with_flag(packed(("a.csv", b"x")), 1),
    "a bomb": lambda: packed(("a.csv", b"x"), ("b", bytes(3 << 20))),
    "another packing": lambda: packed(("a.csv", b"x" * 100), method=zipfile.ZIP_LZMA),
    "overlapping members": overlapping,
    "very many members": lambda: packed(*((f"{i}.csv", b"") for i in range(1200)), ("a.csv", b"x")),
    "too much in all": lambda: packed(("a.csv", os.urandom(CAP)), ("b.csv", b"x"), method=zipfile.ZIP_STORED),
    "the same name twice": lambda: packed(("a.csv", b"x"), ("b.csv", b"x")).replace(b"b.csv", b"a.csv"),
    "a name in another form": lambda: packed(("a.csv", b"x"), ("h\u00e0", b"x"), ("ha\u0300", b"x")),
    "no archive": lambda: b"a;b;c\n" * 20,
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("make", HARMFUL.values(), ids=HARMFUL.keys())
def test_an_archive_with_a_harmful_member_is_refused_before_anything_is_written(tmp_path: Path, make: Callable[[], bytes]) -> None:
    path, out = tmp_path / "a.zip", tmp_path / "in" / "out"
    path.write_bytes(make())
    with pytest.raises(FormatError):
        extract_members(path, ["a.csv"], out, CAP)
    assert [p for p in tmp_path.rglob("*") if p != path] == []


def test_a_member_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("a.csv", b"x")))
    with pytest.raises(FormatError, match=r"lacks the member b\.csv") as refused:
        extract_members(path, ["a.csv", "b.csv"], tmp_path / "out", CAP)
    assert refused.value.rule_id == "DLV-002"


def test_a_member_with_flipped_bytes_is_refused_and_removed(tmp_path: Path) -> None:
    content = bytearray(packed(("a.csv", b"x" * 50), ("b.csv", b"y" * 1000), method=zipfile.ZIP_STORED))
    content[content.index(b"y" * 20) + 5] ^= 1
    path = tmp_path / "a.zip"
    path.write_bytes(bytes(content))
    with pytest.raises(FormatError, match="damaged"):
        extract_members(path, ["a.csv", "b.csv"], tmp_path / "out", CAP)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_member_cannot_replace_a_file_through_a_link(tmp_path: Path) -> None:
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_bytes(b"untouched")
    out.mkdir()
    (out / "a.csv").symlink_to(victim)
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("a.csv", b"x")))
    extract_members(path, ["a.csv"], out, CAP)
    assert victim.read_bytes() == b"untouched"


def test_the_delivery_with_a_path_upwards_is_refused(project: Path, tmp_path: Path) -> None:
    path = project / "tests/deliveries/broken/zip_path_traversal/land/2026-10-31/19/dat_dai.zip"
    with pytest.raises(FormatError):
        extract_members(path, ["thua_dat.csv"], tmp_path / "out", CAP)
    assert list(tmp_path.iterdir()) == []
