"""Say when a run is late: the centre is then told by mail, while the run goes on."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import AsyncCallback, DeadlineAlert, DeadlineReference  # type: ignore[attr-defined]  # its .pyi does not list them

TELL = "late_load_callback.tell_centre"
"""In `plugins/`, where the triggerer finds it: it does not look into the folder of the DAGs."""


def load_deadline(hours: int) -> DeadlineAlert:
    """A run has to end within so many hours of being queued; seen under Browse, Deadlines."""
    return DeadlineAlert(DeadlineReference.DAGRUN_QUEUED_AT, timedelta(hours=hours), AsyncCallback(TELL), f"Phải xong sau {hours} giờ")
