"""Every task's log tells its story in ten lines, without a stack trace for a verdict, and nothing that is kept names a citizen.

By now refused, held and published loads, answers to findings, a replay, a trace and an erasure went through this Airflow.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.e2e.deliveries import HELD
from tests.e2e.site import EXAMPLES, Airflow, Night, warehouse_of

from canaries import contents_of, files_of, sightings
from province_data.store import embedded
from province_data.supervision.airflow_database import DATABASE

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]
MAY_HOLD = ("postgres/data", "requests")
"""The cluster, whose tables are read one by one, and what data subjects ask and are answered."""
CITIZEN = ("soDinhDanh", "soDienThoai", "soCmnd9")


def numbers_of_citizens() -> set[str]:
    """Gather the personal numbers of the examples and the telephones: nobody else has them."""
    people = gzip.decompress(next((EXAMPLES / "population").glob(f"*/{HELD}/*.gz")).read_bytes()).splitlines()
    return {str(value) for line in people for key, value in json.loads(line).items() if key in CITIZEN and value}


def airflows_tables(airflow: Airflow) -> dict[str, bytes]:
    """Read all that Airflow keeps in its own database: runs' conf, XComs, rendered templates, serialized DAGs, answers, deadlines."""
    server = embedded.status(airflow.settings.home)
    assert server is not None
    found = {}
    with psycopg.connect(embedded.dsn(server, DATABASE)) as connection:
        query = "select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'"
        for (table,) in connection.execute(query.encode()).fetchall():
            rows = connection.execute(f"select t::text from {table} t".encode()).fetchall()
            found[f"airflow {table}"] = "\n".join(str(row) for (row,) in rows).encode()
    return found


def test_no_citizen_is_in_any_byte_outside_the_tables_of_records(finished: Airflow) -> None:
    numbers = numbers_of_citizens()
    assert len(numbers) > 300
    kept = airflows_tables(finished) | contents_of(warehouse_of(finished.settings)) | files_of(finished.settings.home, but=MAY_HOLD)
    assert {"airflow rendered_task_instance_fields", "airflow xcom", "airflow serialized_dag", "ops.mail_letter"} <= set(kept)
    assert sum(name.endswith(".log") for name in kept) > 60
    assert {name: kinds for name, content in kept.items() if (kinds := sightings(content, numbers))} == {}


def logs_of(airflow: Airflow) -> Iterator[tuple[Path, list[dict[str, Any]]]]:
    """Read the log of every try of every task so far."""
    for log in sorted((airflow.settings.home / "log" / "airflow").glob("dag_id=*/**/*.log")):
        yield log, [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def test_every_tasks_log_tells_its_story_in_ten_lines_without_a_stack_trace(night: Night) -> None:
    """Also of batches that were held or refused, and of a request that nobody approved: a verdict is no trouble of the system."""
    told, dags = "", set()
    for log, events in logs_of(night.airflow):
        story = [event["event"] for event in events if event.get("logger") == "province_data"]
        assert [event for event in events if "error_detail" in event] == [], log
        assert [event for event in events if str(event.get("logger")).startswith("great_expectations")] == [], log
        assert all("Việc cần làm" in "".join(story) for event in events if event["level"] in ("error", "critical")), log
        assert len(story) <= 10, log
        assert not story or "giây" in story[-1] or "Việc cần làm" in "".join(story), log
        dags |= {log.parts[log.parts.index("airflow") + 1].removeprefix("dag_id=")} if story else set()
        told += "\n".join(story)
    assert dags >= {"ingest_land", "ingest_civil_status", "build_warehouse", "decide_held", "replay", "erase_or_trace"}
    for news in ("TẠM GIỮ", "BỊ TỪ CHỐI", "Công bố số", "Đọc lại Đất đai, Bắc Ninh", "Đã xóa", "gói trả lời"):
        assert news in told, news
