"""A mail server's every mood becomes a state for each recipient, and never an exception."""

from __future__ import annotations

import socket
import ssl
from collections import deque
from dataclasses import replace
from pathlib import Path

import pytest

from province_data.errors import ContractError
from province_data.mail import send, smtp
from province_data.mail.render import render_province
from province_data.mail.send import Letter, RecipientState, Status, deliver, deliver_all
from province_data.mail.smtp import read_address
from province_data.settings import Settings

from .examples import LAND, NOW, province
from .post_office import CUT, HANG, Clerk, free_port, one_login, open_office

MESSAGE = render_province(province(LAND))
A, B, C = "a@province.example", "b@province.example", "c@province.example"


def via(settings: Settings, port: int, *, scheme: str = "smtp", login: str = "", query: str = "") -> Settings:
    return replace(settings, smtp_url=f"{scheme}://{login}127.0.0.1:{port}{query}")


def queued(code: str, *recipients: str) -> tuple[RecipientState, ...]:
    return tuple(RecipientState(r, Status.QUEUED, code) for r in recipients or (A,))


def test_a_mail_arrives_whole_at_every_recipient(settings: Settings) -> None:
    clerk = Clerk()
    with open_office(clerk) as port:
        sent = deliver(MESSAGE, [A, B], via(settings, port), NOW)
    assert sent.states == (RecipientState(A, Status.SENT), RecipientState(B, Status.SENT))
    [mail] = clerk.mails
    assert clerk.envelopes == [[A, B]]
    assert mail["Message-ID"] == sent.message_id
    assert mail["Subject"] == MESSAGE.subject
    html = mail.get_body(("html",))
    assert html is not None
    assert html.get_content().replace("\r\n", "\n") == MESSAGE.html  # type: ignore[attr-defined]


def test_a_refused_recipient_does_not_keep_the_others_from_it(settings: Settings) -> None:
    clerk = Clerk(recipients={B: "550 no such user", C: "451 try later"})
    with open_office(clerk) as port:
        sent = deliver(MESSAGE, [A, B, C], via(settings, port), NOW)
    assert sent.states == (
        RecipientState(A, Status.SENT),
        RecipientState(B, Status.FAILED, "RECIPIENT_550"),
        RecipientState(C, Status.QUEUED, "RECIPIENT_451"),
    )
    assert clerk.envelopes == [[A]]


def test_when_all_recipients_are_refused_each_keeps_its_own_answer(settings: Settings) -> None:
    clerk = Clerk(recipients={A: "550 no such user", B: "451 try later"})
    with open_office(clerk) as port:
        sent = deliver(MESSAGE, [A, B], via(settings, port), NOW)
    assert sent.states == (RecipientState(A, Status.FAILED, "RECIPIENT_550"), RecipientState(B, Status.QUEUED, "RECIPIENT_451"))


def test_a_server_that_leaves_among_the_recipients_has_taken_nothing(settings: Settings) -> None:
    clerk = Clerk(recipients={B: "421 closing"})
    with open_office(clerk) as port:
        first, second = deliver_all([Letter(MESSAGE, (A, B, C)), Letter(MESSAGE, (A,))], via(settings, port), NOW)
    assert first.states == queued("RECIPIENT_421", A, B, C)
    assert second.states == (RecipientState(A, Status.SENT),)
    assert clerk.envelopes == [[A]]


def test_try_later_then_fine_sends_the_same_mail_once(settings: Settings) -> None:
    clerk = Clerk(answers=deque(["451 greylisted"]))
    with open_office(clerk) as port:
        first = deliver(MESSAGE, [A], via(settings, port), NOW)
        second = deliver(MESSAGE, [A], via(settings, port), NOW)
    assert first.states == queued("DATA_451")
    assert second.states == (RecipientState(A, Status.SENT),)
    assert [m["Message-ID"] for m in clerk.mails] == [first.message_id] == [second.message_id]


def test_a_mail_refused_for_good_is_not_tried_again(settings: Settings) -> None:
    with open_office(Clerk(answers=deque(["554 rejected"]))) as port:
        assert deliver(MESSAGE, [A], via(settings, port), NOW).states == (RecipientState(A, Status.FAILED, "DATA_554"),)


def test_a_line_cut_after_the_mail_leaves_it_queued_under_the_same_id(settings: Settings) -> None:
    clerk = Clerk(answers=deque([CUT]))
    with open_office(clerk) as port:
        first = deliver(MESSAGE, [A], via(settings, port), NOW)
        second = deliver(MESSAGE, [A], via(settings, port), NOW)
    assert first.states == queued("CONNECTION_LOST")
    assert second.states == (RecipientState(A, Status.SENT),)
    assert len(clerk.mails) == 2
    assert {m["Message-ID"] for m in clerk.mails} == {first.message_id}


def test_one_cut_line_does_not_stop_the_other_mails(settings: Settings) -> None:
    clerk = Clerk(answers=deque([CUT]))
    letters = [Letter(replace(MESSAGE, load_id=n), (A,)) for n in range(3)]
    with open_office(clerk) as port:
        states = [s.states[0].status for s in deliver_all(letters, via(settings, port), NOW)]
    assert states == [Status.QUEUED, Status.SENT, Status.SENT]


def test_a_server_that_always_cuts_is_left_alone_after_two_mails(settings: Settings) -> None:
    clerk = Clerk(answers=deque([CUT] * 9))
    letters = [Letter(replace(MESSAGE, load_id=n), (A,)) for n in range(9)]
    with open_office(clerk) as port:
        states = [s.states for s in deliver_all(letters, via(settings, port), NOW)]
    assert states == [queued("CONNECTION_LOST")] * 9
    assert len(clerk.mails) == 2


