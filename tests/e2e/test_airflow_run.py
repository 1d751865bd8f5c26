"""Real Airflow, started as `province-data up` starts it, publishes what the command line publishes."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import tempfile
import time
import urllib.error
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jwt
import psutil
import psycopg
import pytest
from tests.e2e.browser import Browser, open_browser
from tests.e2e.browser import is_there as browser_is_there
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

HELD, UNANSWERED = "24", "52"
"""The provinces whose second deliveries of the register are so small that they are held; about one of them nobody decides."""
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
    for province in (HELD, UNANSWERED):
        deliver_again(folder / "civil_status", province, lambda lines: lines[: len(lines) // 3])
    return str(folder)


def deliver_again(
    dataset: Path, province: str, keep: Callable[[list[bytes]], list[bytes]], day: str = "2026-11-07", number: int = 1
) -> None:
    """Write a province's next delivery of the register, as of a day, with what `keep` leaves of the first one."""
    first, second = EXAMPLES / "civil_status" / "2026-10-31" / province, dataset / day / province
    second.mkdir(parents=True)
    lines = keep((first / "ho_tich.ndjson").read_bytes().splitlines(keepends=True))
    content = b"".join(lines)
    (second / "ho_tich.ndjson").write_bytes(content)
    manifest = json.loads((first / "manifest.json").read_text())
    manifest |= {"as_of": day, "extracted_at": f"{day}T23:10:00+07:00", "sequence_no": manifest["sequence_no"] + number}
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
    assert sorted(loads) == sorted(["Thái Nguyên", "Bắc Ninh", "Gia Lai"] * 2)


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
    assert {key for one in follow_ups for key in one["conf"]} == {"source", "provinces", "until", "batch_id", "province"}
    pulled = [value for value in given if not (value and isinstance(value, list) and "trigger_dag_id" in value[0])]
    batches = [value for value in pulled if isinstance(value, list) and value]
    assert len(batches) == len(INGEST) + 1
    assert {key for due in batches for one in due for key in one} == {"batch_id", "province_code"}
    assert all(value in ([], True, False) or value in batches for value in pulled)


