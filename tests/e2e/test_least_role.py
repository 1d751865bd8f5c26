"""Who may only look reads counts and ids, starts nothing and decides nothing."""

from __future__ import annotations

import json

import jwt
import pytest
from tests.e2e.deliveries import people
from tests.e2e.site import INGEST, Airflow, refused

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


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
