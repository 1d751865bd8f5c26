"""Delimited text: which columns, which records, which of them are broken, and where."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from province_data.errors import FormatError
from province_data.formats.dialect import LIMITS, Conversion, Dialect, Field, Limits
from province_data.formats.read import stream_records

from .reading import ALWAYS_EXACT, ALWAYS_FAST, SEMICOLON, fields_of, places, read

ABC = fields_of("a", "b", "c")


@pytest.fixture(params=[ALWAYS_FAST, ALWAYS_EXACT], ids=["fast", "exact"])
def limits(request: pytest.FixtureRequest) -> Limits:
    found: Limits = request.param
    return found


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_may_end_in_any_way(tmp_path: Path, limits: Limits, end: str, mark: bytes, last: bool) -> None:
    text = end.join(["a;b;c", "1;2;3", '4;"x;""y""";6', "7;Đặng;9"]) + (end if last else "")
    rows, report = read(tmp_path, mark + text.encode(), SEMICOLON, ABC, limits=limits)
    assert rows == [["1", "2", "3"], ["4", 'x;"y"', "6"], ["7", "Đặng", "9"]]
    assert report.unreadable == ()


def test_mixed_line_ends_are_read(tmp_path: Path, limits: Limits) -> None:
    content = b"a;b;c\r\n1;2;3\n4;5;6\r7;8;9\r\n10;11;12\r13;14\n15;16;17\n"
    rows, report = read(tmp_path, content, SEMICOLON, ABC, limits=limits)
    assert [r[0] for r in rows] == ["1", "4", "7", "10", "15"]
    assert places(report) == [(5, 6)]


def test_columns_may_come_in_another_order(tmp_path: Path, limits: Limits) -> None:
    rows, _ = read(tmp_path, b"c;a;b\n3;1;2\n", SEMICOLON, ABC, limits=limits)
    assert rows == [["1", "2", "3"]]


@pytest.mark.parametrize(
    ("header", "told"),
    [
        (b"a;b;so_thua_dat", ["unexpected: so_thua_dat", "missing: c"]),
        (b"a;b", ["missing: c"]),
        (b"a;b;c;d", ["unexpected: d"]),
        (b"a;b;c;a", ["twice: a"]),
        (b"a;b;C", ["unexpected: C", "missing: c"]),
        (b"a;b;c ", ["missing: c"]),
        (b"a;b;c;", ["unexpected: "]),
    ],
)
def test_a_header_that_is_not_the_contracts_is_refused(tmp_path: Path, header: bytes, told: list[str]) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, header + b"\n1;2;3\n", SEMICOLON, ABC, name="thua_dat.csv")
    assert refused.value.rule_id == "DLV-004"
    assert refused.value.where == "thua_dat.csv, line 1"
    assert [t for t in told if t not in refused.value.what] == []


def test_a_header_with_a_letter_in_decomposed_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="missing: địa_chỉ"):
        read(tmp_path, "a;b;địa_chi\u0309\n".encode(), SEMICOLON, fields_of("a", "b", "địa_chỉ"))


@pytest.mark.parametrize("content", ["049084932114;NGUYEN;1984\n1;2;3\n", "Báo cáo tháng 10\n\na;b;c\n1;2;3\n", "a,b,c\n1,2,3\n"])
def test_a_first_line_that_is_no_header_is_refused_without_repeating_it(tmp_path: Path, content: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, content.encode(), SEMICOLON, ABC)
    assert refused.value.rule_id == "DLV-004"
    assert "NGUYEN" not in refused.value.text()
    assert "049084932114" not in refused.value.text()


def test_an_unexpected_name_that_looks_like_a_value_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, b"a;b;049084932114\n", SEMICOLON, ABC)
    assert "049084932114" not in refused.value.text()


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, b"", SEMICOLON, ABC)
    assert refused.value.rule_id == "DLV-004"


def test_a_file_with_only_a_header_has_no_records(tmp_path: Path) -> None:
    rows, report = read(tmp_path, b"a;b;c\r\n", SEMICOLON, ABC)
    assert (rows, report.written) == ([], 0)


def test_a_column_that_is_not_required_may_be_missing(tmp_path: Path, limits: Limits) -> None:
    fields = [*ABC, Field("_deleted", "_deleted")]
    rows, report = read(tmp_path, b"a;b;c\n1;2;3\n", SEMICOLON, fields, required={"a", "b", "c"}, limits=limits)
    assert rows == [["1", "2", "3", ""]]
    assert report.optional_missing == ("_deleted",)


