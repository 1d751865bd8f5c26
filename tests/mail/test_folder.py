"""Without a mail server the mails lie in the outbox folder, each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path

from province_data.mail.render import render_province
from province_data.mail.send import Status, deliver
from province_data.settings import Settings

from .examples import LAND, NOW, province

MESSAGE = render_province(province(LAND))
TO = ["a@b.example", "c@d.example"]


def files(settings: Settings) -> list[str]:
    return sorted(p.relative_to(settings.home).as_posix() for p in settings.home.rglob("*") if p.is_file())


def test_a_mail_is_written_under_vietnams_day(settings: Settings) -> None:
    sent = deliver(MESSAGE, TO, settings, NOW)
    assert [(s.recipient, s.status) for s in sent.states] == [(r, Status.WRITTEN) for r in TO]
    assert files(settings) == ["outbox/2026-11-01/24-1017.eml", "outbox/2026-11-01/24-1017.html"]
    assert sent.path == settings.home / "outbox/2026-11-01/24-1017.eml"


def test_both_files_hold_the_report(settings: Settings) -> None:
    path = deliver(MESSAGE, TO, settings, NOW).path
    assert path is not None
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["To"] == ", ".join(TO)
    assert mail["Subject"] == MESSAGE.subject
    assert path.with_suffix(".html").read_text(encoding="utf-8") == MESSAGE.html


def test_the_same_report_again_is_no_second_mail(settings: Settings) -> None:
    first = deliver(MESSAGE, TO, settings, NOW)
    assert first.path is not None
    before = first.path.read_bytes()
    tomorrow = NOW + timedelta(days=1)
    again = deliver(replace(MESSAGE, created_at=tomorrow, html="other"), TO, settings, tomorrow)
    assert (again.path, again.message_id) == (first.path, first.message_id)
    assert first.path.read_bytes() == before
    assert len(files(settings)) == 2


def test_the_next_load_is_another_mail(settings: Settings) -> None:
    deliver(MESSAGE, TO, settings, NOW)
    deliver(replace(MESSAGE, load_id=1_018), TO, settings, NOW)
    assert len(files(settings)) == 4


def test_a_mail_that_was_cut_short_is_written_again(settings: Settings) -> None:
    day = settings.home / "outbox/2026-11-01"
    day.mkdir(parents=True)
    (day / "24-1017.html").write_text("half")
    (day / ".24-1017.eml.1").write_text("half")
    deliver(MESSAGE, TO, settings, NOW)
    assert (day / "24-1017.html").read_text(encoding="utf-8") == MESSAGE.html
    assert (day / "24-1017.eml").is_file()


def test_a_province_code_cannot_leave_the_folder(settings: Settings) -> None:
    deliver(replace(MESSAGE, province_code="../../24"), TO, settings, NOW)
    assert files(settings) == ["outbox/2026-11-01/______24-1017.eml", "outbox/2026-11-01/______24-1017.html"]


def test_a_wrong_address_does_not_keep_the_mail_from_being_written(settings: Settings) -> None:
    path = deliver(MESSAGE, ["a@b.example\r\nBcc: c@d.example"], replace(settings, mail_from="x\r\ny"), NOW).path
    assert path is not None
    assert b"Bcc" not in path.read_bytes()


def test_a_folder_that_cannot_be_written_is_a_state_and_no_exception(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sent = deliver(MESSAGE, TO, replace(settings, home=tmp_path / "file"), NOW)
    assert {(s.status, s.error_code) for s in sent.states} == {(Status.QUEUED, "OUTBOX_NOT_WRITABLE")}
    assert sent.path is None
