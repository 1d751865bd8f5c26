"""Real Airflow, started as `province-data up` starts it, publishes what the command line publishes."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from tests.e2e.site import (
    DATASETS,
    EXAMPLES,
    FINISHED,
    INGEST,
    PROJECT,
    Airflow,
    free_port,
    open_loads,
    published_rows,
    wait_for,
    warehouse_of,
)

from province_data import supervise
from province_data.errors import PublicationError
from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision import sessions, state
from province_data.supervision.airflow_database import DATABASE
from province_data.supervision.airflow_home import lock_file, password_file, state_file

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

HELD = "24"
"""The province whose second delivery of the register is so small that it is held."""
NUMBER = re.compile(rb"(?<![0-9A-Fa-f])0[0-9]{11}(?![0-9A-Fa-f])")
RUN_SECONDS = 400.0


@pytest.fixture(scope="module")
def airflow() -> Iterator[Airflow]:
    home = Path(tempfile.mkdtemp(prefix="province-data-test-"))
    settings = Settings(home=home, project=PROJECT)
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


@pytest.fixture(scope="module")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the example deliveries, and second ones that wait behind the first: one entry less, and so few that it is held."""
    folder = tmp_path_factory.mktemp("deliveries")
    for dataset in DATASETS:
        shutil.copytree(EXAMPLES / dataset, folder / dataset)
    deliver_again(folder / "civil_status", "19", lambda lines: lines[:-1])
    deliver_again(folder / "civil_status", HELD, lambda lines: lines[: len(lines) // 3])
    return str(folder)


def deliver_again(dataset: Path, province: str, keep: Callable[[list[bytes]], list[bytes]]) -> None:
    """Write a province's next delivery of the register, with what `keep` leaves of it."""
    first, second = dataset / "2026-10-31" / province, dataset / "2026-11-07" / province
    second.mkdir(parents=True)
    lines = keep((first / "ho_tich.ndjson").read_bytes().splitlines(keepends=True))
    content = b"".join(lines)
    (second / "ho_tich.ndjson").write_bytes(content)
    manifest = json.loads((first / "manifest.json").read_text())
    manifest |= {"as_of": "2026-11-07", "extracted_at": "2026-11-08T01:10:00+07:00", "sequence_no": manifest["sequence_no"] + 1}
    manifest["files"][0] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "records": len(lines)}
    (second / "manifest.json").write_text(json.dumps(manifest))


@pytest.fixture(scope="module")
def finished(airflow: Airflow, deliveries: str) -> Airflow:
    """Trigger all four datasets and wait until all they cause has ended.

    Airflow makes up for the last missed time at once; these scheduled runs find no source and end green with nothing done.
    """

    def parsed() -> bool:
        return {*INGEST, "build_warehouse"} <= {dag["dag_id"] for dag in airflow.ask("/api/v2/dags?limit=100")["dags"]}

    def judged() -> bool:
        return all(state in FINISHED for dag_id in INGEST for state in airflow.runs(dag_id).values())

    def published() -> bool:
        states = airflow.runs("build_warehouse").values()
        return bool(states) and all(state in FINISHED for state in states) and open_loads(airflow.settings) == 0

    wait_for("DAGs parsed", airflow, parsed, 60)
    started = time.monotonic()
    for dag_id in INGEST:
        airflow.ask(f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": {"source": deliveries}})
    wait_for("four datasets judged", airflow, judged, RUN_SECONDS)
    print(f"judged after {time.monotonic() - started:.0f} s")
    wait_for("warehouse published", airflow, published, RUN_SECONDS)
    print(f"published after {time.monotonic() - started:.0f} s")
    return airflow


def test_every_run_ended_well(finished: Airflow) -> None:
    def states() -> set[str]:
        return {state for dag_id in (*INGEST, "build_warehouse") for state in finished.runs(dag_id).values()}

    # The last event may still be turned into a run, so one look decides, not two.
    wait_for("every run ended well", finished, lambda: states() == {"success"}, 120)


def test_a_province_that_sent_twice_gets_a_second_round(finished: Airflow) -> None:
    tasks = finished.ask("/api/v2/dags/ingest_civil_status/dagRuns/~/taskInstances?limit=50")["task_instances"]
    loads = [t["rendered_map_index"] for t in tasks if t["task_id"] == "load" and t["map_index"] >= 0]
    assert sorted(loads) == sorted(["Thái Nguyên", "Bắc Ninh", "Gia Lai", "Thái Nguyên", "Bắc Ninh"])


def test_each_province_is_one_named_task(finished: Airflow) -> None:
    tasks = finished.ask("/api/v2/dags/ingest_land/dagRuns/~/taskInstances?limit=50")["task_instances"]
    names = {t["rendered_map_index"] for t in tasks if t["task_id"] == "load" and t["map_index"] >= 0}
    assert names == {"Thái Nguyên", "Bắc Ninh", "Gia Lai"}


def test_what_passes_between_tasks_is_ids_and_codes_only(finished: Airflow) -> None:
    entries = finished.ask("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=200")["xcom_entries"]
    path = "/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}?map_index={map_index}"
    values = [finished.ask(path.format_map(e))["value"] for e in entries if e["key"] == "return_value"]
    given = [json.loads(value) if isinstance(value, str) else value for value in values]
    follow_ups = [one for value in given if isinstance(value, list) for one in value if "trigger_dag_id" in one]
    assert {one["trigger_dag_id"] for one in follow_ups} == {"ingest_civil_status", "decide_held"}
    assert {key for one in follow_ups for key in one["conf"]} == {"source", "provinces", "batch_id", "province"}
    pulled = [value for value in given if not (value and isinstance(value, list) and "trigger_dag_id" in value[0])]
    batches = [value for value in pulled if isinstance(value, list) and value]
    assert len(batches) == len(INGEST) + 1
    assert {key for due in batches for one in due for key in one} == {"batch_id", "province_code"}
    assert all(value in ([], True, False) or value in batches for value in pulled)


def test_a_person_returns_the_held_batch_in_the_form(finished: Airflow) -> None:
    """Runs before the warehouse is compared: returned, the batch leaves what is published as it is."""

    def asked() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = finished.ask("/api/v2/dags/decide_held/dagRuns/~/hitlDetails?response_received=false")["hitl_details"]
        return found

    wait_for("question asked", finished, asked, 60)
    [question] = asked()
    assert "Bắc Ninh" in question["body"]
    assert "DLV-008" in question["body"]
    run = question["task_instance"]["dag_run_id"]
    answer = {"chosen_options": ["Trả lại nơi gửi"], "params_input": {"reason": "thiếu hai phần ba"}}
    finished.ask(f"/api/v2/dags/decide_held/dagRuns/{run}/taskInstances/ask/-1/hitlDetails", answer, "PATCH")
    wait_for("answer carried out", finished, lambda: finished.runs("decide_held")[run] == "success", 60)
    with psycopg.connect(warehouse_of(finished.settings)) as connection:
        made = connection.execute("select d.choice, d.decided_by, d.reason, b.status from ops.decision d join ops.batch b using (batch_id)")
        assert made.fetchall() == [("return", "admin", "thiếu hai phần ba", "refused")]
        letters = connection.execute("select province_code, topic <> '' from ops.mail_letter where plain like '%%thiếu hai phần ba%%'")
        assert ("24", False) in letters.fetchall()


def test_no_citizens_number_is_in_what_airflow_keeps(finished: Airflow) -> None:
    people = gzip.decompress(next((EXAMPLES / "population").glob(f"*/{HELD}/*.gz")).read_bytes())
    register = next((EXAMPLES / "civil_status").glob(f"*/{HELD}/*.ndjson")).read_bytes()
    numbers = set(NUMBER.findall(people + register))
    assert len(numbers) > 300
    kept = {str(f): f.read_bytes() for f in (finished.settings.home / "log").rglob("*") if f.is_file()}
    server = embedded.status(finished.settings.home)
    assert server is not None
    with psycopg.connect(embedded.dsn(server, DATABASE)) as connection:
        tables = connection.execute(
            "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        )
        for (table,) in tables.fetchall():
            rows = connection.execute(f"select t::text from {table} t".encode()).fetchall()
            kept[str(table)] = "\n".join(str(row) for (row,) in rows).encode()
    assert len(kept) > 60
    assert {name for name, content in kept.items() if numbers & set(NUMBER.findall(content))} == set()


def test_airflow_publishes_what_the_command_line_publishes(finished: Airflow, deliveries: str, database_dsn: str, tmp_path: Path) -> None:
    from province_data.pipeline import run_all

    # The keys that stand for identifiers are made with the installation's secret.
    shutil.copytree(finished.settings.home / "secret", tmp_path / "secret")
    run_all(Settings(home=tmp_path, project=PROJECT, dsn=database_dsn), datetime.now(UTC), lambda line: None, source=deliveries)
    by_hand = published_rows(database_dsn)
    assert by_hand["person"][0] > 0
    assert published_rows(warehouse_of(finished.settings)) == by_hand


def test_the_quality_pages_open_for_who_is_logged_in(finished: Airflow) -> None:
    run_id = next(iter(finished.runs("build_warehouse")))
    for address in ("/quality/", "/quality/provinces/24", f"/quality/runs/build_warehouse/{run_id}"):
        assert finished.open(address, logged_in=False)[0] == 401
        status, page = finished.open(address)
        assert status == 200
        assert "Bản đồ ngày" in page
    reports = [finished.open(f"/quality/runs/ingest_land/{run_id}")[1] for run_id in finished.runs("ingest_land")]
    assert sum("Gia Lai" in page for page in reports) == 1
    assert all("chưa có lượt nạp nào" in page for page in reports if "Gia Lai" not in page)


def test_the_pages_stand_in_the_menu_and_on_every_run(finished: Airflow) -> None:
    [ours] = [plugin for plugin in finished.ask("/api/v2/plugins")["plugins"] if plugin["name"] == "quality_pages"]
    assert {view["destination"] for view in ours["external_views"]} == {"nav", "dag_run"}


def test_a_killed_part_comes_back(airflow: Airflow) -> None:
    before = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
    psutil.Process(before.session.sid).kill()

    def is_back() -> bool:
        now = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
        return now.restarts == before.restarts + 1 and sessions.is_leader_alive(now.session)

    wait_for("triggerer restarted", airflow, is_back, 30)


def test_down_leaves_no_process(airflow: Airflow) -> None:
    home = airflow.settings.home
    written = state.read_state(state_file(home))
    assert written.supervisor is not None
    all_sessions = [written.supervisor, *(member.session for member in written.members.values())]
    server = embedded.status(home)
    assert server is not None
    assert supervise.down(airflow.settings)
    assert [process for session in all_sessions for process in sessions.members(session)] == []
    assert embedded.status(home) is None
    assert not psutil.pid_exists(server.pid) or psutil.Process(server.pid).status() == psutil.STATUS_ZOMBIE
    assert not state.is_held(lock_file(home))
    assert not supervise.down(airflow.settings)
