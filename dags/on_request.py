"""What an engineer starts by hand: load one province again, read refused deliveries again, answer a data subject."""

from __future__ import annotations

import os
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from province_dags.behaviour import START, say, task_defaults
from province_dags.declared import read_datasets, read_provinces

DATASETS = {declared.dataset: declared.vi for declared in read_datasets()}
PROVINCES = read_provinces()
RELOAD = """
### Nạp lại một tỉnh
Lấy về và xử lý một bộ dữ liệu của **một tỉnh** ngay bây giờ, không chờ lịch. Lần gửi đã biết không được tính hai lần, nên bấm nhầm
cũng không hại gì. Kết quả: mở lượt chạy *Tiếp nhận* mà việc này khởi động.

*Pulls and works on one dataset of one province now. A delivery that is known is not counted twice.*
"""
REPLAY = """
### Đọc lại từ vùng lưu gốc
Lần gửi **bị từ chối** được đọc lại từ bản gốc đã lưu, tỉnh không phải gửi lại: sau khi sửa quy tắc hay bộ đọc, hoặc khi số còn thiếu
đã đến. Lần gửi cũ hơn số đã nhận được bỏ qua; lô bị **giữ** thì sang *Quyết định về lô bị giữ*.

*Reads refused deliveries again from the landed bytes, after the reason is gone.*
"""
TRACE = """
### Tra cứu theo yêu cầu của cá nhân
Công dân có quyền biết hệ thống giữ gì về mình (trả lời trong hai ngày làm việc).

1. Ghi số định danh hoặc khóa bản ghi vào tệp `requests/<tên>.txt` trong thư mục của hệ thống, một dòng.
2. Gõ **tên** yêu cầu vào ô dưới, **không gõ số của ai**: những gì gõ ở đây đều được lưu lại.
3. Câu trả lời nằm cạnh tệp yêu cầu: `requests/<tên>.json`, chỉ chủ hệ thống đọc được. Trả lời xong thì xóa cả hai.

*Answers a data subject's request. The key stands in a file; type only the request's name.*
"""


def _choice(title: str, names: dict[str, str], help_text: str) -> Param:
    return Param(type="string", enum=list(names), values_display=names, title=title, description_md=help_text)


DATASET = _choice("Bộ dữ liệu", DATASETS, "Bộ cần xử lý.")
PROVINCE = _choice("Tỉnh, thành phố", PROVINCES, "Một tỉnh; các tỉnh khác không bị đụng đến.")


@task(task_display_name="Tìm lần gửi bị từ chối")
def find_refused() -> None:
    """Make the refused deliveries due again."""
    from datetime import UTC, date, datetime

    from province_data import steps
    from province_data.errors import ContractError
    from province_data.settings import read_settings

    asked: dict[str, Any] = dict(get_current_context()["params"])
    day = date.fromisoformat(asked["as_of"]) if asked["as_of"] else None
    try:
        chosen = steps.replay(read_settings(os.environ), asked["dataset"], [asked["province"]], day, datetime.now(UTC))
    except ContractError as error:
        raise AirflowSkipException(f"Không có lần gửi nào để đọc lại: {error.what}.") from None
    say(f"Đọc lại: gói số {one.sequence_no}, số liệu đến {one.as_of}, trước đây {one.status}." for one in chosen)


@task(task_display_name="Tra cứu")
def answer() -> None:
    """Write the answer beside the request."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.errors import ContractError
    from province_data.settings import read_settings

    name = str(get_current_context()["params"]["request"])
    try:
        rows = steps.trace_request(read_settings(os.environ), name, datetime.now(UTC))
    except ContractError as error:
        raise AirflowSkipException(f"Không tra cứu được: {error.text()}") from None
    say([f"{rows} dòng; câu trả lời ở requests/{name}.json."])


def _ingest() -> TriggerDagRunOperator:
    return TriggerDagRunOperator(
        task_id="ingest",
        task_display_name="Tiếp nhận",
        trigger_dag_id="ingest_{{ params.dataset }}",
        conf='{"source": null, "provinces": ["{{ params.province }}"]}',  # type: ignore[arg-type] - rendered, then read as JSON
    )


def _dag(dag_id: str, name: str, doc: str, params: dict[str, Param], tags: list[str]) -> DAG:
    return DAG(
        dag_id,
        dag_display_name=name,
        description=doc.strip().splitlines()[-1].strip("*"),
        doc_md=doc,
        schedule=None,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults("Trung tâm dữ liệu"),
        tags=["theo yêu cầu", *tags],
        params=params,
    )


with _dag("reload", "Nạp lại một tỉnh", RELOAD, {"dataset": DATASET, "province": PROVINCE}, ["tiếp nhận"]):
    _ingest()

DAY = Param(
    None,
    type=["null", "string"],
    format="date",
    title="Số liệu đến ngày",
    description_md="Chỉ những lần gửi của ngày này. Để trống: mọi ngày.",
)
with _dag(
    "replay", "Đọc lại từ vùng lưu gốc", REPLAY, {"dataset": DATASET, "province": PROVINCE, "as_of": DAY}, ["tiếp nhận", "vùng lưu gốc"]
):
    find_refused() >> _ingest()

REQUEST = Param(
    type="string",
    pattern="^[a-z][a-z0-9-]{2,39}$",
    title="Tên yêu cầu",
    description_md="Tên tệp trong thư mục `requests/`, không có `.txt`: chữ thường, chữ số, gạch nối. **Không gõ số của ai vào đây.**",
)
with _dag("trace", "Tra cứu theo yêu cầu của cá nhân", TRACE, {"request": REQUEST}, ["quyền của cá nhân"]):
    answer()
