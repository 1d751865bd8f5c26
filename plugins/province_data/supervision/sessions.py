"""Start a program in a session of its own, and end everything that session holds.

Programs under supervision fork, and put their children into process groups of their own; a session is the one mark
that all of them keep, also when their parent is gone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

POLITE_SECONDS = 3.0
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36


@dataclass(frozen=True)
class Session:
    """A session we started; its number is its leader's, and the leader's birth tells it from a later namesake."""

    sid: int
    born: float


def start_session(command: Sequence[str], environment: Mapping[str, str], log: Path, cwd: Path, *, dies_with_us: bool) -> Session:
    """Start `command`, its words going to the end of `log`; with `dies_with_us` the system ends it when we are killed."""
    parent = os.getpid()

    def bind_to_parent() -> None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    with log.open("ab") as words:
        started = subprocess.Popen(
            list(command),
            cwd=cwd,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=bind_to_parent if dies_with_us else None,
        )
    started.returncode = 0  # Never waited for here: whoever keeps the group reaps by number.
    return session_of(started.pid)


def session_of(pid: int) -> Session:
    """Describe the session that `pid` leads."""
    return Session(pid, birth_of(pid))


def birth_of(pid: int) -> float:
    """Say when a process was born, in a measure that setting the clock does not change; 0 when it is gone."""
    try:
        if Path("/proc/self/stat").exists():
            return float(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        return psutil.Process(pid).create_time()
    except (OSError, psutil.Error):
        return 0.0


def adopt_orphans() -> None:
    """Become the parent of all grandchildren whose parents die, so that they can be reaped."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap_children() -> set[int]:
    """Bury our dead children and return their numbers."""
    dead: set[int] = set()
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return dead
        if pid == 0:
            return dead
        dead.add(pid)


def members(session: Session) -> list[psutil.Process]:
    """List the living processes of a session; empty when its number belongs to somebody else by now."""
    if session.sid <= 1 or birth_of(session.sid) not in (0.0, session.born):
        return []  # Session 0 is the kernel's and a container's outside, 1 is the machine's: never ours.
    return [process for process in psutil.process_iter() if _sid(process.pid) == session.sid and _is_alive(process)]


def end_sessions(ending: Sequence[Session], grace_seconds: float) -> None:
    """Ask the leaders to end, then everybody, then make them; return when nobody is left."""
    for leaders_only, number, seconds in (
        (True, signal.SIGTERM, grace_seconds),
        (False, signal.SIGTERM, POLITE_SECONDS),
        (False, signal.SIGKILL, POLITE_SECONDS),
    ):
        for process in _processes(ending, leaders_only=leaders_only):
            _signal(process, number)
        deadline = time.monotonic() + seconds
        while _processes(ending, leaders_only=leaders_only) and time.monotonic() < deadline:
            time.sleep(0.05)
        if not _processes(ending, leaders_only=False):
            return


def is_leader_alive(session: Session) -> bool:
    """Tell whether the program that was started still runs."""
    try:
        return birth_of(session.sid) == session.born and _is_alive(psutil.Process(session.sid))
    except psutil.NoSuchProcess:
        return False


def _processes(wanted: Sequence[Session], *, leaders_only: bool) -> list[psutil.Process]:
    return [process for session in wanted for process in members(session) if process.pid == session.sid or not leaders_only]


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return


def _sid(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
