"""What an engineer starts by hand: load one province again, read refused deliveries again, answer a data subject or erase."""

from __future__ import annotations

import os
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException
from province_dags.behaviour import START, parts, say, shortened, task_defaults
from province_dags.declared import read_datasets, read_provinces
from province_dags.form import source_field, until_field

STANDING = "province-data status, hoặc trang của tỉnh trong Chất lượng dữ liệu"
ERASURES = "province-data erase list"
UNDECIDED = " Chưa xóa gì: việc xóa cần hai tài khoản bảo vệ dữ liệu: một đề nghị, một duyệt, về đúng khóa trong tệp yêu cầu."
WAS = {"refused": "bị từ chối", "error": "chưa đánh giá được"}
DATASETS = {declared.dataset: declared.vi for declared in read_datasets()}
PROVINCES = read_provinces()
RELOAD = """
### Nạp lại một tỉnh
Lấy về và xử lý một bộ dữ liệu của **một tỉnh** ngay bây giờ, không chờ lịch; của mọi kỳ, hoặc đến hết một ngày. Lần gửi đã biết không được
tính hai lần, nên bấm nhầm cũng không hại gì. Kết quả: mở lượt chạy *Tiếp nhận* mà việc này khởi động (nút *Triggered DAG* ở ô *Tiếp nhận*).

*Pulls and works on one dataset of one province now. A delivery that is known is not counted twice.*
"""
REPLAY = """
### Đọc lại từ vùng lưu gốc
Lần gửi **bị từ chối** được đọc lại từ bản gốc đã lưu, tỉnh không phải gửi lại: sau khi sửa quy tắc hay bộ đọc, hoặc khi số còn thiếu
đã đến. Lần gửi cũ hơn số đã nhận được bỏ qua; lô bị **giữ** thì sang *Quyết định về lô bị giữ*.

*Reads refused deliveries again from the landed bytes, after the reason is gone.*
"""
ERASE_OR_TRACE = """
### Yêu cầu của cá nhân: tra cứu hoặc xóa
Công dân có quyền biết hệ thống giữ gì về mình (trả lời trong hai ngày làm việc); có căn cứ pháp lý thì dữ liệu được xóa.

1. Ghi số định danh hoặc khóa bản ghi vào tệp `requests/<tên>.txt` trong thư mục của hệ thống, một dòng.
2. Gõ **tên** yêu cầu vào ô dưới, **không gõ số của ai**: những gì gõ ở đây đều được lưu lại.
3. *Tra cứu*: câu trả lời nằm cạnh tệp yêu cầu, `requests/<tên>.json` và `.pdf` để in, chỉ chủ hệ thống đọc được. Trả lời xong thì xóa đi.
4. *Xem trước việc xóa*: đếm những gì sẽ bị xóa, chưa xóa gì.
5. *Xóa*: chỉ làm được sau khi **hai tài khoản bảo vệ dữ liệu** đã đề nghị và duyệt bằng `province-data erase ask` và `erase approve`; một
   người không tự xóa được. Xóa là không lấy lại được.

*Answers a data subject's request, or carries out an erasure that two logins have decided. The key stands in a file; type only the
request's name.*
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
    day, now = date.fromisoformat(asked["as_of"]) if asked["as_of"] else None, datetime.now(UTC)
    try:
        chosen = steps.replay(read_settings(os.environ), asked["dataset"], [asked["province"]], day, now)
    except ContractError:
        say(["Không có lần gửi nào bị từ chối mà còn đọc lại được; lô bị giữ thì dùng Quyết định về lô bị giữ."], now, STANDING)
        raise AirflowSkipException("không có gì để đọc lại") from None
    asked_for = f"{DATASETS[asked['dataset']]}, {PROVINCES[asked['province']]}"
    lines = [f"gói số {one.sequence_no}, số liệu đến {one.as_of:%d/%m/%Y}, trước đây {WAS[one.status]}" for one in chosen]
    say([f"Đọc lại {asked_for}:", *shortened(lines, STANDING)], now, "lượt chạy Tiếp nhận mà việc này khởi động")


@task(task_display_name="Thực hiện yêu cầu")
def answer() -> None:
    """Trace, count what an erasure would remove, or carry out one that is approved; only counts are said."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.errors import ContractError
    from province_data.settings import read_settings
    from province_data.store.story import tell_places

    asked: dict[str, Any] = dict(get_current_context()["params"])
    settings, name, now = read_settings(os.environ), str(asked["request"]), datetime.now(UTC)
    try:
        if asked["action"] == "trace":
            rows = steps.trace_request(settings, name, now)
            say([f"{rows} dòng về người này; câu trả lời ở requests/{name}.json và .pdf."], now, "tệp đó; trả lời xong thì xóa")
            return
        places = steps.look_at_erasure(settings, name, now) if asked["action"] == "look" else steps.erase(settings, name, now)
    except ContractError as error:
        say(["Không thực hiện được." + UNDECIDED * (asked["action"] == "erase"), *parts(error)], now, ERASURES)
        raise AirflowSkipException("chưa thực hiện được") from None
    done = "Đã xóa" if asked["action"] == "erase" else "Nếu xóa sẽ mất (chưa xóa gì)"
    summed = f"{done}: {sum(count for _, count in places)} bản ghi ở {len(places)} chỗ." if places else "Không giữ gì theo khóa này."
    say([summed, *shortened(tell_places(places), ERASURES)], now, ERASURES)


CONF = (
    '{"source": {{ params.get("source") | tojson }}, "provinces": ["{{ params.province }}"], "until": {{ params.get("until") | tojson }}}'
)
"""What the form says goes on as it is: quoted as JSON, whatever was typed."""


def _ingest() -> TriggerDagRunOperator:
    return TriggerDagRunOperator(
        task_id="ingest",
        task_display_name="Tiếp nhận",
        trigger_dag_id="ingest_{{ params.dataset }}",
        conf=CONF,  # rendered, then read as JSON
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


ONE_LOAD = {"dataset": DATASET, "province": PROVINCE, "until": until_field(), "source": source_field("land")}
with _dag("reload", "Nạp lại một tỉnh", RELOAD, ONE_LOAD, ["tiếp nhận"]):
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
    description_md="Tên tệp trong thư mục requests, không có đuôi .txt: chữ thường, chữ số, gạch nối. **Không gõ số của ai vào đây.**",
)
ACTIONS = {"trace": "Tra cứu", "look": "Xem trước việc xóa", "erase": "Xóa (đã có hai người quyết định)"}
ACTION = Param("trace", type="string", enum=list(ACTIONS), values_display=ACTIONS, title="Việc cần làm")
ABOUT = {"request": REQUEST, "action": ACTION}
with _dag("erase_or_trace", "Yêu cầu của cá nhân: tra cứu, xóa", ERASE_OR_TRACE, ABOUT, ["quyền của cá nhân"]):
    answer()
