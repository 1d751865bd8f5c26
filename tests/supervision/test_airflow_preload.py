"""What tasks are forked from imports what there is, and starts whatever is missing."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from province_data import judging
from province_data.settings import Settings
from province_data.supervision import airflow_preload


def test_every_module_that_tasks_need_exists() -> None:
    names = (*airflow_preload.OF_AIRFLOW, *airflow_preload.OF_OURS, judging.SUITE)
    assert [name for name in names if not is_there(name)] == []


def is_there(name: str) -> bool:
    """Look for a module's file; importing would take seconds."""
    package = find_spec(name.partition(".")[0])
    assert package is not None
    return any(
        Path(place).parent.joinpath(*name.split(".")).with_suffix(".py").is_file() for place in package.submodule_search_locations or ()
    )


def test_a_missing_module_and_a_broken_declaration_are_left_to_the_tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(airflow_preload, "OF_AIRFLOW", ("airflow.no_more_there",))
    monkeypatch.setattr(judging, "SUITE", "province_data.no_more_there")
    airflow_preload.import_for_tasks(Settings(home=tmp_path, project=tmp_path))
