"""The database writes the rows of a bundle as a spreadsheet reads them, whatever stands in a record's key."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import psycopg
import pytest
import python_calamine

from province_data.corrections.columns import FINDING, HEADINGS, KEY, LIST_SHEET, WIDTHS
from province_data.corrections.inert import bare, visible
from province_data.corrections.returned import Kind
from province_data.corrections.rows import heading, render
from province_data.corrections.sheet import LINE_HEIGHT, Sheet, lines_of

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
KEYS = (
    "w7g3vmzz4c48", "a;b", 'say "x"', "one\ntwo", "=1+1|0012", "'=1+1", "-5", "＝1+1", "<b>&amp;</b>", "tab\there", "bell\x07",
    "\ue000\ue003", "%s", "\\", "k" * 200, "Đường", " spaces ",
)  # fmt: skip
KIND = Kind("parcel", "area_m2", "LAN-010", "error", date(2026, 11, 11), 1, None)
WORDS = ["", "Đất đai", "Thửa đất", "", "Diện tích", "LAN-010", "lỗi", "=Lý; do", 'Việc "cần" làm', "11/11/2026", "1", "", "", ""]


@pytest.fixture
def files(database: psycopg.Connection, tmp_path: Path) -> tuple[Path, Path]:
    """Write one finding for each key, and two on records without one; returns the CSV file and the workbook."""
    sheet = Sheet(NOW, tmp_path / "rows")
    with database.transaction():
        database.execute(
            "create temp table returned (finding_id bigint, table_name text, field text, rule_id text, severity text, due_on date,"
            " attempt bigint, answer text, record_key text, row_number bigint, place bigint) on commit drop"
        )
        kind = (KIND.table_name, KIND.field, KIND.rule_id, KIND.severity, KIND.due_on, KIND.attempt, KIND.answer)
        given = [*((key, None) for key in KEYS), ("", 12), ("", None)]
        rows = [(900 + n, *kind, key, row, n) for n, (key, row) in enumerate(given, 1)]
        database.cursor().executemany("insert into returned values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)", rows)
        lines = [heading()]
        for some in render(database, [(KIND, WORDS)], sheet):
            lines.append(some.lines)
            sheet.lay(some.xml, some.in_sheet)
    (tmp_path / "a.csv").write_text("".join(lines), encoding="utf-8", newline="")
    sheet.save(tmp_path / "a.xlsx")
    return tmp_path / "a.csv", tmp_path / "a.xlsx"


EXPECTED = [*KEYS, "(không có khóa: bản ghi số 12 của lần giao)", "(không có khóa)"]


def test_every_key_is_read_back_from_the_file_as_it_was(files: tuple[Path, Path]) -> None:
    with files[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [bare(row[KEY]) for row in rows] == EXPECTED
    assert [row[FINDING] for row in rows] == [str(900 + n) for n in range(1, len(EXPECTED) + 1)]
    assert {tuple(bare(cell) for name, cell in row.items() if name not in (FINDING, KEY)) for row in rows} == {
        tuple(word for word, name in zip(WORDS, HEADINGS, strict=True) if name not in (FINDING, KEY))
    }


def test_no_cell_of_the_file_runs_as_a_formula(files: tuple[Path, Path]) -> None:
    with files[0].open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=";") for cell in row]
    assert [cell for cell in cells if cell[:1] in tuple("=+-@\t\r\n＝＋－＠")] == []


def test_two_programs_read_every_key_from_the_sheet(files: tuple[Path, Path]) -> None:
    place = HEADINGS.index(KEY)
    by_openpyxl = openpyxl.load_workbook(files[1])[LIST_SHEET]
    assert [row[place].value for row in by_openpyxl.iter_rows(min_row=2)] == [visible(key) for key in EXPECTED]
    by_calamine = python_calamine.CalamineWorkbook.from_path(str(files[1])).get_sheet_by_name(LIST_SHEET).to_python()
    assert [row[place] for row in by_calamine[1:]] == [visible(key) for key in EXPECTED]
    tall = by_openpyxl.row_dimensions[2 + KEYS.index("k" * 200)].height
    assert tall == LINE_HEIGHT * lines_of(200, WIDTHS[KEY])
