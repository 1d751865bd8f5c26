"""Keep the list of who gets which province's mails: people join, leave, and are left alone when their address bounces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from province_data.errors import ContractError
from province_data.mail.letter import is_address
from province_data.store.database import execute, one_value

MOST_BOUNCES = 3


@dataclass(frozen=True)
class Recipient:
    """One address of a province (`00` = the centre), and how its mails fared."""

    province_code: str
    address: str
    is_active: bool
    bounces: int
    stopped_at: datetime | None
    stopped_because: str | None
    sent: int
    queued: int
    lost: int
    """Refused for good, or given up after a day."""
    wants_pdf: bool = False


LIST = """
select r.province_code, r.address, r.is_active, r.bounces, r.stopped_at, r.stopped_because,
    count(m.*) filter (where m.status = 'sent') as sent, count(m.*) filter (where m.status = 'queued') as queued,
    count(m.*) filter (where m.status in ('failed', 'dead')) as lost, r.wants_pdf
from ops.mail_recipient r left join ops.mail m on m.recipient = r.address and m.province_code = r.province_code
group by r.province_code, r.address order by 1, 2
"""
ADD = """
insert into ops.mail_recipient (province_code, address, wants_pdf) values (%s, %s, coalesce(%s, false))
on conflict (province_code, address) do update set is_active = true,
    wants_pdf = coalesce(%s, mail_recipient.wants_pdf), bounces = 0, bounced_at = null, stopped_at = null,
    stopped_because = null
"""
STOP = """
update ops.mail_recipient set is_active = false, stopped_at = %s, stopped_because = 'unsubscribed'
where address = %s and is_active and (cardinality(%s::text[]) = 0 or province_code = any(%s))
"""
BOUNCED = """
update ops.mail_recipient r set bounces = bounces + 1, bounced_at = given.now,
    is_active = bounces + 1 < given.most,
    stopped_at = case when bounces + 1 >= given.most then given.now end,
    stopped_because = case when bounces + 1 >= given.most then 'bounced' end
from (select %s::timestamptz as now, %s as most) given
where address = %s and is_active and (bounced_at is null or bounced_at <= given.now - interval '1 hour')
"""
"""The mails of one hour meet one and the same trouble, so they count once."""


def list_recipients(connection: psycopg.Connection) -> list[Recipient]:
    """List all addresses, those that were stopped too."""
    with connection.cursor(row_factory=class_row(Recipient)) as cursor:
        return cursor.execute(LIST).fetchall()


def add_recipient(connection: psycopg.Connection, province: str, address: str, *, wants_pdf: bool | None = None) -> None:
    """Let an address get a province's mails, again if it was stopped before; None leaves the wish for the printed form as it is."""
    known = one_value(connection, "select exists (select 1 from reference.province where code = %s)", (province,))
    if province != "00" and not known:
        raise ContractError(f"there is no province {province}", expected="two digits, or 00 for the national centre")
    if not is_address(address):
        raise ContractError("that is no plain e-mail address", expected="name@domain")
    execute(connection, ADD, (province, address, wants_pdf, wants_pdf))


def stop_recipient(connection: psycopg.Connection, address: str, provinces: Sequence[str], now: datetime) -> int:
    """Send an address no more mails, of some provinces or of all; returns how many lists it left."""
    return execute(connection, STOP, (now, address, list(provinces), list(provinces))).rowcount


def note_answer(connection: psycopg.Connection, address: str, code: str, *, is_sent: bool, now: datetime) -> None:
    """Count an address that the receiving server does not know; the third in a row stops it, a mail that arrives clears it."""
    if is_sent:
        execute(connection, "update ops.mail_recipient set bounces = 0 where address = %s and bounces > 0", (address,))
    elif code.startswith("RECIPIENT_5"):
        execute(connection, BOUNCED, (now, MOST_BOUNCES, address))
