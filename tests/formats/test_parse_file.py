"""Parsing a file to look at it: its own columns or a contract's, records on one path, rejects on another."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from province_data.errors import FormatError
from province_data.formats.dialect import Conversion, Dialect, Field
from province_data.formats.read import parse_file

from .reading import JSON, SEMICOLON
from .workbooks import workbook


def parse(folder: Path, content: bytes, dialect: Dialect, fields: list[Field] | None = None) -> tuple[list[list[str]], list[list[str]]]:
    path, out, rejects = folder / "in", folder / "out.csv", folder / "rejects.csv"
    path.write_bytes(content)
    parse_file(path, dialect, fields, out, rejects)
    return rows(out), rows(rejects)


def rows(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_files_own_columns_are_written_with_header_and_rejects(tmp_path: Path) -> None:
    records, rejects = parse(tmp_path, b'x;x;"y z"\r\n1;2;"3,4"\r\n5\r\n6;7;8;9\r\n10;"a\r\nb";12\r\n', SEMICOLON)
    assert records == [["x", "x", "y z"], ["1", "2", "3,4"], ["10", "a\r\nb", "12"]]
    assert [r[:2] for r in rejects] == [["record_number", "line"], ["2", "3"], ["3", "4"]]


def test_a_contracts_columns_are_written_under_their_own_names(tmp_path: Path) -> None:
    fields = [Field("area_m2", "dien_tich", Conversion.DECIMAL_COMMA), Field("parcel_code", "ma")]
    records, _ = parse(tmp_path, b"ma;dien_tich\nw1;136,1\n", SEMICOLON, fields)
    assert records == [["area_m2", "parcel_code"], ["136.1", "w1"]]
    with pytest.raises(FormatError):
        parse(tmp_path, b"ma\nw1\n", SEMICOLON, fields)


def test_a_file_without_header_gets_numbered_columns(tmp_path: Path) -> None:
    records, _ = parse(tmp_path, b"1;2\n3;4", Dialect("delimited", delimiter=";", header=False))
    assert records == [["column_1", "column_2"], ["1", "2"], ["3", "4"]]


def test_an_empty_file_gives_an_empty_one(tmp_path: Path) -> None:
    assert parse(tmp_path, b"", SEMICOLON) == ([], [["record_number", "line", "reason"]])


def test_json_shows_all_the_paths_it_has(tmp_path: Path) -> None:
    content = b'{"so":"1","nguoi":{"ten":"A"}}\nbroken\n{"nam":2026,"nguoi":null}\n{"nguoi":{"ma":"2"}}\n'
    records, rejects = parse(tmp_path, content, JSON)
    assert records == [["so", "nguoi.ten", "nam", "nguoi.ma"], ["1", "A", "", ""], ["", "", "2026", ""], ["", "", "", "2"]]
    assert [r[:2] for r in rejects[1:]] == [["2", "2"]]


def test_a_workbook_shows_its_first_sheet(tmp_path: Path) -> None:
    records, _ = parse(tmp_path, workbook({"x": [["a", "b"], [5467, None]], "y": [["c"]]}), Dialect("workbook"))
    assert records == [["a", "b"], ["5467", ""]]


POLLUTED = {
    "no newline at the end": (b"a,b\n1,2", {}, [["1", "2"]]),
    "two newlines at the end": (b"a,b\n1,2\n\n", {}, [["1", "2"]]),
    "bare CR": (b"a,b\r1,2\r3,4\r", {}, [["1", "2"], ["3", "4"]]),
    "mixed line ends": (b"a,b\r\n1,2\n3,4\r5,6\r\n", {}, [["1", "2"], ["3", "4"], ["5", "6"]]),
    "semicolon": (b"a;b\n1;2\n", {"delimiter": ";"}, [["1", "2"]]),
    "tab": (b"a\tb\n1\t2\n", {"delimiter": "\t"}, [["1", "2"]]),
    "pipe": (b"a|b\n1|2\n", {"delimiter": "|"}, [["1", "2"]]),
    "blank": (b"a b\n1 2\n", {"delimiter": " "}, [["1", "2"]]),
    "two characters": (b"a, b\n1, 2\n", {"delimiter": ", "}, [["1", "2"]]),
    "single quotes": (b"a,b\n'1,''2',3\n", {"quote": "'", "escape": "'"}, [["1,'2", "3"]]),
    "backslash": (b'a,b\n"1,\\"2",3\n', {"escape": "\\"}, [['1,"2', "3"]]),
    "no quotes": (b'a,b\n"1,2\n', {"quote": "", "escape": None}, [['"1', "2"]]),
    "line break in quotes": (b'a,b\n"1\n2",3\n', {}, [["1\n2", "3"]]),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", {}, [["1", "2"]]),
    "everything quoted": (b'"a","b"\r\n"1","2"\r\n', {}, [["1", "2"]]),
    "another encoding": ("a,b\nÄ,é\n".encode("cp1252"), {"encoding": "windows-1252"}, [["Ä", "é"]]),
    "lines above": (b"Report\na,b\n1,2\n", {"skip_lines": 1}, [["1", "2"]]),
}


@pytest.mark.parametrize(("content", "options", "expected"), POLLUTED.values(), ids=POLLUTED.keys())
def test_polluted_files_are_read_as_declared(tmp_path: Path, content: bytes, options: dict[str, str], expected: list[list[str]]) -> None:
    records, rejects = parse(tmp_path, content, Dialect("delimited", **options))  # type: ignore[arg-type]
    assert records == [["a", "b"], *expected]
    assert rejects[1:] == []
