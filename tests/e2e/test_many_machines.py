"""The same DAGs on queue workers: Redis, two workers as two machines, one of them killed at work, the same result."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tests.e2e.ledger import in_airflows_database
from tests.e2e.site import EXAMPLES, FINISHED, INGEST, PROJECT, Airflow, free_port, open_loads, published_rows, wait_for, warehouse_of

from province_data.pipeline import run_all
from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision import airflow_api, airflow_database, sessions
from province_data.supervision.airflow_configuration import write_configuration
from province_data.supervision.airflow_group import PROGRAMS
from province_data.supervision.airflow_home import AirflowHome, environment_of, prepare_home
from province_data.supervision.group import Group, Program, Running

HAS_REDIS = shutil.which("redis-server") is not None
pytestmark = [
    pytest.mark.machines,
    pytest.mark.e2e,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not HAS_REDIS, reason="no redis-server on this machine: apt-get install redis-server"),
]
MACHINES = ("may-1", "may-2")
WORKER = "province_data.supervision.airflow_worker"
"""What `docker-compose.yml` starts as a worker."""
BEGUN = "Worker startup parse complete"
"""Stands in the log of a task that is at its work."""
HEARTBEAT_SECONDS = 60
"""A task that was not heard of for so long is lost with its machine; five minutes on a server."""
START_SECONDS = 600.0
RUN_SECONDS = 1500.0
"""Nobody waits for this test; on a machine that others use it takes its time."""
BATCHES = (
    "select dataset, province_code, as_of, status, delivered, published, quarantined, unreadable, duplicate, superseded from ops.batch"
)


@dataclass(frozen=True)
class Site:
    """Several machines played on one: their programs, and the address of their queue."""

    airflow: Airflow
    seen: list[list[Running]]

    def worker(self, machine: str) -> sessions.Session:
        """Find the session of a machine's worker."""
        session = next(one.session for one in self.seen[-1] if one.program.name == machine)
        assert session is not None
        return session


