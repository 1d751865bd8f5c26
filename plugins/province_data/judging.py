"""Keep the processes in which Great Expectations judges: imported once, used for every dataset of a run."""

from __future__ import annotations

import importlib
import logging
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import forkserver
from pathlib import Path
from types import TracebackType

from province_data.errors import ContractError
from province_data.quality.engine import Judgement, judge_dataset, judge_sets

SUITE = "province_data.quality.suite"
"""Imports Great Expectations, which takes seconds: done once by the server that the judging processes are forked from."""
_is_imported = False


def import_once() -> None:
    """Import Great Expectations here, for all that are forked from this program and judge; it must have no thread of its own."""
    global _is_imported
    importlib.import_module(SUITE)
    # What it tells of itself would stand in the log of whoever forks a judge; one logger of it sets its own level when imported.
    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.WARNING)
    _is_imported = True


class JudgePool:
    """A few processes forked from one that has imported Great Expectations; the import overlaps with loading.

    Below a program that did `import_once` they are forked from the caller itself, which has it already.
    """

    def __init__(self, expectations: Path, workers: int) -> None:
        if not expectations.is_dir():
            raise ContractError("there is no folder of declarations", where=str(expectations.parent), expected="expectations/")
        self._expectations = expectations
        self._workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> JudgePool:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _processes(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self.warm_up()
        if self._pool is None:
            self._pool = self._executor("forkserver")
        return self._pool

    def _executor(self, method: str) -> ProcessPoolExecutor:
        """Make the pool, also below a queue's worker, whose processes bear a mark that they have no children; a task inherits it.

        Judges end with the task, so nothing is left behind that the mark should prevent.
        """
        multiprocessing.current_process().daemon = False
        return ProcessPoolExecutor(max_workers=self._workers, mp_context=multiprocessing.get_context(method))

    def warm_up(self) -> None:
        """Begin importing Great Expectations and return at once; only the first judgement waits until that is done.

        Where it is imported, fork at once: before there is a connection or a thread that a fork had better not take along.
        """
        if not _is_imported:
            forkserver.set_forkserver_preload([SUITE])
            forkserver.ensure_running()
        elif self._pool is None:
            self._pool = self._executor("fork")
            self._pool.submit(os.getpid).result()

    def judge(self, dsn: str, dataset: str) -> Future[list[Judgement]]:
        """Start judging what is staged of a dataset."""
        return self._processes().submit(judge_dataset, dsn, self._expectations, dataset)

    def judge_sets(self, dsn: str) -> dict[str, int | None]:
        """Judge the verdicts of the set rules and wait for the counts."""
        return self._processes().submit(judge_sets, dsn, self._expectations).result()