def test_a_file_without_header_is_read_by_place(tmp_path: Path, limits: Limits) -> None:
    rows, _ = read(tmp_path, b"1;2;3\n", dataclasses.replace(SEMICOLON, header=False), ABC, limits=limits)
    assert rows == [["1", "2", "3"]]


def test_broken_records_are_listed_with_number_and_line(tmp_path: Path, limits: Limits) -> None:
    content = (
        b"a;b;c\r\n"  # line 1
        b"1;2;3\r\n"  # 2, record 1
        b"1;2\r\n"  # 3, record 2: short
        b'"x\r\ny";2;3\r\n'  # 4 and 5, record 3
        b"\r\n"  # 6: no record
        b"1;2;3;4\r\n"  # 7, record 4: long
        b'5;"y"z;6\r\n'  # 8, record 5: text after quote
        b"7;8;9;\r\n"  # 9, record 6: delimiter at the end
        b"10;11;12\r\n"  # 10, record 7
        b'13;"14;15\r\n16;17;18'  # 11 and 12, record 8: never closed
    )
    rows, report = read(tmp_path, content, SEMICOLON, ABC, limits=limits)
    assert rows == [["1", "2", "3"], ["x\r\ny", "2", "3"], ["10", "11", "12"]]
    assert places(report) == [(2, 3), (4, 7), (5, 8), (6, 9), (8, 11)]
    assert [u.reason.split(" / ")[1] for u in report.unreadable] == [
        "2 values where 3 are expected",
        "4 values where 3 are expected",
        "text stands between a closing quote and the next delimiter",
        "4 values where 3 are expected",
        "a quote opened on this line is never closed",
    ]


def test_an_unclosed_quote_that_meets_another_one_breaks_one_record(tmp_path: Path, limits: Limits) -> None:
    rows, report = read(tmp_path, b'a;b;c\n1;2;3\n4;"x;6\n7;"y";9\n10;11;12\n', SEMICOLON, ABC, limits=limits)
    assert [r[0] for r in rows] == ["1", "10"]
    assert places(report) == [(2, 3)]


def test_a_quote_inside_an_unquoted_value_is_a_character(tmp_path: Path, limits: Limits) -> None:
    rows, _ = read(tmp_path, b'a;b;c\n1;x"y;3\n2; "z";3\n', SEMICOLON, ABC, limits=limits)
    assert rows == [["1", 'x"y', "3"], ["2", ' "z"', "3"]]


def test_blanks_around_values_are_kept(tmp_path: Path, limits: Limits) -> None:
    rows, _ = read(tmp_path, b"a;b;c\n 1 ;\t;\xc2\xa0\n", SEMICOLON, ABC, limits=limits)
    assert rows == [[" 1 ", "\t", "\u00a0"]]


def test_words_that_mean_null_elsewhere_are_kept(tmp_path: Path, limits: Limits) -> None:
    rows, _ = read(tmp_path, b"a;b;c\nNULL;\\N;null\n#N/A;-;NaN\n", SEMICOLON, ABC, limits=limits)
    assert rows == [["NULL", "\\N", "null"], ["#N/A", "-", "NaN"]]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|", ":", "||", "§"])
@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_delimiter_and_quote_are_declared(tmp_path: Path, limits: Limits, delimiter: str, quote: str) -> None:
    dialect = Dialect("delimited", delimiter=delimiter, quote=quote, escape=quote or None)
    middle = f"{quote}2{delimiter if quote else ''}x{quote}"
    content = delimiter.join("abc") + "\n" + delimiter.join(["1", middle, "3"]) + "\n"
    rows, _ = read(tmp_path, content.encode(), dialect, ABC, limits=limits)
    assert rows == [["1", f"2{delimiter if quote else ''}x", "3"]]


def test_a_backslash_can_escape_a_quote(tmp_path: Path, limits: Limits) -> None:
    dialect = dataclasses.replace(SEMICOLON, escape="\\")
    rows, report = read(tmp_path, b'a;b;c\n1;"x\\"y\\\\";3\n1;"C:\\new";3\n1;"x""y";3\n', dialect, ABC, limits=limits)
    assert rows == [["1", 'x"y\\', "3"], ["1", "C:\\new", "3"]]
    assert places(report) == [(3, 4)]


def test_without_an_escape_a_doubled_quote_breaks_the_record(tmp_path: Path, limits: Limits) -> None:
    rows, report = read(tmp_path, b'a;b;c\n1;"x""y";3\n1;"z";3\n', dataclasses.replace(SEMICOLON, escape=None), ABC, limits=limits)
    assert rows == [["1", "z", "3"]]
    assert places(report) == [(1, 2)]


