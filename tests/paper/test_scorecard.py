"""The printed scorecard is the mail on paper: the same figures, in the form of an administrative document, with nobody in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest
from reportlab.pdfbase.pdfmetrics import getFont
from reportlab.platypus import Flowable, Paragraph, Table
from tests.mail.examples import CLEAN, HELD, LAND, NOTHING, NOW, REFUSED, province

from province_data.mail.model import DatasetReport, Returned
from province_data.paper import form
from province_data.paper.answer import print_answer
from province_data.paper.scorecard import _contents, print_scorecard

BUNDLE = Returned(214, "24/land/2026-10-31-1017", date(2026, 11, 5))
LETTERS = "ĂÂĐÊÔƠƯăâđêôơư" + "ẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"


def words_of(flowables: list[Flowable]) -> Iterator[str]:
    for one in flowables:
        if isinstance(one, Paragraph):
            yield re.sub(r"\s+", " ", one.getPlainText().replace("\u00a0", " "))
        elif isinstance(one, Table):
            for row in one._cellvalues:
                yield " | ".join(" / ".join(words_of(cell if isinstance(cell, (list, tuple)) else [cell])) for cell in row)


def told(*datasets: DatasetReport) -> list[str]:
    return list(words_of(list(_contents(province(*datasets)))))


def test_the_figures_are_those_of_the_report() -> None:
    lines = told(replace(LAND, bundle=BUNDLE, identifiers_wrong=3))
    assert "Đất đai | 31/10/2026 | Công bố một phần | 4.213 | 3.984 | 212 | 2 | 10 | 5" in lines
    assert "Đất đai | 94,8 | 98,2 | 71,4 | 88,0 | 99,9 | – | 90,4 | ↓1,5" in lines
    assert "LAN-006 | nghiêm trọng | 1.006 / 4.213 | Câu số 6 của chuẩn." in lines
    assert "Đất đai | 120 | 94 | 57 | 214 | 05/11/2026" in lines
    assert [line for line in lines if "Sự cố nghiêm trọng về số định danh" in line and "Đất đai: 3" in line]
    assert 4_213 == 3_984 + 212 + 2 + 10 + 5


@pytest.mark.parametrize("dataset", [CLEAN, REFUSED, HELD, NOTHING], ids=["clean", "refused", "held", "nothing"])
def test_every_outcome_can_be_printed(dataset: DatasetReport) -> None:
    assert print_scorecard(province(dataset), "tỉnh").startswith(b"%PDF")
    assert "I. KẾT QUẢ TIẾP NHẬN" in told(dataset)


def test_it_has_the_form_of_an_official_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Flowable] = []

    class Seen(form.BaseDocTemplate):  # type: ignore[misc]
        def build(self, flowables: list[Flowable], **more: object) -> None:
            for one in flowables:
                seen.extend(getattr(one, "_content", [one]))
            super().build(flowables, **more)

    monkeypatch.setattr(form, "BaseDocTemplate", Seen)
    print_scorecard(province(LAND), "thành phố")
    lines = [part for line in words_of(seen) for part in re.split(r" [|/] ", line)]
    for line in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc", "ỦY BAN NHÂN DÂN", "THÀNH PHỐ BẮC NINH", "Số: ……/BC-……",
        "Bắc Ninh, ngày …… tháng …… năm 2026", "BÁO CÁO", "Kết quả chất lượng dữ liệu của thành phố Bắc Ninh, số liệu đến ngày 31/10/2026",
        "Nơi nhận:", "CHỨC VỤ CỦA NGƯỜI KÝ", "(Ký, ghi rõ họ tên, đóng dấu)",
    ):  # fmt: skip
        assert line in lines, line


def test_the_same_report_gives_the_same_bytes_with_its_letters_inside() -> None:
    once, twice = (print_scorecard(province(LAND), "tỉnh") for _ in range(2))
    assert once == twice
    assert b"/FontFile2" in once
    assert b"/Tinos-Bold" in once.replace(b"+", b"/")
    assert b"/MediaBox [ 0 0 595.2756 841.8898 ]" in once
    assert len(once) < 150_000


def test_every_vietnamese_letter_has_a_shape() -> None:
    form.text("x")
    for face in ("Tinos", "Tinos-Bold", "Tinos-Italic", "Tinos-BoldItalic"):
        known = getFont(face).face.charToGlyph
        assert [letter for letter in LETTERS + "–…“”↑↓●▲■" if ord(letter) not in known] == [], face


def test_an_answer_to_a_data_subject_is_printed_whatever_was_found() -> None:
    assert print_answer({}, "tra-cuu-1", NOW).startswith(b"%PDF")
    found = {
        "validated · land.parcel": [{"record_key": "a<b>&c", "as_of": date(2026, 10, 31), "left": None}],
        "looked at by": [{"login": "an"}],
    }
    assert print_answer(found, "tra-cuu-1", NOW).startswith(b"%PDF")
