"""Every task's log tells its story in ten lines, without a stack trace for a verdict, and nothing that Airflow keeps names a citizen."""

from __future__ import annotations

import gzip
import json

import psycopg
import pytest
from tests.e2e.deliveries import HELD, NUMBER
from tests.e2e.site import EXAMPLES, Airflow, Night

from province_data.store import embedded
from province_data.supervision.airflow_database import DATABASE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


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


def test_every_tasks_log_tells_its_story_in_ten_lines_without_a_stack_trace(night: Night) -> None:
    """Also of batches that were held: a verdict about data is no trouble of the system."""
    folder = night.airflow.settings.home / "log" / "airflow"
    runs = [folder / f"dag_id={dag_id}" / f"run_id={run_id}" for dag_id, ids in night.runs.items() for run_id in ids]
    logs = [log for run in runs for log in run.rglob("*.log")]
    assert len(logs) > 20
    held = 0
    for log in logs:
        events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        assert [event for event in events if event["level"] in ("error", "critical") or "error_detail" in event] == [], log
        assert [event for event in events if str(event.get("logger")).startswith("great_expectations")] == [], log
        story = [event["event"] for event in events if event.get("logger") == "province_data"]
        assert len(story) <= 10, log
        if story:
            assert "giây" in story[-1]
        held += sum("TẠM GIỮ" in line for line in story)
    assert held == 2
