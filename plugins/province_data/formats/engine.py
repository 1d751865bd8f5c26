"""Run DuckDB on one block at a time, two blocks at once, locked into a scratch folder.

The engine is fast, not trusted: it only gets blocks whose form was proven, and its answer counts only if it agrees
with the proof. Whatever else happens in it gives None, and the block is read the exact way. Its error texts quote the
input and are therefore dropped.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import TracebackType

import duckdb

# Two blocks at once, each on one thread: threads inside a block of this size only wait for each other.
WORKERS = 2
MEMORY = "512MB"
Job = Callable[[duckdb.DuckDBPyConnection, Path, Path], bool]


class Engine:
    """Hold one DuckDB that can read and write its own temporary folder and nothing else."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._folder: Path | None = None
        self._database: duckdb.DuckDBPyConnection | None = None
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="blocks")
        self._numbers = count()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None and self._database is not None:
            self._database.interrupt()
        self._workers.shutdown(wait=True, cancel_futures=True)
        if self._database is not None:
            self._database.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def submit(self, block: bytes, job: Job) -> Future[Path | None]:
        """Start a job on a block; it gives the file with the CSV it wrote, or None if it did not confirm the proof."""
        if self._database is None:
            self._folder = Path(tempfile.mkdtemp(prefix="blocks-", dir=self._scratch)).resolve()
            self._database = _open(self._folder)
        return self._workers.submit(self._run, self._database, self._folder, block, job)

    def _run(self, database: duckdb.DuckDBPyConnection, folder: Path | None, block: bytes, job: Job) -> Path | None:
        assert folder is not None
        number = next(self._numbers)
        source, target = folder / f"{number}.in", folder / f"{number}.out"
        confirmed = False
        with suppress(duckdb.Error, OSError), database.cursor() as cursor:
            source.write_bytes(block)
            confirmed = job(cursor, source, target)
        source.unlink(missing_ok=True)
        if not confirmed:
            target.unlink(missing_ok=True)
        return target if confirmed else None


def _open(folder: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect(
        config={
            "memory_limit": MEMORY,
            "threads": 1,
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
    )
    database.execute(f"set allowed_directories = [{literal(str(folder))}]")
    database.execute("set enable_external_access = false")
    database.execute("set lock_configuration = true")
    return database


def literal(text: str) -> str:
    """Write a text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def identifier(text: str) -> str:
    """Write a name as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def copy_to(query: str, target: Path) -> str:
    """Write the statement that puts the rows of a query into a file as CSV, in order."""
    return f"copy ({query}) to {literal(str(target))} (format csv, header false, use_tmp_file false)"
