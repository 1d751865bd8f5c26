"""A group keeps its programs running, and leaves nothing behind when it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from province_data.supervision import sessions, state
from province_data.supervision.group import Group, Program, Running

# A program that hides two children: one in a process group of its own, one whose parent has gone.
FAMILY = """
import os, signal, sys, time
if os.fork() == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)
if os.fork() == 0:
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
open(sys.argv[1], "a").write("started\\n")
time.sleep(600)
"""
SUPERVISOR = """
import os, sys, time
from pathlib import Path
from province_data.supervision import sessions, state
from province_data.supervision.group import Group, Program
folder = Path(sys.argv[1])
me = sessions.session_of(os.getpid())
def note(running):
    members = {one.program.name: state.Member(one.session, one.restarts) for one in running if one.session}
    state.write_state(folder / "state.json", state.State(me, sessions.birth_of(1), members))
program = Program("family", (sys.executable, sys.argv[2], str(folder / "starts")), folder / "family.log")
with state.held(folder / "lock") as ours:
    group = Group([program], dict(os.environ), folder, note)
    group.start()
    while True:
        group.mend()
        time.sleep(0.05)
"""


def eventually(true: Callable[[], bool], seconds: float = 20) -> bool:
    """Look again and again until `true` holds or the time is over."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture
def family(tmp_path: Path) -> Path:
    script = tmp_path / "family.py"
    script.write_text(FAMILY)
    return script


@pytest.fixture
def group(tmp_path: Path, family: Path) -> Iterator[tuple[Group, list[Sequence[Running]]]]:
    seen: list[Sequence[Running]] = []
    program = Program("family", (sys.executable, str(family), str(tmp_path / "starts")), tmp_path / "family.log")
    group = Group([program], dict(os.environ), tmp_path, lambda running: seen.append(list(running)))
    group.start()
    assert eventually(lambda: starts(tmp_path) == 1)
    yield group, seen
    group.stop()


def starts(folder: Path) -> int:
    path = folder / "starts"
    return len(path.read_text().splitlines()) if path.exists() else 0


def session_in(seen: list[Sequence[Running]]) -> sessions.Session:
    session = seen[-1][0].session
    assert session is not None
    return session


def test_stopping_leaves_no_process_even_of_those_that_hide(group: tuple[Group, list[Sequence[Running]]]) -> None:
    running, seen = group
    session = session_in(seen)
    assert eventually(lambda: len(sessions.members(session)) == 3)
    running.stop()
    assert sessions.members(session) == []
    assert seen[-1] == []


def test_a_killed_program_starts_again_without_its_orphans(group: tuple[Group, list[Sequence[Running]]], tmp_path: Path) -> None:
    running, seen = group
    before = session_in(seen)
    assert eventually(lambda: len(sessions.members(before)) == 3)
    os.kill(before.sid, signal.SIGKILL)
    assert eventually(lambda: running.mend() is None and starts(tmp_path) == 2)
    assert sessions.members(before) == []
    assert session_in(seen) != before
    assert seen[-1][0].restarts == 1


def test_a_program_that_keeps_ending_is_started_ever_more_rarely(tmp_path: Path) -> None:
    program = Program("broken", (sys.executable, "-c", "raise SystemExit(1)"), tmp_path / "broken.log")
    seen: list[Sequence[Running]] = []
    group = Group([program], dict(os.environ), tmp_path, lambda running: seen.append(list(running)))
    group.start()
    begun = time.monotonic()
    assert eventually(lambda: group.mend() is None and bool(seen) and seen[-1][0].restarts == 2)
    group.stop()
    assert time.monotonic() - begun >= 2 + 4 - 0.1


@pytest.fixture
def supervisor(tmp_path: Path, family: Path) -> Iterator[subprocess.Popen[bytes]]:
    started = subprocess.Popen([sys.executable, "-c", SUPERVISOR, str(tmp_path), str(family)])
    try:
        assert eventually(lambda: starts(tmp_path) == 1)
        yield started
    finally:
        started.kill()
        started.wait()
        sessions.end_sessions(state.find_leftovers(tmp_path / "state.json"), 0)


def test_what_a_killed_supervisor_left_is_found_and_ended(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    assert state.is_held(tmp_path / "lock")
    supervisor.kill()
    supervisor.wait()
    assert not state.is_held(tmp_path / "lock")
    (session,) = state.find_leftovers(tmp_path / "state.json")
    if sys.platform == "linux":
        assert eventually(lambda: not sessions.is_leader_alive(session))
    sessions.end_sessions([session], 0.2)
    assert sessions.members(session) == []


def test_numbers_from_before_a_restart_of_the_machine_mean_nothing(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    written = json.loads(path.read_text())
    path.write_text(json.dumps(written | {"machine": written["machine"] + 1}))
    assert state.find_leftovers(path) == []
    path.write_text(json.dumps(written))


def test_a_session_whose_number_was_given_away_is_nobody() -> None:
    namesake = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        now = sessions.session_of(namesake.pid)
        before = sessions.Session(now.sid, now.born - 1)
        assert [process.pid for process in sessions.members(now)] == [namesake.pid]
        assert sessions.members(before) == []
        assert not sessions.is_leader_alive(before)
        sessions.end_sessions([before], 0)
        assert namesake.poll() is None
    finally:
        namesake.communicate(b"\n")


def test_the_session_of_the_machine_itself_is_nobody() -> None:
    assert sessions.members(sessions.Session(0, 0.0)) == []
    assert sessions.members(sessions.session_of(1)) == []
