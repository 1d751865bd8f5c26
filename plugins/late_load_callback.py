"""Tell the national centre by mail that a run has not ended in time. The triggerer calls it; nothing heavy is imported before."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote


async def tell_centre(context: dict[str, Any]) -> int:
    """Write one mail for a late run, however often this is called; counts the new mails."""
    return await asyncio.to_thread(_tell, context["dag_run"])


def _tell(run: dict[str, Any]) -> int:
    from airflow.configuration import conf

    from province_data import steps
    from province_data.settings import read_settings

    dag_id, run_id = str(run["dag_id"]), str(run["dag_run_id"])
    link = f"{conf.get('api', 'base_url', fallback='').rstrip('/')}/dags/{quote(dag_id)}/runs/{quote(run_id)}"
    began = datetime.fromisoformat(str(run["queued_at"] or run["run_after"]))
    return steps.tell_late(read_settings(os.environ), dag_id, run_id, link, began, datetime.now(UTC))
