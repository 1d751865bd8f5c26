"""A running Airflow as the tests speak to it, and the warehouse behind it."""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision.airflow_database import DATABASE

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT / "examples" / "deliveries"
DATASETS = ("civil_status", "land", "population", "tax")
INGEST = tuple(f"ingest_{dataset}" for dataset in DATASETS)
FINISHED = ("success", "failed")
SHARE = "share"
"""The declared source of the taxes below the home: an empty folder, until it is not mounted any more."""
RUN_SECONDS = 400.0
"""How long a load, or a build, may take on a busy machine."""
WRONG = """
select dag_id, run_id, task_id, map_index, state from task_instance where state in ('failed', 'up_for_retry', 'upstream_failed')
"""
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Airflow:
    """A running Airflow, spoken to as the pages speak to it."""

    settings: Settings
    url: str
    token: str = field(repr=False)

    def ask(self, path: str, content: Mapping[str, Any] | None = None, method: str | None = None) -> Any:
        """Ask the programming interface."""
        body = json.dumps(content).encode() if content is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers={"Content-Type": "application/json"}, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with DIRECT.open(request, timeout=120) as answer:
            return json.load(answer)

    def open(self, path: str, *, logged_in: bool = True) -> tuple[int, str]:
        """Open a page as a browser does: the token is in a cookie."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"Cookie": f"_token={self.token}"} if logged_in else {})
        try:
            with DIRECT.open(request, timeout=120) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, ""

    def runs(self, dag_id: str) -> dict[str, str]:
        """List the runs of a DAG with their states.

        Whoever waits asks time and again, so the database is asked: the api-server works for the tasks, and would need a core for it.
        """
        return dict(self.kept("select run_id, state from dag_run where dag_id = %s", dag_id))

    def kept(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask Airflow's own database."""
        server = embedded.status(self.settings.home)
        assert server is not None
        with psycopg.connect(embedded.dsn(server, DATABASE)) as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def tasks(self) -> list[dict[str, Any]]:
        """List all tasks of all runs as they are now."""
        found: list[dict[str, Any]] = self.ask("/api/v2/dags/~/dagRuns/~/taskInstances?limit=500")["task_instances"]
        return found

    def trouble(self) -> list[str]:
        """List the tasks that did not go well, for the message of a failing test."""
        names = ("dag_id", "dag_run_id", "task_id", "map_index", "state")
        wrong = [dict(zip(names, task, strict=True)) for task in self.kept(WRONG)]
        return [f"{t['dag_id']}.{t['task_id']}[{t['map_index']}] {t['state']}: {self.last_words(t)}" for t in wrong]

    def last_words(self, task: Mapping[str, Any]) -> str:
        """Find the end of a task's log."""
        parts = (f"dag_id={task['dag_id']}", f"run_id={task['dag_run_id']}", f"task_id={task['task_id']}")
        folder = self.settings.home.joinpath("log", "airflow", *parts)
        logs = sorted(folder.rglob("*.log"), key=lambda path: path.stat().st_mtime)
        return logs[-1].read_text(errors="replace")[-1500:] if logs else "no log"


@dataclass(frozen=True)
class Night:
    """What the first loads of the examples left behind, when they were published and reported."""

    airflow: Airflow
    deliveries: str
    published: dict[str, tuple[int, str | None]]
    """Each published table's rows and their digest."""


def story(airflow: Airflow, dag_id: str, run_id: str, task_id: str) -> list[str]:
    """Read what a task's log tells an operator, line by line."""
    folder = airflow.settings.home / "log" / "airflow" / f"dag_id={dag_id}" / f"run_id={run_id}" / f"task_id={task_id}"
    logs = sorted(folder.rglob("*.log"), key=lambda path: path.stat().st_mtime)
    events = [json.loads(line) for log in logs for line in log.read_text(encoding="utf-8").splitlines()]
    return [str(event["event"]) for event in events if event.get("logger") == "province_data"]


def refused(airflow: Airflow, path: str, content: Mapping[str, Any] | None = None, method: str | None = None) -> int:
    """Ask for what must not be given; returns how it was refused, 0 when it was not."""
    try:
        airflow.ask(path, content, method)
    except urllib.error.HTTPError as answer:
        return answer.code
    return 0


def free_port() -> int:
    """Choose a port nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(what: str, airflow: Airflow, true: Callable[[], Any], seconds: float, *, may_fail: bool = False) -> None:
    """Look again and again until `true()` holds; a failing task or the end of the time ends the test."""
    deadline = time.monotonic() + seconds
    while not true():
        trouble = [] if may_fail else airflow.trouble()
        assert not trouble, f"{what}:\n" + "\n".join(trouble)
        assert time.monotonic() < deadline, f"{what}: not after {seconds:.0f} s"
        time.sleep(0.5)


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
    """Count and digest every published table that holds provinces' rows, whichever publication brought them."""
    found: dict[str, tuple[int, str | None]] = {}
    with psycopg.connect(dsn) as connection:
        for table in ("person", "household", "land_parcel", "land_right", "civil_event", "taxpayer"):
            row = "(to_jsonb(t) - 'published_from')::text"
            query = sql.SQL(f"select count(*), md5(string_agg({row}, chr(10) order by {row})) from published.{{}} t")
            counted = connection.execute(query.format(sql.Identifier(table))).fetchone()
            assert counted is not None
            found[table] = (counted[0], counted[1])
    return found
