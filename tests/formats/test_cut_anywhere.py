"""A file cut at any byte is read to its end or refused, and its records are counted as a slow reader counts them."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from province_data.errors import FormatError
from province_data.formats.archive import extract_members
from province_data.formats.dialect import Dialect, Limits

from .reading import JSON, SEMICOLON, fields_of, places, read, slow_delimited, slow_json

FIELDS = fields_of("ma", "so", "dia_chi", "chu", "cap_nhat")
NAMES = [f.sent_as for f in FIELDS]
SMALL = Limits(block=512, record=256, field=128)


def delimited_sample() -> bytes:
    head = "\ufeff" + ";".join(NAMES) + "\r\n"
    plain = "w{0:03};{0};Thôn {0}, Xã Đại Lai;Đặng Thị Hà;2026-06-21\r\n"
    quoted = 'w{0:03};{0};"Xã ""Cũ""; số\r\n{0}";"Hà";\r\n'
    return (head + "".join((quoted if i % 4 == 1 else plain).format(i) for i in range(32))).encode()


def json_sample() -> bytes:
    records = [dict(zip(NAMES, (f"w{i}", str(i), 'Xã "Cũ"\n', None, "Đặng")[: 2 + i % 4], strict=False)) for i in range(36)]
    return b"".join(json.dumps(r, ensure_ascii=i % 3 == 0).encode() + b"\n" for i, r in enumerate(records))


def test_the_samples_are_two_kilobytes() -> None:
    assert 1800 < len(delimited_sample()) < 2300
    assert 1800 < len(json_sample()) < 2500


@pytest.mark.parametrize(("limits", "step"), [(Limits(), 1), (SMALL, 5)], ids=["one block", "many blocks"])
def test_delimited_text_cut_at_any_byte_counts_like_a_slow_reader(tmp_path: Path, limits: Limits, step: int) -> None:
    whole = delimited_sample()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole) + 1, step):
        rows, report = read(tmp_path, whole[:end], SEMICOLON, FIELDS, limits=limits)
        # What is left of a cut character makes the slow reader's last record broken too.
        text = whole[first:end].decode(errors="replace").replace("\ufffd", '"x"x')
        slow = slow_delimited(text, ";", len(FIELDS))
        assert report.written + len(report.unreadable) == len(slow), end
        assert rows == [r for r in slow if r is not None], end
        assert [n for n, _ in places(report)] == [n for n, r in enumerate(slow, 1) if r is None], end


def test_a_header_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    whole = delimited_sample()
    for end in range(whole.index(b"\r")):
        with pytest.raises(FormatError):
            read(tmp_path, whole[:end], SEMICOLON, FIELDS)


@pytest.mark.parametrize(("limits", "step"), [(Limits(), 1), (SMALL, 5)], ids=["one block", "many blocks"])
def test_json_cut_at_any_byte_counts_like_the_standard_library(tmp_path: Path, limits: Limits, step: int) -> None:
    whole = json_sample()
    for end in range(0, len(whole) + 1, step):
        rows, report = read(tmp_path, whole[:end], JSON, FIELDS, limits=limits)
        slow = slow_json(whole[:end], NAMES)
        assert rows == [r for r in slow if r is not None], end
        assert [n for n, _ in places(report)] == [n for n, r in enumerate(slow, 1) if r is None], end


def test_delimited_text_cut_at_any_byte_ends_with_the_engine_too(tmp_path: Path) -> None:
    whole = delimited_sample()
    first = whole.index(b"\n") + 1
    for end in range(first, len(whole) + 1, 97):
        rows, report = read(tmp_path, whole[:end], SEMICOLON, FIELDS, limits=Limits(block=512, record=256, field=128, fast_from=1))
        assert (rows, report) == read(tmp_path, whole[:end], SEMICOLON, FIELDS), end


def test_a_zip_cut_at_any_byte_is_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", delimited_sample())
    path = tmp_path / "cut.zip"
    for end in range(len(buffer.getvalue())):
        path.write_bytes(buffer.getvalue()[:end])
        with pytest.raises(FormatError):
            extract_members(path, ["a.csv"], tmp_path / "out", 1 << 20)
    assert not list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else True


def test_a_workbook_cut_at_any_place_is_refused(tmp_path: Path) -> None:
    from .workbooks import workbook

    whole = workbook({"s": [NAMES, ["1", "2", "3", "4", "5"]]})
    for end in range(0, len(whole), 61):
        with pytest.raises(FormatError):
            read(tmp_path, whole[:end], Dialect("workbook", sheet="s"), FIELDS)


def test_gzip_of_the_sample_is_the_sample(tmp_path: Path) -> None:
    assert read(tmp_path, gzip.compress(json_sample()), JSON, FIELDS) == read(tmp_path, json_sample(), JSON, FIELDS)
