"""Tell the national centre by mail that a run has not ended in time. The triggerer calls it; nothing heavy is imported before."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import Any


async def tell_centre(context: dict[str, Any]) -> int:
    """Write one mail for a late run, however often this is called; counts the new mails."""
    return await asyncio.to_thread(_tell, context["dag_run"])


def _tell(run: dict[str, Any]) -> int:
    from province_data import steps
    from province_data.settings import read_settings

    began = datetime.fromisoformat(str(run["queued_at"] or run["run_after"]))
    return steps.tell_late(read_settings(os.environ), str(run["dag_id"]), str(run["dag_run_id"]), began, datetime.now(UTC))
