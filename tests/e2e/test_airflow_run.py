"""Real Airflow, started as `province-data up` starts it, publishes what the command line publishes."""

from __future__ import annotations

import json
import shutil
import socket
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg import sql

from province_data import supervise
from province_data.errors import PublicationError
from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision import sessions, state
from province_data.supervision.airflow_home import lock_file, password_file, state_file

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

DATASETS = ("civil_status", "land", "population", "tax")
PROJECT = Path(__file__).resolve().parents[2]
DELIVERIES = str(PROJECT / "examples" / "deliveries")
INGEST = tuple(f"ingest_{dataset}" for dataset in DATASETS)
FINISHED = ("success", "failed")
RUN_SECONDS = 400.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Airflow:
    """A running Airflow, spoken to as the pages speak to it."""

    settings: Settings
    url: str
    token: str = field(repr=False)

    def ask(self, path: str, content: Mapping[str, Any] | None = None) -> Any:
        """Ask the programming interface."""
        body = json.dumps(content).encode() if content is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers={"Content-Type": "application/json"})
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with DIRECT.open(request, timeout=30) as answer:
            return json.load(answer)

    def runs(self, dag_id: str) -> dict[str, str]:
        """List the runs of a DAG with their states."""
        return {run["dag_run_id"]: run["state"] for run in self.ask(f"/api/v2/dags/{dag_id}/dagRuns?limit=50")["dag_runs"]}

    def trouble(self) -> list[str]:
        """List the tasks that did not go well, for the message of a failing test."""
        tasks = self.ask("/api/v2/dags/~/dagRuns/~/taskInstances?limit=200")["task_instances"]
        wrong = [t for t in tasks if t["state"] in ("failed", "up_for_retry", "upstream_failed")]
        return [f"{t['dag_id']}.{t['task_id']}[{t['map_index']}] {t['state']}: {self.last_words(t)}" for t in wrong]

    def last_words(self, task: Mapping[str, Any]) -> str:
        """Find the end of a task's log."""
        parts = (f"dag_id={task['dag_id']}", f"run_id={task['dag_run_id']}", f"task_id={task['task_id']}")
        folder = self.settings.home.joinpath("log", "airflow", *parts)
        logs = sorted(folder.rglob("*.log"), key=lambda path: path.stat().st_mtime)
        return logs[-1].read_text(errors="replace")[-1500:] if logs else "no log"


@pytest.fixture(scope="module")
def airflow() -> Iterator[Airflow]:
    home = Path(tempfile.mkdtemp(prefix="province-data-test-"))
    settings = Settings(home=home, project=PROJECT)
    said: list[str] = []
    try:
        started = time.monotonic()
        now = supervise.up(settings, ui_port=free_port(), say=said.append)
        print(f"up after {time.monotonic() - started:.0f} s")
        assert now.url is not None
        password = json.loads(password_file(home).read_text())["admin"]
        assert sum(password in line for line in said) == 1
        token = Airflow(settings, now.url, "").ask("/auth/token", {"username": "admin", "password": password})["access_token"]
        yield Airflow(settings, now.url, token)
    except PublicationError:
        print(*(f"{log}:\n{log.read_text(errors='replace')[-2000:]}" for log in sorted((home / "log").glob("*.log"))), sep="\n")
        raise
    finally:
        supervise.down(settings)
        shutil.rmtree(home)


