"""What `province-data up` started mends itself, and `down` leaves nothing behind. The last file: after it Airflow is gone."""

from __future__ import annotations

import psutil
import pytest
from tests.e2e.site import Airflow, wait_for

from province_data import supervise
from province_data.store import embedded
from province_data.supervision import sessions, state
from province_data.supervision.airflow_home import lock_file, state_file

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_a_killed_part_comes_back(airflow: Airflow) -> None:
    before = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
    psutil.Process(before.session.sid).kill()

    def is_back() -> bool:
        now = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
        return now.restarts == before.restarts + 1 and sessions.is_leader_alive(now.session)

    wait_for("triggerer restarted", airflow, is_back, 30, may_fail=True)


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
