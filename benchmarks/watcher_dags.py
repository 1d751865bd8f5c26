"""Build the same warehouse in two ways in Airflow: by one task that reports every model, and by Cosmos with a task for each model.

`watcher.py` puts this file into the folder of DAGs of an Airflow of its own, with what it needs to know beside it.
"""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, task
from cosmos import DbtTaskGroup, ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import ExecutionMode, LoadMode

KNOWN = json.loads((Path(__file__).parent / "watcher.json").read_text(encoding="utf-8"))
START = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))


@task
def build_and_report() -> None:
    """Do what the product's task does with dbt: build, and write every model and test into the ledger as it begins and ends."""
    from datetime import UTC

    from province_data.build import build
    from province_data.settings import read_settings
    from province_data.store.builds import noted
    from province_data.store.database import connected

    settings, now = read_settings(os.environ), datetime.now(UTC)
    with connected(KNOWN["dsn"]) as connection, noted(connection, KNOWN["load_id"], "benchmark", now) as notebook:
        build(KNOWN["dsn"], settings.project / "dbt_project", settings.home / "dbt", True, notebook.note)


with DAG("one_task", schedule=None, start_date=START, catchup=False):
    build_and_report()

with DAG("watcher", schedule=None, start_date=START, catchup=False):
    DbtTaskGroup(
        "dbt",
        project_config=ProjectConfig(
            dbt_project_path=KNOWN["project"],
            manifest_path=KNOWN["manifest"],
            install_dbt_deps=False,
            env_vars=KNOWN["environment"],
        ),
        profile_config=ProfileConfig(
            profile_name="province_data", target_name="warehouse", profiles_yml_filepath=Path(KNOWN["project"]) / "profiles.yml"
        ),
        execution_config=ExecutionConfig(execution_mode=ExecutionMode.WATCHER),
        render_config=RenderConfig(load_method=LoadMode.DBT_MANIFEST, emit_datasets=False),
        operator_args={"full_refresh": True, "dbt_cmd_flags": ["--exclude-resource-type", "unit_test"], "install_deps": False},
    )
