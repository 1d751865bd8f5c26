"""Import, in a program that tasks are forked from, what tasks need: it is imported once, and its memory is shared."""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress

from province_data import judging
from province_data.contract.catalog import read_catalog
from province_data.errors import ProvinceDataError
from province_data.settings import Settings
from province_data.store.migrate import loaded_code

OF_AIRFLOW = (
    "airflow.dag_processing.dagbag",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.operators.empty",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.trigger_dagrun",
)
OF_OURS = ("province_data.steps", "province_data.store.story")


def import_for_tasks(settings: Settings) -> None:
    """Import what tasks import. Whatever is missing or broken here is told by the task that needs it, not by the scheduler's end."""
    for name in (*OF_AIRFLOW, *OF_OURS):
        with suppress(ImportError):
            importlib.import_module(name)
    with suppress(ImportError):
        judging.import_once()
    loaded_code()
    with suppress(ProvinceDataError, OSError):
        read_catalog(settings.project / "expectations")


def be_airflow() -> None:
    """Go on as `airflow`, with the words this program was started with."""
    sys.argv[0] = "airflow"
    importlib.import_module("airflow.__main__").main()
