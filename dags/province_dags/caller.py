"""Say which run is at work, as the quality pages look for it, and which period it was asked for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from airflow.sdk import get_current_context


def this_run() -> str:
    """Give `<dag id>/<run id>` of the task that is running."""
    context: Any = get_current_context()
    return f"{context['dag'].dag_id}/{context['run_id']}"


def this_period() -> date | None:
    """Give the day up to which this run was asked to take deliveries; None on schedule, when everything that waits is taken."""
    context: Any = get_current_context()
    asked = context["params"].get("until")
    if asked is None and str(getattr(context["dag_run"].run_type, "value", context["dag_run"].run_type)) != "scheduled":
        asked = context.get("partition_key")
    return date.fromisoformat(asked) if asked else None


def asked_at() -> datetime | None:
    """Give the time of the newest event that asked for this run; None for one by hand, and for a task that is tried or cleared again."""
    context: Any = get_current_context()
    if context["ti"].try_number > 1:
        return None
    return max((event.timestamp for events in context["triggering_asset_events"].values() for event in events), default=None)