@pytest.fixture(scope="module")
def queue() -> Iterator[str]:
    """Run a Redis that keeps nothing and asks for a password; gives its address."""
    port, password = free_port(), secrets.token_hex(16)
    settings = f'bind 127.0.0.1\nport {port}\nrequirepass {password}\nsave ""\nappendonly no\nmaxmemory-policy noeviction\n'
    with tempfile.TemporaryDirectory(prefix="province-data-redis-") as folder:
        server = subprocess.Popen(["redis-server", "-", "--dir", folder], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        assert server.stdin is not None
        server.stdin.write(settings.encode())
        server.stdin.close()
        try:
            _wait_for_port(port)
            yield f"redis://:{password}@127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait(20)


def _wait_for_port(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        assert time.monotonic() < deadline, "the queue does not answer"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(queue: str) -> Iterator[Site]:
    """Start Airflow's four programs and two workers; both see one folder of logs, as on a server."""
    home = Path(tempfile.mkdtemp(prefix="province-data-test-"))
    settings = Settings(home=home, project=PROJECT)
    seen: list[list[Running]] = []
    group: Group | None = None
    try:
        server = embedded.ensure_running(home, free_port())
        airflow = prepare_home(settings, free_port())
        address = airflow_database.database_address(server)
        write_configuration(airflow, address)
        environment = environment_of(settings, airflow) | _queue_settings(queue, address)
        airflow_database.migrate(address, environment, airflow.folder, airflow.logs / "airflow-migrate.log")
        started, since = time.monotonic(), datetime.now(UTC)
        group = Group(_programs(airflow), environment, PROJECT, lambda running: seen.append(list(running)))
        group.start()
        _wait_until_healthy(group, airflow, since)
        airflow_api.ensure_pools(airflow, json.loads((PROJECT / "dags" / "pools.json").read_text()))
        print(f"healthy after {time.monotonic() - started:.0f} s")
        token = Airflow(settings, airflow.url, "").ask("/auth/token", {"username": "admin", "password": airflow.password})["access_token"]
        yield Site(Airflow(settings, airflow.url, token), seen)
    finally:
        if group is not None:
            group.stop()
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def _queue_settings(queue: str, address: str) -> dict[str, str]:
    """Give what `docker-compose.yml` sets for queue workers, only more impatient with lost ones."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "tests.e2e.machine.name",
        "AIRFLOW__CELERY__BROKER_URL": queue,
        "AIRFLOW__CELERY__RESULT_BACKEND": address.replace("postgresql", "db+postgresql+psycopg2", 1),
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": "2",
        "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
        "AIRFLOW__CELERY__TASK_ACKS_LATE": "True",
        "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": "86400",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_SECONDS),
        "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "300",
        "PYTHONPATH": os.pathsep.join([str(PROJECT / "plugins"), str(PROJECT)]),
    }


def _programs(airflow: AirflowHome) -> list[Program]:
    programs = [_program(airflow, name, *words) for name, words in PROGRAMS.items()]
    for machine in MACHINES:
        words = ("celery", "worker", "--celery-hostname", f"{machine}@%h", "--pid", str(airflow.folder / f"{machine}.pid"))
        worker = _program(airflow, machine, *words, "--skip-serve-logs", "--without-gossip", "--without-mingle", module=WORKER)
        programs.append(replace(worker, command=("env", f"MACHINE_NAME={machine}", *worker.command)))
    return programs


def _program(airflow: AirflowHome, name: str, *words: str, module: str = "airflow") -> Program:
    return Program(name, (sys.executable, "-m", module, *words), airflow.logs / f"airflow-{name}.log")


def _wait_until_healthy(group: Group, airflow: AirflowHome, since: datetime) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not airflow_api.is_healthy(airflow_api.read_health(airflow, since)):
        assert time.monotonic() < deadline, "\n".join(log.read_text()[-1500:] for log in sorted(airflow.logs.glob("airflow-*.log")))
        group.mend()
        time.sleep(0.5)


@pytest.fixture(scope="module")
def finished(site: Site) -> Site:
    """Trigger the four datasets, end one machine as a power cut does while it judges, and wait for the other to do it all."""
    airflow = site.airflow
    wait_for("DAGs parsed", airflow, lambda: {*INGEST, "build_warehouse"} <= _dags(airflow), 120)
    for dag_id in INGEST:
        airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {"source": str(EXAMPLES)}})
    started = time.monotonic()
    wait_for("a machine judges and the other has worked", airflow, lambda: _judging(airflow), RUN_SECONDS)
    [victim, *_] = _judging(airflow)
    _cut_power(site.worker(victim))
    print(f"{victim} killed after {time.monotonic() - started:.0f} s")
    wait_for("four datasets judged", airflow, lambda: _ended(airflow, *INGEST) or _hasten(airflow), RUN_SECONDS, may_fail=True)
    print(f"judged after {time.monotonic() - started:.0f} s")
    assert {state for dag_id in INGEST for state in airflow.runs(dag_id).values()} == {"success"}, "\n".join(airflow.trouble())
    done = lambda: _ended(airflow, "build_warehouse") and open_loads(airflow.settings) == 0  # noqa: E731
    wait_for("warehouse published", airflow, done, RUN_SECONDS, may_fail=True)
    print(f"published after {time.monotonic() - started:.0f} s")
    for machine in MACHINES:
        did = [task for task in airflow.tasks() if task["hostname"] == machine]
        print(f"{machine} did {len(did)} tasks: {dict(Counter(task['task_id'] for task in did))}")
    print(f"begun again: {[(t['dag_id'], t['task_id'], t['try_number']) for t in lost_tasks(airflow)]}")
    return site


def _hasten(airflow: Airflow) -> bool:
    """Let what waits to be tried again begin now, by moving Airflow's clock: a test need not wait its minutes."""
    waits = "state = 'up_for_retry' and end_date > now() - interval '1 hour'"
    in_airflows_database(airflow, f"update task_instance set end_date = end_date - interval '1 hour' where {waits} returning 1")
    return False


def _dags(airflow: Airflow) -> set[str]:
    return {dag["dag_id"] for dag in airflow.ask("/api/v2/dags?limit=100")["dags"]}


def _judging(airflow: Airflow) -> list[str]:
    """Name the machines that are at judging a dataset of the examples now, once each machine has done something."""
    tasks = [task for task in airflow.tasks() if task["hostname"] in MACHINES]
    if {task["hostname"] for task in tasks} != set(MACHINES):
        return []
    runs = {task["dag_run_id"] for task in tasks if task["task_id"] == "load" and task["map_index"] >= 0}
    judges = [t for t in tasks if t["task_id"] == "validate" and t["state"] == "running" and t["dag_run_id"] in runs]
    return [task["hostname"] for task in judges if BEGUN in airflow.last_words(task)]


def _cut_power(session: sessions.Session) -> None:
    for process in sessions.members(session):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def _ended(airflow: Airflow, *dag_ids: str) -> bool:
    states = [state for dag_id in dag_ids for state in airflow.runs(dag_id).values()]
    return bool(states) and all(state in FINISHED for state in states)


def lost_tasks(airflow: Airflow) -> list[dict[str, Any]]:
    """List the tasks of the four datasets that had to be begun again."""
    return [task for task in airflow.tasks() if task["dag_id"] in INGEST and (task["try_number"] or 0) > 1]


def test_both_machines_worked_and_every_run_ended_well(finished: Site) -> None:
    airflow = finished.airflow
    assert {task["hostname"] for task in airflow.tasks() if task["hostname"]} == set(MACHINES)
    assert {state for dag_id in (*INGEST, "build_warehouse") for state in airflow.runs(dag_id).values()} == {"success"}


def test_what_the_killed_machine_was_at_was_begun_again(finished: Site) -> None:
    lost = lost_tasks(finished.airflow)
    assert lost
    assert {(task["task_id"], task["state"]) for task in lost} <= {("validate", "success"), ("load", "success"), ("pull", "success")}


def test_the_logs_of_both_machines_are_reached_from_the_pages(finished: Site) -> None:
    airflow, told = (
        finished.airflow,
        "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{try_number}?map_index={map_index}",
    )
    judged = [task for task in airflow.tasks() if task["task_id"] in ("load", "validate") and task["state"] == "success"]
    for machine in {task["hostname"] for task in judged}:
        task = next(task for task in judged if task["hostname"] == machine)
        assert "bản ghi" in json.dumps(airflow.ask(told.format_map(task)), ensure_ascii=False)
    [lost, *_] = lost_tasks(airflow)
    assert BEGUN in json.dumps(airflow.ask(told.format_map(lost | {"try_number": 1})), ensure_ascii=False)


def test_the_result_is_what_the_command_line_makes(finished: Site, database_dsn: str, tmp_path: Path) -> None:
    settings = finished.airflow.settings
    shutil.copytree(settings.home / "secret", tmp_path / "secret")  # keys that stand for identifiers are made with it
    run_all(Settings(home=tmp_path, project=PROJECT, dsn=database_dsn), datetime.now(UTC), lambda line: None, source=str(EXAMPLES))
    assert published_rows(database_dsn)["person"][0] > 0
    assert published_rows(warehouse_of(settings)) == published_rows(database_dsn)
    assert batches(warehouse_of(settings)) == batches(database_dsn)


def batches(dsn: str) -> list[tuple[Any, ...]]:
    """Read what became of every record of every batch."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"{BATCHES} order by 1, 2, 3".encode()).fetchall()
