"""Keep mails in the warehouse until they are gone: at least once, the same Message-ID each time, dead after a day.

What a server did not take is tried again after 5, 10, 20 … minutes, at most every 4 hours, and once more when the day is over.

Give a connection that is in no transaction: each step commits by itself, so that no mail server is waited for
while the database is held.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from types import MappingProxyType

import psycopg

from province_data.mail.addresses import note_answer
from province_data.mail.letter import message_id
from province_data.mail.model import Attachment, Message
from province_data.mail.send import Letter, RecipientState, Sent, Status, deliver_all
from province_data.settings import Settings

CLAIM = timedelta(minutes=15)
"""Longer than a run may take to send; a run that was killed gives its mails back after that."""
PATIENCE = timedelta(hours=24)
PRINTED = "pdf"
"""Topic of a report that carries its printed form."""
NOBODY = ""
"""Recipient of a mail for which no address is known; it is written to the outbox folder."""

INSERT_LETTER = """
insert into ops.mail_letter (province_code, load_id, message_id, subject, html, plain, content_sha256, created_at, topic,
    attachment_name, attachment)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) on conflict do nothing
"""
INSERT_MAIL = """
insert into ops.mail (message_id, province_code, load_id, recipient, subject, created_at)
select l.message_id, l.province_code, l.load_id, %s, l.subject, l.created_at
from ops.mail_letter l where l.message_id = %s and not exists (
    select 1 from ops.mail_letter o join ops.mail m using (message_id)
    where o.province_code = l.province_code and o.load_id = l.load_id and m.recipient = %s
        and o.message_id <> l.message_id and o.topic in ('', 'pdf') and l.topic in ('', 'pdf')
)
on conflict do nothing
"""
"""With or without the printed form: nobody gets the report of a load twice, also who asked for it between two runs."""
CLAIM_MAILS = """
with claimed as (
    update ops.mail m set attempts = m.attempts + 1, claimed_until = %(until)s
    from (
        select message_id, recipient from ops.mail
        where status = 'queued' and (claimed_until is null or claimed_until <= %(now)s) and (next_try_at is null or next_try_at <= %(now)s)
        order by created_at, message_id, recipient
        for update skip locked
    ) free
    where m.message_id = free.message_id and m.recipient = free.recipient
    returning m.message_id, m.recipient
)
select l.province_code, l.load_id, l.created_at, l.subject, l.html, l.plain, l.topic, l.attachment_name, l.attachment, l.message_id,
    array_agg(c.recipient order by c.recipient)
from claimed c join ops.mail_letter l using (message_id)
group by l.province_code, l.load_id, l.topic
order by l.created_at, l.province_code
"""
RECORD = """
update ops.mail set
    status = case when %(status)s = 'queued' and created_at <= %(too_old)s then 'dead' else %(status)s end,
    last_error_code = nullif(%(code)s, ''),
    sent_at = case when %(status)s in ('sent', 'written') then %(now)s end,
    claimed_until = null,
    next_try_at = least(%(now)s + least(interval '5 minutes' * 2 ^ least(attempts - 1, 6), interval '4 hours'), created_at + %(patience)s)
where message_id = %(message_id)s and recipient = %(recipient)s and status = 'queued'
returning status
"""


@dataclass(frozen=True)
class Flushed:
    """How many mails (counted per recipient) ended where."""

    sent: int = 0
    written: int = 0
    queued: int = 0
    failed: int = 0
    dead: int = 0


def recipients(connection: psycopg.Connection, codes: Sequence[str], settings: Settings) -> dict[str, tuple[str, ...]]:
    """Find who gets the mails of each province: the kept list, else the setting, else nobody; never who was stopped."""
    listed: dict[str, list[str]] = {}
    stopped: set[tuple[str, str]] = set()
    with connection.transaction():
        found = connection.execute(
            "select province_code, address, is_active from ops.mail_recipient where province_code = any(%s) order by 1, 2", (list(codes),)
        )
        for code, address, is_active in found:
            if is_active:
                listed.setdefault(code, []).append(address)
            else:
                stopped.add((code, address))
    return {code: tuple(listed.get(code) or (a for a in _from_setting(code, settings) if (code, a) not in stopped)) for code in codes}


def who_wants_pdf(connection: psycopg.Connection, codes: Sequence[str]) -> dict[str, frozenset[str]]:
    """Find who asked for the printed form of their province's report; provinces where nobody did are left out."""
    query = "select province_code, address from ops.mail_recipient where is_active and wants_pdf and province_code = any(%s)"
    asked: dict[str, set[str]] = {}
    for code, address in connection.execute(query, (list(codes),)):
        asked.setdefault(code, set()).add(address)
    return {code: frozenset(addresses) for code, addresses in asked.items()}


