"""Let a recipient leave a province's list by the link in the head of his mail. Nobody logs in for that, so the link is signed.

The link says neither address nor name: the server signs every address of the province anew and sees which one it is.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.mail.addresses import stop_recipient
from province_data.mail.figures import clock
from province_data.mail.links import leave_token
from province_data.mail.model import CENTRE, Message
from province_data.mail.outbox import queue, recipients
from province_data.mail.render import render_page
from province_data.settings import Settings
from province_data.store.database import execute

TOKEN = re.compile(r"([0-9]{2})\.[0-9a-f]{32}")
KNOWN = "select address, is_active from ops.mail_recipient where province_code = %s"
LIST = "insert into ops.mail_recipient (province_code, address) values (%s, %s) on conflict do nothing"
NAME = "select name from reference.province where code = %s"


@dataclass(frozen=True)
class Leaver:
    """Whom a link belongs to, and whether he still gets the mails."""

    province_code: str
    province_name: str
    address: str
    is_active: bool

    @property
    def shown(self) -> str:
        """Write the address so that its owner knows it and nobody else learns it."""
        local, _, domain = self.address.rpartition("@")
        return f"{local[:1]}…@{domain}"


def find_leaver(connection: psycopg.Connection, settings: Settings, token: str) -> Leaver | None:
    """Find whom a link belongs to; None when we never wrote it, or its recipient is on no list any more."""
    written = TOKEN.fullmatch(token)
    if written is None:
        return None
    province = written[1]
    known = {str(address): bool(is_active) for address, is_active in execute(connection, KNOWN, (province,)).fetchall()}
    known |= dict.fromkeys(recipients(connection, [province], settings)[province], True)
    for address, is_active in known.items():
        if hmac.compare_digest(token, leave_token(settings, province, address)):
            return Leaver(province, _name(connection, province), address, is_active)
    return None


def leave(connection: psycopg.Connection, settings: Settings, leaver: Leaver, now: datetime) -> None:
    """Take somebody off a province's list, and write to the centre that he left; once more changes nothing.

    The mail to the centre waits for the next sending: a page waits for no mail server.
    """
    execute(connection, LIST, (leaver.province_code, leaver.address))  # who got it by the setting only is listed to be left out
    if stop_recipient(connection, leaver.address, [leaver.province_code], now):
        staying = len(recipients(connection, [leaver.province_code], settings)[leaver.province_code])
        queue(connection, [_tell_centre(leaver, staying, now)], recipients(connection, [CENTRE], settings), settings)


def _tell_centre(leaver: Leaver, staying: int, now: datetime) -> Message:
    subject = f"{leaver.province_name}: một địa chỉ ngừng nhận thư, còn {staying}"
    words: dict[str, object] = {"subject": subject, "name": leaver.province_name, "staying": staying, "code": leaver.province_code}
    html, text = render_page("left", words | {"created": clock(now)})
    return Message(CENTRE, 0, now, subject, html, text, f"left-{leaver.province_code}-{now:%Y%m%d%H%M%S%f}")


def _name(connection: psycopg.Connection, province: str) -> str:
    row = execute(connection, NAME, (province,)).fetchone()
    return str(row[0]) if row else "Trung tâm"
