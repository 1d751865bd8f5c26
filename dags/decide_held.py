"""One run for each batch that the gate held: ask a person, write the answer down, carry it out."""

from __future__ import annotations

import os

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task
from province_dags.behaviour import START, say, task_defaults
from province_dags.held import AskAboutHeld, reason_field

DOC = """
### Quyết định về lô bị giữ
Lô nào ít bản ghi hơn hẳn lần trước thì bị giữ; số liệu đang công bố của tỉnh đứng nguyên, tỉnh khác vẫn chạy.
Mỗi lô bị giữ có một lượt chạy ở đây, **chờ người quyết định 24 giờ** mà không chiếm chỗ của việc khác.

Mở ô **Người quyết định** → *Required Actions*: đọc phiếu điểm, chọn một nút, ghi lý do.

- **Công bố**: lô được kiểm tra lại rồi thay số liệu đang công bố.
- **Để riêng, chưa công bố**: giữ ở trung tâm để xem xét; tỉnh được báo.
- **Trả lại nơi gửi**: tỉnh phải gửi lại bản đầy đủ. Hết 24 giờ không ai chọn thì trả lại.

Ai chọn, lúc nào, vì sao đều nằm trong sổ `ops.decision`. Cũng làm được bằng lệnh `province-data decide`.

*One run for each held batch; a person publishes it, keeps it apart or returns it within 24 hours.*
"""


@task(task_display_name="Báo cho tỉnh")
def tell() -> None:
    """Mail what was decided."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings

    now, made = datetime.now(UTC), get_current_context()["ti"].xcom_pull(task_ids="ask", key="made")
    mails = steps.tell_decision(read_settings(os.environ), made["load_id"], now) if made["load_id"] else 0
    say([f"Đã viết {mails} thư; số liệu đang công bố đứng nguyên."], now)


with DAG(
    "decide_held",
    dag_display_name="Quyết định về lô bị giữ",
    description="Người có thẩm quyền: công bố, để riêng hay trả lại",
    doc_md=DOC,
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=500,
    default_args=task_defaults("Trung tâm dữ liệu"),
    tags=["quyết định", "kho dữ liệu"],
    params={
        "batch_id": Param(
            type="string",
            pattern="^[0-9a-f]{16}$",
            title="Mã lô",
            description_md="16 chữ số thập lục phân, xem lệnh province-data decide hoặc thư báo. Lô bị giữ tự có lượt chạy của nó;"
            " chỉ gõ tay khi lượt đó đã bị xóa.",
        )
    },
):
    ask = AskAboutHeld(
        task_id="ask",
        task_display_name="Người quyết định",
        take_in="take_in",
        tell="tell",
        params={"reason": reason_field()},
    )
    take_in = TriggerDagRunOperator(
        task_id="take_in",
        task_display_name="Tiếp nhận lại",
        trigger_dag_id="ingest_{{ ti.xcom_pull(task_ids='ask', key='made')['dataset'] }}",
        conf='{"source": null, "provinces": ["{{ ti.xcom_pull(task_ids=\'ask\', key=\'made\')["province_code"] }}"]}',
    )
    told = tell()
    verdict = EmptyOperator(task_id="verdict", task_display_name="Kết luận", trigger_rule=TriggerRule.NONE_FAILED)
    ask >> [take_in, told] >> verdict