def queue(
    connection: psycopg.Connection,
    messages: Sequence[Message],
    to: Mapping[str, tuple[str, ...]],
    settings: Settings,
    printed: Mapping[str, frozenset[str]] = MappingProxyType({}),
) -> int:
    """Put mails in the queue; a province's mail of a load that is there already stays as it was. Counts the new ones.

    A message with an attachment goes to those of its province who are in `printed`, the report without one to the others.
    """
    new = 0
    with connection.transaction(), connection.cursor() as cursor:
        for message in messages:
            addresses = _addressees(message, to[message.province_code], printed.get(message.province_code, frozenset()))
            if not addresses and to[message.province_code]:
                continue
            identity = message_id(message, addresses, settings.mail_from)
            cursor.execute(INSERT_LETTER, _letter_row(message, identity))
            if cursor.rowcount == 1:
                new += 1
                cursor.executemany(INSERT_MAIL, [(address, identity, address) for address in addresses or (NOBODY,)])
    return new


def _addressees(message: Message, everybody: tuple[str, ...], printed: frozenset[str]) -> tuple[str, ...]:
    if message.topic not in ("", PRINTED):
        return everybody
    return tuple(a for a in everybody if (a in printed) == (message.topic == PRINTED))


def flush(connection: psycopg.Connection, settings: Settings, now: datetime) -> Flushed:
    """Send what waits in the queue, from earlier runs too, and write down how each mail fared."""
    letters = _claim(connection, now)
    without = [letter for letter in letters if letter.to == (NOBODY,)]
    addressed = [letter for letter in letters if letter.to != (NOBODY,)]
    ended: Counter[str] = Counter()
    for sent in chain(deliver_all(addressed, settings, now), deliver_all(without, replace(settings, smtp_url=None), now)):
        ended.update(_record(connection, sent, now))
    return Flushed(**{status.value: ended[status.value] for status in Status})


def _claim(connection: psycopg.Connection, now: datetime) -> list[Letter]:
    with connection.transaction():
        rows = connection.execute(CLAIM_MAILS, {"now": now, "until": now + CLAIM}).fetchall()
    return [
        Letter(Message(code, load_id, created_at, subject, html, text, topic, _attachment(name, content)), tuple(to), identity)
        for code, load_id, created_at, subject, html, text, topic, name, content, identity, to in rows
    ]


def _attachment(name: str | None, content: bytes | None) -> Attachment | None:
    return None if name is None or content is None else Attachment(name, content)


def _record(connection: psycopg.Connection, sent: Sent, now: datetime) -> list[str]:
    with connection.transaction():
        ended = [connection.execute(RECORD, _state_row(sent.message_id, state, now)).fetchone() for state in sent.states]
        for state in sent.states:
            note_answer(connection, state.recipient, state.error_code, is_sent=state.status is Status.SENT, now=now)
    return [row[0] for row in ended if row is not None]


def _state_row(identity: str, state: RecipientState, now: datetime) -> dict[str, object]:
    return {
        "message_id": identity,
        "recipient": state.recipient,
        "status": state.status.value,
        "code": state.error_code or ("NO_RECIPIENT" if state.recipient == NOBODY else ""),
        "now": now,
        "too_old": now - PATIENCE,
        "patience": PATIENCE,
    }


def _letter_row(message: Message, identity: str) -> tuple[object, ...]:
    attached = message.attachment
    content = hashlib.sha256(f"{message.subject}\n{message.text}\n{message.html}".encode() + (attached.content if attached else b""))
    return (
        message.province_code, message.load_id, identity, message.subject, message.html, message.text, content.hexdigest(),
        message.created_at, message.topic, attached.name if attached else None, attached.content if attached else None,
    )  # fmt: skip


def _from_setting(code: str, settings: Settings) -> tuple[str, ...]:
    if settings.mail_to is None:
        return ()
    addresses = (a.strip() for a in settings.mail_to.replace("{province}", code).split(","))
    return tuple(dict.fromkeys(a for a in addresses if a))
