"""Speak with Airflow's programming interface on this machine: its health, and the pools our DAGs use."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from province_data.supervision.airflow_home import USER, AirflowHome

PARTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def read_health(airflow: AirflowHome, since: datetime | None = None) -> Mapping[str, str]:
    """Ask how each part is: healthy, unhealthy or unknown; a heartbeat from before `since` counts as unknown."""
    try:
        answer = _ask(f"{airflow.url}/api/v2/monitor/health", timeout=5)
    except (OSError, ValueError):
        return dict.fromkeys(PARTS, "unknown")
    return {part: _judge(part, answer.get(part) or {}, since) for part in PARTS}


def is_healthy(health: Mapping[str, str]) -> bool:
    """Tell whether every part is healthy."""
    return all(health[part] == "healthy" for part in PARTS)


def wait_until_healthy(airflow: AirflowHome, since: datetime, seconds: float, is_at_work: Callable[[], bool]) -> bool:
    """Wait until every part is healthy; False when the time is over or the supervisor has gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and is_at_work():
        if is_healthy(read_health(airflow, since)):
            return True
        time.sleep(0.5)
    return False


def ensure_pools(airflow: AirflowHome, pools: Mapping[str, Mapping[str, Any]]) -> None:
    """Create missing pools, written as `airflow pools import` takes them; a present one keeps the size it was given."""
    token = _ask(f"{airflow.url}/auth/token", {"username": USER, "password": airflow.password})["access_token"]
    present = {pool["name"] for pool in _ask(f"{airflow.url}/api/v2/pools?limit=100", token=token)["pools"]}
    for name, pool in pools.items():
        if name not in present:
            _ask(f"{airflow.url}/api/v2/pools", {"name": name, **pool}, token=token)


def _ask(url: str, content: Mapping[str, Any] | None = None, *, token: str = "", timeout: float = 30) -> Any:
    request = urllib.request.Request(url, data=json.dumps(content).encode() if content is not None else None)
    request.add_header("Content-Type", "application/json")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    with _DIRECT.open(request, timeout=timeout) as answer:
        return json.load(answer)


def _judge(part: str, answer: Mapping[str, Any], since: datetime | None) -> str:
    beat = answer.get(f"latest_{part}_heartbeat")
    if since is not None and part != "metadatabase" and (beat is None or datetime.fromisoformat(beat) < since):
        return "unknown"
    return str(answer.get("status") or "unknown")
