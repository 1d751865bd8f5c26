"""One Airflow for all files of this folder, started as `province-data up` starts it; the last file stops it."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
from tests.e2e.browser import Browser, open_browser
from tests.e2e.browser import is_there as browser_is_there
from tests.e2e.deliveries import first_and_second
from tests.e2e.site import (
    FINISHED,
    INGEST,
    PROJECT,
    RUN_SECONDS,
    SHARE,
    Airflow,
    Night,
    free_port,
    open_loads,
    published_rows,
    wait_for,
    warehouse_of,
)

from province_data import supervise
from province_data.errors import PublicationError
from province_data.settings import Settings
from province_data.supervision.airflow_home import password_file


@pytest.fixture(scope="session")
def airflow() -> Iterator[Airflow]:
    """Start everything; its password is told once."""
    home = Path(tempfile.mkdtemp(prefix="province-data-test-"))
    (home / SHARE).mkdir()
    settings = Settings(home=home, project=PROJECT, connections={"tax": (home / SHARE).as_uri()})
    said: list[str] = []
    try:
        started = time.monotonic()
        now = supervise.up(settings, ui_port=free_port(), say=said.append)
        print(f"up after {time.monotonic() - started:.0f} s")
        assert now.url is not None
        password = json.loads(password_file(home).read_text())["admin"]
        assert sum(password in line for line in said) == 1
        token = Airflow(settings, now.url, "").ask("/auth/token", {"username": "admin", "password": password})["access_token"]
        yield Airflow(settings, now.url, token)
    except PublicationError:
        print(*(f"{log}:\n{log.read_text(errors='replace')[-2000:]}" for log in sorted((home / "log").glob("*.log"))), sep="\n")
        raise
    finally:
        supervise.down(settings)
        shutil.rmtree(home)


@pytest.fixture(scope="session")
def night(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Trigger all four datasets, wait until they are published and reported, and keep what came of it: later tests load more.

    Airflow makes up for the last missed time at once; these scheduled runs find no source and end green with nothing done.
    """
    deliveries = first_and_second(tmp_path_factory.mktemp("deliveries"))

    def parsed() -> bool:
        return {*INGEST, "build_warehouse"} <= {dag["dag_id"] for dag in airflow.ask("/api/v2/dags?limit=100")["dags"]}

    def judged() -> bool:
        return all(state in FINISHED for dag_id in INGEST for state in airflow.runs(dag_id).values())

    def published() -> bool:
        return "success" in airflow.runs("build_warehouse").values() and open_loads(airflow.settings) == 0

    wait_for("DAGs parsed", airflow, parsed, 60)
    started = time.monotonic()
    for dag_id in INGEST:
        airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {"source": deliveries}})
    wait_for("four datasets judged", airflow, judged, RUN_SECONDS)
    print(f"judged after {time.monotonic() - started:.0f} s")
    wait_for("warehouse published", airflow, published, RUN_SECONDS)
    print(f"published after {time.monotonic() - started:.0f} s")

    return Night(airflow, deliveries, published_rows(warehouse_of(airflow.settings)))


@pytest.fixture(scope="session")
def finished(night: Night) -> Airflow:
    """Give an Airflow that has loaded, judged and published the examples."""
    return night.airflow


@pytest.fixture(scope="session")
def first_runs(finished: Airflow) -> dict[str, tuple[str, ...]]:
    """Wait until all that the first loads caused has ended, also builds that find nothing left; gives the runs of each DAG."""

    def states() -> set[str]:
        return {state for dag_id in (*INGEST, "build_warehouse") for state in finished.runs(dag_id).values()}

    wait_for("every run ended well", finished, lambda: states() == {"success"}, RUN_SECONDS)
    return {dag_id: tuple(finished.runs(dag_id)) for dag_id in (*INGEST, "build_warehouse")}


@pytest.fixture(scope="session")
def viewer(finished: Airflow) -> Airflow:
    """Be somebody with the least role: the administrator's token, signed anew for a viewer with this installation's secret."""
    secret = (finished.settings.home / "secret" / "airflow.tokens").read_text().strip()
    claims = jwt.decode(finished.token, options={"verify_signature": False})
    token = jwt.encode(claims | {"sub": "viewer", "role": "VIEWER"}, secret, "HS512", jwt.get_unverified_header(finished.token))
    return Airflow(finished.settings, finished.url, token)


@pytest.fixture
def browser(window: Browser) -> Iterator[Browser]:
    """Give a browser in which somebody has logged in; afterwards no page is left open, which would ask for news all the time."""
    yield window
    window.open("about:blank")


@pytest.fixture(scope="session")
def window(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Open a browser and log in."""
    if not browser_is_there():
        pytest.skip("no browser on this machine: apt-get install chromium chromium-driver")
    with open_browser(tmp_path_factory.mktemp("browser")) as window:
        window.open(f"{airflow.url}/")
        window.type("//input[@name='username']", "admin")
        window.type("//input[@name='password']", json.loads(password_file(airflow.settings.home).read_text())["admin"])
        window.click("//button[@type='submit']")
        window.find("//*[contains(., 'Chất lượng dữ liệu')]")
        yield window
