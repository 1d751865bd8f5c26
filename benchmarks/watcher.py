"""Measure three ways to build the warehouse of the examples: plain `dbt build`, our one task, and Cosmos's watcher mode.

    python -m benchmarks.watcher [--times N]

Cosmos is no dependency of the product: install `astronomer-cosmos==1.15.*` into the environment first. All three build the same records from
nothing (`--full-refresh`, the same tests) in turns, so that a busy machine is busy for all of them. Airflow is the product's own
with a DAG folder of the benchmark; its times are from asking for a run until it has ended, plain dbt's include its start.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from rich.console import Console
from tests.e2e.site import EXAMPLES, FINISHED, PROJECT, Airflow, warehouse_of

from benchmarks.supervised import log_in
from province_data import pipeline, supervise
from province_data.dbt_child import dbt_environment
from province_data.settings import Settings
from province_data.store import ledger
from province_data.store.database import connected

BUILD = ("build", "--full-refresh", "--exclude-resource-type", "unit_test", "--fail-fast")
LIMIT_SECONDS = 30.0
PATIENCE = 900.0
console = Console(width=120)


def main() -> int:
    """Measure, print, and say by the exit code whether our way keeps the limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3)
    given = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="province-data-bench-"))
    settings = Settings(home=place / "home", project=_lay_out(place / "project"))
    try:
        pipeline.run_all(settings, datetime.now(UTC), lambda line: None, source=str(EXAMPLES))
        environment = dbt_environment(warehouse_of(settings))
        _tell_dags(settings, environment)
        supervise.up(settings, say=lambda line: None)
        airflow = log_in(settings)
        _wait(lambda: {"one_task", "watcher"} <= {dag["dag_id"] for dag in airflow.ask("/api/v2/dags?limit=100")["dags"]})
        ways: dict[str, Callable[[], None]] = {
            "plain dbt build": lambda: _dbt(settings, environment, *BUILD),
            "one task that reports": lambda: _run(airflow, "one_task"),
            "Cosmos watcher": lambda: _run(airflow, "watcher"),
        }
        return _print([{name: _seconds(way) for name, way in ways.items()} for _ in range(given.times)])
    finally:
        supervise.down(settings)
        shutil.rmtree(place, ignore_errors=True)


def _lay_out(project: Path) -> Path:
    """Make a project that has the product's declarations, models and plugins, and our DAGs."""
    (project / "dags").mkdir(parents=True)
    for name in ("expectations", "dbt_project", "plugins"):
        (project / name).symlink_to(PROJECT / name)
    shutil.copy(Path(__file__).with_name("watcher_dags.py"), project / "dags")
    return project


def _tell_dags(settings: Settings, environment: Mapping[str, str]) -> None:
    """Parse the project once, and write what our DAGs need to know beside them."""
    _dbt(settings, environment, "parse")
    dsn = warehouse_of(settings)
    with connected(dsn) as connection:
        [load_id] = ledger.loads_with(connection, "done")[-1:]
    known = {"project": str(settings.project / "dbt_project"), "manifest": str(settings.home / "plain" / "manifest.json")}
    told = known | {"dsn": dsn, "load_id": load_id, "environment": dict(environment)}
    (settings.project / "dags" / "watcher.json").write_text(json.dumps(told), encoding="utf-8")


def _dbt(settings: Settings, environment: Mapping[str, str], *words: str) -> None:
    """Run dbt as a person does."""
    project, target = settings.project / "dbt_project", settings.home / "plain"
    places = ["--project-dir", project, "--profiles-dir", project, "--target-path", target, "--log-path", target]
    command = [str(Path(sys.executable).with_name("dbt")), *words, *map(str, places)]
    subprocess.run(command, env=dict(environment), stdout=subprocess.DEVNULL, check=True)


def _run(airflow: Airflow, dag_id: str) -> None:
    run_id = airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None})["dag_run_id"]
    _wait(lambda: airflow.runs(dag_id)[run_id] in FINISHED)
    assert airflow.runs(dag_id)[run_id] == "success", airflow.trouble()


def _seconds(way: Callable[[], None]) -> float:
    began = time.monotonic()
    way()
    return time.monotonic() - began


def _wait(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, "not within its time"
        time.sleep(0.2)


def _print(rounds: list[dict[str, float]]) -> int:
    plain = median(one["plain dbt build"] for one in rounds)
    for name in rounds[0]:
        taken = [one[name] for one in rounds]
        console.print(
            f"{name:<24}{', '.join(f'{one:.1f}' for one in taken)} s; median {median(taken):.1f} s, {median(taken) - plain:+.1f} s"
        )
    return int(median(one["one task that reports"] for one in rounds) - plain > LIMIT_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
