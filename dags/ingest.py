"""One DAG for each declared dataset: pull, load each province's batch, judge them together, say so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, CronPartitionTimetable, Param, TriggerRule, get_current_context, task
from province_dags.behaviour import CLEAR, PERIOD, START, TIMEZONE, TRIGGER, WAREHOUSE_POOL, in_plain_words, say, task_defaults
from province_dags.caller import this_period, this_run
from province_dags.declared import Declared, read_datasets, read_provinces
from province_dags.form import source_field, until_field
from province_dags.late import load_deadline

PROVINCE_NAMES = read_provinces()
DOC = """
### {vi} ({en})
{description}. Cơ quan chủ quản: **{owner}**. Căn cứ: {legal_basis}. Bảng: {tables}.

1. **Lấy về**: lấy các lần gửi mới từ nguồn, lưu nguyên vẹn; mỗi tỉnh một lô đến hạn.
2. **Nạp**: nạp từng lô vào vùng chờ; mỗi tỉnh một ô, tỉnh này hỏng không cản tỉnh khác.
3. **Kiểm tra**: chấm cả bộ theo quy tắc; lô bị từ chối là một kết luận, không phải sự cố.
4. **Việc tiếp theo**: lô nào bị giữ thì mở một lượt *Quyết định về lô bị giữ* cho nó; tỉnh nào còn lần gửi khác đang chờ thì
   chạy thêm một lần cho lần gửi đó.

**Kỳ** (partition key) của lượt chạy là một ngày, dạng `2026-10-31`. Lượt theo lịch nhận mọi lần gửi đang chờ. Lượt *Backfill*, hoặc lượt
tự bấm có ghi kỳ hay ô *Số liệu đến ngày*, chỉ nhận lần gửi có số liệu đến hết ngày đó, cũ trước mới sau. Trong hộp *Backfill*, các ô của
biểu mẫu chỉ có hiệu lực khi đánh dấu *Override parameters on existing runs*.

Chạy lại lúc nào cũng được: lần gửi đã biết không được tính hai lần. Chưa xong sau {patience} giờ thì trung tâm được báo bằng thư.

*Pull, load, validate. Safe to run again: a delivery that is known is not counted twice. Backfill takes what is stated as of its days.*
"""


def ingest_dag(declared: Declared) -> DAG:
    """Wire the DAG of one dataset."""
    dag = DAG(
        f"ingest_{declared.dataset}",
        dag_display_name=f"Tiếp nhận: {declared.vi}",
        description=declared.description,
        doc_md=DOC.format(**vars(declared) | {"tables": ", ".join(declared.tables), "patience": declared.patience_hours}),
        schedule=CronPartitionTimetable(declared.schedule, timezone=TIMEZONE, key_format=PERIOD),
        deadline=load_deadline(declared.patience_hours),
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args=task_defaults(declared.owner),
        tags=["tiếp nhận", declared.vi.lower()],
        params=_form(declared.dataset),
        user_defined_macros={"province_names": PROVINCE_NAMES},
    )
    with dag:
        due = pull(declared.dataset)
        loaded = load.expand(due=due)
        judged = validate.override(outlets=[declared.validated])(declared.dataset)
        verdict = EmptyOperator(task_id="verdict", task_display_name="Kết luận", trigger_rule=TriggerRule.NONE_FAILED)
        # A province may have sent several deliveries; each run takes one of each, so the next run takes the next. A held
        # batch gets a run in which a person decides; asked about once, however often this runs.
        follow_up = TriggerDagRunOperator.partial(
            task_id="follow_up",
            task_display_name="Việc tiếp theo",
            skip_when_already_exists=True,
            map_index_template="{{ task.conf.get('province') or 'Vòng tiếp' }}",
        ).expand_kwargs(judged)
        loaded >> judged
        [due, loaded, judged, follow_up] >> verdict
    return dag


def _form(dataset: str) -> dict[str, Param]:
    return {
        "source": source_field(dataset),
        "provinces": Param(
            [],
            type=["null", "array"],
            items={"type": "string", "pattern": "^[0-9]{2}$"},
            title="Tỉnh, thành phố",
            description="Chỉ nhận của các tỉnh được chọn. Để trống: tất cả.",
            examples=list(PROVINCE_NAMES),
            values_display=PROVINCE_NAMES,
        ),
        "until": until_field(),
    }


@task(task_display_name="Lấy về", show_return_value_in_logs=False)
def pull(dataset: str) -> list[dict[str, str]]:
    """Pull and land what the source has; give the due batches, one for a province."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings
    from province_data.store.story import tell_arrivals

    asked = get_current_context()["params"]
    settings, now = read_settings(os.environ), datetime.now(UTC)
    with in_plain_words(TRIGGER if asked["source"] else CLEAR):
        source = steps.typed_source(settings, dataset, asked["source"])
        say([steps.tell_source(settings, dataset, source)])
        due = steps.pull_dataset(settings, dataset, source, now, asked["provinces"] or (), this_run(), this_period())
    say(steps.tell(settings, tell_arrivals, dataset, now, len(due)), now)
    return [{"batch_id": one["batch_id"], "province_code": one["province_code"]} for one in due]


