"""The DAGs are exactly those the declarations ask for, and reading them costs nothing and reaches nowhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

DATASETS = {"civil_status", "land", "population", "tax"}
OTHERS = {"build_warehouse", "watch_freshness", "decide_held", "reload", "replay", "erase_or_trace", "send_mail"}
# Runs in a program of its own: Airflow reads its configuration once, and other tests import what must not be imported here.
LOOK = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
reached = []
sys.addaudithook(lambda event, args: reached.append(event) if event in ("socket.connect", "subprocess.Popen", "os.fork") else None)
from airflow.dag_processing.dagbag import BundleDagBag
from airflow.serialization.serialized_objects import DagSerialization
from airflow.task.priority_strategy import validate_and_load_priority_weight_strategy as weight_rule
folder = Path(sys.argv[1])
known, before = set(sys.modules), len(reached)
bag = BundleDagBag(dag_folder=str(folder), bundle_path=folder)
new, reached = sorted(set(sys.modules) - known), reached[before:]
def task(t):
    policy = t.retry_policy.serialize() if t.retry_policy else None
    return {"owner": t.owner, "name": t.task_display_name, "retries": t.retries, "rule": t.trigger_rule.value,
            "pool": t.pool, "slots": t.pool_slots, "weight": weight_rule(t.weight_rule).get_weight(SimpleNamespace(task=t)),
            "policy": policy, "down": sorted(t.downstream_task_ids), "outlets": [a.name for a in getattr(t, "outlets", [])]}
dags = {i: {"name": d.dag_display_name, "doc": d.doc_md, "tags": sorted(d.tags), "catchup": d.catchup, "runs": d.max_active_runs,
            "deadline": [(type(a.reference).__name__, a.interval.total_seconds(), a.callback.path) for a in d.deadline or []],
            "timezone": str(d.timezone), "params": d.params.dump(), "schedule": DagSerialization.to_dict(d)["dag"]["timetable"],
            "tasks": {t.task_id: task(t) for t in d.tasks}} for i, d in bag.dags.items()}
seconds = sum(s.duration.total_seconds() for s in bag.dagbag_stats)
print("LOOKED" + json.dumps({"errors": bag.import_errors, "dags": dags, "new": new, "reached": reached, "seconds": seconds}))
"""


