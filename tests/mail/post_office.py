"""A real mail server on the loopback that refuses, cuts and stays silent as a test tells it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

GOOD = "250 OK"
CUT = "cut"
HANG = "hang"


@dataclass
class Clerk:
    """Take mails as scripted: answers to DATA are used up in turn, then all is well."""

    recipients: dict[str, str] = field(default_factory=dict)
    answers: deque[str] = field(default_factory=deque)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]) -> str:
        answer = self.recipients.get(address, GOOD)
        if answer == GOOD:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.answers.popleft() if self.answers else GOOD
        assert isinstance(envelope.content, bytes)
        if answer in (GOOD, CUT):
            mail = message_from_bytes(envelope.content, policy=default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
            self.envelopes.append(envelope.rcpt_tos)
            self.sessions.append(session)
        if answer == CUT:
            server.transport.abort()  # type: ignore[union-attr]
        if answer == HANG:
            await asyncio.sleep(3600)
        return answer


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_login(user: str, password: str) -> Callable[..., AuthResult]:
    """Accept one user only."""

    def check(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        assert isinstance(given, LoginPassword)
        return AuthResult(success=(given.login, given.password) == (user.encode(), password.encode()), handled=False)

    return check


@contextmanager
def open_office(clerk: Clerk, *, tls: ssl.SSLContext | None = None, inside_tls: bool = False, **smtp: object) -> Iterator[int]:
    """Run a mail server and give its port; `tls` is offered by STARTTLS, or wrapped around everything."""
    if tls is not None and not inside_tls:
        smtp |= {"tls_context": tls, "require_starttls": True}
    controller = Controller(clerk, hostname="127.0.0.1", port=free_port(), ssl_context=tls if inside_tls else None, **smtp)
    controller.start()
    try:
        yield int(controller.port)
    finally:
        controller.stop()
