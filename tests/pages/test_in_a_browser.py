"""In a real browser every page is one that everybody can use: with a reader, with the keyboard only, on a telephone, without scripts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from tests.e2e.browser import Browser, is_there, open_browser
from visiting import NOW, PROJECT, Site

from province_data.mail.addresses import add_recipient
from province_data.mail.links import leave_token
from province_data.pages.application import Host, create_application
from province_data.settings import Settings

AXE = Path(os.environ.get("AXE_CORE", PROJECT / ".axe" / "node_modules" / "axe-core" / "axe.min.js"))
WIDE, NARROW = (1440, 1000), (390, 844)
CHECK = "return axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))"
FOCUS = """
const e = document.activeElement, s = getComputedStyle(e), b = e.getBoundingClientRect();
const name = (e.textContent || e.name || '').trim().slice(0, 40);
return [e.tagName, name, s.outlineStyle, parseFloat(s.outlineWidth), b.width > 0 && b.left >= 0]
"""
TAB = {"actions": [{"type": "key", "id": "k", "actions": [{"type": t, "value": "\ue004"} for t in ("keyDown", "keyUp")]}]}
ENTER = {"actions": [{"type": "key", "id": "k", "actions": [{"type": t, "value": "\ue007"} for t in ("keyDown", "keyUp")]}]}

pytestmark = pytest.mark.skipif(not is_there(), reason="no browser on this machine: apt-get install chromium chromium-driver")


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """Serve the pages to a browser, as if it had logged in."""
    settings = Settings(home=site.home, project=PROJECT, dsn=site.dsn)
    application = create_application(Host(lambda: settings, lambda: NOW, [], [], lambda to: f"/login?next={to}"))
    server = uvicorn.Server(uvicorn.Config(application, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("browser"), *WIDE) as window:
        yield window


@pytest.fixture(scope="module")
def kinds(site: Site) -> list[str]:
    """List one address of every kind of page, those for messages too."""
    [(batch, province, dataset)] = site.ask("select batch_id, province_code, dataset from ops.batch order by 1 limit 1")
    [(p, d, r)] = site.ask("select province_code, dataset, rule_id from quality.finding order by 1, 2, 3 limit 1")
    with psycopg.connect(site.dsn, autocommit=True) as connection:
        add_recipient(connection, "24", "reader@province.example")
    leaving = f"/unsubscribe/{leave_token(Settings(home=site.home, project=PROJECT), '24', 'reader@province.example')}"
    shown = [
        "/",
        "/?dimension=clean",
        f"/provinces/{province}",
        "/provinces/01",
        f"/datasets/{dataset}",
        "/rules",
        f"/rules/{r}",
        f"/batches/{batch}",
    ]
    return [*shown, "/inbox", f"/inbox/{p}/{d}/{r}", "/lineage", "/runs/ingest_land/a", "/runs/ingest_land/b", leaving, "/rules/NO-1"]


def press(browser: Browser, keys: dict[str, Any]) -> None:
    browser.tell("POST", "/actions", keys)


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not here: npm install --prefix .axe axe-core")
@pytest.mark.parametrize(("language", "size"), [("vi", WIDE), ("en", NARROW)])
def test_axe_objects_to_nothing(browser: Browser, address: str, kinds: list[str], language: str, size: tuple[int, int]) -> None:
    browser.resize(*size)
    script, found = AXE.read_text(encoding="utf-8"), {}
    for page in kinds:
        browser.open(f"{address}{page}{'&' if '?' in page else '?'}lang={language}")
        browser.run(script)
        found[page] = browser.run(CHECK)
    assert {page: violations for page, violations in found.items() if violations} == {}


def test_no_page_is_wider_than_a_telephone(browser: Browser, address: str, kinds: list[str]) -> None:
    browser.resize(*NARROW)
    widths = {}
    for page in kinds:
        browser.open(f"{address}{page}")
        widths[page] = browser.run("return [document.scrollingElement.scrollWidth, window.innerWidth]")
    assert {page: (width, window) for page, (width, window) in widths.items() if width > window} == {}


def test_the_keyboard_reaches_everything_in_order_and_is_seen(browser: Browser, address: str) -> None:
    browser.resize(*WIDE)
    browser.open(f"{address}/inbox?lang=vi")
    reached = []
    for _ in range(14):
        press(browser, TAB)
        reached.append(browser.run(FOCUS))
    names = [name for _, name, *_ in reached]
    assert names[:6] == [
        "Đến nội dung",
        "Chất lượng dữ liệu",
        "Bản đồ trong ngày",
        "Phát hiện cần xử lý",
        "Quy tắc",
        "Đường đi của dữ liệu",
    ]
    assert {tag for tag, *_ in reached[8:12]} == {"SELECT", "BUTTON"}
    unseen = [(tag, name) for tag, name, style, width, is_shown in reached if style == "none" or width < 2 or not is_shown]
    assert unseen == []


def test_the_first_key_leads_past_the_menu(browser: Browser, address: str) -> None:
    browser.open(f"{address}/inbox")
    press(browser, TAB)
    press(browser, ENTER)
    assert browser.run("return document.activeElement.id") == "content"
    press(browser, TAB)
    assert browser.run("return document.querySelector('main').contains(document.activeElement)")


def test_without_scripts_the_figures_of_the_trend_stand_in_a_table(browser: Browser, address: str) -> None:
    browser.tell("POST", "/goog/cdp/execute", {"cmd": "Emulation.setScriptExecutionDisabled", "params": {"value": True}})
    try:
        browser.open(f"{address}/provinces/24?lang=vi")
        assert browser.run("return document.querySelectorAll('.trend canvas').length") == 0
        assert browser.run("return [...document.querySelectorAll('main table')].every(t => t.getClientRects().length > 0)")
        assert browser.run("return document.querySelectorAll('main table').length") >= 4
    finally:
        browser.tell("POST", "/goog/cdp/execute", {"cmd": "Emulation.setScriptExecutionDisabled", "params": {"value": False}})