def free_port() -> int:
    """Choose a port nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(what: str, airflow: Airflow, true: Any, seconds: float) -> None:
    """Look again and again until `true()` holds; a failing task or the end of the time ends the test."""
    deadline = time.monotonic() + seconds
    while not true():
        trouble = airflow.trouble()
        assert not trouble, f"{what}:\n" + "\n".join(trouble)
        assert time.monotonic() < deadline, f"{what}: not after {seconds:.0f} s"
        time.sleep(1)


@pytest.fixture(scope="module")
def finished(airflow: Airflow) -> Airflow:
    """Trigger all four datasets and wait until all they cause has ended.

    Airflow makes up for the last missed time at once; these scheduled runs find no source and end green with nothing done.
    """

    def parsed() -> bool:
        return {*INGEST, "build_warehouse"} <= {dag["dag_id"] for dag in airflow.ask("/api/v2/dags?limit=100")["dags"]}

    def judged() -> bool:
        return all(state in FINISHED for dag_id in INGEST for state in airflow.runs(dag_id).values())

    def published() -> bool:
        states = airflow.runs("build_warehouse").values()
        return bool(states) and all(state in FINISHED for state in states) and open_loads(airflow.settings) == 0

    wait_for("DAGs parsed", airflow, parsed, 60)
    started = time.monotonic()
    for dag_id in INGEST:
        airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {"source": DELIVERIES}})
    wait_for("four datasets judged", airflow, judged, RUN_SECONDS)
    print(f"judged after {time.monotonic() - started:.0f} s")
    wait_for("warehouse published", airflow, published, RUN_SECONDS)
    print(f"published after {time.monotonic() - started:.0f} s")
    return airflow


def open_loads(settings: Settings) -> int:
    """Count the loads that nobody has reported yet."""
    with psycopg.connect(warehouse_of(settings)) as connection:
        row = connection.execute("select count(*) from ops.load where status in ('running', 'judged')").fetchone()
        assert row is not None
        return int(row[0])


def warehouse_of(settings: Settings) -> str:
    server = embedded.status(settings.home)
    assert server is not None
    return embedded.dsn(server)


def published_rows(dsn: str) -> dict[str, tuple[int, str | None]]:
    """Count and digest every published table that holds provinces' rows."""
    found: dict[str, tuple[int, str | None]] = {}
    with psycopg.connect(dsn) as connection:
        for table in ("person", "household", "land_parcel", "land_right", "civil_event", "taxpayer"):
            query = sql.SQL("select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from published.{} t")
            counted = connection.execute(query.format(sql.Identifier(table))).fetchone()
            assert counted is not None
            found[table] = (counted[0], counted[1])
    return found


def test_every_run_ended_well(finished: Airflow) -> None:
    assert {state for dag_id in (*INGEST, "build_warehouse") for state in finished.runs(dag_id).values()} == {"success"}


def test_each_province_is_one_named_task(finished: Airflow) -> None:
    tasks = finished.ask("/api/v2/dags/ingest_land/dagRuns/~/taskInstances?limit=50")["task_instances"]
    names = {t["rendered_map_index"] for t in tasks if t["task_id"] == "load" and t["map_index"] >= 0}
    assert names == {"Thái Nguyên", "Bắc Ninh", "Gia Lai"}


def test_what_passes_between_tasks_is_ids_and_codes_only(finished: Airflow) -> None:
    entries = finished.ask("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=200")["xcom_entries"]
    path = "/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}?map_index={map_index}"
    values = [finished.ask(path.format_map(e))["value"] for e in entries if e["key"] == "return_value"]
    pulled = [json.loads(value) if isinstance(value, str) else value for value in values]
    assert sum(bool(due) for due in pulled) == len(INGEST)
    assert {key for due in pulled for one in due for key in one} == {"batch_id", "province_code"}


def test_airflow_publishes_what_the_command_line_publishes(finished: Airflow, database_dsn: str, tmp_path: Path) -> None:
    from province_data.pipeline import run_all

    # The keys that stand for identifiers are made with the installation's secret.
    shutil.copytree(finished.settings.home / "secret", tmp_path / "secret")
    run_all(Settings(home=tmp_path, project=PROJECT, dsn=database_dsn), datetime.now(UTC), lambda line: None, source=DELIVERIES)
    by_hand = published_rows(database_dsn)
    assert by_hand["person"][0] > 0
    assert published_rows(warehouse_of(finished.settings)) == by_hand


def test_a_killed_part_comes_back(airflow: Airflow) -> None:
    before = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
    psutil.Process(before.session.sid).kill()

    def is_back() -> bool:
        now = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
        return now.restarts == before.restarts + 1 and sessions.is_leader_alive(now.session)

    wait_for("triggerer restarted", airflow, is_back, 30)


def test_down_leaves_no_process(airflow: Airflow) -> None:
    home = airflow.settings.home
    written = state.read_state(state_file(home))
    assert written.supervisor is not None
    all_sessions = [written.supervisor, *(member.session for member in written.members.values())]
    server = embedded.status(home)
    assert server is not None
    assert supervise.down(airflow.settings)
    assert [process for session in all_sessions for process in sessions.members(session)] == []
    assert embedded.status(home) is None
    assert not psutil.pid_exists(server.pid) or psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE
    assert not state.is_held(lock_file(home))
    assert not supervise.down(airflow.settings)