def test_numbers_and_dates_are_converted_without_loss(tmp_path: Path, limits: Limits) -> None:
    fields = [Field("area", "a", Conversion.DECIMAL_COMMA), Field("day", "b", Conversion.DATE_DMY), Field("c", "c")]
    sent = ["136,1;09/10/2018;1", "136.1;2018-10-09;2", "1.234,5;9/10/2018;3", ";;4", "x;31/02/2020 ;5", "-0,5;31/02/2020;6"]
    rows, _ = read(tmp_path, ("a;b;c\n" + "\n".join(sent)).encode(), SEMICOLON, fields, limits=limits)
    assert rows == [
        ["136.1", "2018-10-09", "1"],
        ["136,1", "2018-10-09", "2"],
        ["1,234.5", "9/10/2018", "3"],
        ["", "", "4"],
        ["x", "31/02/2020 ", "5"],
        ["-0.5", "2020-02-31", "6"],
    ]


def test_an_empty_value_is_null_quoted_or_not(tmp_path: Path, limits: Limits) -> None:
    path, pieces = tmp_path / "file", list[bytes]()
    path.write_bytes(b'a;b;c\n"";;""\n1;"";3\n')
    stream_records(path, SEMICOLON, ABC, "abc", pieces.append, tmp_path, limits=limits)
    assert b"".join(pieces) == b",,\n1,,3\n"


def test_a_single_column_keeps_its_blank_lines_out_and_its_end_marker_in(tmp_path: Path, limits: Limits) -> None:
    path, pieces = tmp_path / "file", list[bytes]()
    path.write_bytes(b'a\n1\n\n\\.\n""\n2\n')
    report = stream_records(path, SEMICOLON, fields_of("a"), "a", pieces.append, tmp_path, limits=limits)
    assert b"".join(pieces) == b'1\n"\\."\n\n2\n'
    assert report.written == 4


def test_a_file_in_another_declared_encoding_is_translated(tmp_path: Path, limits: Limits) -> None:
    text = "a;b;c\r\n1;Đặng Thị Hà;3\r\n"
    for encoding in ("utf-16", "utf-16-le", "utf-8-sig", "utf-32"):
        rows, _ = read(tmp_path, text.encode(encoding), dataclasses.replace(SEMICOLON, encoding=encoding), ABC, limits=limits)
        assert rows == [["1", "Đặng Thị Hà", "3"]]


def test_lines_above_the_header_can_be_left_out_by_declaration(tmp_path: Path) -> None:
    rows, report = read(tmp_path, b"Report\n\na;b;c\n1;2;3\n1\n", dataclasses.replace(SEMICOLON, skip_lines=2), ABC)
    assert rows == [["1", "2", "3"]]
    assert places(report) == [(2, 5)]


def test_a_record_larger_than_allowed_is_one_unreadable_record(tmp_path: Path) -> None:
    small = dataclasses.replace(LIMITS, block=200, record=100, field=60)
    long_line = b"1;" + b"x" * 900 + b";3\n"
    long_value = b'1;"' + b"y\n" * 400 + b'";3\n'
    content = b"a;b;c\n1;2;3\n" + long_line + b"4;5;6\n" + long_value + b"7;8;9\n" + b"1;" + b"z" * 70 + b";3\n" + b"10;11;12\n"
    rows, report = read(tmp_path, content, SEMICOLON, ABC, limits=small)
    assert rows == [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"], ["10", "11", "12"]]
    assert places(report) == [(2, 3), (4, 5), (6, 407)]


def test_an_unclosed_quote_far_from_the_end_swallows_the_rest_as_one_record(tmp_path: Path) -> None:
    small = dataclasses.replace(LIMITS, block=200, record=100, field=60)
    rows, report = read(tmp_path, b'a;b;c\n1;2;3\n4;"5;6\n' + b"7;8;9\n" * 500, SEMICOLON, ABC, limits=small)
    assert rows == [["1", "2", "3"]]
    assert places(report) == [(2, 3)]


def test_a_file_of_nothing_but_broken_records_is_refused(tmp_path: Path) -> None:
    few = dataclasses.replace(LIMITS, unreadable=10)
    with pytest.raises(FormatError, match="more than 10 records"):
        read(tmp_path, b"a;b;c\n" + b"1\n" * 20, SEMICOLON, ABC, limits=few)


def test_ten_thousand_columns_are_read(tmp_path: Path) -> None:
    names = [f"c{i}" for i in range(10_000)]
    rows, report = read(tmp_path, f"{';'.join(names)}\n{';'.join('1' for _ in names)}\n1;2\n".encode(), SEMICOLON, fields_of(*names))
    assert len(rows[0]) == 10_000
    assert places(report) == [(2, 3)]
