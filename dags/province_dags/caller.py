"""Name the run that is at work, as the quality pages look for it."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context


def this_run() -> str:
    """Give `<dag id>/<run id>` of the task that is running."""
    context: Any = get_current_context()
    return f"{context['dag'].dag_id}/{context['run_id']}"
