"""A subject line tells the news."""

from __future__ import annotations

from dataclasses import replace

from province_data.mail.model import DatasetReport, Verdict
from province_data.mail.subject import LIMIT, digest_subject, province_subject

from .examples import CLEAN, HELD, LAND, NOTHING, REFUSED, digest, province


def test_score_change_and_returned_records_stand_in_the_subject() -> None:
    assert province_subject(province(LAND)) == "Bắc Ninh · đất đai · 90,4 % ↓1,5 · 214 bản ghi bị trả lại"


def test_a_clean_load_says_that_nothing_came_back() -> None:
    assert province_subject(province(CLEAN)) == "Bắc Ninh · đất đai · 100,0 % ↑0,5 · không bản ghi nào bị trả lại"


def test_a_refusal_says_what_was_wrong() -> None:
    assert province_subject(province(REFUSED)) == "Bắc Ninh · đất đai · bị từ chối: Tệp thiếu cột so_thua (DLV-004)"


def test_silence_is_news() -> None:
    assert province_subject(province(NOTHING)) == "Bắc Ninh · thuế · chưa nhận được dữ liệu"


def test_a_held_batch_is_not_called_published() -> None:
    assert province_subject(province(HELD)).startswith("Bắc Ninh · hộ tịch · tạm giữ, chưa công bố · 90,4 %")


def test_what_was_not_published_comes_before_what_was() -> None:
    assert province_subject(province(CLEAN, LAND, NOTHING)) == "Bắc Ninh · thuế · chưa nhận được dữ liệu · và 2 tập khác"


def test_several_published_datasets_name_the_lowest_and_all_returned_records() -> None:
    subject = province_subject(province(replace(CLEAN, dataset="population"), LAND, replace(LAND, dataset="tax", title_vi="Thuế")))
    assert subject == "Bắc Ninh · 3 tập dữ liệu · thấp nhất đất đai 90,4 % ↓1,5 · 428 bản ghi bị trả lại"


def test_every_verdict_has_a_subject() -> None:
    for verdict in Verdict:
        bare = DatasetReport("land", "Đất đai", "Land", verdict)
        assert province_subject(province(bare)).startswith("Bắc Ninh · đất đai · ")
        assert "tập" in province_subject(province(bare, replace(bare, dataset="tax")))


def test_the_digest_counts_verdicts_the_gravest_first() -> None:
    subject = digest_subject(digest(7))
    assert (
        subject == "Toàn quốc 31/10/2026 · 7 tỉnh, thành · bị từ chối 4 · chưa nhận được 4 · tạm giữ 4 · công bố một phần 12 · đã công bố 4"
    )


def test_a_subject_is_one_line_of_bounded_length() -> None:
    subject = province_subject(province(replace(REFUSED, reason_vi="x" * 500), name="Bắc\r\nBcc: someone@example.org\u202e Ninh" * 9))
    assert len(subject) <= LIMIT
    assert not set("\r\n\u202e") & set(subject)


def test_two_deliveries_of_one_dataset_are_not_two_datasets() -> None:
    assert " · 2 gói đất đai · " in province_subject(province(LAND, LAND))
    assert province_subject(province(REFUSED, LAND)).endswith(" · và 1 gói khác")
