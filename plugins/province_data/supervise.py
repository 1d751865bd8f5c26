"""Start and stop everything one machine needs: the embedded PostgreSQL and Airflow, as one supervised group."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from province_data.errors import PublicationError
from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision import airflow_api, airflow_database, sessions, state
from province_data.supervision.airflow_configuration import write_configuration
from province_data.supervision.airflow_home import (
    USER,
    AirflowHome,
    environment_of,
    lock_file,
    password_file,
    prepare_home,
    read_home,
    state_file,
)

START_SECONDS = 300.0
STOP_SECONDS = 60.0
"""The supervisor makes its programs end within half of that; after it nobody is asked any more."""


@dataclass(frozen=True)
class GroupStatus:
    """What runs on this machine."""

    running: bool
    url: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    """Only from the `up` that made it; afterwards it is read from `password_file`."""
    password_file: Path | None = None
    health: Mapping[str, str] = field(default_factory=dict)
    restarts: Mapping[str, int] = field(default_factory=dict)
    database: embedded.EmbeddedServer | None = None


def up(
    settings: Settings,
    *,
    ui_port: int | None = None,
    pg_port: int | None = None,
    foreground: bool = False,
    say: Callable[[str], None] = print,
) -> GroupStatus:
    """Start the group unless it runs, and return when every part is healthy; with `foreground`, when it has stopped.

    Raises ContractError when an asked-for port is taken, PublicationError (and stops everything) when a part does not
    become healthy in time.
    """
    home = settings.home.resolve()
    if foreground:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    with state.one_at_a_time(home / "airflow" / "up.lock"):
        if state.is_held(lock_file(home)):
            now = status(settings)
        else:
            _end_leftovers(settings)
            now = _start(settings, ui_port, pg_port, foreground=foreground, say=say)
    for line in _introduce(now):
        say(line)
    if foreground:
        _attend(settings)
    return now


def down(settings: Settings) -> bool:
    """Stop the group and the embedded PostgreSQL; False when neither ran. Tasks that run are ended, not waited for."""
    home = settings.home.resolve()
    supervisor = state.read_state(state_file(home)).supervisor
    was_running = state.is_held(lock_file(home))
    if was_running and supervisor is not None:
        sessions.end_sessions([supervisor], STOP_SECONDS)
    _end_leftovers(settings)
    return embedded.stop(home) or was_running


def status(settings: Settings) -> GroupStatus:
    """Describe what runs."""
    home = settings.home.resolve()
    airflow = read_home(settings)
    if airflow is None or not state.is_held(lock_file(home)):
        return GroupStatus(running=False, database=embedded.status(home))
    return _describe(airflow)


def _start(settings: Settings, ui_port: int | None, pg_port: int | None, *, foreground: bool, say: Callable[[str], None]) -> GroupStatus:
    server = embedded.ensure_running(settings.home, pg_port)
    airflow = prepare_home(settings, ui_port)
    address = airflow_database.database_address(server)
    write_configuration(airflow, address)
    environment = environment_of(settings, airflow)
    say("Đang khởi động Airflow… / Starting Airflow…")
    airflow_database.migrate(address, environment, airflow.folder, airflow.logs / "airflow-migrate.log")
    try:
        _start_airflow(airflow, environment, dies_with_us=foreground)
    except BaseException:
        down(settings)
        raise
    now = _describe(airflow)
    return replace(now, password=airflow.password) if airflow.password_is_new else now


def _start_airflow(airflow: AirflowHome, environment: Mapping[str, str], *, dies_with_us: bool) -> None:
    since = datetime.now(UTC)
    supervisor = _start_supervisor(airflow, environment, dies_with_us=dies_with_us)
    where = {"where": airflow.url, "next_step": f"read airflow-*.log in {airflow.logs}"}
    if not airflow_api.wait_until_healthy(airflow, since, START_SECONDS, lambda: sessions.is_leader_alive(supervisor)):
        raise PublicationError("Airflow did not become healthy", **where)
    pools = airflow.project / "dags" / "pools.json"
    try:
        airflow_api.ensure_pools(airflow, json.loads(pools.read_text()) if pools.exists() else {})
    except OSError as failure:
        raise PublicationError("Airflow did not take the pools of dags/pools.json", **where) from failure


def _start_supervisor(airflow: AirflowHome, environment: Mapping[str, str], *, dies_with_us: bool) -> sessions.Session:
    command = (sys.executable, "-m", "province_data.supervision.airflow_group")
    log = airflow.logs / "supervisor.log"
    return sessions.start_session(command, environment, log, airflow.project, dies_with_us=dies_with_us)


def _end_leftovers(settings: Settings) -> None:
    """End what a killed supervisor left; its programs were told by the system, but may hang."""
    path = state_file(settings.home.resolve())
    sessions.end_sessions(state.find_leftovers(path), sessions.POLITE_SECONDS)
    path.unlink(missing_ok=True)


def _attend(settings: Settings) -> None:
    """Stay until the group has stopped; Ctrl-C or a polite kill stops it."""
    try:
        while state.is_held(lock_file(settings.home.resolve())):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        down(settings)


def _describe(airflow: AirflowHome) -> GroupStatus:
    written = state.read_state(state_file(airflow.home))
    return GroupStatus(
        running=True,
        url=airflow.url,
        user=USER,
        password_file=password_file(airflow.home),
        health=airflow_api.read_health(airflow),
        restarts={name: member.restarts for name, member in written.members.items()},
        database=embedded.status(airflow.home),
    )


def _introduce(now: GroupStatus) -> list[str]:
    password = now.password or f"xem / see {now.password_file}"
    return [f"Airflow: {now.url}", f"  người dùng / user: {now.user}", f"  mật khẩu / password: {password}"]
