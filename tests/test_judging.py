"""Judges are started wherever a step runs."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from province_data import judging


@pytest.fixture
def marked_childless(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Be, for the time of a test, what a queue's worker makes of the processes of its pool; and have imported what judges need."""
    monkeypatch.setattr(judging, "_is_imported", True)
    multiprocessing.current_process().daemon = True
    yield
    multiprocessing.current_process().daemon = False


@pytest.mark.usefixtures("marked_childless")
def test_judges_are_forked_below_a_queues_worker_too(project: Path) -> None:
    with judging.JudgePool(project / "expectations", 1) as pool:
        pool.warm_up()
        assert pool._pool is not None
        assert pool._pool.submit(os.getpid).result() != os.getpid()