def test_many_mails_share_one_line(settings: Settings) -> None:
    clerk = Clerk()
    with open_office(clerk) as port:
        assert len(list(deliver_all([Letter(MESSAGE, (A,))] * 5, via(settings, port), NOW))) == 5
    assert len({session.peer for session in clerk.sessions}) == 1


def test_a_server_that_is_down_is_asked_once(settings: Settings) -> None:
    letters = [Letter(MESSAGE, (A,)), Letter(MESSAGE, (A,))]
    assert [s.states for s in deliver_all(letters, via(settings, free_port()), NOW)] == [queued("UNREACHABLE")] * 2


def test_a_server_that_says_nothing_is_not_waited_for(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert deliver(MESSAGE, [A], via(settings, silent.getsockname()[1]), NOW).states == queued("TIMEOUT")


def test_a_slow_server_gets_no_more_than_the_runs_time(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "BUDGET_SECONDS", 0.5)
    clerk = Clerk(answers=deque(["250 OK", HANG]))
    letters = [Letter(replace(MESSAGE, load_id=n), (A,)) for n in range(3)]
    with open_office(clerk) as port:
        states = [s.states for s in deliver_all(letters, via(settings, port), NOW)]
    assert states == [(RecipientState(A, Status.SENT),), queued("TIME_IS_UP"), queued("TIME_IS_UP")]


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_right_login_is_accepted(settings: Settings) -> None:
    clerk = Clerk()
    with open_office(clerk, authenticator=one_login("us:er", "pass/word"), auth_required=True, auth_require_tls=False) as port:
        sent = deliver(MESSAGE, [A], via(settings, port, login="us%3Aer:pass%2Fword@"), NOW)
    assert sent.states == (RecipientState(A, Status.SENT),)


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_leaves_all_mails_queued(settings: Settings) -> None:
    with open_office(Clerk(), authenticator=one_login("user", "right"), auth_required=True, auth_require_tls=False) as port:
        letters = [Letter(MESSAGE, (A,)), Letter(MESSAGE, (A,))]
        states = [s.states for s in deliver_all(letters, via(settings, port, login="user:wrong@"), NOW)]
    assert states == [queued("AUTH_535")] * 2


def test_a_login_where_none_is_offered_is_said_so(settings: Settings) -> None:
    with open_office(Clerk()) as port:
        assert deliver(MESSAGE, [A], via(settings, port, login="user:right@"), NOW).states == queued("LOGIN_NOT_OFFERED")


def test_without_starttls_nothing_is_sent_in_the_clear(settings: Settings) -> None:
    clerk = Clerk()
    with open_office(clerk) as port:
        sent = deliver(MESSAGE, [A], via(settings, port, scheme="smtp+starttls", login="user:secret@"), NOW)
    assert sent.states == queued("TLS_NOT_OFFERED")
    assert clerk.mails == []


@pytest.mark.parametrize(("scheme", "inside_tls"), [("smtp+starttls", False), ("smtps", True)])
def test_an_encrypted_line_works_with_a_trusted_certificate_only(
    settings: Settings, certificate: tuple[Path, Path], scheme: str, inside_tls: bool
) -> None:
    clerk = Clerk()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    with open_office(clerk, tls=context, inside_tls=inside_tls) as port:
        stranger = deliver(MESSAGE, [A], via(settings, port, scheme=scheme), NOW)
        trusted = deliver(MESSAGE, [A], via(settings, port, scheme=scheme, query=f"?ca_file={certificate[0]}"), NOW)
    assert stranger.states == queued("TLS_FAILED")
    assert trusted.states == (RecipientState(A, Status.SENT),)
    assert clerk.sessions[0].ssl is not None or inside_tls


def test_a_plain_server_does_not_pass_for_an_encrypted_one(settings: Settings) -> None:
    with open_office(Clerk()) as port:
        assert deliver(MESSAGE, [A], via(settings, port, scheme="smtps"), NOW).states == queued("TLS_FAILED")


def test_an_injected_recipient_is_refused_and_the_good_one_served(settings: Settings) -> None:
    clerk, evil = Clerk(), f"{A}\r\nRCPT TO:<{C}>"
    with open_office(clerk) as port:
        sent = deliver(MESSAGE, [evil, B], via(settings, port), NOW)
        alone = deliver(MESSAGE, [evil], via(settings, port), NOW)
    assert sent.states == (RecipientState(evil, Status.FAILED, "BAD_ADDRESS"), RecipientState(B, Status.SENT))
    assert alone.states == (RecipientState(evil, Status.FAILED, "BAD_ADDRESS"),)
    assert clerk.envelopes == [[B]]


def test_wrong_settings_leave_the_mail_queued(settings: Settings) -> None:
    assert deliver(MESSAGE, [A], replace(settings, smtp_url="http://x.example"), NOW).states == queued("BAD_SMTP_URL")
    assert deliver(MESSAGE, [A], replace(via(settings, free_port()), mail_from="a\nb@c.example"), NOW).states == queued("BAD_SENDER")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://relay.example", ("relay.example", 25, None, None)),
        ("smtp+starttls://u:p%40ss@relay.example", ("relay.example", 587, "u", "p@ss")),
        ("smtps://u:p@relay.example:4650", ("relay.example", 4650, "u", "p")),
    ],
)
def test_a_mail_server_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    server = read_address(url)
    assert (server.host, server.port, server.user, server.password) == expected
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    "url", ["relay.example:25", "smtp://", "smtp://u:secret@relay.example:port", "smtp://r.example?verify=no", "smtp://[::1"]
)
def test_a_wrong_mail_server_address_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(ContractError) as caught:
        read_address(url)
    assert "secret" not in str(caught.value)
    assert "r.example" not in str(caught.value)
