"""An e-mail carries the report unchanged, and headers carry nothing else."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from province_data.mail.letter import SENDER_NAME, compose, is_address, message_id
from province_data.mail.render import render_province

from .examples import LAND, NOW, province

MESSAGE = render_province(province(LAND))
SENDER = "reports@quality.example"
INJECTIONS = [
    "a@b.example\r\nBcc: c@d.example", "a@b.example\nSubject: x", "a@b.example, c@d.example", "<a@b.example>", "A <a@b.example>",
    '"a b"@c.example', "a@b..example", "a b@c.example", "a@", "@b.example", "", "a@b.example\x00", "ă@b.example", "a" * 250 + "@b.example",
]  # fmt: skip


def read_back(mail: EmailMessage) -> EmailMessage:
    parsed = message_from_bytes(mail.as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def written(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert isinstance(part, EmailMessage)
    return str(part.get_content()).replace("\r\n", "\n")


def test_text_and_html_arrive_as_they_were_written() -> None:
    mail = read_back(compose(MESSAGE, ["a@b.example"], SENDER, "<1@x.example>", NOW))
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert written(mail, "plain") == MESSAGE.text
    assert written(mail, "html") == MESSAGE.html
    assert mail["Subject"] == MESSAGE.subject


def test_the_wire_holds_short_lines_of_ascii_only() -> None:
    wire = compose(MESSAGE, ["a@b.example"], SENDER, "<1@x.example>", NOW).as_bytes()
    assert wire.isascii()
    assert max(len(line) for line in wire.split(b"\r\n")) <= 78


@pytest.mark.parametrize("seed", range(20))
def test_no_subject_loses_a_blank_or_a_letter(seed: int) -> None:
    chance = random.Random(seed)
    words = ["Bắc", "Ninh", "·", "đất đai", "92,4", "%", "↓1,3", "214", "bản", "ghi", "Huế", "ok", "(DLV-004)", "tệp_x.csv", "=?utf-8?"]
    subject = " ".join(chance.choices(words, k=chance.randint(1, 40)))
    mail = read_back(compose(replace(MESSAGE, subject=subject), ["a@b.example"], SENDER, "<1@x.example>", NOW))
    assert mail["Subject"] == subject, f"seed {seed}"


def test_the_headers_say_who_when_and_that_it_is_automatic() -> None:
    mail = read_back(compose(MESSAGE, ["a@b.example", "c@d.example"], SENDER, "<1@x.example>", NOW))
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == (SENDER_NAME, SENDER)
    assert [a.addr_spec for a in mail["To"].addresses] == ["a@b.example", "c@d.example"]
    assert mail["Date"] == "Sun, 01 Nov 2026 06:10:00 +0700"
    assert mail["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("length", range(5, 64, 7))
def test_the_senders_name_stays_whole_beside_any_address(length: int) -> None:
    sender = "r" * length + "@quality.example"
    mail = read_back(compose(MESSAGE, ["a@b.example"], sender, "<1@x.example>", NOW))
    assert (mail["From"].addresses[0].display_name, mail["From"].addresses[0].addr_spec) == (SENDER_NAME, sender)


def test_the_message_id_depends_on_province_load_and_recipients_only() -> None:
    first = message_id(MESSAGE, ["a@b.example", "c@d.example"], SENDER)
    later = replace(MESSAGE, html="", text="", subject="", created_at=datetime(2027, 1, 1, tzinfo=UTC))
    assert message_id(later, ["c@d.example", "a@b.example"], SENDER) == first
    assert first.endswith("@quality.example>")
    others = {
        message_id(replace(MESSAGE, load_id=1_018), ["a@b.example", "c@d.example"], SENDER),
        message_id(replace(MESSAGE, province_code="19"), ["a@b.example", "c@d.example"], SENDER),
        message_id(MESSAGE, ["a@b.example"], SENDER),
    }
    assert len(others | {first}) == 4


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_no_plain_address_is_refused(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(ValueError, match="not a plain e-mail address"):
        compose(MESSAGE, [text], SENDER, "<1@x.example>", NOW)
    with pytest.raises(ValueError, match="not a plain e-mail address"):
        compose(MESSAGE, ["a@b.example"], text, "<1@x.example>", NOW)


def test_a_line_break_in_the_subject_starts_no_header() -> None:
    smuggled = replace(MESSAGE, subject="Bắc Ninh\r\nBcc: c@d.example\r\n\r\n<html>\x0b\u2028x")
    mail = read_back(compose(smuggled, ["a@b.example"], SENDER, "<1@x.example>", NOW))
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Bắc Ninh Bcc: c@d.example <html> x"


def test_a_mail_to_nobody_can_be_kept() -> None:
    assert read_back(compose(MESSAGE, [], SENDER, "<1@x.example>", NOW))["To"] is None
