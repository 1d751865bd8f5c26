"""Airflow's home is made from our settings alone, and its secrets are nobody else's."""

from __future__ import annotations

import configparser
import socket
from pathlib import Path

import pytest

from province_data.errors import ContractError
from province_data.settings import Settings, read_settings
from province_data.supervision import airflow_home
from province_data.supervision.airflow_configuration import write_configuration


@pytest.fixture
def settings(tmp_path: Path, project: Path) -> Settings:
    return Settings(
        home=tmp_path, project=project, connections={"civil_status": "file:///deliveries"}, smtp_url="smtp://mail:25", workers=3
    )


def test_every_secret_is_ours_alone_and_kept(settings: Settings) -> None:
    first = airflow_home.prepare_home(settings, None)
    write_configuration(first, "postgresql://postgres:x@127.0.0.1:5/airflow")
    files = [*(settings.home / "secret").iterdir(), settings.home / "airflow" / "airflow.cfg"]
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    before = (settings.home / "airflow" / "airflow.cfg").read_text()
    second = airflow_home.prepare_home(settings, None)
    write_configuration(second, "postgresql://postgres:x@127.0.0.1:5/airflow")
    assert (settings.home / "airflow" / "airflow.cfg").read_text() == before
    assert (first.password_is_new, second.password_is_new) == (True, False)
    assert first.password not in repr(first)


def test_a_percent_sign_in_an_address_survives(settings: Settings) -> None:
    airflow = airflow_home.prepare_home(settings, None)
    write_configuration(airflow, "postgresql://postgres:a%2Fb@127.0.0.1:5/airflow")
    read = configparser.ConfigParser()
    read.read(airflow.folder / "airflow.cfg")
    assert read["database"]["sql_alchemy_conn"] == "postgresql+psycopg2://postgres:a%2Fb@127.0.0.1:5/airflow"


def test_another_installations_airflow_is_never_touched(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", "postgresql://production")
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", "smtp://production")
    monkeypatch.setenv("PROVINCE_DATA_HOME", "/elsewhere")
    environment = airflow_home.environment_of(settings, airflow_home.prepare_home(settings, None))
    assert [name for name in environment if name.startswith("AIRFLOW")] == ["AIRFLOW_HOME"]
    assert environment["AIRFLOW_HOME"] == str(settings.home / "airflow")


def test_the_settings_reach_the_tasks_unchanged(settings: Settings) -> None:
    airflow = airflow_home.prepare_home(settings, None)
    arrived = read_settings(airflow_home.environment_of(settings, airflow))
    assert (arrived.home, arrived.project, arrived.connections) == (settings.home, settings.project, settings.connections)
    assert (arrived.smtp_url, arrived.workers, arrived.page_url) == (settings.smtp_url, 3, f"{airflow.url}/quality/provinces/{{province}}")


def test_an_asked_for_port_that_is_taken_is_said_so_and_a_remembered_one_is_given_up(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ContractError, match=str(port)):
            airflow_home.prepare_home(settings, port)
        (settings.home / "airflow" / "port").write_text(str(port))
        assert airflow_home.prepare_home(settings, None).port != port
