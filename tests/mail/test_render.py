"""The mail says what the report holds, to every kind of reader, and nothing can be smuggled into it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from province_data.mail.model import Colour, DatasetReport, Digest, DigestRow, Message, Verdict
from province_data.mail.render import render_digest, render_province, safe_link
from province_data.mail.theme import CHIP, MARK, PAINT
from province_data.mail.wording import EN, VI

from .examples import CLEAN, DAY, HELD, LAND, NAMES, NOTHING, NOW, PAGE, REFUSED, digest, province
from .page import Page

GMAIL_CUTS_AT = 102_400
EVERY_KIND = {
    "rich": render_province(province(LAND)),
    "all": render_province(province(LAND, HELD, NOTHING, CLEAN)),
    "refused": render_province(province(REFUSED)),
    "nothing": render_province(province(NOTHING)),
    "digest": render_digest(digest()),
}


@pytest.fixture(params=EVERY_KIND)
def message(request: pytest.FixtureRequest) -> Message:
    return EVERY_KIND[request.param]


def bars(page: Page) -> list[tuple[str, int]]:
    """The filled parts of all bars: (colour, percent)."""
    names = {paint: colour for colour, paint in PAINT.items()}
    filled = [a for tag, a in page.tags if tag == "td" and a.get("bgcolor") in names and a.get("height") == "10"]
    return [(names[a["bgcolor"]], int(a["width"].rstrip("%"))) for a in filled]


def test_nothing_is_fetched_and_nothing_runs(message: Message) -> None:
    page = Page(message.html)
    assert {tag for tag, _ in page.tags} <= {
        "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "span", "br", "b", "a", "font",
    }  # fmt: skip
    assert not {"src", "background", "srcset"} & {name for _, attributes in page.tags for name in attributes}
    assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
    assert "url(" not in message.html
    assert "@import" not in message.html
    assert set(page.attributes("href")) <= {PAGE}


def test_the_html_is_well_formed_and_small_enough_to_be_shown_whole(message: Message) -> None:
    Page(message.html)
    assert len(message.html.encode()) < GMAIL_CUTS_AT


def test_the_page_is_at_most_640_wide_also_for_outlook(message: Message) -> None:
    assert "max-width:640px" in message.html
    assert '<!--[if mso]><table role="presentation" width="640"' in message.html
    assert all(int(w) <= 640 for w in Page(message.html).attributes("width") if w.isdigit())


def test_every_coloured_cell_is_coloured_for_readers_without_styles_too(message: Message) -> None:
    for tag, attributes in Page(message.html).tags:
        background = re.search(r"background:(#[0-9a-f]{6})", attributes.get("style", ""))
        if tag in ("td", "table", "body") and background:
            assert attributes["bgcolor"] == background[1]


def test_bars_have_the_width_and_colour_of_their_score() -> None:
    expected = [(Colour.GREEN, 94), (Colour.GREEN, 98), (Colour.RED, 71), (Colour.YELLOW, 88), (Colour.GREEN, 99)]
    assert bars(Page(render_province(province(LAND)).html)) == expected
    assert bars(Page(render_province(province(CLEAN)).html)) == [(Colour.GREEN, 100)] * 6


def test_a_number_and_a_mark_stand_beside_every_bar() -> None:
    text = Page(render_province(province(LAND)).html).text
    for name, mark, score, step in [("Đúng", "●", "94,8", "↓0,3"), ("Sạch", "■", "71,4", "↓8,9"), ("Sống", "▲", "88,0", "↑1,8")]:
        assert re.search(rf"{name}.{{0,60}}{mark}\s*{score} %\s*{step}", text), name


def test_what_could_not_be_tested_is_never_shown_as_a_score() -> None:
    message = render_province(province(LAND))
    assert re.search(r"Dùng chung\s*shared\s*không kiểm tra được\s*–", Page(message.html).text)
    assert re.search(r"Dùng chung +– +không kiểm tra được", message.text)
    assert re.search(r"Shared +– +not testable", message.text)


def test_the_figures_are_those_of_the_report() -> None:
    message = render_province(province(LAND))
    text = Page(message.html).text
    for label, number in [("Nhận", "4.213"), ("Công bố", "3.984"), ("Trả lại", "212"), ("Không đọc được", "2"), ("Trùng lặp", "10")]:
        assert f" {number} {label} " in text
        assert re.search(rf"{label} +{re.escape(number)}\n", message.text)
    assert "120 mới · 94 còn tồn · 57 đã xử lý" in text
    assert "120 new, 94 persisting, 57 resolved" in message.text
    assert "Khoảng trắng thừa: 312 bản ghi" in text


def test_the_worst_rules_come_with_what_to_do_and_the_rest_is_counted() -> None:
    text = Page(render_province(province(LAND)).html).text
    assert "LAN-006 · nghiêm trọng · 1.006 / 4.213 bản ghi" in text
    assert text.index("Câu số 6 của chuẩn.") < text.index("Câu số 40 của chuẩn.")
    assert "→ Sửa theo cách 6." in text
    assert "Câu số 50" not in text
    assert "và 2 quy tắc khác" in text


def test_a_rule_that_could_not_be_run_is_not_a_count_of_nought() -> None:
    broken = replace(LAND.worst[0], is_error=True, failed=0)
    text = Page(render_province(province(replace(LAND, worst=(broken,)))).html).text
    assert "quy tắc không chạy được" in text
    assert "0 / 4.213" not in text


def test_vietnamese_comes_first_and_english_says_the_same() -> None:
    for text in (Page(EVERY_KIND["rich"].html).text, EVERY_KIND["rich"].text):
        assert text.index("Đã công bố 3.984 trong 4.213") < text.index("3,984 of 4,213")
        assert text.index("Câu số 6 của chuẩn.") < text.index("Sentence 6 of the standard.")


def test_a_refusal_says_what_where_what_is_expected_what_to_do_and_what_stands() -> None:
    message = EVERY_KIND["refused"]
    for text in (Page(message.html).text, " ".join(message.text.split())):
        for part in (
            "Tệp thiếu cột so_thua (DLV-004)",
            "thua_dat.csv, dòng 1, trường so_thua",
            "Đủ cột của hợp đồng",
            "Sửa tên cột rồi gửi lại",
        ):
            assert part in text
        for part in ("The column so_thua is missing", "line 1, field so_thua", "All columns of the contract", "Mend the header"):
            assert part in text
        assert "Số liệu công bố ngày 30/09/2026 vẫn được giữ nguyên" in text
        assert "The state published for 30/09/2026 still stands" in text
    assert bars(Page(message.html)) == []


def test_a_refusal_without_its_own_next_step_still_has_one() -> None:
    text = render_province(province(replace(REFUSED, reason_vi="tệp bị cắt", reason_en="the file is cut"))).text
    assert "Sửa tệp theo nội dung trên rồi gửi lại" in text
    assert "Correct the file as stated above" in " ".join(text.split())


def test_a_province_that_sent_nothing_gets_a_report() -> None:
    text = " ".join(EVERY_KIND["nothing"].text.split())
    assert "Chưa nhận được gói dữ liệu nào của kỳ này. Số liệu công bố ngày 30/10/2026 vẫn được giữ nguyên" in text
    assert "Việc cần làm: Kiểm tra hệ thống nguồn" in text


def test_nothing_published_ever_is_said_so() -> None:
    message = render_province(province(replace(NOTHING, standing_as_of=None)))
    assert "chưa có số liệu nào được công bố" in Page(message.html).text
    assert "chưa có số liệu nào được công bố" in " ".join(message.text.split())


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_its_words_in_both_languages(verdict: Verdict) -> None:
    message = render_province(province(DatasetReport("land", "Đất đai", "Land", verdict, DAY, delivered=3, published=3)))
    text = " ".join(message.text.split())
    assert VI.verdict[verdict] in text
    assert EN.outcome[verdict].split("{")[0] in text
    assert verdict in CHIP


def test_markup_in_names_reasons_and_rules_is_text() -> None:
    evil = "<script>alert(1)</script>&\"'<img src=x onerror=y>"
    rule = replace(LAND.worst[0], sentence_vi=evil, advice_vi=evil, rule_id=evil)
    dataset = replace(LAND, title_vi=evil, reason_vi=evil, reason_en=evil, worst=(rule,))
    for message in (
        render_province(province(dataset, HELD, name=evil)),
        render_digest(Digest(DAY, 1, NOW, (DigestRow("24", evil, replace(dataset, verdict=Verdict.REFUSED)),))),
    ):
        page = Page(message.html)
        assert not {"script", "img"} & {tag for tag, _ in page.tags}
        assert evil in page.text
        assert evil in message.text.replace("\n    ", " ").replace("\n  ", " ")


def test_a_link_is_a_web_address_or_nothing() -> None:
    assert safe_link(PAGE) == PAGE
    assert safe_link(None) is None
    assert safe_link("javascript:alert(1)") is None
    message = render_province(province(LAND, page="javascript:alert(1)"))
    assert "javascript" not in message.html + message.text


def test_an_address_cannot_leave_its_attribute() -> None:
    page = Page(render_province(province(LAND, page='https://x.example/"onclick="y')).html)
    assert set(page.attributes("href")) == {'https://x.example/"onclick="y'}


def test_the_text_part_is_wrapped_and_holds_no_markup(message: Message) -> None:
    assert max(len(line) for line in message.text.splitlines()) <= 78
    assert not re.search(r"</?[a-z]+|&[a-z]+;|\{\{", message.text)


def test_the_digest_has_one_row_per_province_and_dataset() -> None:
    rendered = digest()
    message = render_digest(rendered)
    page = Page(message.html)
    table = page.text[page.text.index("Từng tỉnh") :]
    for vi, _ in NAMES.values():
        assert len(re.findall(rf"\b{vi}\b", table)) == 34
    assert [table.count(f"Tỉnh số {n} ") for n in range(1, 35)] == [1] * 34
    assert len(re.findall(r"(?m)^  - \S", message.text[message.text.index("TỪNG TỈNH") :])) == len(rendered.rows)


def test_the_digest_shows_the_figures_of_each_row() -> None:
    message = render_digest(Digest(DAY, 7, NOW, (DigestRow("24", "Bắc Ninh", LAND),)))
    assert re.search(r"Đất đai 90,4 % ● ↓1,5 94,8 98,2 71,4 ■ 88,0 99,9 – 214 / 4.213", Page(message.html).text)
    assert "trả lại / nhận 214 / 4.213" in " ".join(message.text.split())
    assert "đúng 94,8 · đủ 98,2 · sạch 71,4 · sống 88,0 · thống nhất 99,9 · dùng chung –" in " ".join(message.text.split())


def test_the_digest_lists_what_needs_attention_first() -> None:
    rendered = digest(3)
    text = Page(render_digest(rendered).html).text
    urgent = text[text.index("Cần chú ý") : text.index("Từng tỉnh")]
    assert urgent.index("Bị từ chối") < urgent.index("Chưa nhận được") < urgent.index("Tạm giữ")
    assert "Tệp thiếu cột so_thua (DLV-004)" in urgent
    assert "The column so_thua is missing (DLV-004)" in urgent


def test_a_digest_of_nothing_but_trouble_still_fits() -> None:
    rows = tuple(DigestRow(f"{n:02}", f"Tỉnh số {n}", replace(REFUSED, dataset=d)) for n in range(34) for d in NAMES)
    message = render_digest(Digest(DAY, 7, NOW, rows, PAGE))
    assert len(message.html.encode()) < GMAIL_CUTS_AT
    assert "và 116 dòng khác trong bảng dưới" in Page(message.html).text


def test_a_red_row_needs_attention_though_it_was_published() -> None:
    red = replace(LAND, dimensions=LAND.dimensions[2:3])
    text = Page(render_digest(Digest(DAY, 7, NOW, (DigestRow("24", "Bắc Ninh", red),))).html).text
    assert f"Bắc Ninh · đất đai Công bố một phần {MARK[Colour.RED]} 71,4 %" in text


def test_colours_differ_in_brightness_too() -> None:
    def brightness(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    ordered = sorted(brightness(PAINT[c]) for c in (Colour.GREEN, Colour.YELLOW, Colour.RED))
    assert min(b - a for a, b in pairwise(ordered)) > 30
    assert len({MARK[c] for c in Colour}) == len(Colour)
