"""A record that states a key is taken out of a file, and nothing else of the file changes."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest

from province_data.formats import without
from province_data.formats.without import may_hold, without_records

KEY = "024090000321"
NEEDLES = [(KEY,)]
JSON = "".join(json.dumps({"soDinhDanh": number, "hoTen": f'Nguyễn "{n}" Ạ'}, ensure_ascii=False) + "\n"
               for n, number in enumerate(["024090000320", KEY, "024090000322"]))  # fmt: skip
CSV = f'so;ten\r\n024090000320;"Phạm ""A"""\r\n{KEY};"hai\r\ndòng"\r\n1{KEY};x\r\n'


@pytest.mark.parametrize("packed", [False, True])
def test_a_line_of_json_goes(packed: bool) -> None:
    content = gzip.compress(JSON.encode(), mtime=0) if packed else JSON.encode()
    kept, gone = without_records(content, NEEDLES)
    lines = (gzip.decompress(kept) if packed else kept).decode().splitlines(keepends=True)
    assert (lines, gone) == ([line for line in JSON.splitlines(keepends=True) if KEY not in line], {"": 1})


def test_a_record_of_two_lines_goes_whole_and_a_longer_number_stays() -> None:
    kept, gone = without_records(CSV.encode(), NEEDLES)
    assert kept.decode() == f'so;ten\r\n024090000320;"Phạm ""A"""\r\n1{KEY};x\r\n'
    assert gone == {"": 1}


@pytest.mark.parametrize("encoding", ["utf-16", "cp1258", "utf-8-sig"])
def test_other_encodings_are_read(encoding: str) -> None:
    text = CSV.replace("Phạm", "Pham").replace("dòng", "dong")
    kept, gone = without_records(text.encode(encoding), NEEDLES)
    assert KEY not in kept.decode(encoding).replace(f"1{KEY}", "")
    assert gone == {"": 1}


def test_a_quotation_that_never_ends_takes_no_other_record_with_it() -> None:
    lines = ['a;"b\n', *(f"{n};x\n" for n in range(200)), f"{KEY};y\n", "z;1\n"]
    kept, gone = without_records("".join(lines).encode(), NEEDLES)
    assert kept.decode() == "".join(line for line in lines if KEY not in line)
    assert gone == {"": 1}


def test_a_row_of_a_workbook_goes_also_where_a_zero_was_lost() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Thửa"
    for row in (["so", "ten"], ["024090000320", "A"], [KEY, "B"], [int(KEY), "C"], ["=1+1", "D"]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    kept, gone = without_records(out.getvalue(), NEEDLES)
    [left] = openpyxl.load_workbook(io.BytesIO(kept)).worksheets
    assert [[cell.value for cell in row] for row in left.iter_rows()] == [["so", "ten"], ["024090000320", "A"], ["=1+1", "D"]]
    assert gone == {"Thửa": 2}


def test_an_archive_keeps_its_members() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.csv", CSV)
        archive.writestr("b.csv", "so\n1\n")
    kept, gone = without_records(out.getvalue(), NEEDLES)
    with zipfile.ZipFile(io.BytesIO(kept)) as archive:
        assert archive.namelist() == ["a.csv", "b.csv"]
        assert archive.read("b.csv") == b"so\n1\n"
    assert gone == {"a.csv": 1}


@pytest.mark.parametrize("content", [CSV.encode(), CSV.encode("utf-16"), gzip.compress(CSV.encode())], ids=["text", "utf-16", "gzip"])
def test_a_file_is_opened_only_where_its_bytes_hold_the_key(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(without, "CHUNK", 7)
    path = tmp_path / "file"
    path.write_bytes(content)
    assert may_hold(path, NEEDLES)
    assert not may_hold(path, [("024090000329",)])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV)
    assert may_hold(path, NEEDLES)
    assert not may_hold(path, [("024090000329",)])


def test_a_key_of_parts_is_stated_by_a_record_that_holds_them_all() -> None:
    content = b"w7g3vmzz4c48;AB 123456;1\nw7g3vmzz4c48;CD 123456;1\n"
    assert without_records(content, [("w7g3vmzz4c48", "AB 123456")]) == (b"w7g3vmzz4c48;CD 123456;1\n", {"": 1})


def test_a_file_without_the_key_stays_byte_by_byte() -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    noise = random.Random(seed).randbytes(20_000)
    for content in (noise.lstrip(b"PK\x1f\xff\xfe"), b"", b"\n\n", JSON.replace(KEY, "1").encode()):
        assert without_records(content, NEEDLES) == (content, {})
