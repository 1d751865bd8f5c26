"""A person starts work in the form: plain words are demanded, a password is kept nowhere, a wrong path ends the run at once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.e2e.browser import ENTER, Browser
from tests.e2e.site import DATASETS, FINISHED, RUN_SECONDS, Airflow, refused, story, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
SUBMIT = "//*[@data-testid='trigger-dag-submit']"


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
