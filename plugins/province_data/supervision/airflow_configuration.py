"""Write Airflow's configuration: this machine only, our folders, our database, few processes, patience."""

from __future__ import annotations

import base64
import configparser
import secrets
from collections.abc import Mapping

from province_data.supervision.airflow_home import HOST, USER, AirflowHome, keep_secret, password_file

PARALLELISM = 4

Section = Mapping[str, object]


def write_configuration(airflow: AirflowHome, database: str) -> None:
    """Write `airflow.cfg`, readable by us alone; `database` is the libpq address of Airflow's own database."""
    sections = {"core": _core(airflow), "database": _database(database), "api": _pages(airflow)} | _secrets(airflow) | _rest(airflow)
    parser = configparser.ConfigParser(interpolation=None)
    for section, values in sections.items():
        parser[section] = {name: str(value).replace("%", "%%") for name, value in values.items()}
    path = airflow.folder / "airflow.cfg"
    path.touch(mode=0o600)
    with path.open("w") as file:
        file.write("# Written at every `province-data up`.\n\n")
        parser.write(file)


def _core(airflow: AirflowHome) -> Section:
    return {
        "dags_folder": airflow.project / "dags",
        "plugins_folder": airflow.project / "plugins",
        "executor": "LocalExecutor",
        "parallelism": PARALLELISM,
        "load_examples": False,
        "dags_are_paused_at_creation": False,
        "default_timezone": "Asia/Ho_Chi_Minh",
        "dagbag_import_timeout": 120,
        "auth_manager": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "simple_auth_manager_users": f"{USER}:admin",
        "simple_auth_manager_passwords_file": password_file(airflow.home),
        "execution_api_server_url": f"{airflow.url}/execution/",
        "fernet_key": keep_secret(airflow.home / "secret" / "airflow.fernet", base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()),
    }


def _database(address: str) -> Section:
    """Name both drivers: SQLAlchemy 2.1 takes a bare postgresql:// for psycopg 3, and derives an async one we do not have."""
    rest = address.removeprefix("postgresql")
    return {
        "sql_alchemy_conn": f"postgresql+psycopg2{rest}",
        "sql_alchemy_conn_async": f"postgresql+psycopg{rest}",
        "sql_alchemy_pool_size": 3,
    }


def _pages(airflow: AirflowHome) -> Section:
    return {
        "host": HOST,
        "port": airflow.port,
        "base_url": airflow.url,
        "workers": 1,
        "worker_timeout": 30,
        "expose_config": False,
        "instance_name": "Dữ liệu dùng chung các tỉnh, thành phố",
        "secret_key": keep_secret(airflow.home / "secret" / "airflow.pages", secrets.token_hex(32)),
    }


def _secrets(airflow: AirflowHome) -> dict[str, Section]:
    return {"api_auth": {"jwt_secret": keep_secret(airflow.home / "secret" / "airflow.tokens", secrets.token_hex(32))}}


def _rest(airflow: AirflowHome) -> dict[str, Section]:
    logs = airflow.logs / "airflow"
    return {
        "logging": {
            "base_log_folder": logs,
            "dag_processor_child_process_log_directory": logs / "dag_processor",
            "colored_console_log": False,
        },
        # A machine with two busy cores answers late; that is no reason to give a task up.
        "workers": {
            "execution_api_timeout": 60,
            "execution_api_retries": 10,
            "execution_api_retry_wait_max": 20,
            "max_failed_heartbeats": 10,
        },
        "dag_processor": {"parsing_processes": 1, "print_stats_interval": 0, "dag_file_processor_timeout": 180},
        "scheduler": {"enable_health_check": False, "scheduler_health_check_threshold": 60},
        "triggerer": {"triggerer_health_check_threshold": 60},
        "cosmos": {"enable_telemetry": False},
    }
