"""Measure what `province-data up` costs: memory at rest, and a run of the example deliveries through Airflow against the command line.

    python -m benchmarks.supervised [--rest SECONDS] [--times N]

Memory is the sum of the proportional set sizes (PSS) of every process of the group and of the embedded PostgreSQL, after a minute in which nothing
was asked of them. Both runs begin with an empty warehouse of this version on a server that runs; the command's time includes its own start, Airflow's is
from the four triggers until the last run has ended and every load is reported. How busy the machine was stands beside each figure, and the processor
seconds of ours and of PostgreSQL: on a busy machine only these mean something. At the end SIGTERM asks the supervisor to stop, and what outlives it is named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from tests.e2e.site import EXAMPLES, FINISHED, INGEST, PROJECT, Airflow, open_loads

from benchmarks.meter import Meter
from province_data import pipeline, supervise
from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision import sessions, state
from province_data.supervision.airflow_home import password_file, state_file

LIMIT_GB, LIMIT_SECONDS = 1.5, 30.0
PATIENCE = 1200.0
console = Console(width=120)


@dataclass(frozen=True)
class Timed:
    """How long something took, and how busy the machine was: the share of both cores that anybody used meanwhile."""

    seconds: float
    busy: float
    processor: float = 0.0
    """Processor seconds of ours and of PostgreSQL, where they were counted: they say more than the time on a machine that others use."""


def main() -> int:
    """Measure, print, and say by the exit code whether both limits are kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rest", type=float, default=60.0)
    parser.add_argument("--times", type=int, default=1)
    given = parser.parse_args()
    by_hand = [_command_line() for _ in range(given.times)]
    console.print(f"command line: {_shown(by_hand)}")
    by_airflow, gigabytes, orphans = [], 0.0, 0
    for _ in range(given.times):
        timed, gigabytes, left = _supervised(given.rest)
        by_airflow.append(timed)
        orphans += left
    over = min(one.seconds for one in by_airflow) - min(one.seconds for one in by_hand)
    console.print(f"through Airflow: {_shown(by_airflow)}: {over:+.1f} s (limit {LIMIT_SECONDS:+.0f} s)")
    return int(gigabytes > LIMIT_GB or over > LIMIT_SECONDS or orphans > 0)


def _shown(runs: list[Timed]) -> str:
    ours = [f", {one.processor:.0f} s of processor" if one.processor else "" for one in runs]
    return ", ".join(f"{one.seconds:.1f} s (cores {one.busy:.0%} busy{more})" for one, more in zip(runs, ours, strict=True))


def _timed(work: Callable[[], object]) -> Timed:
    psutil.cpu_percent(None)
    began = time.monotonic()
    work()
    return Timed(time.monotonic() - began, psutil.cpu_percent(None) / 100)


def _metered(work: Callable[[], object], home: Path, client: int | None = None) -> Timed:
    server = embedded.status(home)
    assert server is not None
    with Meter(client, server.pid) as meter:
        timed = _timed(work)
    return replace(timed, processor=meter.reading.client_cpu_s + meter.reading.server_cpu_s)


def _home() -> tuple[Path, Settings]:
    home = Path(tempfile.mkdtemp(prefix="province-data-bench-"))
    return home, Settings(home=home, project=PROJECT)


def _command_line() -> Timed:
    home, settings = _home()
    try:
        embedded.ensure_running(home)
        pipeline.open_run(settings, datetime.now(UTC))
        command = [sys.executable, "-c", "from province_data.cli import main; main()", "run", "--source", str(EXAMPLES)]
        environment = os.environ | {"PROVINCE_DATA_HOME": str(home)}
        taken = _metered(lambda: subprocess.run(command, env=environment, cwd=PROJECT, stdout=subprocess.DEVNULL, check=True), home)
        assert not open_loads(settings), "the command left a load unfinished"
        return taken
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def _supervised(rest: float) -> tuple[Timed, float, int]:
    """Start the group, let it rest, weigh it, let it work, and stop it: time of the work, gigabytes at rest, orphans."""
    home, settings = _home()
    try:
        started = _timed(lambda: supervise.up(settings, say=lambda line: None))
        console.print(f"up: {_shown([started])}")
        airflow = log_in(settings)
        _wait(lambda: {*INGEST, "build_warehouse"} <= {dag["dag_id"] for dag in airflow.ask("/api/v2/dags?limit=100")["dags"]})
        _wait(lambda: _is_done(airflow))
        pipeline.open_run(settings, datetime.now(UTC))
        rested = _timed(lambda: time.sleep(rest))
        gigabytes = _weigh(settings, rested)
        supervisor = state.read_state(state_file(home)).supervisor
        assert supervisor is not None
        worked = _metered(lambda: _work(airflow), home, supervisor.sid)
        return worked, gigabytes, _stop(settings)
    finally:
        supervise.down(settings)
        shutil.rmtree(home, ignore_errors=True)


def log_in(settings: Settings) -> Airflow:
    url = supervise.status(settings).url
    assert url is not None
    password = json.loads(password_file(settings.home).read_text())["admin"]
    asked = Airflow(settings, url, "").ask("/auth/token", {"username": "admin", "password": password})
    return Airflow(settings, url, asked["access_token"])


def _work(airflow: Airflow) -> None:
    asked = {
        airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {"source": str(EXAMPLES)}})["dag_run_id"]
        for dag_id in INGEST
    }
    _wait(lambda: asked <= {run for dag_id in INGEST for run, state in airflow.runs(dag_id).items() if state in FINISHED})
    _wait(lambda: _is_done(airflow) and airflow.runs("build_warehouse") and open_loads(airflow.settings) == 0)


def _is_done(airflow: Airflow) -> bool:
    return all(state in FINISHED for dag_id in (*INGEST, "build_warehouse") for state in airflow.runs(dag_id).values())


def _wait(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, "not within its time"
        time.sleep(0.5)


def _weigh(settings: Settings, rested: Timed) -> float:
    """Print what each part holds; returns the sum in gigabytes."""
    written = state.read_state(state_file(settings.home))
    assert written.supervisor is not None
    parts = {"supervisor": written.supervisor, **{name: member.session for name, member in written.members.items()}}
    held = {name: sessions.members(session) for name, session in parts.items()}
    server = embedded.status(settings.home)
    assert server is not None
    postmaster = psutil.Process(server.pid)
    held["postgresql"] = [postmaster, *postmaster.children(recursive=True)]
    for name, processes in held.items():
        console.print(f"  {name:<14}{len(processes):>3} processes {_gigabytes(processes):7.3f} GB")
    total = sum(_gigabytes(processes) for processes in held.values())
    console.print(f"at rest: {total:.2f} GB (limit {LIMIT_GB} GB), cores {rested.busy:.0%} busy")
    return total


def _gigabytes(processes: list[psutil.Process]) -> float:
    lines = [line for one in processes for line in Path(f"/proc/{one.pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 2**20


def _stop(settings: Settings) -> int:
    """Ask the supervisor to stop as the system does, and count what outlives it."""
    written = state.read_state(state_file(settings.home))
    supervisor = written.supervisor
    assert supervisor is not None
    everybody = [supervisor, *(member.session for member in written.members.values())]

    def until_stopped() -> None:
        os.kill(supervisor.sid, signal.SIGTERM)
        _wait(lambda: not sessions.is_leader_alive(supervisor))

    stopped = _timed(until_stopped)
    left = [process for session in everybody for process in sessions.members(session)]
    console.print(f"stopped by SIGTERM: {_shown([stopped])}, {len(left)} processes outlived it")
    return len(left)


if __name__ == "__main__":
    raise SystemExit(main())
