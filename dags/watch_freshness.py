"""Look at the clock: who is late, who is silent. A pipeline that never ran cannot notice silence."""

from __future__ import annotations

import os

from airflow.sdk import DAG, CronTriggerTimetable, task
from province_dags.behaviour import START, TIMEZONE, say, shortened, task_defaults

DOC = """
### Canh độ trễ
Mỗi giờ một lần: tỉnh nào quá hạn gửi (hạn ghi trong hợp đồng dữ liệu) thì được báo bằng thư, mỗi lần trễ đúng một thư, và trung tâm
cũng biết. Gửi lại rồi trễ nữa là một lần trễ mới. Sổ: `ops.lateness`.

*Every hour: who is late by its contract is told by mail, once for each lateness.*
"""


@task(task_display_name="Canh")
def watch() -> None:
    """Find who is late and tell them."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings

    now = datetime.now(UTC)
    silences = sorted(steps.watch(read_settings(os.environ), now), key=lambda silence: silence.last_received_at)
    lines = [f"{s.dataset} {s.province_code}: im lặng từ {s.last_received_at:%H:%M %d/%m/%Y}, quá hạn." for s in silences]
    say(shortened(lines, "bảng published.freshness"))
    say([f"{len(silences)} nơi quá hạn; mỗi lần trễ một thư." if silences else "Không nơi nào quá hạn."], now, "bảng ops.lateness")


with DAG(
    "watch_freshness",
    dag_display_name="Canh độ trễ của dữ liệu",
    description="Ai trễ, ai im lặng",
    doc_md=DOC,
    schedule=CronTriggerTimetable("10 * * * *", timezone=TIMEZONE),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults("Trung tâm dữ liệu"),
    tags=["độ tươi", "cảnh báo"],
):
    watch()
