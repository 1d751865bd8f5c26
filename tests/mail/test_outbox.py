"""Mails wait in the warehouse until they are gone: once each, whatever fails in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from province_data.errors import ContractError
from province_data.mail.addresses import MOST_BOUNCES, add_recipient, list_recipients, stop_recipient
from province_data.mail.model import Attachment, Message
from province_data.mail.outbox import CLAIM, PATIENCE, PRINTED, Flushed, flush, queue, recipients, who_wants_pdf
from province_data.mail.render import render_province
from province_data.settings import Settings

from .examples import LAND, NOW, province
from .ledger_tables import create_ledger
from .post_office import CUT, Clerk, free_port, open_office

MESSAGE = render_province(province(LAND))
A, B = "a@province.example", "b@province.example"
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def ledger(database: psycopg.Connection, project: Path) -> psycopg.Connection:
    create_ledger(database, project)
    return database


def via(settings: Settings, port: int) -> Settings:
    return replace(settings, smtp_url=f"smtp://127.0.0.1:{port}")


def put(ledger: psycopg.Connection, settings: Settings, *to: str, messages: Sequence[Message] = (MESSAGE,)) -> int:
    return queue(ledger, messages, {m.province_code: to for m in messages}, settings)


def rows(ledger: psycopg.Connection) -> list[tuple[object, ...]]:
    return ledger.execute("select recipient, status, attempts, last_error_code, sent_at from ops.mail order by 1").fetchall()


def test_a_sent_mail_is_not_sent_again(ledger: psycopg.Connection, settings: Settings) -> None:
    clerk = Clerk()
    with open_office(clerk) as port:
        assert put(ledger, settings, A) == 1
        assert flush(ledger, via(settings, port), NOW) == Flushed(sent=1)
        assert put(ledger, settings, A) == 0
        assert flush(ledger, via(settings, port), LATER) == Flushed()
    assert len(clerk.mails) == 1
    assert rows(ledger) == [(A, "sent", 1, None, NOW)]


def test_the_figures_of_the_first_writing_stay(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    put(ledger, settings, B, messages=[replace(MESSAGE, subject="other", html="other", text="other")])
    assert ledger.execute("select subject, html, plain from ops.mail_letter").fetchall() == [(MESSAGE.subject, MESSAGE.html, MESSAGE.text)]
    assert [r[0] for r in rows(ledger)] == [A]


def test_a_mail_waits_while_the_server_is_down_and_goes_out_later(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    assert flush(ledger, via(settings, free_port()), NOW) == Flushed(queued=1)
    assert rows(ledger) == [(A, "queued", 1, "UNREACHABLE", None)]
    with open_office(Clerk()) as port:
        assert flush(ledger, via(settings, port), LATER) == Flushed(sent=1)
    assert rows(ledger) == [(A, "sent", 2, None, LATER)]


def test_a_mail_is_dead_after_a_day_but_tried_to_the_last(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    down = via(settings, free_port())
    assert flush(ledger, down, NOW + PATIENCE - timedelta(seconds=1)) == Flushed(queued=1)
    assert flush(ledger, down, NOW + PATIENCE) == Flushed(dead=1)
    assert flush(ledger, down, NOW + PATIENCE * 2) == Flushed()
    assert rows(ledger) == [(A, "dead", 2, "UNREACHABLE", None)]


def test_a_day_late_is_better_than_never(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    with open_office(Clerk()) as port:
        assert flush(ledger, via(settings, port), NOW + PATIENCE * 2) == Flushed(sent=1)


def test_only_the_recipient_that_was_refused_is_tried_again(ledger: psycopg.Connection, settings: Settings) -> None:
    clerk = Clerk(recipients={B: "451 later"})
    put(ledger, settings, A, B)
    with open_office(clerk) as port:
        assert flush(ledger, via(settings, port), NOW) == Flushed(sent=1, queued=1)
        clerk.recipients.clear()
        assert flush(ledger, via(settings, port), LATER) == Flushed(sent=1)
    assert clerk.envelopes == [[A], [B]]
    assert len({m["Message-ID"] for m in clerk.mails}) == 1


def test_a_recipient_refused_for_good_is_not_tried_again(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    with open_office(Clerk(recipients={A: "550 unknown"})) as port:
        assert flush(ledger, via(settings, port), NOW) == Flushed(failed=1)
        assert flush(ledger, via(settings, port), LATER) == Flushed()
    assert rows(ledger) == [(A, "failed", 1, "RECIPIENT_550", None)]


def test_a_cut_line_means_at_least_once_under_one_id(ledger: psycopg.Connection, settings: Settings) -> None:
    clerk = Clerk(answers=deque([CUT]))
    put(ledger, settings, A)
    with open_office(clerk) as port:
        assert flush(ledger, via(settings, port), NOW) == Flushed(queued=1)
        assert flush(ledger, via(settings, port), LATER) == Flushed(sent=1)
    kept = ledger.execute("select message_id from ops.mail_letter").fetchone()
    assert kept is not None
    assert [m["Message-ID"] for m in clerk.mails] == [kept[0]] * 2


def test_the_id_is_kept_when_the_sender_changes(ledger: psycopg.Connection, settings: Settings) -> None:
    clerk = Clerk()
    put(ledger, settings, A)
    with open_office(clerk) as port:
        flush(ledger, replace(via(settings, port), mail_from="new@other.example"), NOW)
    assert clerk.mails[0]["Message-ID"].endswith("@quality.example>")


def test_what_another_run_has_taken_up_is_left_to_it_until_it_must_be_dead(
    ledger: psycopg.Connection, database_dsn: str, settings: Settings
) -> None:
    put(ledger, settings, A)
    ledger.execute("update ops.mail set claimed_until = %s", (NOW + CLAIM,))
    with open_office(Clerk()) as port:
        assert flush(ledger, via(settings, port), NOW) == Flushed()
        assert flush(ledger, via(settings, port), NOW + CLAIM) == Flushed(sent=1)


def test_two_runs_at_once_send_each_mail_once(ledger: psycopg.Connection, database_dsn: str, settings: Settings) -> None:
    clerk = Clerk()
    put(ledger, settings, A, messages=[replace(MESSAGE, load_id=n) for n in range(4)])
    with open_office(clerk) as port, psycopg.connect(database_dsn, autocommit=True) as other:
        with other.transaction():
            other.execute("select 1 from ops.mail where load_id < 2 for update")
            assert flush(ledger, via(settings, port), NOW) == Flushed(sent=2)
        assert flush(other, via(settings, port), NOW) == Flushed(sent=2)
    assert len({m["Message-ID"] for m in clerk.mails}) == len(clerk.mails) == 4


def test_without_a_server_the_mails_become_files(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A, B)
    assert flush(ledger, settings, NOW) == Flushed(written=2)
    assert len(list(settings.home.rglob("*.eml"))) == 1
    assert [r[:4] for r in rows(ledger)] == [(A, "written", 1, None), (B, "written", 1, None)]


def test_a_mail_without_an_address_becomes_a_file_and_says_so(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings)
    with open_office(Clerk()) as port:
        assert flush(ledger, via(settings, port), NOW) == Flushed(written=1)
    assert len(list(settings.home.rglob("*.eml"))) == 1
    assert rows(ledger)[0][:4] == ("", "written", 1, "NO_RECIPIENT")


def test_the_kept_list_comes_before_the_setting(ledger: psycopg.Connection, settings: Settings) -> None:
    ledger.execute("insert into ops.mail_recipient values ('24', %s, true), ('24', %s, true), ('24', 'gone@x.example', false)", (B, A))
    asked = replace(settings, mail_to="dq-{province}@x.example, boss@x.example")
    assert recipients(ledger, ["24", "19"], asked) == {"24": (A, B), "19": ("dq-19@x.example", "boss@x.example")}
    assert recipients(ledger, ["24", "19"], settings) == {"24": (A, B), "19": ()}


def test_no_text_of_the_server_is_kept(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    with open_office(Clerk(recipients={A: "550 user 012345678901 is unknown"})) as port:
        flush(ledger, via(settings, port), NOW)
    assert rows(ledger)[0][3] == "RECIPIENT_550"


def test_a_mail_is_tried_again_at_growing_intervals(ledger: psycopg.Connection, settings: Settings) -> None:
    put(ledger, settings, A)
    down = via(settings, free_port())
    tried = [minute for minute in range(0, 24 * 60, 5) if flush(ledger, down, NOW + timedelta(minutes=minute)).queued]
    assert tried == [0, 5, 15, 35, 75, 155, 315, 555, 795, 1035, 1275]
    assert flush(ledger, down, NOW + PATIENCE) == Flushed(dead=1)


def test_an_address_that_bounces_three_times_is_left_alone_until_it_is_added_again(ledger: psycopg.Connection, settings: Settings) -> None:
    for address in (A, B):
        add_recipient(ledger, "24", address)
    clerk = Clerk(recipients={A: "550 unknown", B: "451 full"})
    with open_office(clerk) as port:
        for number in range(MOST_BOUNCES):
            put(ledger, settings, A, B, messages=[replace(MESSAGE, load_id=2 * number + n) for n in range(2)])
            flush(ledger, via(settings, port), NOW + timedelta(hours=number))
    assert recipients(ledger, ["24"], settings) == {"24": (B,)}
    assert [(r.address, r.is_active, r.stopped_because, r.lost, r.queued) for r in list_recipients(ledger)] == [
        (A, False, "bounced", 6, 0),
        (B, True, None, 0, 6),
    ]
    add_recipient(ledger, "24", A)
    assert recipients(ledger, ["24"], settings) == {"24": (A, B)}


def test_who_unsubscribes_gets_no_more_mails(ledger: psycopg.Connection, settings: Settings) -> None:
    for code in ("19", "24"):
        add_recipient(ledger, code, A)
    assert stop_recipient(ledger, A, ["24"], NOW) == 1
    assert recipients(ledger, ["19", "24"], replace(settings, mail_to=f"{A},{B}")) == {"19": (A,), "24": (B,)}
    assert stop_recipient(ledger, A, [], NOW) == 1
    assert stop_recipient(ledger, A, [], NOW) == 0
    with pytest.raises(ContractError):
        add_recipient(ledger, "24", "an@x.example\nBcc: b@x.example")


def test_who_asked_for_the_printed_form_gets_the_same_mail_with_it_and_nobody_gets_two(
    ledger: psycopg.Connection, settings: Settings
) -> None:
    add_recipient(ledger, "24", A, wants_pdf=True)
    add_recipient(ledger, "24", B)
    printed = replace(MESSAGE, topic=PRINTED, attachment=Attachment("phieu.pdf", b"%PDF-1.4 \x00\xff" * 99))
    clerk = Clerk(answers=deque(["451 later"]))
    to = recipients(ledger, ["24"], settings)
    assert queue(ledger, [MESSAGE, printed], to, settings, who_wants_pdf(ledger, ["24"])) == 2
    with open_office(clerk) as port:
        assert flush(ledger, via(settings, port), NOW) == Flushed(sent=1, queued=1)
        assert flush(ledger, via(settings, port), LATER) == Flushed(sent=1)
    attached = {envelope[0]: [part.get_content() for part in mail.iter_attachments()] for envelope, mail in zip(
        clerk.envelopes, clerk.mails, strict=True)}  # fmt: skip
    assert attached == {A: [printed.attachment.content] if printed.attachment else [], B: []}
    assert len({mail["Message-ID"] for mail in clerk.mails}) == 2
    add_recipient(ledger, "24", B, wants_pdf=True)
    queue(ledger, [MESSAGE, printed], to, settings, who_wants_pdf(ledger, ["24"]))
    with open_office(clerk) as port:
        assert flush(ledger, via(settings, port), LATER) == Flushed()


def test_a_province_where_all_want_the_printed_form_writes_no_mail_without_it(ledger: psycopg.Connection, settings: Settings) -> None:
    add_recipient(ledger, "24", A, wants_pdf=True)
    printed = replace(MESSAGE, topic=PRINTED, attachment=Attachment("phieu.pdf", b"%PDF"))
    assert queue(ledger, [MESSAGE, printed], {"24": (A,)}, settings, who_wants_pdf(ledger, ["24"])) == 1
    assert [row[:2] for row in rows(ledger)] == [(A, "queued")]
    assert [(r.address, r.wants_pdf) for r in list_recipients(ledger)] == [(A, True)]
    add_recipient(ledger, "24", A)
    assert list_recipients(ledger)[0].wants_pdf
    add_recipient(ledger, "24", A, wants_pdf=False)
    assert not list_recipients(ledger)[0].wants_pdf