@task(
    task_display_name="Nạp",
    pool=WAREHOUSE_POOL,
    map_index_template="{{ province_names.get(task.op_kwargs['due']['province_code'], task.op_kwargs['due']['province_code']) }}",
)
def load(due: dict[str, str]) -> None:
    """Load one province's batch into staging."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings
    from province_data.store.story import tell_batch

    settings, now = read_settings(os.environ), datetime.now(UTC)
    with in_plain_words():
        counts = steps.load_batch(settings, due["batch_id"], now)
    say(steps.tell(settings, tell_batch, due["batch_id"], counts["delivered"], counts["unreadable"]), now)


@task(
    task_display_name="Kiểm tra",
    pool=WAREHOUSE_POOL,
    trigger_rule=TriggerRule.ALL_DONE_MIN_ONE_SUCCESS,
    show_return_value_in_logs=False,
)
def validate(dataset: str) -> list[dict[str, Any]]:
    """Judge what is loaded; the counts travel with the mark that the dataset was judged. Says which runs have to follow."""
    from datetime import UTC, datetime

    from province_data import steps
    from province_data.settings import read_settings
    from province_data.store.story import tell_verdicts

    settings, now = read_settings(os.environ), datetime.now(UTC)
    with in_plain_words():
        counts = steps.validate_dataset(settings, dataset, now)
    say(steps.tell(settings, tell_verdicts, dataset, now), now)
    context: Any = get_current_context()
    for asset in context["task"].outlets:
        context["outlet_events"][asset].extra = dict(counts)
        if not context.get("partition_key"):  # what waits for the dataset waits for a period of it
            context["outlet_events"][asset].add_partitions(f"{this_period() or now.astimezone(ZoneInfo(TIMEZONE)).date():{PERIOD}}")
    return [*_questions(dataset, steps.held_batches(settings, now)), *_next_round(settings, dataset, context)]


def _questions(dataset: str, held: Iterable[Any]) -> list[dict[str, Any]]:
    """Ask about each held batch in a run of its own, named after batch and load so that nobody is asked twice."""
    return [
        {
            "trigger_dag_id": "decide_held",
            "trigger_run_id": f"held_{one.batch_id}_{one.load_id}",
            "conf": {"batch_id": one.batch_id, "province": one.province_name},
        }
        for one in held
        if one.dataset == dataset
    ]


def _next_round(settings: Any, dataset: str, context: Any) -> list[dict[str, Any]]:
    """Run once more with the same form when a province has further deliveries waiting."""
    from datetime import UTC, datetime

    from province_data import pipeline
    from province_data.store.database import connected
    from province_data.store.ledger_deliveries import next_due

    taken = {one["batch_id"] for one in context["ti"].xcom_pull(task_ids="pull")}
    asked, until = dict(context["params"]), this_period()
    with connected(pipeline.open_run(settings, datetime.now(UTC)).dsn) as connection:
        due = next_due(connection, [dataset], asked["provinces"] or (), until)
    if all(one.batch_id in taken for one in due):
        return []
    return [{"trigger_dag_id": context["dag"].dag_id, "conf": asked | {"until": until and until.isoformat()}}]


for _declared in read_datasets():
    globals()[f"ingest_{_declared.dataset}"] = ingest_dag(_declared)
