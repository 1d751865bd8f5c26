"""Build, publish and report whenever new batches of any dataset were judged."""

from __future__ import annotations

import os
from functools import reduce
from operator import or_

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, PartitionedAssetTimetable, TriggerRule, task
from airflow.sdk.exceptions import AirflowSkipException
from province_dags.behaviour import START, WAREHOUSE_POOL, WHOLE_POOL, say, task_defaults
from province_dags.caller import asked_at, this_run
from province_dags.declared import read_datasets

DOC = """
### Dựng và công bố kho dữ liệu dùng chung
Chạy khi có lô mới của **bất kỳ** bộ dữ liệu nào vừa được kiểm tra xong; các bộ của cùng một kỳ xong gần nhau thì dựng chung một lượt.

1. **Dựng và công bố**: dựng từng bảng bằng dbt, rồi đổi mọi bảng công bố trong **một** giao dịch; người đọc không bao giờ thấy một nửa.
   Từng bảng, từng kiểm tra, bảng nào hỏng: tab *Báo cáo chất lượng* của lượt chạy, cả khi đang chạy.
2. **Báo cáo**: gửi phiếu điểm cho từng tỉnh, cũng khi bước trước hỏng.

Không có gì mới thì không đổi gì. Lượt trước bắt đầu sau khi bộ dữ liệu này kiểm tra xong thì đã làm hết: lượt này **bỏ qua** cả hai bước.

*Builds with dbt, publishes in one transaction, mails the scorecards. Nothing new changes nothing; what an earlier run took up is skipped.*
"""
TAKEN_UP = "Lượt trước đã dựng, công bố và báo cáo mọi thứ mà lượt này được gọi để làm: bỏ qua."


# Whatever of a wave waits to be judged goes first, or the wave is built once for each dataset: a build takes the whole pool.
@task(task_display_name="Dựng và công bố", pool=WAREHOUSE_POOL, pool_slots=WHOLE_POOL, priority_weight=1, weight_rule="absolute")
def build_and_publish() -> None:
    """Build the warehouse and publish what changed."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings
    from province_data.store.story import tell_build, tell_publication

    settings, now, run, asked = read_settings(os.environ), datetime.now(UTC), this_run(), asked_at()
    if asked is not None and steps.is_taken_up(settings, asked, now):
        say([TAKEN_UP], now)
        raise AirflowSkipException(TAKEN_UP)
    try:
        counts = steps.build_and_publish(settings, now, run)
    finally:
        say(steps.tell(settings, tell_build, run))
    say([f"{counts['loads']} lượt nạp được đưa vào kho.", *steps.tell(settings, tell_publication, now)], now)


@task(task_display_name="Báo cáo", trigger_rule=TriggerRule.NONE_SKIPPED)
def send_reports() -> None:
    """Mail the scorecards of what was judged."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings

    now = datetime.now(UTC)
    counts = steps.send_reports(read_settings(os.environ), now, this_run())
    say([f"{counts['loads']} lượt nạp được báo cáo, {counts['mails']} thư mới; xem bảng ops.mail hoặc thư mục outbox."], now)


with DAG(
    "build_warehouse",
    dag_display_name="Dựng và công bố kho dữ liệu",
    description="Dựng, công bố trong một giao dịch, gửi báo cáo",
    doc_md=DOC,
    schedule=PartitionedAssetTimetable(assets=reduce(or_, [declared.validated for declared in read_datasets()])),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=task_defaults("Trung tâm dữ liệu"),
    tags=["kho dữ liệu", "công bố"],
):
    published = build_and_publish()
    reported = send_reports()
    published >> reported
    # The report runs in any case, so its success says nothing; this leaf decides how the run ended.
    [published, reported] >> EmptyOperator(task_id="verdict", task_display_name="Kết luận")
