"""A reason is read in all forms the ledger holds and explained in both languages."""

from __future__ import annotations

from province_data.errors import FormatError
from province_data.mail.reason import LABELS_EN, LABELS_VI, Reason, explain, place_in_vietnamese, read_reasons, write_reasons
from province_data.mail.view import reason_lines
from province_data.mail.wording import EN, VI

from .declarations import Declarations

NOTHING_ELSE = Reason()


def test_the_short_form_is_taken_apart() -> None:
    text = "DLV-004: unexpected: x; missing: so_thua [thua_dat.csv, line 1, field so_thua]; expected: a; b"
    assert read_reasons(text) == (
        Reason("DLV-004", "unexpected: x; missing: so_thua", where="thua_dat.csv, line 1, field so_thua", expected="a; b"),
    )


def test_the_short_form_may_lack_its_parts() -> None:
    assert read_reasons("number 119 is missing; expected: number 119") == (Reason(what="number 119 is missing", expected="number 119"),)
    assert read_reasons("refused: it is empty [x.csv]") == (Reason(what="it is empty", where="x.csv"),)
    assert read_reasons("") == ()


def test_several_reasons_are_kept_apart() -> None:
    text = "DLV-002: cut [x.csv, field bytes]; expected: 9 bytes; DLV-003: sha256 differs [x.csv, field sha256]; expected: abc"
    assert [(r.rule_id, r.what, r.expected) for r in read_reasons(text)] == [
        ("DLV-002", "cut", "9 bytes"),
        ("DLV-003", "sha256 differs", "abc"),
    ]


def test_the_text_of_an_error_is_taken_apart() -> None:
    error = FormatError("the file is cut", where="x.csv, line 9", expected="1400 records", next_step="send it again")
    assert read_reasons(error.text()) == (Reason("", "the file is cut", "", "x.csv, line 9", "1400 records", "send it again"),)


def test_a_place_is_named_in_vietnamese() -> None:
    assert place_in_vietnamese("thua_dat.csv, line 12, field so_thua") == "thua_dat.csv, dòng 12, trường so_thua"
    assert place_in_vietnamese("my line of field.xlsx#line, record 3") == "my line of field.xlsx#line, bản ghi 3"


def test_written_lines_come_back_labelled() -> None:
    text = write_reasons([Reason("DLV-002", "tệp bị cắt", "", "x.csv, dòng 9", "1400 bản ghi", "gửi lại")], LABELS_VI)
    assert reason_lines(text, VI) == (
        ("Chuyện gì đã xảy ra", "Tệp bị cắt (DLV-002)"),
        ("Ở đâu", "x.csv, dòng 9"),
        ("Yêu cầu", "1400 bản ghi"),
        ("Việc cần làm", "Gửi lại"),
    )


def test_a_colon_inside_a_sentence_starts_no_part() -> None:
    assert reason_lines("cannot be applied: number 119 is missing\nand: more", EN) == (
        ("What happened", "Cannot be applied: number 119 is missing and: more"),
    )


def test_a_second_reason_begins_a_line_of_its_own() -> None:
    text = write_reasons([Reason(what="one", where="a"), Reason(what="two", where="b")], LABELS_EN)
    assert reason_lines(text, EN) == (("What happened", "One"), ("Where", "a"), ("What happened", "Two"), ("Where", "b"))


def test_vietnamese_gets_the_exact_place_the_rule_and_its_advice() -> None:
    vi, en = explain(
        "DLV-004: so_thua is missing [x.csv, line 1]; expected: so_thua", "DLV-004: thiếu so_thua [x.csv]", NOTHING_ELSE, Declarations()
    )
    assert vi.splitlines() == [
        "chuyện gì đã xảy ra: thiếu so_thua (DLV-004)",
        "ở đâu: x.csv, dòng 1",
        "yêu cầu: Tệp có đủ cột của hợp đồng. – so_thua",
        "việc cần làm: Sửa dòng tiêu đề.",
    ]
    assert en.splitlines() == [
        "what happened: so_thua is missing (DLV-004)",
        "where: x.csv, line 1",
        "expected: so_thua",
        "next step: Mend the header.",
    ]


def test_a_reason_told_in_english_only_is_told_in_the_rules_vietnamese_words() -> None:
    same = "DLV-004: so_thua is missing [x.csv, line 1]; expected: so_thua"
    vi, _ = explain(same, same, NOTHING_ELSE, Declarations())
    assert vi.splitlines() == [
        "chuyện gì đã xảy ra: Chưa đạt yêu cầu: Tệp có đủ cột của hợp đồng. (DLV-004)",
        "chi tiết: so_thua is missing; so_thua",
        "ở đâu: x.csv, dòng 1",
        "việc cần làm: Sửa dòng tiêu đề.",
    ]


def test_rule_and_place_come_from_the_finding_where_the_text_has_none() -> None:
    vi, en = explain("the header is wrong", "sai tiêu đề", Reason("DLV-004", where="x.csv, line 7"), Declarations())
    assert "ở đâu: x.csv, dòng 7" in vi
    assert "the header is wrong (DLV-004)" in en


def test_one_language_alone_serves_both() -> None:
    assert explain("", "quá ít bản ghi", NOTHING_ELSE, Declarations()) == (
        "chuyện gì đã xảy ra: quá ít bản ghi",
        "what happened: quá ít bản ghi",
    )
    assert explain("too few", "", NOTHING_ELSE, Declarations())[0] == "chuyện gì đã xảy ra: too few"


def test_several_reasons_say_their_common_next_step_once() -> None:
    text = "DLV-004: a [x.csv]; DLV-004: b [x.csv]"
    vi, en = explain(text, "DLV-004: một [x.csv]; DLV-004: hai [x.csv]", NOTHING_ELSE, Declarations())
    assert (vi.count("Sửa dòng tiêu đề."), en.count("Mend the header.")) == (1, 1)
    assert vi.endswith("Sửa dòng tiêu đề.")


def test_an_undeclared_rule_leaves_the_ledgers_words() -> None:
    vi, _ = explain("DLV-999: odd [x.csv]", "DLV-999: lạ [x.csv]", NOTHING_ELSE, Declarations())
    assert vi.splitlines() == ["chuyện gì đã xảy ra: lạ (DLV-999)", "ở đâu: x.csv"]
