"""Workbooks: cells as a person sees them, rows by their number in the sheet, and files built to harm."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest

from province_data.errors import FormatError
from province_data.formats import workbook_guard
from province_data.formats.dialect import Conversion, Dialect, Field

from .reading import fields_of, places, read
from .workbooks import HEADER, from_xml, inline, workbook

SHEET = Dialect("workbook", sheet="s")
AB = fields_of("a", "b")


def texts(tmp_path: Path, *values: object) -> list[str]:
    rows, report = read(tmp_path, workbook({"s": [["a", "b"], *([v, "x"] for v in values)]}), SHEET, AB)
    assert report.unreadable == ()
    return [r[0] for r in rows]


def test_numbers_show_as_a_person_sees_them(tmp_path: Path) -> None:
    sent = [27087134320, 5467, 0, -3, 1.5, 0.1 + 0.2, 1e20, 1e-7, 999999999999999, 123456789012345678, 814.1, -0.0]
    shown = ["27087134320", "5467", "0", "-3", "1.5", "0.3", "100000000000000000000", "0.0000001", "999999999999999", "123456789012346000"]
    assert texts(tmp_path, *sent) == [*shown, "814.1", "0"]


def test_other_cells_show_as_iso_or_digits(tmp_path: Path) -> None:
    sent = [True, False, date(2020, 2, 29), datetime(2020, 2, 29, 13, 5, 6), time(10, 11, 12), timedelta(hours=30), "  sp ", "a\nb", None]  # noqa: DTZ001
    assert texts(tmp_path, *sent) == ["1", "0", "2020-02-29", "2020-02-29T13:05:06", "10:11:12", "30:00:00", "  sp ", "a\nb", ""]


def test_leading_zeros_survive_in_text_cells(tmp_path: Path) -> None:
    assert texts(tmp_path, "019096876204", "05662") == ["019096876204", "05662"]


def test_only_text_cells_are_converted(tmp_path: Path) -> None:
    fields = [Field("a", "a", Conversion.DECIMAL_COMMA), Field("b", "b", Conversion.DATE_DMY)]
    sent = [["814,1", "09/10/2018"], [814.1, date(2018, 10, 9)], ["814.1", "2018-10-09"], [1234, 43382]]
    rows, _ = read(tmp_path, workbook({"s": [["a", "b"], *sent]}), SHEET, fields)
    assert rows == [["814.1", "2018-10-09"], ["814.1", "2018-10-09"], ["814,1", "2018-10-09"], ["1234", "43382"]]


def test_dates_count_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.worksheets[0].title = "s"
    book.worksheets[0].append(["a", "b"])
    book.worksheets[0].append([date(2020, 2, 29), "x"])
    book.save(tmp_path / "mac.xlsx")
    rows, _ = read(tmp_path, (tmp_path / "mac.xlsx").read_bytes(), SHEET, AB)
    assert rows == [["2020-02-29", "x"]]


def test_a_formula_gives_its_cached_value_and_an_error_its_text(tmp_path: Path) -> None:
    cells = '<row r="2"><c r="A2"><f>1+1</f><v>2</v></c><c r="B2" t="e"><f>NA()</f><v>#N/A</v></c></row>'
    cells += '<row r="3"><c r="A3"><f>1+1</f></c><c r="B3" t="str"><f>"x"</f><v>x</v></c></row>'
    rows, _ = read(tmp_path, from_xml(HEADER + cells), SHEET, AB)
    assert rows == [["2", "#N/A"], ["", "x"]]


def test_a_number_beyond_all_numbers_is_only_text(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, from_xml(HEADER + '<row r="2"><c r="A2"><v>1e999</v></c><c r="B2"><v>-1</v></c></row>'), SHEET, AB)
    assert rows == [["inf", "-1"]]


def test_empty_rows_are_no_records_and_rows_keep_their_number(tmp_path: Path) -> None:
    sent = [[None, None], ["b", "a"], [None, None], ["1", "2"], [None, None], ["3", "4", "beyond"], ["5", None], [None, None]]
    rows, report = read(tmp_path, workbook({"s": sent}), SHEET, AB)
    assert rows == [["2", "1"], ["", "5"]]
    assert places(report) == [(2, 6)]
    assert "column C" in report.unreadable[0].reason


def test_a_table_that_begins_further_right_is_read(tmp_path: Path) -> None:
    left = workbook({"s": [[None, "a", "b"], [None, "1", "2"], ["x", "3", "4"]]})
    rows, report = read(tmp_path, left, SHEET, fields_of("", "a", "b"))
    assert rows == [["", "1", "2"], ["x", "3", "4"]]
    rows, report = read(tmp_path, workbook({"s": [[None, "a", "b"], [None, "1", "2"], [None, "3", "4", "5"]]}), SHEET, AB)
    assert rows == [["1", "2"]]
    assert "column D" in report.unreadable[0].reason


def test_the_sheet_is_chosen_by_name(tmp_path: Path) -> None:
    content = workbook({"thua_dat": [["a", "b"], ["1", "2"]], "s": [["a", "b"], ["3", "4"]]})
    assert read(tmp_path, content, SHEET, AB)[0] == [["3", "4"]]
    assert read(tmp_path, content, Dialect("workbook"), AB)[0] == [["1", "2"]]
    with pytest.raises(FormatError) as refused:
        read(tmp_path, content, Dialect("workbook", sheet="quyen_su_dung"), AB)
    assert refused.value.rule_id == "DLV-004"


@pytest.mark.parametrize("rows", [[["a"]], [["a", "b", "c"]], [["a", "a", "b"]], [["Bảng kê"], ["a", "b"]], [["1", "2"]], []])
def test_a_header_that_is_not_the_contracts_is_refused(tmp_path: Path, rows: list[list[object]]) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, workbook({"s": rows}), SHEET, AB)
    assert refused.value.rule_id == "DLV-004"


def test_hidden_sheets_and_merged_cells_are_only_cells(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("s")
    sheet.sheet_state = "veryHidden"
    for row in (["a", "b"], ["1", "2"], ["3", None]):
        sheet.append(row)
    sheet.merge_cells("A3:B3")
    sheet.row_dimensions[2].hidden = True
    book.save(tmp_path / "hidden.xlsx")
    assert read(tmp_path, (tmp_path / "hidden.xlsx").read_bytes(), SHEET, AB)[0] == [["1", "2"], ["3", ""]]


def test_a_character_the_database_cannot_store_makes_the_record_unreadable(tmp_path: Path) -> None:
    cells = f'<row r="2">{inline("A2", "_x0000_")}</row><row r="3">{inline("A3", "y")}</row>'
    rows, report = read(tmp_path, from_xml(HEADER + cells), SHEET, AB)
    assert (rows, places(report)) == ([["y", ""]], [(1, 2)])


ENTITIES = '<!DOCTYPE x [<!ENTITY a "xxxxxxxxxx"><!ENTITY b "&a;&a;&a;&a;">]>'
FAR = {
    "one far cell": HEADER + f'<row r="1048576">{inline("XFD1048576", "x")}</row>',
    "a far column": "".join(f'<row r="{r}">{inline(f"XFD{r}", "x")}</row>' for r in range(1, 500)),
    "cells without address": HEADER + "<row><c t='n'><v>1</v></c></row>" * 3,
}


@pytest.mark.parametrize("rows", FAR.values(), ids=FAR.keys())
def test_a_sheet_that_spans_too_many_cells_is_refused(tmp_path: Path, rows: str) -> None:
    with pytest.raises(FormatError):
        read(tmp_path, from_xml(rows), SHEET, AB)


def test_formatted_empty_cells_do_not_count(tmp_path: Path) -> None:
    cells = f'<row r="2">{inline("A2", "y")}</row><row r="1048576"><c r="XFD1048576" s="1"/></row>'
    rows, _ = read(tmp_path, from_xml(HEADER + cells), SHEET, AB)
    assert rows == [["y", ""]]


def test_a_text_shown_by_very_many_cells_is_refused(tmp_path: Path) -> None:
    strings = f"<si><t>{'x' * 40_000}</t></si>"
    cells = "".join(f'<row r="{r}"><c r="A{r}" t="s"><v>0</v></c></row>' for r in range(2, 10_000))
    with pytest.raises(FormatError, match="too much text"):
        read(tmp_path, from_xml(HEADER + cells, strings=strings), SHEET, AB)


@pytest.mark.parametrize("part", ["before", "book", "strings"])
def test_a_workbook_that_declares_entities_is_refused(tmp_path: Path, part: str) -> None:
    content = from_xml(HEADER, before=ENTITIES) if part == "before" else from_xml(HEADER, **{part: ENTITIES})
    with pytest.raises(FormatError, match="declares entities"):
        read(tmp_path, content, SHEET, AB)


def test_a_workbook_that_unpacks_too_far_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blanks = HEADER + " " * (3 << 20)
    with pytest.raises(FormatError, match="200 times"):
        read(tmp_path, from_xml(blanks), SHEET, AB)
    monkeypatch.setattr(workbook_guard, "UNPACKED", 1000)
    with pytest.raises(FormatError, match="unpacks to"):
        read(tmp_path, from_xml(HEADER), SHEET, AB)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"a;b\n1;2\n"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FormatError):
        read(tmp_path, content, SHEET, AB)


def test_a_zip_without_sheets_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("a.csv", "a;b")
    with pytest.raises(FormatError):
        read(tmp_path, (tmp_path / "x.zip").read_bytes(), SHEET, AB)


def test_numeric_identifiers_of_the_delivery_lose_their_zero_but_not_their_record(project: Path, tmp_path: Path) -> None:
    path = project / "tests/deliveries/broken/xlsx_numeric_ids/land/2026-10-31/19/dat_dai.xlsx"
    names = (
        "ma_thua_dat ma_xa so_to so_thua so_phat_hanh so_vao_so ngay_cap co_quan_cap trang_thai_gcn loai_chu vai_tro"
        " ten_chu nam_sinh gioi_tinh_chu loai_giay_to so_giay_to cap_nhat"
    )
    fields = fields_of(*names.split())
    rows, report = read(tmp_path, path.read_bytes(), Dialect("workbook", sheet="quyen_su_dung"), fields)
    assert (report.written, report.unreadable) == (72, ())
    assert rows[0][1] == "5467"
    assert len(rows[0][15]) == 11
    assert "." not in "".join(r[15] + r[1] for r in rows)
