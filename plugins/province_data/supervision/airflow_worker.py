"""Be a queue worker of Airflow, with everything imported that its tasks need: its pool is forked from it, and each task from the pool.

In place of `airflow celery worker`, with the same words: `python -m province_data.supervision.airflow_worker celery worker`.
"""

from __future__ import annotations

import os

from province_data.settings import read_settings
from province_data.supervision.airflow_preload import be_airflow, import_for_tasks


def main() -> None:
    """Import, and go on as the worker."""
    import_for_tasks(read_settings(os.environ))
    be_airflow()


if __name__ == "__main__":
    main()
