"""Be the supervisor: keep PostgreSQL, Airflow's four programs and the guard over readers running until asked to stop.

Started by `province-data up` as a program of its own: `python -m province_data.supervision.airflow_group`.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from province_data.errors import ProvinceDataError
from province_data.settings import read_settings
from province_data.store import embedded
from province_data.supervision import sessions, state
from province_data.supervision.airflow_home import AirflowHome, environment_of, lock_file, read_home, state_file
from province_data.supervision.group import Group, Program, Running

# The first one stops last, so that a task that is ending can still report.
PROGRAMS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
SCHEDULER = "province_data.supervision.airflow_scheduler"
"""Is the scheduler, once it has imported what tasks need and the api-server answers."""
GUARD = (str(Path(sys.executable).with_name("province-data")), "access", "enforce")
LOOK_SECONDS = 0.5


def main() -> int:
    """Run the group; returns when all of it has stopped."""
    settings = read_settings(os.environ)
    airflow = read_home(settings)
    if airflow is None:
        return 2
    stop = _StopRequest()
    sessions.adopt_orphans()
    with state.held(lock_file(airflow.home)) as ours:
        if not ours:
            return 2
        group = Group(_programs(airflow), environment_of(settings, airflow), airflow.project, _recorder(airflow.home))
        group.start()
        while not stop.asked:
            group.mend()
            _keep_database(airflow.home)
            time.sleep(LOOK_SECONDS)
        group.stop()
    return 0


class _StopRequest:
    """Remember that somebody asked us to stop."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def _programs(airflow: AirflowHome) -> list[Program]:
    programs = [
        Program(name, (sys.executable, "-m", SCHEDULER if name == "scheduler" else "airflow", *words), airflow.logs / f"airflow-{name}.log")
        for name, words in PROGRAMS.items()
    ]
    return [*programs, Program("limits", GUARD, airflow.logs / "limits.log")]


def _recorder(home: Path) -> Callable[[Sequence[Running]], None]:
    me, machine = sessions.session_of(os.getpid()), sessions.birth_of(1)

    def write_down(running: Sequence[Running]) -> None:
        members = {one.program.name: state.Member(one.session, one.restarts) for one in running if one.session is not None}
        state.write_state(state_file(home), state.State(me, machine, members))

    return write_down


def _keep_database(home: Path) -> None:
    """Start PostgreSQL again when it has gone; its next absence is looked for on the next round."""
    if embedded.status(home) is not None:
        return
    try:
        embedded.ensure_running(home)
    except ProvinceDataError as failure:
        print(failure, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
