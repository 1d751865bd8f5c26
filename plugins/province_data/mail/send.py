"""Hand mails over: to the mail server where one is set, else into the outbox folder. A failure is a state, never an exception."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Timer

from province_data.errors import ContractError
from province_data.mail.folder import write_mail
from province_data.mail.letter import compose, domain_of, is_address, message_id
from province_data.mail.links import leave_address
from province_data.mail.model import Message
from province_data.mail.smtp import MailServer, cut, error_code, open_line, read_address
from province_data.settings import Settings

BUDGET_SECONDS = 60.0
"""What all mails of one run may take; what is left then waits for the next run."""
LOSSES = 2
"""So many lost lines in a row, and the server is left alone until the next run."""


class Status(StrEnum):
    """What became of a mail for one recipient."""

    QUEUED = "queued"
    """Not accepted yet; tried again at the next run."""
    SENT = "sent"
    WRITTEN = "written"
    """Lies in the outbox folder."""
    FAILED = "failed"
    """Refused for good."""
    DEAD = "dead"
    """Given up after a day."""


@dataclass(frozen=True)
class Letter:
    """A mail with its addressees; `identity` is its Message-ID where it already has one."""

    message: Message
    to: tuple[str, ...]
    identity: str | None = None


@dataclass(frozen=True)
class RecipientState:
    """How it went for one recipient; the code is empty when all is well."""

    recipient: str
    status: Status
    error_code: str = ""


@dataclass(frozen=True)
class Sent:
    """How it went for one mail."""

    message_id: str
    states: tuple[RecipientState, ...]
    path: Path | None = None


def deliver(message: Message, to: Sequence[str], settings: Settings, now: datetime) -> Sent:
    """Hand over one mail; the same message sent again carries the same Message-ID."""
    [sent] = deliver_all([Letter(message, tuple(to))], settings, now)
    return sent


def deliver_all(letters: Sequence[Letter], settings: Settings, now: datetime) -> Iterator[Sent]:
    """Hand over many mails over one line, within a fixed time; each answer comes before the next mail is begun."""
    if settings.smtp_url is None:
        yield from (_write(letter, settings, now) for letter in letters)
        return
    try:
        server = read_address(settings.smtp_url)
    except ContractError:
        yield from (_all(letter, settings, Status.QUEUED, "BAD_SMTP_URL") for letter in letters)
        return
    yield from _Post(server, settings, now).take(letters)


class _Post:
    """Hold the line to the mail server, open it when needed and give up when it is lost again and again."""

    def __init__(self, server: MailServer, settings: Settings, now: datetime) -> None:
        self.server, self.settings, self.now = server, settings, now
        self.line: smtplib.SMTP | None = None
        self.losses = 0
        self.stopped_by = ""

    def take(self, letters: Sequence[Letter]) -> Iterator[Sent]:
        watchdog = Timer(BUDGET_SECONDS, self._stop)
        watchdog.daemon = True
        watchdog.start()
        try:
            for letter in letters:
                yield self._take_one(letter)
        finally:
            watchdog.cancel()
            self._hang_up()

    def _stop(self) -> None:
        self.stopped_by = "TIME_IS_UP"
        if self.line is not None:
            cut(self.line)

    def _take_one(self, letter: Letter) -> Sent:
        good = tuple(r for r in letter.to if is_address(r))
        if not good:
            return _all(letter, self.settings, Status.FAILED, "BAD_ADDRESS")
        if not is_address(self.settings.mail_from):
            return _all(letter, self.settings, Status.QUEUED, "BAD_SENDER")
        answers: dict[str, tuple[Status, str]] = {}
        for group, link in _copies(letter, good, self.settings):
            lost = dict.fromkeys(group, (Status.QUEUED, self.stopped_by))
            answers |= lost if self.stopped_by else self._offer(letter, group, link)
        every = {r: answers.get(r, (Status.FAILED, "BAD_ADDRESS")) for r in letter.to}
        return Sent(_identity(letter, self.settings), tuple(RecipientState(r, s, code) for r, (s, code) in every.items()))

    def _offer(self, letter: Letter, good: tuple[str, ...], link: str | None) -> dict[str, tuple[Status, str]]:
        mail = compose(letter.message, good, self.settings.mail_from, _identity(letter, self.settings), self.now, link)
        try:
            refused = self._open().send_message(mail, self.settings.mail_from, good)
        except smtplib.SMTPRecipientsRefused as error:
            # Nobody got it: a server that leaves in the middle (421) says so of one recipient and asks no further.
            refused = {r: error.recipients.get(r, (421, b"")) for r in good}
        except smtplib.SMTPDataError as error:
            return dict.fromkeys(good, (_final(error.smtp_code), error_code(error)))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            return dict.fromkeys(good, (Status.QUEUED, self._lose(error)))
        self.losses = 0
        return {r: _answer(refused, r) for r in good}

    def _open(self) -> smtplib.SMTP:
        if self.line is not None and self.line.sock is not None:
            return self.line
        try:
            self.line = open_line(self.server, domain_of(self.settings.mail_from))
        except (OSError, smtplib.SMTPException, ValueError):
            self.losses = LOSSES
            raise
        return self.line

    def _lose(self, error: Exception) -> str:
        self.losses += 1
        code = self.stopped_by or error_code(error)
        if self.losses >= LOSSES:
            self.stopped_by = code
        self._hang_up()
        return code

    def _hang_up(self) -> None:
        line, self.line = self.line, None
        if line is not None:
            with suppress(OSError, smtplib.SMTPException):
                line.quit()
            line.close()


def _copies(letter: Letter, good: tuple[str, ...], settings: Settings) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Give each recipient a copy with a link of his own, or all of them one mail where there are no links."""
    links = {address: leave_address(settings, letter.message.province_code, address) for address in good}
    if None in links.values():
        yield good, None
    else:
        yield from (((address,), link) for address, link in links.items())


def _final(code: int) -> Status:
    return Status.FAILED if 500 <= code <= 599 else Status.QUEUED


def _answer(refused: Mapping[str, tuple[int, bytes]], recipient: str) -> tuple[Status, str]:
    if recipient not in refused:
        return Status.SENT, ""
    code = refused[recipient][0]
    return _final(code), f"RECIPIENT_{code}"


def _identity(letter: Letter, settings: Settings) -> str:
    return letter.identity or message_id(letter.message, letter.to, settings.mail_from)


def _all(letter: Letter, settings: Settings, status: Status, code: str) -> Sent:
    return Sent(_identity(letter, settings), tuple(RecipientState(r, status, code) for r in letter.to))


def _write(letter: Letter, settings: Settings, now: datetime) -> Sent:
    good = tuple(r for r in letter.to if is_address(r))
    sender = settings.mail_from if is_address(settings.mail_from) else "province-data@localhost"
    try:
        mail = compose(letter.message, good, sender, _identity(letter, settings), now)
        path = write_mail(settings.home / "outbox", letter.message, mail.as_bytes())
    except OSError:
        return _all(letter, settings, Status.QUEUED, "OUTBOX_NOT_WRITABLE")
    states = tuple(RecipientState(r, Status.WRITTEN) for r in letter.to)
    return Sent(_identity(letter, settings), states, path)
