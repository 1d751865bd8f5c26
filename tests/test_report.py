"""After a load everybody concerned is told, with the figures of the ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest

from mail.declarations import Declarations
from mail.examples import NOW
from mail.ledger_tables import add_batch, add_delivery, add_finding, add_result, add_score, create_ledger, insert, open_load
from mail.page import Page
from mail.post_office import Clerk, free_port, open_office
from province_data.errors import ContractError, PublicationError
from province_data.mail.addresses import add_recipient
from province_data.mail.assemble import Silence
from province_data.mail.newest import called, newest_report
from province_data.mail.outbox import Flushed
from province_data.report import ReportSummary, report
from province_data.settings import Settings


@pytest.fixture
def ledger(database: psycopg.Connection, project: Path) -> psycopg.Connection:
    create_ledger(database, project)
    return database


@pytest.fixture
def settings(tmp_path: Path, project: Path) -> Settings:
    return Settings(home=tmp_path / "home", project=project, page_url="https://quality.example/{province}")


@pytest.fixture
def load(ledger: psycopg.Connection) -> int:
    """A load of Bắc Ninh's land, the one after a better one."""
    before, now = open_load(ledger), open_load(ledger)
    add_batch(ledger, before, "b1", "24", "land", "published", delivered=900, published=900)
    add_batch(
        ledger,
        now,
        "b2",
        "24",
        "land",
        "published",
        delivered=1_000,
        published=913,
        quarantined=80,
        unreadable=4,
        duplicate=2,
        superseded=1,
    )
    for batch, load_id, correct, sufficient in [("b1", before, "93.70", "99.00"), ("b2", now, "92.40", "88.10")]:
        add_score(ledger, load_id, batch, "24", "land", "correct", correct)
        add_score(ledger, load_id, batch, "24", "land", "sufficient", sufficient)
    add_result(ledger, now, "b2", "LAN-040", 76)
    add_result(ledger, now, "b2", "LAN-002", 3, "parcel")
    add_result(ledger, now, "b2", "LAN-002", 2, "right")
    add_result(ledger, now, "b2", "LAN-090", 500)
    add_result(ledger, now, "b2", "LAN-001", 0)
    for number in range(3):
        add_finding(ledger, f"new{number}", now)
    add_finding(ledger, "old1", before)
    add_finding(ledger, "old2", before)
    add_finding(ledger, "gone", before, resolved=now)
    add_finding(ledger, "long gone", before, resolved=before)
    add_finding(ledger, "elsewhere", now, province_code="19")
    return now


def mails(settings: Settings, name: str) -> tuple[EmailMessage, str, str]:
    """The mail's headers, its text part, the words of its page."""
    [path] = settings.home.rglob(f"{name}.eml")
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail, path.with_suffix(".html").read_text(encoding="utf-8"), Page(path.with_suffix(".html").read_text(encoding="utf-8")).text


