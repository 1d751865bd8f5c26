"""Be Airflow's scheduler, with everything imported that its tasks need: they are forked from it and begin at once.

Started by the supervisor in place of `airflow scheduler`, with the same words after it. The LocalExecutor forks its workers from the
scheduler and every task from a worker. Declarations are read here too; a task reads them again only when a byte of them has changed.
"""

from __future__ import annotations

import os
import time

from province_data.settings import Settings, read_settings
from province_data.supervision.airflow_api import read_health
from province_data.supervision.airflow_home import read_home
from province_data.supervision.airflow_preload import be_airflow, import_for_tasks

LOOK_SECONDS = 0.2


def main() -> None:
    """Import, wait for the api-server, which tasks must reach at once, and go on as the scheduler."""
    settings = read_settings(os.environ)
    import_for_tasks(settings)
    _wait_for_api_server(settings)
    be_airflow()


def _wait_for_api_server(settings: Settings) -> None:
    airflow = read_home(settings)
    while airflow is not None and read_health(airflow)["metadatabase"] != "healthy":
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    main()
