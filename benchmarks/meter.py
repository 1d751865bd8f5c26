"""Read wall time, processor time and memory of process trees from /proc while something runs (Linux)."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
EVERY = 0.2


@dataclass
class Reading:
    """What was seen: of the client's tree, and of the database server's."""

    wall_s: float = 0.0
    client_cpu_s: float = 0.0
    server_cpu_s: float = 0.0
    client_peak_mb: float = 0.0
    """Largest sum of resident memory over the client's processes."""
    server_private_peak_mb: float = 0.0
    """Largest sum of private memory over the server's processes; shared buffers are not in it."""
    peaks_mb: dict[str, float] = field(default_factory=dict)
    """Largest resident memory of one process, by what it does."""


class Meter:
    """Measure from entry to exit; `reading` is complete afterwards."""

    def __init__(self, client_pid: int | None = None, server_pid: int | None = None, server_pid_file: Path | None = None) -> None:
        self.client, self.server, self.server_file = client_pid or os.getpid(), server_pid, server_pid_file
        self.reading = Reading()
        self._ended = threading.Event()
        self._cpu: dict[tuple[int, int], float] = {}
        self._first: dict[int, float] = {}

    def __enter__(self) -> Meter:
        self._started = time.monotonic()
        for root in (self.client, self.server):
            if root:
                self._first[root] = sum(self._ticks(p) for p in tree(root)) / TICK
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._sample()
        self.reading.wall_s = round(time.monotonic() - self._started, 2)
        self.reading.client_cpu_s = round(self._spent(self.client), 1)
        self.reading.server_cpu_s = round(self._spent(self.server), 1) if self.server else 0.0

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self._sample()

    def _sample(self) -> None:
        if self.server is None and self.server_file is not None:
            self.server = _pid_in(self.server_file)
        servers = tree(self.server) if self.server else []
        clients = [p for p in tree(self.client) if p not in servers]
        r = self.reading
        r.client_peak_mb = max(r.client_peak_mb, sum(self._note(p, "VmRSS") for p in clients))
        r.server_private_peak_mb = max(r.server_private_peak_mb, sum(memory(p, "RssAnon") for p in servers))
        for root, pids in ((self.client, clients), (self.server, servers)):
            for pid in pids:
                self._cpu[(root or 0, pid)] = max(self._cpu.get((root or 0, pid), 0.0), self._own(pid) / TICK)

    def _note(self, pid: int, key: str) -> float:
        resident, name = memory(pid, key), what_runs(pid)
        self.reading.peaks_mb[name] = max(self.reading.peaks_mb.get(name, 0.0), round(resident, 1))
        return resident

    def _spent(self, root: int | None) -> float:
        """Sum the processes seen; a root that still lives knows its ended children better than we do."""
        seen = sum(cpu for (of, _), cpu in self._cpu.items() if of == (root or 0))
        living = sum(self._ticks(p) for p in tree(root or 0)) / TICK
        return max(seen, living) - self._first.get(root or 0, 0.0)

    @staticmethod
    def _ticks(pid: int) -> int:
        return sum(_times(pid))

    @staticmethod
    def _own(pid: int) -> int:
        return sum(_times(pid)[:2])


def _times(pid: int) -> tuple[int, int, int, int]:
    """Return user, system, and the ended children's user and system time, in ticks."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return (0, 0, 0, 0)
    parts = text[text.rindex(")") + 2 :].split()
    return (int(parts[11]), int(parts[12]), int(parts[13]), int(parts[14]))


def tree(root: int) -> list[int]:
    """List a process and all below it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text()
            except OSError:
                continue
            children.setdefault(int(text[text.rindex(")") + 2 :].split()[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def memory(pid: int, key: str) -> float:
    """Return one memory figure of a process in megabytes; 0 when it is gone."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def what_runs(pid: int) -> str:
    """Name a client process by its command, without its arguments' values."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "ended"
    line = " ".join(words)
    for mark, name in (
        ("spawn_main", "worker process"),
        ("forkserver", "worker process"),
        ("resource_tracker", "resource tracker"),
        ("province", "province-data"),
    ):
        if mark in line:
            return name
    return Path(words[0]).name or "ended"


def _pid_in(path: Path) -> int | None:
    try:
        return int(path.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None