def test_the_mail_holds_the_ledgers_figures(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    summary = report(ledger, [load], Declarations(), settings, NOW)
    mail, html, text = mails(settings, f"24-{load}")
    assert summary == ReportSummary(2, Flushed(written=2), ("24", "00"))
    assert mail["Subject"] == "Bắc Ninh · đất đai · 90,2 % ↓6,1 · 84 bản ghi bị trả lại"
    assert "Đã công bố 913 trong 1.000 bản ghi nhận được; 84 bản ghi bị trả lại" in text
    assert "3 mới · 2 còn tồn · 1 đã xử lý" in text
    assert re.search(r"Đúng correct 76 / 1.000 không đạt ● 92,4 % ↓1,3", text)
    assert re.search(r"Đủ sufficient 76 / 1.000 không đạt ▲ 88,1 % ↓10,9", text)
    assert re.search(r"Sống live không kiểm tra được –", text)
    assert 'href="https://quality.example/24"' in html


def test_rules_are_ordered_by_gravity_and_summed_over_tables(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    report(ledger, [load], Declarations(), settings, NOW)
    _, _, text = mails(settings, f"24-{load}")
    assert "LAN-002 · nghiêm trọng · 5 / 2.000 bản ghi Mã thửa là duy nhất. → Sửa tại nguồn." in text
    assert text.index("LAN-002") < text.index("LAN-040")
    assert "LAN-090" not in text
    assert "LAN-001" not in text


def test_a_rule_that_could_not_be_judged_is_named(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    add_result(ledger, load, "b2", "LAN-999", 0, outcome="error")
    report(ledger, [load], Declarations(), settings, NOW)
    assert "LAN-999 · cảnh báo · quy tắc không chạy được" in mails(settings, f"24-{load}")[2]


def test_the_digest_goes_to_the_centre(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    add_batch(ledger, load, "b3", "19", "tax", "refused", reason="DLV-004: no header [x.csv]", reason_vi="thiếu tiêu đề")
    report(ledger, [load], Declarations(), replace(settings, mail_to="dq-{province}@x.example"), NOW)
    mail, _, text = mails(settings, f"00-{load}")
    assert mail["To"] == "dq-00@x.example"
    assert mail["Subject"] == "Toàn quốc 03/10/2026 · 2 tỉnh, thành · bị từ chối 1 · công bố một phần 1"
    assert "Thái Nguyên · thuế Bị từ chối" in text
    assert re.search(r"Đất đai 90,2 % ● ↓6,1 92,4 88,1 – 84 / 1.000", text)


def test_a_refusal_is_explained_in_vietnamese_with_place_and_advice(ledger: psycopg.Connection, settings: Settings) -> None:
    load = open_load(ledger)
    reason = "DLV-004: the column so_thua is missing [thua_dat.csv, line 1, field so_thua]; expected: ma_xa; so_thua"
    add_batch(ledger, load, "b1", "24", "land", "refused", reason=reason, reason_vi="thiếu cột so_thua")
    report(ledger, [load], Declarations(), settings, NOW)
    mail, _, text = mails(settings, f"24-{load}")
    assert mail["Subject"] == "Bắc Ninh · đất đai · bị từ chối: Thiếu cột so_thua (DLV-004)"
    assert "Thiếu cột so_thua (DLV-004) Ở đâu thua_dat.csv, dòng 1, trường so_thua" in text
    assert "Yêu cầu Tệp có đủ cột của hợp đồng. – ma_xa; so_thua Việc cần làm Sửa dòng tiêu đề." in text
    assert "The column so_thua is missing (DLV-004) Where: thua_dat.csv, line 1, field so_thua" in text
    assert "What to do: Mend the header." in text
    assert "chưa có số liệu nào được công bố" in text


def test_the_place_of_a_refusal_comes_from_its_finding_where_the_reason_lacks_it(ledger: psycopg.Connection, settings: Settings) -> None:
    load = open_load(ledger)
    add_batch(ledger, load, "b1", "24", "land", "refused", reason="the header is wrong", reason_vi="sai tiêu đề")
    place = {"table_name": "", "rule_id": "DLV-004", "batch_id": "b1", "field": "so_to", "row_number": 7}
    add_finding(ledger, "2026-10-31|118|thua_dat.csv", load, None, **place)
    report(ledger, [load], Declarations(), settings, NOW)
    assert "Sai tiêu đề (DLV-004) Ở đâu thua_dat.csv, dòng 7, trường so_to" in mails(settings, f"24-{load}")[2]


def test_the_published_state_stands_when_a_batch_is_held(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    now = open_load(ledger)
    add_batch(ledger, now, "b9", "24", "land", "held", delivered=10, quarantined=10, reason="too small", reason_vi="quá ít bản ghi")
    report(ledger, [now], Declarations(), settings, NOW)
    assert "Số liệu công bố ngày 03/10/2026 vẫn được giữ nguyên" in mails(settings, f"24-{now}")[2]


def test_a_delivery_that_became_no_batch_is_reported_too(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    now = open_load(ledger)
    add_delivery(ledger, now, "b2", "24", "land", "duplicate", reason="the same content as batch b2", reason_vi="trùng với lô b2")
    add_delivery(ledger, now, "b8", "19", "land", "waiting", reason="manifest.json is absent", reason_vi="thiếu manifest.json")
    add_delivery(ledger, now, "b7", "19", "tax", "due")
    report(ledger, [now], Declarations(), settings, NOW)
    duplicate, waiting = mails(settings, f"24-{now}")[2], mails(settings, f"19-{now}")[2]
    assert "Trùng gói đã nhận" in duplicate
    assert "900 Nhận 0 Công bố 0 Trả lại 900 Trùng lặp" in duplicate
    assert "Đang chờ gửi đủ" in waiting
    assert "Thiếu manifest.json" in waiting
    assert "Thuế" not in waiting


def test_a_batch_with_its_arrival_is_told_once(ledger: psycopg.Connection, settings: Settings) -> None:
    load = open_load(ledger)
    add_batch(ledger, load, "b1", "24", "land", "refused", reason="x")
    add_delivery(ledger, load, "b1", "24", "land", "refused", reason="x")
    report(ledger, [load], Declarations(), settings, NOW)
    assert mails(settings, f"00-{load}")[0]["Subject"].endswith("1 tỉnh, thành · bị từ chối 1")


def test_a_province_that_sent_nothing_gets_its_report(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    silence = Silence("tax", "19", load, "due since 02:30", "đến hạn từ 02:30")
    report(ledger, [load], Declarations(), settings, NOW, silences=[silence])
    mail, _, text = mails(settings, f"19-{load}")
    assert mail["Subject"] == "Thái Nguyên · thuế · chưa nhận được dữ liệu"
    assert "Đến hạn từ 02:30" in text
    assert "chưa nhận được 1" in mails(settings, f"00-{load}")[0]["Subject"]


def test_all_datasets_of_a_province_share_one_mail(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    add_batch(ledger, load, "p1", "24", "population", "published", delivered=5, published=5)
    summary = report(ledger, [load], Declarations(), settings, NOW)
    assert summary.letters == 2
    text = mails(settings, f"24-{load}")[2]
    assert "Đất đai" in text
    assert "Dân cư" in text


def test_reporting_again_writes_no_second_mail(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    clerk = Clerk()
    with open_office(clerk) as port:
        sending = replace(settings, smtp_url=f"smtp://127.0.0.1:{port}", mail_to="dq-{province}@x.example")
        first = report(ledger, [load], Declarations(), sending, NOW)
        again = report(ledger, [load], Declarations(), sending, NOW + timedelta(days=1))
    assert (first.letters, first.mails.sent) == (2, 2)
    assert again == ReportSummary(0, Flushed(), ())
    assert sorted(r for rs in clerk.envelopes for r in rs) == ["dq-00@x.example", "dq-24@x.example"]


def test_a_mail_server_that_is_down_fails_nothing_and_the_next_report_sends(
    ledger: psycopg.Connection, load: int, settings: Settings
) -> None:
    down = replace(settings, smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_to="dq@x.example")
    assert report(ledger, [load], Declarations(), down, NOW).mails == Flushed(queued=2)
    with open_office(Clerk()) as port:
        up = replace(down, smtp_url=f"smtp://127.0.0.1:{port}")
        assert report(ledger, [], Declarations(), up, NOW + timedelta(hours=1)) == ReportSummary(0, Flushed(sent=2), ())


def test_the_score_before_is_that_of_the_batch_before_in_the_same_province_and_dataset(
    ledger: psycopg.Connection, load: int, settings: Settings
) -> None:
    add_batch(ledger, load, "other", "19", "land", "published", delivered=1, published=1)
    add_score(ledger, load, "other", "19", "land", "correct", "50")
    now = open_load(ledger)
    add_batch(ledger, now, "between", "24", "land", "refused", sequence_no=50)
    add_batch(ledger, now, "b4", "24", "land", "published", sequence_no=51, delivered=1, published=1)
    add_score(ledger, now, "b4", "24", "land", "correct", "92.9")
    report(ledger, [now], Declarations(), settings, NOW)
    assert re.search(r"Đúng correct 76 / 1.000 không đạt ● 92,9 % ↑0,5", mails(settings, f"24-{now}")[2])
    report(ledger, [load], Declarations(), settings, NOW)
    assert re.search(r"Đúng correct 76 / 1.000 không đạt ■ 50,0 % Đủ", mails(settings, f"19-{load}")[2])


def test_what_was_unified_on_reading_is_told(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    for table, count in [("parcel", 300), ("right", 12)]:
        insert(ledger, "quality.normalisation", {"batch_id": "b2", "table_name": table, "field": "x", "kind": "whitespace", "rows": count})
    report(ledger, [load], Declarations(), settings, NOW)
    assert "Khoảng trắng thừa: 312 bản ghi" in mails(settings, f"24-{load}")[2]


def test_no_key_of_a_record_is_in_any_mail(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    add_finding(ledger, "024090123456", load)
    report(ledger, [load], Declarations(), settings, NOW)
    for path in settings.home.rglob("*.*"):
        assert b"024090123456" not in path.read_bytes()
    kept = ledger.execute("select string_agg(html || plain || subject, '') from ops.mail_letter").fetchone()
    assert kept is not None
    assert "024090123456" not in kept[0]


def test_an_unknown_status_is_not_guessed(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    ledger.execute("alter table ops.batch drop constraint batch_status_check")
    add_batch(ledger, load, "b5", "24", "tax", "surprising")
    with pytest.raises(PublicationError, match="surprising"):
        report(ledger, [load], Declarations(), settings, NOW)


def test_nothing_to_tell_is_no_mail(ledger: psycopg.Connection, settings: Settings) -> None:
    assert report(ledger, [], Declarations(), settings, NOW) == ReportSummary(0, Flushed(), ())


def test_all_provinces_of_a_load_are_told(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    for code in range(50, 84):
        add_batch(ledger, load, f"p{code}", f"{code}", "tax", "published", delivered=5, published=5)
        add_score(ledger, load, f"p{code}", f"{code}", "tax", "correct", "99")
    summary = report(ledger, [load], Declarations(), settings, NOW)
    assert summary.letters == 36
    assert mails(settings, f"00-{load}")[0]["Subject"].endswith("35 tỉnh, thành · công bố một phần 1 · đã công bố 34")


def test_the_newest_scorecard_shows_the_last_load_of_each_dataset(ledger: psycopg.Connection, load: int) -> None:
    later = open_load(ledger)
    add_batch(ledger, later, "t1", "24", "tax", "published", delivered=50, published=50)
    add_batch(ledger, later, "x1", "19", "land", "published", delivered=7, published=7)
    add_batch(ledger, later, "a1", "24", "land", "published", delivered=3, published=3, kind="corrections")
    found = newest_report(ledger, Declarations(), "24", None, NOW)
    assert {d.dataset: (d.delivered, d.published, d.returned) for d in found.datasets} == {"land": (1_000, 913, 84), "tax": (50, 50, 0)}
    assert found.load_id == later
    assert called(ledger, ["24"], NOW.date()) == {"24": "thành phố"}
    assert called(ledger, ["24"], NOW.date().replace(year=2025)) == {"24": "tỉnh"}
    with pytest.raises(ContractError):
        newest_report(ledger, Declarations(), "01", None, NOW)


def test_who_wants_the_printed_form_gets_it_with_the_report(ledger: psycopg.Connection, load: int, settings: Settings) -> None:
    for address, wants_pdf in (("a@x.example", True), ("b@x.example", False)):
        add_recipient(ledger, "24", address, wants_pdf=wants_pdf)
    assert report(ledger, [load], Declarations(), settings, NOW).letters == 3
    with_form, without = mails(settings, f"24-{load}-pdf")[0], mails(settings, f"24-{load}")[0]
    [form] = with_form.iter_attachments()
    assert (form.get_content_type(), form.get_filename()) == ("application/pdf", "phieu-chat-luong-24-2026-10-03.pdf")
    assert form.get_content().startswith(b"%PDF")  # type: ignore[attr-defined]
    assert (with_form["To"], without["To"]) == ("a@x.example", "b@x.example")
    assert list(without.iter_attachments()) == []
    assert report(ledger, [load], Declarations(), settings, NOW).letters == 0
