"""Keep account of builds: which models and tests ran, how long each took, how it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

import psycopg
from psycopg.rows import class_row

from province_data.store.database import execute

KEPT = 200
"""So many builds are kept; older ones say nothing that a newer one does not."""


@dataclass(frozen=True)
class ModelRun:
    """One model, seed or test of a build; `rows` are those written, `failures` those that break a test."""

    name: str
    status: str
    seconds: float | None = None
    kind: str = "model"
    layer: str = ""
    model: str = ""
    started_at: datetime | None = None
    rows: int | None = None
    failures: int | None = None
    message: str = ""


@dataclass(frozen=True)
class Build:
    """One build of the warehouse."""

    build_id: int
    load_id: int
    caller: str
    is_full: bool | None
    status: str
    started_at: datetime
    seconds: float | None


@dataclass(frozen=True)
class ModelLine:
    """One model of a build with its tests."""

    layer: str
    model: str
    kind: str
    status: str
    seconds: float | None
    rows: int | None
    tests: int
    tests_failed: int
    test_seconds: float
    message: str
    failed_test: str
    failures: int | None


_OPEN = "insert into ops.build (load_id, caller, status, started_at) values (%s, %s, 'running', %s) returning build_id"
_NOTE = """
insert into ops.model_run as m (build_id, node, kind, layer, model, status, started_at, seconds, rows, failures, message)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (build_id, node) do update set status = excluded.status, seconds = excluded.seconds, rows = excluded.rows,
    failures = excluded.failures, message = excluded.message, layer = coalesce(nullif(excluded.layer, ''), m.layer),
    model = coalesce(nullif(excluded.model, ''), m.model), started_at = coalesce(m.started_at, excluded.started_at)
"""
_CLOSE = "update ops.build set status = %s, seconds = %s, is_full = %s where build_id = %s"
_INTERRUPTED = "update ops.build set status = 'failed' where status = 'running'"
_FORGET = "delete from ops.build where build_id <= %s - %s"


@dataclass
class Notebook:
    """Writes down one build; nothing is written before the first model begins, so a build without work leaves no trace."""

    connection: psycopg.Connection
    load_id: int
    caller: str
    now: datetime
    is_full: bool | None = None
    _build_id: int | None = None
    _began: float = field(default_factory=monotonic)

    def note(self, run: ModelRun) -> None:
        """Write down how far a model or test is."""
        if self._build_id is None:
            execute(self.connection, _INTERRUPTED)  # who holds the lease is the only one at work: the others were killed
            row = execute(self.connection, _OPEN, (self.load_id, self.caller, self.now)).fetchone()
            self._build_id = int(str(row[0])) if row else 0
        told = (run.status, run.started_at, run.seconds, run.rows, run.failures, run.message)
        execute(self.connection, _NOTE, (self._build_id, run.name, run.kind, run.layer, run.model, *told))

    def close(self, status: str) -> None:
        """Write down how the build ended, and forget what is long past."""
        if self._build_id is not None:
            execute(self.connection, _CLOSE, (status, monotonic() - self._began, self.is_full, self._build_id))
            execute(self.connection, _FORGET, (self._build_id, KEPT))


@contextmanager
def noted(connection: psycopg.Connection, load_id: int, caller: str, now: datetime) -> Iterator[Notebook]:
    """Write a build down while the block is at work; an error in it makes a failed build."""
    notebook = Notebook(connection, load_id, caller, now)
    try:
        yield notebook
    except BaseException:
        notebook.close("failed")
        raise
    notebook.close("done")


BUILDS = "select build_id, load_id, caller, is_full, status, started_at, seconds from ops.build"
LINES = """
with tested as (
    select model, count(*) as tests, count(*) filter (where status = 'failed') as tests_failed, sum(seconds) as seconds,
        max(node) filter (where status = 'failed') as failed_test, max(failures) filter (where status = 'failed') as failures,
        max(message) filter (where status = 'failed') as message
    from ops.model_run where build_id = %(build)s and kind = 'test' group by model
),
built as (select * from ops.model_run where build_id = %(build)s and kind <> 'test')
select coalesce(b.layer, '') as layer, coalesce(b.model, t.model) as model, coalesce(b.kind, 'test') as kind,
    case when t.tests_failed > 0 then 'failed' else coalesce(b.status, 'done') end as status, b.seconds, b.rows,
    coalesce(t.tests, 0) as tests, coalesce(t.tests_failed, 0) as tests_failed, coalesce(t.seconds, 0) as test_seconds,
    coalesce(nullif(b.message, ''), t.message, '') as message, coalesce(t.failed_test, '') as failed_test, t.failures
from built b full join tested t on t.model = b.model
order by b.started_at nulls last, b.layer, 2
"""


def builds_of(connection: psycopg.Connection, caller: str) -> list[Build]:
    """Read the builds that a run of a scheduler made, oldest first."""
    return _builds(connection, f"{BUILDS} where caller = %s and caller <> '' order by build_id", (caller,))


def last_builds(connection: psycopg.Connection, count: int) -> list[Build]:
    """Read the newest builds, newest first."""
    return _builds(connection, f"{BUILDS} order by build_id desc limit %s", (count,))


def model_lines(connection: psycopg.Connection, build_id: int) -> Sequence[ModelLine]:
    """Read the models of a build, in the order in which they began."""
    with connection.cursor(row_factory=class_row(ModelLine)) as cursor:
        cursor.execute(LINES.encode(), {"build": build_id})
        return cursor.fetchall()


def _builds(connection: psycopg.Connection, query: str, parameters: tuple[object, ...]) -> list[Build]:
    with connection.cursor(row_factory=class_row(Build)) as cursor:
        cursor.execute(query.encode(), parameters)
        return cursor.fetchall()
