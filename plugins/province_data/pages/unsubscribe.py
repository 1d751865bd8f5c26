"""The page behind the link in the head of a mail: looking changes nothing, pressing (or a mail reader's one click) leaves the list."""

from __future__ import annotations

from datetime import datetime

from province_data.errors import ContractError
from province_data.mail.leaving import find_leaver, leave
from province_data.pages.asked import Answer
from province_data.pages.wording import say
from province_data.settings import Settings
from province_data.store.database import connected


def show_unsubscribe(settings: Settings, dsn: str, token: str, now: datetime, language: str, *, is_pressed: bool) -> Answer:
    """Ask whether to leave, or leave and say so; ContractError for a link that is none of ours.

    A scanner that opens every link of a mail only looks (RFC 8058, section 3.1): leaving takes a POST.
    """
    with connected(dsn, "province-data pages") as connection:
        leaver = find_leaver(connection, settings, token)
        if leaver is None:
            raise ContractError("no such link", expected="the link in the head of a mail")
        if is_pressed:
            leave(connection, settings, leaver, now)
    has_left = is_pressed or not leaver.is_active
    return Answer("unsubscribe", say("unsubscribed" if has_left else "unsubscribe", language), {"leaver": leaver, "has_left": has_left})
