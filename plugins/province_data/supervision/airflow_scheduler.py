"""Be Airflow's scheduler, with everything imported that its tasks need: they are forked from it and begin at once.

Started by the supervisor in place of `airflow scheduler`, with the same words after it. The LocalExecutor forks its workers from the
scheduler and every task from a worker: what is imported here is imported once, and its memory is shared. Declarations are
read here too; a task reads them again only when a byte of them has changed.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from contextlib import suppress

from province_data import judging
from province_data.contract.catalog import read_catalog
from province_data.errors import ProvinceDataError
from province_data.settings import Settings, read_settings
from province_data.store.migrate import loaded_code
from province_data.supervision.airflow_api import read_health
from province_data.supervision.airflow_home import read_home

OF_AIRFLOW = (
    "airflow.dag_processing.dagbag",
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "airflow.providers.standard.operators.empty",
    "airflow.providers.standard.operators.hitl",
    "airflow.providers.standard.operators.trigger_dagrun",
)
OF_OURS = ("province_data.steps", "province_data.store.story")
LOOK_SECONDS = 0.2


def main() -> None:
    """Import, wait for the api-server, which tasks must reach at once, and go on as the scheduler."""
    settings = read_settings(os.environ)
    import_for_tasks(settings)
    _wait_for_api_server(settings)
    sys.argv[0] = "airflow"
    importlib.import_module("airflow.__main__").main()


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


def _wait_for_api_server(settings: Settings) -> None:
    airflow = read_home(settings)
    while airflow is not None and read_health(airflow)["metadatabase"] != "healthy":
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
