"""A person starts work: a load in the trigger form, a backfill of a period; what is no plain word is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from tests.e2e.browser import Browser
from tests.e2e.deliveries import deliver_again
from tests.e2e.ledger import next_number, statuses
from tests.e2e.site import DATASETS, FINISHED, RUN_SECONDS, Airflow, refused, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_a_person_starts_a_load_in_the_form_and_sees_it_go_green(finished: Airflow, browser: Browser, tmp_path: Path) -> None:
    deliver_again(tmp_path, "19", lambda lines: lines[:-2], "2026-11-10", next_number(finished, "19"))
    before = set(finished.runs("ingest_civil_status"))
    browser.open(f"{finished.url}/dags/ingest_civil_status")
    browser.click("//*[@data-testid='trigger-dag-button']")
    browser.type("//*[@id='element_source']", str(tmp_path))
    browser.click("//*[@data-testid='trigger-dag-submit']")
    wait_for("run started", finished, lambda: set(finished.runs("ingest_civil_status")) - before, 60)
    [run_id] = set(finished.runs("ingest_civil_status")) - before
    browser.open(f"{finished.url}/dags/ingest_civil_status/runs/{quote(run_id)}")
    browser.find("//*[contains(., 'Success') and not(*)]", RUN_SECONDS)
    assert finished.runs("ingest_civil_status")[run_id] == "success"
    assert statuses(finished, "2026-11-10") <= {"validated", "published"} != set()


def test_a_backfill_takes_the_deliveries_of_its_period_only(finished: Airflow, tmp_path: Path) -> None:
    number = next_number(finished, "19")
    for ahead, day in enumerate(("2026-11-14", "2026-11-15")):
        deliver_again(tmp_path, "19", lambda lines, left=-3 - ahead: lines[:left], day, number + ahead)
    period = {"from_date": "2026-11-14T00:00:00Z", "to_date": "2026-11-14T23:59:00Z"}
    asked = {"dag_id": "ingest_civil_status", "dag_run_conf": {"source": str(tmp_path)}, "max_active_runs": 1}
    finished.ask("/api/v2/backfills", asked | period)

    def past() -> dict[str, Any]:
        runs = finished.ask("/api/v2/dags/ingest_civil_status/dagRuns?limit=50")["dag_runs"]
        return {run["partition_key"]: run["state"] for run in runs if run["run_type"] == "backfill"}

    wait_for("backfill done", finished, lambda: past().get("2026-11-14") in FINISHED, RUN_SECONDS)
    assert past() == {"2026-11-14": "success"}
    assert statuses(finished, "2026-11-14") <= {"validated", "published"} != set()
    assert statuses(finished, "2026-11-15") == set()

    def built() -> set[str]:
        runs = finished.ask("/api/v2/dags/build_warehouse/dagRuns?limit=50")["dag_runs"]
        return {run["state"] for run in runs if run["partition_key"] == "2026-11-14"}

    wait_for("its period built", finished, lambda: built() == {"success"}, RUN_SECONDS)


def test_parameters_that_are_no_plain_words_are_refused(finished: Airflow) -> None:
    evil = ("24' or 1=1 --", "{{ conf }}", "../../secret", "24; drop table ops.load", "24/../19", "")
    asked = [("erase_or_trace", {"request": text}) for text in evil]
    asked += [("decide_held", {"batch_id": text}) for text in evil]
    asked += [(f"ingest_{DATASETS[0]}", {"provinces": [text]}) for text in evil]
    for text in evil:
        asked += [("reload", {"dataset": "land", "province": text}), ("reload", {"dataset": text, "province": "24"})]
        asked += [("replay", {"dataset": "land", "province": "24", "as_of": text})]
    before = {dag_id: finished.runs(dag_id) for dag_id, _ in asked}
    for dag_id, conf in asked:
        assert refused(finished, f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}) in (400, 422), (dag_id, conf)
    assert {dag_id: finished.runs(dag_id) for dag_id in before} == before
