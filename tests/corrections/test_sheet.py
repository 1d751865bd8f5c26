"""A workbook of findings holds text cells, asks for answers from a list, and is the same bytes every time."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
import python_calamine

from province_data.corrections import sheet
from province_data.corrections.columns import GUIDE_SHEET, HEADINGS, KEY, LIST_SHEET, REPLY, VALUE
from province_data.corrections.inert import inert

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
ROW = ["1", "Đất đai", "Thửa đất", "=1+1|0012", "Diện tích", "LAN-010", "lỗi", "Lý do", "Việc", "11/11/2026", "1", "", "", ""]


def written(path: Path, rows: list[list[str]]) -> Path:
    made = sheet.Sheet(NOW, path.with_suffix(".rows"))
    for number, row in enumerate(rows, 2):
        xml, lines = made.row(row)
        made.lay(xml.replace(sheet.ROW, str(number)).replace(sheet.HEIGHT, str(lines * sheet.LINE_HEIGHT)), 1)
    made.save(path)
    return path


def test_every_cell_is_text_and_no_formula(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", [ROW, ["2", *ROW[1:]]]))
    cells = [cell for row in book[LIST_SHEET].iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    assert {cell.number_format for cell in cells} == {"@"}
    assert book[LIST_SHEET]["D2"].value == "=1+1|0012"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as package:
        assert b"<f>" not in package.read(sheet.FIRST_SHEET)


def test_the_header_stays_and_answers_are_chosen_from_a_list(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(written(tmp_path / "a.xlsx", [ROW]))
    listed = book[LIST_SHEET]
    assert listed.freeze_panes == f"{openpyxl.utils.get_column_letter(HEADINGS.index(KEY) + 2)}2"
    assert (listed.oddHeader.left.text, listed.oddFooter.right.text, listed.print_options.gridLines) == ("&F", "Trang &P/&N", True)
    [choice] = listed.data_validations.dataValidation
    assert choice.formula1 == '"Đã sửa,Xác nhận đúng,Không thuộc tỉnh"'
    column = openpyxl.utils.get_column_letter(HEADINGS.index(REPLY) + 1)
    assert str(choice.sqref).startswith(f"{column}2:{column}")
    typed_into = openpyxl.utils.get_column_letter(HEADINGS.index(VALUE) + 1)
    assert listed.column_dimensions[typed_into].number_format == "@"
    assert book.sheetnames == [LIST_SHEET, GUIDE_SHEET]
    assert (listed.page_setup.orientation, listed.page_setup.fitToWidth, listed.print_title_rows) == ("landscape", 1, "$1:$1")
    assert listed.auto_filter.ref == f"A1:{openpyxl.utils.get_column_letter(len(HEADINGS))}{listed.max_row}"
    assert (listed.row_dimensions[1].height, listed.row_dimensions[2].height) == (2 * sheet.LINE_HEIGHT, sheet.LINE_HEIGHT)
    assert "Xác nhận đúng" in " ".join(str(c.value) for (c,) in book[GUIDE_SHEET].iter_rows())


def test_another_program_reads_the_same(tmp_path: Path) -> None:
    book = python_calamine.CalamineWorkbook.from_path(str(written(tmp_path / "a.xlsx", [ROW])))
    assert book.get_sheet_by_name(LIST_SHEET).to_python() == [list(HEADINGS), ROW]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = written(tmp_path / "a.xlsx", [ROW]).read_bytes()
    monkeypatch.setenv("TZ", "Asia/Ho_Chi_Minh")
    assert written(tmp_path / "b.xlsx", [ROW]).read_bytes() == first
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_a_key_that_looks_like_a_formula_is_inert_in_csv() -> None:
    assert inert(ROW[3]) == "'=1+1|0012"
