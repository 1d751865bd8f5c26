"""The DAGs take the four datasets in as the command line does, and what passes between their tasks is ids only."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.e2e.site import INGEST, PROJECT, Airflow, Night, published_rows

from installation import make_installation
from province_data.store import embedded

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


Runs = dict[str, tuple[str, ...]]


def loads_of(airflow: Airflow, runs: Runs, dag_id: str) -> list[str]:
    """Name the provinces that the first runs of a DAG loaded."""
    tasks = airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns/~/taskInstances?limit=200")["task_instances"]
    mine = [t for t in tasks if t["dag_run_id"] in runs[dag_id] and t["task_id"] == "load" and t["map_index"] >= 0]
    return sorted(t["rendered_map_index"] for t in mine)


def test_a_province_that_sent_twice_gets_a_second_round(finished: Airflow, first_runs: Runs) -> None:
    assert loads_of(finished, first_runs, "ingest_civil_status") == sorted(["Thái Nguyên", "Bắc Ninh", "Gia Lai"] * 2)


def test_each_province_is_one_named_task(finished: Airflow, first_runs: Runs) -> None:
    assert loads_of(finished, first_runs, "ingest_land") == sorted(["Thái Nguyên", "Bắc Ninh", "Gia Lai"])


def test_a_wave_of_datasets_is_built_once_and_later_runs_say_that_nothing_was_left(finished: Airflow, first_runs: Runs) -> None:
    tasks = finished.ask("/api/v2/dags/build_warehouse/dagRuns/~/taskInstances?limit=200")["task_instances"]
    mine = [t for t in tasks if t["dag_run_id"] in first_runs["build_warehouse"]]
    spared = [t for t in mine if t["task_id"] == "build_and_publish" and t["state"] == "skipped"]
    assert spared
    assert all("Lượt trước đã dựng" in finished.last_words(t) for t in spared)
    assert {t["state"] for t in mine if t["task_id"] == "send_reports"} == {"success", "skipped"}


def test_what_passes_between_tasks_is_ids_and_codes_only(finished: Airflow) -> None:
    entries = finished.ask("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=400")["xcom_entries"]
    path = "/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}?map_index={map_index}"
    values = [finished.ask(path.format_map(e))["value"] for e in entries if e["key"] == "return_value"]
    given = [json.loads(value) if isinstance(value, str) else value for value in values]
    follow_ups = [one for value in given if isinstance(value, list) for one in value if "trigger_dag_id" in one]
    assert {one["trigger_dag_id"] for one in follow_ups} == {"ingest_civil_status", "decide_held"}
    assert {key for one in follow_ups for key in one["conf"]} == {"source", "provinces", "until", "batch_id", "province"}
    pulled = [value for value in given if not (value and isinstance(value, list) and "trigger_dag_id" in value[0])]
    batches = [value for value in pulled if isinstance(value, list) and value]
    assert len(batches) >= len(INGEST) + 1
    assert {key for due in batches for one in due for key in one} == {"batch_id", "province_code"}
    assert all(value in ([], True, False) or value in batches for value in pulled)


def test_airflow_publishes_what_the_command_line_publishes(night: Night, database_server: embedded.EmbeddedServer, tmp_path: Path) -> None:
    # The keys that stand for identifiers are made with the installation's secret.
    shutil.copytree(night.airflow.settings.home / "secret", tmp_path / "secret")
    by_hand, remove = make_installation(database_server, tmp_path, PROJECT)
    by_hand.run(Path(night.deliveries), datetime.now(UTC))
    made = published_rows(by_hand.dsn)
    remove()
    assert made["person"][0] > 0
    assert night.published == made