@pytest.fixture(scope="module")
def browser(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Give a browser in which somebody has logged in."""
    if not browser_is_there():
        pytest.skip("no browser on this machine: apt-get install chromium chromium-driver")
    with open_browser(tmp_path_factory.mktemp("browser")) as window:
        window.open(f"{airflow.url}/")
        window.type("//input[@name='username']", "admin")
        window.type("//input[@name='password']", json.loads(password_file(airflow.settings.home).read_text())["admin"])
        window.click("//button[@type='submit']")
        window.find("//*[contains(., 'Chất lượng dữ liệu')]")
        yield window


def question_about(airflow: Airflow, province: str) -> dict[str, Any] | None:
    """Find the question about a province's held batch."""
    path = "/api/v2/dags/decide_held/dagRuns/~/hitlDetails?response_received=false"
    found = [one for one in airflow.ask(path)["hitl_details"] if province in one["body"]]
    return found[0] if found else None


def letters(airflow: Airflow, topic: str = "") -> list[tuple[str, str, str]]:
    """Read the mails whose topic begins so: province, subject, text without its line breaks."""
    query = "select province_code, subject, plain from ops.mail_letter where topic like %s order by created_at"
    with psycopg.connect(warehouse_of(airflow.settings)) as connection:
        found = connection.execute(query, (f"{topic}%",)).fetchall()
    return [(code, subject, " ".join(text.split())) for code, subject, text in found]


def decisions(airflow: Airflow, province: str) -> list[tuple[Any, ...]]:
    """Read what was decided about a province's held batches."""
    query = (
        "select d.choice, d.decided_by, d.reason, b.status from ops.decision d join ops.batch b using (batch_id) where b.province_code = %s"
    )
    with psycopg.connect(warehouse_of(airflow.settings)) as connection:
        return connection.execute(query, (province,)).fetchall()


def test_a_person_opens_the_mails_link_and_returns_the_held_batch(finished: Airflow, browser: Browser) -> None:
    """Runs before the warehouse is compared: returned, the batch leaves what is published as it is."""
    wait_for("question asked", finished, lambda: question_about(finished, "Bắc Ninh"), 120)
    wait_for("mail written", finished, lambda: any("Bắc Ninh" in subject for _, subject, _ in letters(finished, "held-")), 60)
    text = next(text for code, subject, text in letters(finished, "held-") if code == "00" and "Bắc Ninh" in subject)
    link = next(word for word in text.split() if word.startswith(f"{finished.url}/dags/decide_held/"))
    browser.open(link)
    browser.find("//*[contains(., 'DLV-008')]")
    browser.type("//*[@id='element_reason']", "thiếu hai phần ba")
    browser.click("//button[contains(., 'Trả lại nơi gửi')]")
    run = next(run_id for run_id in finished.runs("decide_held") if run_id in link)
    wait_for("answer carried out", finished, lambda: finished.runs("decide_held")[run] == "success", 120)
    assert decisions(finished, HELD) == [("return", "admin", "thiếu hai phần ba", "refused")]
    assert any(code == HELD and "thiếu hai phần ba" in text for code, _, text in letters(finished))


def test_after_a_day_without_an_answer_the_batch_goes_back_to_its_sender(finished: Airflow) -> None:
    wait_for("question asked", finished, lambda: question_about(finished, "Gia Lai"), 120)
    question = question_about(finished, "Gia Lai")
    assert question is not None
    run = question["task_instance"]["dag_run_id"]
    asked = "dag_id = 'decide_held' and task_id = 'ask' and run_id = %s"
    waits = f"select extract(epoch from trigger_timeout - start_date) from task_instance where {asked}"
    [(seconds,)] = in_airflows_database(finished, waits, run)
    assert 86_000 < seconds < 87_600
    move = f"update task_instance set trigger_timeout = trigger_timeout - interval '24 hours' where {asked} returning 1"
    in_airflows_database(finished, move, run)
    wait_for("default carried out", finished, lambda: finished.runs("decide_held")[run] == "success", 180)
    [(choice, by, reason, status)] = decisions(finished, UNANSWERED)
    assert (choice, by, status) == ("return", "hết 24 giờ, không ai quyết định", "refused")
    assert any(code == UNANSWERED and reason in text for code, _, text in letters(finished))


def in_airflows_database(airflow: Airflow, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Move Airflow's clock: change the moment that it waits for, in its own database."""
    server = embedded.status(airflow.settings.home)
    assert server is not None
    with psycopg.connect(embedded.dsn(server, DATABASE)) as connection:
        return connection.execute(statement.encode(), parameters).fetchall()


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


def test_every_tasks_log_tells_its_story_in_ten_lines_without_a_stack_trace(finished: Airflow) -> None:
    """Also of batches that were held: a verdict about data is no trouble of the system."""
    folder = finished.settings.home / "log" / "airflow"
    logs = [log for dag_id in (*INGEST, "build_warehouse") for log in folder.glob(f"dag_id={dag_id}/**/*.log")]
    assert len(logs) > 20
    held = 0
    for log in logs:
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert [event for event in events if event["level"] in ("error", "critical") or "error_detail" in event] == [], log
        story = [event["event"] for event in events if event.get("logger") == "province_data"]
        assert len(story) <= 10, log
        if story:
            assert "giây" in story[-1]
        held += sum("TẠM GIỮ" in line for line in story)
    assert held == 2


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
    before = {dag_id: viewer.runs(dag_id) for dag_id in (*INGEST, "build_warehouse", "decide_held", "reload", "erase_or_trace")}
    run, ingest = next(iter(before["decide_held"])), next(iter(before["ingest_land"]))
    answer = {"chosen_options": ["Công bố"], "params_input": {"reason": "x"}}
    for path, content, method in (
        ("dags/ingest_land/dagRuns", {"logical_date": None, "conf": {"source": "/"}}, "POST"),
        ("dags/erase_or_trace/dagRuns", {"logical_date": None, "conf": {"request": "some-request"}}, "POST"),
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
    asked = [("erase_or_trace", {"request": text}) for text in evil]
    asked += [("decide_held", {"batch_id": text}) for text in evil]
    asked += [(f"ingest_{DATASETS[0]}", {"provinces": [text]}) for text in evil]
    for text in evil:
        asked += [("reload", {"dataset": "land", "province": text}), ("reload", {"dataset": text, "province": "24"})]
        asked += [("replay", {"dataset": "land", "province": "24", "as_of": text})]
    before = {dag_id: finished.runs(dag_id) for dag_id, _ in asked}
    for dag_id, conf in asked:
        assert refused(finished, f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": None, "conf": conf}) in (400, 422), (dag_id, conf)
    assert {dag_id: finished.runs(dag_id) for dag_id in before} == before


def test_an_engineer_sees_the_build_model_by_model(finished: Airflow, browser: Browser) -> None:
    runs = finished.runs("build_warehouse")
    pages = [finished.open(f"/quality/runs/build_warehouse/{quote(run_id)}")[1] for run_id in runs]
    assert any("dim_person" in page and "Dựng kho: từng bảng" in page for page in pages)
    run_id = next(run_id for run_id, page in zip(runs, pages, strict=True) if "dim_person" in page)
    browser.open(f"{finished.url}/dags/build_warehouse/runs/{quote(run_id)}")
    browser.click("//a[contains(., 'Báo cáo chất lượng')]")
    browser.enter_frame()
    browser.find("//code[.='dim_person']")
    assert "Kiểm tra đạt" in browser.text()
    browser.leave_frame()


def test_a_killed_part_comes_back(airflow: Airflow) -> None:
    before = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
    psutil.Process(before.session.sid).kill()

    def is_back() -> bool:
        now = state.read_state(state_file(airflow.settings.home)).members["triggerer"]
        return now.restarts == before.restarts + 1 and sessions.is_leader_alive(now.session)

    wait_for("triggerer restarted", airflow, is_back, 30, may_fail=True)


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