def look(home: Path, project: Path) -> dict[str, Any]:
    """Read the DAGs of a project as Airflow does."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PROVINCE_DATA_"))} | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "no-plugins"),
        "PYTHONPATH": str(project / "plugins"),
    }
    run = subprocess.run(
        [sys.executable, "-c", LOOK, str(project / "dags")], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert run.returncode == 0, run.stderr[-2000:]
    answer: dict[str, Any] = json.loads(run.stdout.rpartition("LOOKED")[2])
    return answer


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return look(tmp_path_factory.mktemp("airflow"), Path(__file__).resolve().parents[2])


def test_the_dags_are_exactly_these(seen: dict[str, Any]) -> None:
    assert seen["errors"] == {}
    assert set(seen["dags"]) == {f"ingest_{dataset}" for dataset in DATASETS} | OTHERS


def test_reading_imports_nothing_heavy_and_reaches_nowhere(seen: dict[str, Any]) -> None:
    heavy = {"great_expectations", "dbt", "pandas", "psycopg", "psycopg2", "duckdb", "numpy", "polars"}
    assert {name.partition(".")[0] for name in seen["new"]} & heavy == set()
    ours = {name for name in seen["new"] if name.startswith("province_data")}
    assert ours == {"province_data", "province_data.errors"}
    assert seen["reached"] == []
    assert seen["seconds"] < 10


def test_a_fifth_dataset_is_a_folder_and_no_python(tmp_path: Path, project: Path) -> None:
    shutil.copytree(project / "dags", tmp_path / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "plugins").symlink_to(project / "plugins")
    contract = yaml.safe_load((project / "expectations" / "tax" / "contract.yml").read_text(encoding="utf-8"))
    for dataset in ("tax", "vehicle"):
        folder = tmp_path / "expectations" / dataset
        folder.mkdir(parents=True)
        (folder / "contract.yml").write_text(yaml.safe_dump(contract | {"dataset": dataset}, allow_unicode=True), encoding="utf-8")
    found = look(tmp_path / "home", tmp_path)
    assert found["errors"] == {}
    assert set(found["dags"]) == {"ingest_tax", "ingest_vehicle"} | OTHERS
    assert "validated_vehicle" in json.dumps(found["dags"]["build_warehouse"]["schedule"])


def test_every_dag_says_in_vietnamese_what_it_is(seen: dict[str, Any]) -> None:
    for dag_id, dag in seen["dags"].items():
        assert dag_id.isascii()
        assert not dag["name"].isascii(), dag_id
        assert dag["doc"].strip(), dag_id
        assert dag["tags"], dag_id
        for task_id, task in dag["tasks"].items():
            assert task_id.isascii()
            assert not task["name"].isascii() or task["name"] == "Canh", (dag_id, task_id)
            assert task["owner"] not in ("", "airflow"), (dag_id, task_id)


def test_runs_do_not_overlap_and_do_not_catch_up(seen: dict[str, Any]) -> None:
    waiting = {"decide_held"}  # a question waits for a day and must not keep the next one from being asked
    working = [dag for dag_id, dag in seen["dags"].items() if dag_id not in waiting]
    assert {(dag["runs"], dag["catchup"], dag["timezone"]) for dag in working} == {(1, False, "Asia/Ho_Chi_Minh")}


def test_each_dataset_runs_when_its_contract_says(seen: dict[str, Any], project: Path) -> None:
    for dataset in DATASETS:
        contract = yaml.safe_load((project / "expectations" / dataset / "contract.yml").read_text(encoding="utf-8"))
        schedule = json.dumps(seen["dags"][f"ingest_{dataset}"]["schedule"])
        assert contract["delivery"]["schedule"] in schedule
        assert "Asia/Ho_Chi_Minh" in schedule


def test_a_runs_period_is_a_day_and_backfill_is_by_days(seen: dict[str, Any]) -> None:
    for dataset in DATASETS:
        schedule = json.dumps(seen["dags"][f"ingest_{dataset}"]["schedule"])
        assert "CronPartitionTimetable" in schedule
        assert "%Y-%m-%d" in schedule
    assert "PartitionedAssetTimetable" in json.dumps(seen["dags"]["build_warehouse"]["schedule"])


def test_a_load_that_takes_too_long_is_told_of(seen: dict[str, Any], project: Path) -> None:
    for dataset in DATASETS:
        contract = yaml.safe_load((project / "expectations" / dataset / "contract.yml").read_text(encoding="utf-8"))
        hours = contract["delivery"]["deadline_hours"] % 24 or 24
        [(reference, seconds, callback)] = seen["dags"][f"ingest_{dataset}"]["deadline"]
        assert (reference, seconds) == ("DagRunQueuedAtDeadline", hours * 3600)
        module, _, function = callback.rpartition(".")
        assert f"async def {function}(" in (project / "plugins" / f"{module}.py").read_text(encoding="utf-8")


def test_a_judged_dataset_of_any_kind_starts_the_warehouse(seen: dict[str, Any]) -> None:
    schedule = json.dumps(seen["dags"]["build_warehouse"]["schedule"])
    for dataset in DATASETS:
        assert seen["dags"][f"ingest_{dataset}"]["tasks"]["validate"]["outlets"] == [f"validated_{dataset}"]
        assert f"validated_{dataset}" in schedule
    assert "any" in schedule.lower()


def test_one_broken_province_does_not_stop_the_judging_but_is_seen(seen: dict[str, Any]) -> None:
    for dataset in DATASETS:
        tasks = seen["dags"][f"ingest_{dataset}"]["tasks"]
        assert set(tasks) == {"pull", "load", "validate", "follow_up", "verdict"}
        assert tasks["validate"]["rule"] == "all_done_min_one_success"
        assert {name for name, task in tasks.items() if "verdict" in task["down"]} == {"pull", "load", "validate", "follow_up"}
        assert tasks["validate"]["down"] == ["follow_up", "verdict"]
        assert tasks["verdict"]["rule"] == "none_failed"


def test_reports_go_out_when_the_build_failed_and_the_failure_is_seen(seen: dict[str, Any]) -> None:
    tasks = seen["dags"]["build_warehouse"]["tasks"]
    assert tasks["send_reports"]["rule"] == "none_skipped"  # runs after a failed build too, not when there was nothing to take up
    assert all("verdict" in tasks[name]["down"] for name in ("build_and_publish", "send_reports"))
    assert tasks["verdict"]["rule"] == "all_success"


def test_a_source_is_tried_again_and_a_verdict_is_not(seen: dict[str, Any]) -> None:
    for dag in seen["dags"].values():
        for task in dag["tasks"].values():
            refused, source, final = task["policy"]["rules"]
            assert (refused["exception"], refused["action"]) == (
                ["province_data.errors.SourceRefused", "told_failure.NeedsMending"],
                "fail",
            )
            assert (source["exception"], source["action"]) == (["province_data.errors.SourceError", "told_failure.MayHeal"], "retry")
            assert final["action"] == "fail"
            assert set(final["exception"]) == {f"province_data.errors.{e}" for e in ("ContractError", "FormatError", "QualityGateClosed")}
            assert task["retries"] == 3


def test_the_pools_that_tasks_name_are_created(seen: dict[str, Any], project: Path) -> None:
    pools = set(json.loads((project / "dags" / "pools.json").read_text(encoding="utf-8"))) | {"default_pool"}
    assert {task["pool"] for dag in seen["dags"].values() for task in dag["tasks"].values()} <= pools


def test_the_warehouse_is_built_while_nothing_is_loaded_or_judged(seen: dict[str, Any], project: Path) -> None:
    pools = json.loads((project / "dags" / "pools.json").read_text(encoding="utf-8"))
    build = seen["dags"]["build_warehouse"]["tasks"]["build_and_publish"]
    assert build["slots"] == pools[build["pool"]]["slots"]
    for dataset in DATASETS:
        tasks = seen["dags"][f"ingest_{dataset}"]["tasks"]
        assert {tasks[name]["pool"] for name in ("load", "validate")} == {build["pool"]}


def test_what_waits_to_be_loaded_or_judged_goes_before_a_build(seen: dict[str, Any]) -> None:
    pooled = [(dag_id, task) for dag_id, dag in seen["dags"].items() for task in dag["tasks"].values() if task["pool"] == "warehouse"]
    [build] = [task["weight"] for dag_id, task in pooled if dag_id == "build_warehouse"]
    assert min(task["weight"] for dag_id, task in pooled if dag_id != "build_warehouse") > build


def test_the_form_offers_every_province_and_asks_for_nothing(seen: dict[str, Any]) -> None:
    form = seen["dags"]["ingest_land"]["params"]
    assert form == {"source": None, "provinces": [], "until": None}


def test_forms_offer_choices_and_ask_for_no_persons_number(seen: dict[str, Any], project: Path) -> None:
    text = (project / "dags" / "on_request.py").read_text(encoding="utf-8")
    assert set(seen["dags"]["reload"]["params"]) == {"dataset", "province", "until", "source"}
    assert set(seen["dags"]["replay"]["params"]) == {"dataset", "province", "as_of"}
    assert set(seen["dags"]["erase_or_trace"]["params"]) == {"request", "action"}
    assert "enum=list(names), values_display=names" in text


def test_a_question_about_a_held_batch_takes_no_workers_place(seen: dict[str, Any]) -> None:
    tasks = seen["dags"]["decide_held"]["tasks"]
    assert tasks["ask"]["down"] == ["take_in", "tell"]
    assert tasks["ask"]["pool"] == "default_pool"
    assert tasks["verdict"]["rule"] == "none_failed"


def test_the_core_is_kept_from_being_run_as_a_plugin(project: Path) -> None:
    look_at_plugins = (
        "import sys; from airflow._shared.module_loading import find_path_from_directory as find; "
        "print([p for p in find(sys.argv[1], '.airflowignore') if 'province_data' in p.split('plugins/')[-1]])"
    )
    command = [sys.executable, "-c", look_at_plugins, str(project / "plugins")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert run.stdout.strip().splitlines()[-1] == "[]"
