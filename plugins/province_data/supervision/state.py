"""Remember on disk what runs, so that another command can find it, and what a killed supervisor left."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from province_data.supervision.sessions import Session, birth_of


@dataclass(frozen=True)
class Member:
    """One program of the group, as last seen by the supervisor."""

    session: Session
    restarts: int


@dataclass(frozen=True)
class State:
    """The group, as last written down by its supervisor."""

    supervisor: Session | None = None
    machine: float = 0.0
    """When the machine (or container) started: after that, the numbers mean nothing any more."""
    members: Mapping[str, Member] = field(default_factory=dict)


def read_state(path: Path) -> State:
    """Read what was written down; an empty state when nothing was."""
    try:
        content = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return State()
    members = {name: Member(Session(**one["session"]), one["restarts"]) for name, one in content["members"].items()}
    return State(Session(**content["supervisor"]) if content["supervisor"] else None, content["machine"], members)


def write_state(path: Path, state: State) -> None:
    """Write the state so that a reader sees the old or the new one, never half of it."""
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(asdict(state)))
    unfinished.replace(path)


def find_leftovers(path: Path) -> list[Session]:
    """List the sessions that a supervisor on this machine wrote down; call it only when that supervisor is gone."""
    state = read_state(path)
    return [member.session for member in state.members.values()] if state.machine == birth_of(1) else []


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Wait until nobody else holds `lock`, and hold it while the block runs."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def held(lock: Path) -> Iterator[bool]:
    """Hold `lock` while the block runs; yields False when somebody else does. A killed holder lets go by itself."""
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def is_held(lock: Path) -> bool:
    """Tell whether a supervisor is at work."""
    if not lock.exists():
        return False
    with held(lock) as ours:
        return not ours
