"""Only what can heal is tried again; while a run waits past its deadline, the centre is told once by mail."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from tests.e2e.ledger import in_airflows_database, letters
from tests.e2e.site import SHARE, Airflow, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
WRONG = "ftp://somewhere"


def ask_for(airflow: Airflow, source: str | None = None) -> str:
    """Start a load, from the declared source or another; gives the run's id."""
    answer = airflow.ask("/api/v2/dags/ingest_tax/dagRuns", {"logical_date": None, "conf": {"source": source}})
    return str(answer["dag_run_id"])


def pull(airflow: Airflow, run_id: str) -> dict[str, Any]:
    """Look at how the first task of a run stands."""
    return dict(airflow.ask(f"/api/v2/dags/ingest_tax/dagRuns/{quote(run_id)}/taskInstances/pull"))


def log_of(airflow: Airflow, run_id: str, attempt: int) -> list[dict[str, Any]]:
    """Read a try's log, line by line."""
    folder = airflow.settings.home / "log" / "airflow" / "dag_id=ingest_tax" / f"run_id={run_id}" / "task_id=pull"
    return [json.loads(line) for line in (folder / f"attempt={attempt}.log").read_text(encoding="utf-8").splitlines()]


def test_a_declared_source_that_is_gone_is_asked_again_and_the_centre_hears_that_it_is_late(finished: Airflow) -> None:
    share = finished.settings.home / SHARE
    share.rmdir()
    run_id = ask_for(finished)
    wait_for("source asked again", finished, lambda: pull(finished, run_id)["state"] == "up_for_retry", 120, may_fail=True)
    told = log_of(finished, run_id, 1)
    assert [line for line in told if "error_detail" in line] == []
    assert any("tự thử lại sau 5 phút" in line["event"] for line in told)
    assert any("the folder of deliveries does not exist" in line["event"] for line in told)
    tell_of_late_run(finished, run_id)
    share.mkdir()
    earlier = "update task_instance set end_date = end_date - interval '10 minutes' where run_id = %s and task_id = 'pull' returning 1"
    assert in_airflows_database(finished, earlier, run_id) == [(1,)]
    wait_for("source healed", finished, lambda: finished.runs("ingest_tax")[run_id] == "success", 240, may_fail=True)
    assert pull(finished, run_id)["try_number"] == 2


def tell_of_late_run(airflow: Airflow, run_id: str) -> None:
    """While a run waits, its deadline passes: the centre gets one mail, the run goes on."""
    passes = (
        "update deadline set deadline_time = now() - interval '1 minute' where dagrun_id = (select id from dag_run where run_id = %s)"
        " returning missed"
    )
    assert in_airflows_database(airflow, passes, run_id) == [(False,)]
    wait_for("centre told", airflow, lambda: letters(airflow, "late-ingest_tax-"), 180, may_fail=True)
    [(code, subject, text)] = letters(airflow, "late-ingest_tax-")
    assert code == "00"
    assert "chưa xong" in subject
    assert run_id in text


def test_an_address_that_is_none_fails_at_once_and_says_what_to_mend(finished: Airflow) -> None:
    run_id = ask_for(finished, WRONG)
    wait_for("address refused", finished, lambda: finished.runs("ingest_tax")[run_id] == "failed", 240, may_fail=True)
    assert (pull(finished, run_id)["state"], pull(finished, run_id)["try_number"]) == ("failed", 1)
    told = log_of(finished, run_id, 1)
    assert [line for line in told if "error_detail" in line] == []
    assert any("Thử lại không giúp gì" in line["event"] for line in told)
    assert any("names no connector" in line["event"] for line in told)
