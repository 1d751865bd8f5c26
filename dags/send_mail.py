"""Try again the mails that a server did not take; each waits for its own time."""

from __future__ import annotations

import os

from airflow.sdk import DAG, CronTriggerTimetable, task
from province_dags.behaviour import START, TIMEZONE, say, task_defaults

DOC = """
### Gửi thư còn chờ
Máy chủ thư hỏng không cản việc nạp: thư nằm trong kho và được gửi lại sau 5, 10, 20 … phút, lâu nhất 4 giờ một lần. Sau 24 giờ thì thôi,
thư thành *dead*. Địa chỉ bị từ chối hẳn ba lần liên tiếp thì ngừng gửi; xem `province-data mail list`.

*Mails that a server did not take are tried again at growing intervals, for a day.*
"""


@task(task_display_name="Gửi lại")
def send() -> None:
    """Send what waits and is due."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings

    now = datetime.now(UTC)
    done = steps.send_waiting(read_settings(os.environ), now)
    told = f"{done['sent']} đã gửi, {done['queued']} còn chờ, {done['failed']} bị từ chối hẳn, {done['dead']} quá 24 giờ nên thôi."
    say([told], now, "bảng ops.mail")


with DAG(
    "send_mail",
    dag_display_name="Gửi thư còn chờ",
    description="Gửi lại thư mà máy chủ chưa nhận",
    doc_md=DOC,
    schedule=CronTriggerTimetable("*/30 * * * *", timezone=TIMEZONE),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults("Trung tâm dữ liệu"),
    tags=["thư"],
):
    send()
