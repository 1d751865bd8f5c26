"""Whoever has the link in the head of his mail leaves the list with it, and nobody else can make such a link."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from province_data.mail.addresses import add_recipient, list_recipients, stop_recipient
from province_data.mail.leaving import find_leaver, leave
from province_data.mail.links import leave_address
from province_data.mail.outbox import Flushed, flush, queue, recipients
from province_data.mail.render import render_province
from province_data.settings import Settings

from .examples import LAND, NOW, province
from .ledger_tables import create_ledger
from .post_office import Clerk, open_office

MESSAGE = render_province(province(LAND))
A, B = "a@province.example", "b@province.example"
PAGES = "https://quality.example/quality"


@pytest.fixture
def ledger(database: psycopg.Connection, project: Path) -> psycopg.Connection:
    create_ledger(database, project)
    return database


@pytest.fixture
def linked(settings: Settings) -> Settings:
    return replace(settings, page_url=f"{PAGES}/provinces/{{province}}")


def token_of(address: str | None) -> str:
    assert address is not None
    return address.removeprefix(f"{PAGES}/unsubscribe/")


def test_each_recipient_gets_a_copy_with_a_link_of_his_own(ledger: psycopg.Connection, linked: Settings) -> None:
    for address in (A, B):
        add_recipient(ledger, "24", address)
    clerk = Clerk(recipients={B: "550 no such user"})
    with open_office(clerk) as port:
        queue(ledger, [MESSAGE], recipients(ledger, ["24"], linked), linked)
        assert flush(ledger, replace(linked, smtp_url=f"smtp://127.0.0.1:{port}"), NOW) == Flushed(sent=1, failed=1)
    [mail] = clerk.mails
    assert (clerk.envelopes, mail["To"]) == ([[A]], A)
    link = leave_address(linked, "24", A)
    assert mail["List-Unsubscribe"] == f"<{link}>, <mailto:{linked.mail_from}?subject=unsubscribe>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = find_leaver(ledger, linked, token_of(link))
    assert found is not None
    assert (found.address, found.province_name, found.shown) == (A, "Bắc Ninh", "a…@province.example")


def test_a_copy_that_is_tried_again_goes_to_the_one_it_failed_for(ledger: psycopg.Connection, linked: Settings) -> None:
    for address in (A, B):
        add_recipient(ledger, "24", address)
    clerk = Clerk(answers=deque(["250 OK", "451 later"]))
    with open_office(clerk) as port:
        queue(ledger, [MESSAGE], recipients(ledger, ["24"], linked), linked)
        via = replace(linked, smtp_url=f"smtp://127.0.0.1:{port}")
        assert flush(ledger, via, NOW) == Flushed(sent=1, queued=1)
        assert flush(ledger, via, NOW + timedelta(hours=1)) == Flushed(sent=1)
    assert clerk.envelopes == [[A], [B]]
    assert len({mail["Message-ID"] for mail in clerk.mails}) == 1


def test_without_https_no_mail_reader_presses_by_itself(ledger: psycopg.Connection, linked: Settings) -> None:
    for page_url, starts in (
        (linked.page_url, "<https://"),
        ("http://127.0.0.1:1/quality/provinces/{province}", "<http://"),
        (None, "<mailto"),
    ):
        clerk = Clerk()
        with open_office(clerk) as port:
            settings = replace(linked, page_url=page_url, smtp_url=f"smtp://127.0.0.1:{port}")
            queue(ledger, [replace(MESSAGE, load_id=len(starts))], {"24": (A,)}, settings)
            assert flush(ledger, settings, NOW).sent == 1
        [mail] = clerk.mails
        assert mail["List-Unsubscribe"].startswith(starts)
        assert ("List-Unsubscribe-Post" in mail) == (starts == "<https://")


def test_who_leaves_by_the_link_is_off_that_list_only_and_the_centre_is_told_once(ledger: psycopg.Connection, linked: Settings) -> None:
    for code, address in (("24", A), ("24", B), ("19", A)):
        add_recipient(ledger, code, address)
    leaver = find_leaver(ledger, linked, token_of(leave_address(linked, "24", A)))
    assert leaver is not None
    for _ in range(2):
        leave(ledger, linked, leaver, NOW)
    assert recipients(ledger, ["19", "24"], linked) == {"19": (A,), "24": (B,)}
    [(code, subject, text)] = ledger.execute("select province_code, subject, plain from ops.mail_letter").fetchall()
    assert (code, subject) == ("00", "Bắc Ninh: một địa chỉ ngừng nhận thư, còn 1")
    assert A not in text
    again = find_leaver(ledger, linked, token_of(leave_address(linked, "24", A)))
    assert again is not None
    assert not again.is_active


def test_who_gets_mails_by_the_setting_only_can_leave_too(ledger: psycopg.Connection, linked: Settings) -> None:
    by_setting = replace(linked, mail_to=f"{A},{B}")
    leaver = find_leaver(ledger, by_setting, token_of(leave_address(by_setting, "24", A)))
    assert leaver is not None
    leave(ledger, by_setting, leaver, NOW)
    assert recipients(ledger, ["19", "24"], by_setting) == {"19": (A, B), "24": (B,)}
    assert [(r.address, r.stopped_because) for r in list_recipients(ledger)] == [(A, "unsubscribed")]


def test_a_link_that_we_did_not_write_belongs_to_nobody(ledger: psycopg.Connection, linked: Settings, tmp_path: Path) -> None:
    add_recipient(ledger, "24", A)
    good = token_of(leave_address(linked, "24", A))
    elsewhere = token_of(leave_address(replace(linked, home=tmp_path / "other"), "24", A))
    stranger = token_of(leave_address(linked, "24", B))
    moved = f"19.{good[3:]}"
    for token in (elsewhere, stranger, moved, good[:-1], good.upper(), f"{good}\n", "24.", "", "24.' or 1=1 --"):
        assert find_leaver(ledger, linked, token) is None, token
    stop_recipient(ledger, A, [], NOW)
    found = find_leaver(ledger, linked, good)
    assert found is not None
    assert not found.is_active
