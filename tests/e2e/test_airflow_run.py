"""Real Airflow, started as `province-data up` starts it, publishes what the command line publishes."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import psutil
import psycopg
import pytest
from psycopg import sql

from province_data import supervise
from province_data.errors import PublicationError
from province_data.settings import Settings
from province_data.store import embedded
from province_data.supervision import sessions, state
from province_data.supervision.airflow_database import DATABASE
from province_data.supervision.airflow_home import lock_file, password_file, state_file

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]

DATASETS = ("civil_status", "land", "population", "tax")
PROJECT = Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT / "examples" / "deliveries"
INGEST = tuple(f"ingest_{dataset}" for dataset in DATASETS)
HELD = "24"
"""The province whose second delivery of the register is so small that it is held."""
NUMBER = re.compile(rb"(?<![0-9A-Fa-f])0[0-9]{11}(?![0-9A-Fa-f])")
FINISHED = ("success", "failed")
RUN_SECONDS = 400.0
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Airflow:
    """A running Airflow, spoken to as the pages speak to it."""

    settings: Settings
    url: str
    token: str = field(repr=False)

    def ask(self, path: str, content: Mapping[str, Any] | None = None, method: str | None = None) -> Any:
        """Ask the programming interface."""
        body = json.dumps(content).encode() if content is not None else None
        request = urllib.request.Request(f"{self.url}{path}", data=body, headers={"Content-Type": "application/json"}, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with DIRECT.open(request, timeout=30) as answer:
            return json.load(answer)

    def open(self, path: str, *, logged_in: bool = True) -> tuple[int, str]:
        """Open a page as a browser does: the token is in a cookie."""
        request = urllib.request.Request(f"{self.url}{path}", headers={"Cookie": f"_token={self.token}"} if logged_in else {})
        try:
            with DIRECT.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, ""

    def runs(self, dag_id: str) -> dict[str, str]:
        """List the runs of a DAG with their states."""
        return {run["dag_run_id"]: run["state"] for run in self.ask(f"/api/v2/dags/{dag_id}/dagRuns?limit=50")["dag_runs"]}

    def trouble(self) -> list[str]:
        """List the tasks that did not go well, for the message of a failing test."""
        tasks = self.ask("/api/v2/dags/~/dagRuns/~/taskInstances?limit=200")["task_instances"]
        wrong = [t for t in tasks if t["state"] in ("failed", "up_for_retry", "upstream_failed")]
        return [f"{t['dag_id']}.{t['task_id']}[{t['map_index']}] {t['state']}: {self.last_words(t)}" for t in wrong]

    def last_words(self, task: Mapping[str, Any]) -> str:
        """Find the end of a task's log."""
        parts = (f"dag_id={task['dag_id']}", f"run_id={task['dag_run_id']}", f"task_id={task['task_id']}")
        folder = self.settings.home.joinpath("log", "airflow", *parts)
        logs = sorted(folder.rglob("*.log"), key=lambda path: path.stat().st_mtime)
        return logs[-1].read_text(errors="replace")[-1500:] if logs else "no log"


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


def free_port() -> int:
    """Choose a port nobody uses now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def wait_for(what: str, airflow: Airflow, true: Any, seconds: float) -> None:
    """Look again and again until `true()` holds; a failing task or the end of the time ends the test."""
    deadline = time.monotonic() + seconds
    while not true():
        trouble = airflow.trouble()
        assert not trouble, f"{what}:\n" + "\n".join(trouble)
        assert time.monotonic() < deadline, f"{what}: not after {seconds:.0f} s"
        time.sleep(1)


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


def open_loads(settings: Settings) -> int:
    """Count the loads that nobody has reported yet."""
    with psycopg.connect(warehouse_of(settings)) as connection:
        row = connection.execute("select count(*) from ops.load where status in ('running', 'judged')").fetchone()
        assert row is not None
        return int(row[0])


def warehouse_of(settings: Settings) -> str:
    server = embedded.status(settings.home)
    assert server is not None
    return embedded.dsn(server)


def published_rows(dsn: str) -> dict[str, tuple[int, str | None]]:
    """Count and digest every published table that holds provinces' rows."""
    found: dict[str, tuple[int, str | None]] = {}
    with psycopg.connect(dsn) as connection:
        for table in ("person", "household", "land_parcel", "land_right", "civil_event", "taxpayer"):
            query = sql.SQL("select count(*), md5(string_agg(t::text, chr(10) order by t::text)) from published.{} t")
            counted = connection.execute(query.format(sql.Identifier(table))).fetchone()
            assert counted is not None
            found[table] = (counted[0], counted[1])
    return found


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
        assert "Bản đồ trong ngày" in page
    reports = [finished.open(f"/quality/runs/ingest_land/{run_id}")[1] for run_id in finished.runs("ingest_land")]
    assert sum("Gia Lai" in page for page in reports) == 1
    assert all("chưa có lượt nạp nào" in page for page in reports if "Gia Lai" not in page)


def test_the_pages_stand_in_the_menu_and_on_every_run(finished: Airflow) -> None:
    [ours] = [plugin for plugin in finished.ask("/api/v2/plugins")["plugins"] if plugin["name"] == "quality_pages"]
    assert {view["destination"] for view in ours["external_views"]} == {"nav", "dag_run"}


@pytest.fixture(scope="module")
def viewer(finished: Airflow) -> Airflow:
    """Be somebody with the least role: the administrator's token, signed anew for a viewer with this installation's secret."""
    secret = (finished.settings.home / "secret" / "airflow.tokens").read_text().strip()
    claims = jwt.decode(finished.token, options={"verify_signature": False})
    token = jwt.encode(claims | {"sub": "viewer", "role": "VIEWER"}, secret, "HS512", jwt.get_unverified_header(finished.token))
    return Airflow(finished.settings, finished.url, token)


