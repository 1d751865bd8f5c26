"""Keep every program of a group running until asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from province_data.supervision import sessions
from province_data.supervision.sessions import Session

LONGEST_PAUSE = 60.0
"""Seconds between two attempts to start a program that keeps ending."""
STEADY = 60.0
"""A program that ran this long starts again without a pause."""
GRACE_SECONDS = 10.0
"""How long programs may take to stop when asked politely."""
LARGEST_LOG = 20 << 20


@dataclass(frozen=True)
class Program:
    """One program of a group."""

    name: str
    command: Sequence[str]
    log: Path


@dataclass(frozen=True)
class Running:
    """What became of one program."""

    program: Program
    session: Session | None = None
    started: float = 0.0
    """By the clock that never jumps."""
    failures: int = 0
    """Ends in a row, each soon after its start."""
    restarts: int = 0


@dataclass
class Group:
    """The programs of a group; the others need the first one, so it starts first and stops last."""

    programs: Sequence[Program]
    environment: Mapping[str, str]
    folder: Path
    on_change: Callable[[Sequence[Running]], None]
    _running: list[Running] = field(default_factory=list)

    def start(self) -> None:
        """Start every program."""
        self._running = [Running(program) for program in self.programs]
        self.mend()

    def mend(self) -> None:
        """Start again what has ended, after a pause that doubles with every failure."""
        dead = sessions.reap_children()
        before = list(self._running)
        for index, running in enumerate(self._running):
            if running.session is not None and running.session.sid in dead:
                sessions.end_sessions([running.session], 0)
                self._running[index] = running = _ended(running)
            if running.session is None and _is_due(running):
                self._running[index] = _begin(running, self.environment, self.folder)
        if before != self._running:
            self.on_change(self._running)

    def stop(self) -> None:
        """Stop every program and all they left; the first one last, so that the others can still report to it."""
        living = [running.session for running in self._running if running.session is not None]
        sessions.end_sessions(living[1:], GRACE_SECONDS)
        sessions.end_sessions(living[:1], GRACE_SECONDS)
        sessions.reap_children()
        self._running = []
        self.on_change(self._running)


def _ended(running: Running) -> Running:
    short = time.monotonic() - running.started < STEADY
    return replace(running, session=None, failures=running.failures + 1 if short else 0)


def _is_due(running: Running) -> bool:
    pause = min(LONGEST_PAUSE, 2.0**running.failures) if running.failures else 0.0
    return time.monotonic() - running.started >= pause


def _begin(running: Running, environment: Mapping[str, str], folder: Path) -> Running:
    program = running.program
    _turn_over(program.log)
    session = sessions.start_session(program.command, environment, program.log, folder, dies_with_us=True)
    restarts = running.restarts + 1 if running.started else 0
    return replace(running, session=session, started=time.monotonic(), restarts=restarts)


def _turn_over(log: Path) -> None:
    """Keep one older log, so that neither grows for ever."""
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
