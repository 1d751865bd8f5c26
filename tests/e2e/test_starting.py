"""A person starts work: from a typed source, one province again, a backfill, a replay, a request; what is no plain word is refused."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
from tests.e2e.browser import ENTER, Browser
from tests.e2e.deliveries import ANSWERING, FATES, REFUSED, TURNED_AWAY, a_citizen, deliver_again, one_of_each_fate
from tests.e2e.ledger import in_warehouse, next_number, statuses
from tests.e2e.site import DATASETS, FINISHED, RUN_SECONDS, Airflow, refused, story, wait_for, warehouse_of

from province_data.erase import Wish, approve_erasure, request_erasure
from province_data.store.logins import grant_login

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
SUBMIT = "//*[@data-testid='trigger-dag-submit']"
REQUEST, PASSWORD = "toa-an-12", "only-for-this-test"
HELD_ABOUT = "select count(*) from validated.population__person where personal_id = %s"


def open_form(browser: Browser, airflow: Airflow, dag_id: str) -> None:
    """Go to a DAG and open its form."""
    browser.open(f"{airflow.url}/dags/{dag_id}")
    browser.click("//*[@data-testid='trigger-dag-button']")
    browser.find("//*[@id='element_source']")


def started_by(airflow: Airflow, dag_id: str, start: Callable[[], object]) -> str:
    """Start something; gives the run of a DAG that came of it."""
    before = set(airflow.runs(dag_id))
    start()
    wait_for(f"{dag_id} started", airflow, lambda: set(airflow.runs(dag_id)) - before, 120, may_fail=True)
    [run_id] = set(airflow.runs(dag_id)) - before
    return run_id


def ended(airflow: Airflow, dag_id: str, run_id: str, state: str = "success") -> None:
    """Wait until a run has ended so."""
    wait_for(f"{dag_id} ended", airflow, lambda: airflow.runs(dag_id)[run_id] in FINISHED, RUN_SECONDS, may_fail=state == "failed")
    assert airflow.runs(dag_id)[run_id] == state


def fates(airflow: Airflow) -> dict[str, str]:
    """Read what became of the deliveries that were typed in."""
    found = in_warehouse(airflow, "select province_code, status from ops.delivery where dataset = 'land' and as_of = %s", FATES)
    return {str(province): str(status) for province, status in found}


def test_a_person_types_a_source_and_each_delivery_meets_its_fate(finished: Airflow, browser: Browser, tmp_path: Path) -> None:
    bundles = (finished.settings.home / "outbox" / ANSWERING / "land").glob("*/*.csv")
    source = one_of_each_fate(tmp_path, max(bundles, key=lambda path: path.stat().st_mtime))
    open_form(browser, finished, "ingest_land")
    browser.fill("//*[@id='element_source']", source)
    run_id = started_by(finished, "ingest_land", lambda: browser.click(SUBMIT))
    ended(finished, "ingest_land", run_id)
    browser.open(f"{finished.url}/dags/ingest_land/runs/{quote(run_id)}")
    browser.find("//*[text()[contains(., 'Success')]]")
    assert fates(finished) == {REFUSED: "refused", TURNED_AWAY: "refused", ANSWERING: "admitted"}
    pulled, judged = story(finished, "ingest_land", run_id, "pull"), story(finished, "ingest_land", run_id, "validate")
    assert pulled[0] == f"Lấy từ {source}/land"
    assert any("Gia Lai: BỊ TỪ CHỐI. DLV-003" in line for line in pulled)
    assert any("Bắc Ninh: BỊ TỪ CHỐI" in line for line in judged)
    assert any("LAN-002" in line for line in judged)
    assert any(re.match(r"1 gói trả lời: \d+ nhận, \d+ dùng được, 1 trả lại", line) for line in judged)


def pick(browser: Browser, place: int, day: str, moment: str) -> None:
    """Write a moment into one of the pickers of a backfill."""
    opened = "//*[@data-scope='popover'][@data-part='content'][@data-state='open']"
    browser.click(f"(//*[@data-testid='datetime-input'])[{place}]")
    for field, text in (("YYYY/MM/DD", day), ("HH:mm", moment)):
        browser.clear(f"{opened}//input[@placeholder='{field}']")
        browser.type(f"{opened}//input[@placeholder='{field}']", text + ENTER)
    browser.click("//*[contains(text(), 'Date Range')]")


def test_a_backfill_takes_the_deliveries_of_its_period_only(finished: Airflow, browser: Browser, tmp_path: Path) -> None:
    number = next_number(finished, "19")
    for ahead, day in enumerate(("2026-11-14", "2026-11-15")):
        deliver_again(tmp_path, "19", lambda lines, left=-3 - ahead: lines[:left], day, number + ahead)
    open_form(browser, finished, "ingest_civil_status")
    browser.click("//label[contains(., 'Backfill')]")
    for place, moment in ((1, "00:00"), (2, "23:59")):
        pick(browser, place, "2026/11/14", moment)
    browser.find("//*[contains(text(), '1 run will be triggered')]")
    browser.click("//label[contains(., 'Override parameters')]")
    browser.fill("//*[@id='element_source']", str(tmp_path))
    run_id = started_by(finished, "ingest_civil_status", lambda: browser.click("//button[contains(., 'Run Backfill')]"))
    ended(finished, "ingest_civil_status", run_id)
    [run] = [r for r in finished.ask("/api/v2/dags/ingest_civil_status/dagRuns?limit=50")["dag_runs"] if r["dag_run_id"] == run_id]
    assert (run["run_type"], run["partition_key"]) == ("backfill", "2026-11-14")
    assert set() < statuses(finished, "2026-11-14") <= {"validated", "published"}
    assert statuses(finished, "2026-11-15") == set()


def start(airflow: Airflow, dag_id: str, conf: dict[str, Any]) -> str:
    """Start a DAG as a program does; gives the run's id."""
    return str(airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"])


def test_a_refused_delivery_is_read_again_and_refused_again(finished: Airflow) -> None:
    asked = {"dataset": "land", "province": REFUSED}
    run_id = started_by(finished, "ingest_land", lambda: ended(finished, "replay", start(finished, "replay", asked)))
    ended(finished, "ingest_land", run_id)
    assert fates(finished)[REFUSED] == "refused"
    assert any("Bắc Ninh: BỊ TỪ CHỐI" in line for line in story(finished, "ingest_land", run_id, "validate"))


def test_what_two_persons_decided_is_erased_and_the_log_counts_only(finished: Airflow) -> None:
    settings, number = finished.settings, a_citizen()
    assert in_warehouse(finished, HELD_ABOUT, number) == [(1,)]
    (settings.home / "requests").mkdir(mode=0o700, exist_ok=True)
    (settings.home / "requests" / f"{REQUEST}.txt").write_text(f"{number}\n", encoding="utf-8")
    for action in ("trace", "erase"):
        run_id = start(finished, "erase_or_trace", {"request": REQUEST, "action": action})
        ended(finished, "erase_or_trace", run_id)
    assert story(finished, "erase_or_trace", run_id, "answer")[0].startswith("Không thực hiện được. Chưa xóa gì")
    decide_to_erase(finished)
    run_id = start(finished, "erase_or_trace", {"request": REQUEST, "action": "erase"})
    ended(finished, "erase_or_trace", run_id)
    assert story(finished, "erase_or_trace", run_id, "answer")[0].startswith("Đã xóa: ")
    assert in_warehouse(finished, HELD_ABOUT, number) == [(0,)]


def decide_to_erase(airflow: Airflow) -> None:
    """One login of data protection asks, another approves."""
    now = datetime.now(UTC)
    logins = [f"{role}_{secrets.token_hex(6)}" for role in ("asker", "approver")]
    with psycopg.connect(warehouse_of(airflow.settings), autocommit=True) as owner:
        for login in logins:
            grant_login(owner, login, "data_protection", PASSWORD)
    request_erasure(airflow.settings, Wish(REQUEST, (), "Bản án 12/2026/DS-ST", "giao nhầm hồ sơ"), logins[0], PASSWORD, now)
    approve_erasure(airflow.settings, REQUEST, logins[1], PASSWORD, now)


def test_parameters_that_are_no_plain_words_are_refused(finished: Airflow) -> None:
    evil = ("24' or 1=1 --", "{{ conf }}", "../../secret", "24; drop table ops.load", "24/../19", "")
    asked = [("erase_or_trace", {"request": text}) for text in evil]
    asked += [("decide_held", {"batch_id": text}) for text in evil]
    asked += [(f"ingest_{DATASETS[0]}", {"provinces": [text]}) for text in evil]
    asked += [("ingest_tax", {"source": "https://client:secret@registry.example"})]
    for text in evil:
        asked += [("reload", {"dataset": "land", "province": text}), ("reload", {"dataset": text, "province": "24"})]
        asked += [("replay", {"dataset": "land", "province": "24", "as_of": text})]
    before = {dag_id: set(finished.runs(dag_id)) for dag_id, _ in asked}
    for dag_id, conf in asked:
        assert refused(finished, f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}) in (400, 422), (dag_id, conf)
    assert {dag_id: set(finished.runs(dag_id)) for dag_id in before} == before


def test_a_lost_letter_ends_the_run_at_once_with_the_path_that_was_meant(finished: Airflow, browser: Browser, tmp_path: Path) -> None:
    """The last of this file: its run stays failed, and who waits for something else looks for tasks in trouble."""
    (tmp_path / "giao nộp" / "civil_status").mkdir(parents=True)
    open_form(browser, finished, "reload")
    for field, choice in (("dataset", "Hộ tịch"), ("province", "Thái Nguyên")):
        browser.type(f"//*[@id='element_{field}']//input", choice + ENTER)
    browser.fill("//*[@id='element_source']", str(tmp_path / "giao nôp"))
    run_id = started_by(finished, "ingest_civil_status", lambda: browser.click(SUBMIT))
    ended(finished, "ingest_civil_status", run_id, "failed")
    [told] = [line for line in story(finished, "ingest_civil_status", run_id, "pull") if "gần giống nhất" in line]
    assert str(tmp_path / "giao nộp") in told
    assert finished.ask(f"/api/v2/dags/ingest_civil_status/dagRuns/{quote(run_id)}/taskInstances/pull")["try_number"] == 1