def refused(airflow: Airflow, path: str, content: Mapping[str, Any] | None = None, method: str | None = None) -> int:
    """Ask for what must not be given; returns how it was refused, 0 when it was not."""
    try:
        airflow.ask(path, content, method)
    except urllib.error.HTTPError as answer:
        return answer.code
    return 0


def people() -> set[str]:
    """Numbers and names of citizens in the deliveries."""
    lines = next((EXAMPLES / "civil_status").glob(f"*/{HELD}/*.ndjson")).read_text(encoding="utf-8").splitlines()
    named = (one for line in lines for one in leaves(json.loads(line)))
    return {value for key, value in named if key in ("soDinhDanh", "hoTen") and len(value) > 8}


def leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Walk through all values of a record."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, name)
    else:
        yield key, value


def test_a_viewer_reads_no_province_in_logs(viewer: Airflow) -> None:
    """A viewer may read logs; they hold counts and ids, and nobody."""
    known = people()
    assert len(known) > 300
    tasks = viewer.ask("/api/v2/dags/~/dagRuns/~/taskInstances?limit=200")["task_instances"]
    path = "/api/v2/dags/{dag_id}/dagRuns/{dag_run_id}/taskInstances/{task_id}/logs/{try_number}?map_index={map_index}&full_content=true"
    logs = [json.dumps(viewer.ask(path.format_map(t)), ensure_ascii=False) for t in tasks if t["try_number"] and t["state"] == "success"]
    assert sum("Bắc Ninh" in log for log in logs) >= 1
    assert [log[:80] for log in logs if any(one in log for one in known)] == []


def test_a_viewer_finds_no_value_and_no_secret(viewer: Airflow) -> None:
    for closed in ("connections", "variables", "config", "connections/province_data"):
        assert refused(viewer, f"/api/v2/{closed}") in (401, 403), closed
    tasks = json.dumps(viewer.ask("/api/v2/dags/~/dagRuns/~/taskInstances?limit=200"), ensure_ascii=False)
    runs = json.dumps(viewer.ask("/api/v2/dags/~/dagRuns?limit=100"), ensure_ascii=False)
    entries = json.dumps(viewer.ask("/api/v2/dags/~/dagRuns/~/taskInstances/~/xcomEntries?limit=200"), ensure_ascii=False)
    secrets = {f.read_text(errors="replace").strip() for f in (viewer.settings.home / "secret").iterdir() if f.is_file()}
    told = tasks + runs + entries
    assert [one for one in people() if one in told] == []
    assert sum(secret in told for secret in secrets) == 0


def test_a_viewer_starts_and_decides_nothing(viewer: Airflow) -> None:
    before = {dag_id: viewer.runs(dag_id) for dag_id in (*INGEST, "build_warehouse", "decide_held", "reload", "trace")}
    run, ingest = next(iter(before["decide_held"])), next(iter(before["ingest_land"]))
    answer = {"chosen_options": ["Công bố"], "params_input": {"reason": "x"}}
    for path, content, method in (
        ("dags/ingest_land/dagRuns", {"logical_date": None, "conf": {"source": "/"}}, "POST"),
        ("dags/trace/dagRuns", {"logical_date": None, "conf": {"request": "some-request"}}, "POST"),
        (f"dags/decide_held/dagRuns/{run}/taskInstances/ask/-1/hitlDetails", answer, "PATCH"),
        ("dags/ingest_land", {"is_paused": True}, "PATCH"),
        ("dags/ingest_land/clearTaskInstances", {"dry_run": False}, "POST"),
        (f"dags/ingest_land/dagRuns/{ingest}", {"state": "failed"}, "PATCH"),
        (f"dags/ingest_land/dagRuns/{ingest}", None, "DELETE"),
        ("connections", {"connection_id": "x", "conn_type": "http"}, "POST"),
        ("variables", {"key": "x", "value": "y"}, "POST"),
        ("pools", {"name": "x", "slots": 1}, "POST"),
        ("backfills", {"dag_id": "ingest_land", "from_date": "2026-01-01T00:00:00Z", "to_date": "2026-01-02T00:00:00Z"}, "POST"),
    ):
        assert refused(viewer, f"/api/v2/{path}", content, method) == 403, path
    assert {dag_id: viewer.runs(dag_id) for dag_id in before} == before
    claims = jwt.decode(viewer.token, options={"verify_signature": False}) | {"role": "ADMIN"}
    for forged in (jwt.encode(claims, "x" * 64, "HS512"), jwt.encode(claims, "", "none"), ""):
        assert refused(Airflow(viewer.settings, viewer.url, forged), "/api/v2/dags") in (401, 403)


def test_parameters_that_are_no_plain_words_are_refused(finished: Airflow) -> None:
    evil = ("24' or 1=1 --", "{{ conf }}", "../../secret", "24; drop table ops.load", "24/../19", "")
    asked = [("trace", {"request": text}) for text in evil]
    asked += [("decide_held", {"batch_id": text}) for text in evil]
    asked += [(f"ingest_{DATASETS[0]}", {"provinces": [text]}) for text in evil]
    for text in evil:
        asked += [("reload", {"dataset": "land", "province": text}), ("reload", {"dataset": text, "province": "24"})]
        asked += [("replay", {"dataset": "land", "province": "24", "as_of": text})]
    before = {dag_id: finished.runs(dag_id) for dag_id, _ in asked}
    for dag_id, conf in asked:
        assert refused(finished, f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}) in (400, 422), (dag_id, conf)
    assert {dag_id: finished.runs(dag_id) for dag_id in before} == before


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
