"""Ask a person about a held batch: the scorecard in the form, three answers, a reason, and 24 hours for it."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.providers.standard.operators.hitl import HITLBranchOperator
from airflow.sdk import Param
from airflow.sdk.exceptions import AirflowSkipException

from province_dags.behaviour import TIMEZONE, say

PUBLISH, QUARANTINE, RETURN = "Công bố", "Để riêng, chưa công bố", "Trả lại nơi gửi"
CHOICES = {PUBLISH: "publish", QUARANTINE: "quarantine", RETURN: "return"}
PATIENCE = timedelta(hours=24)
NOBODY = "hết 24 giờ, không ai quyết định"
SILENCE = "Hết 24 giờ không có quyết định nên trả lại nơi gửi."
FORM = "tab Required Actions của ô này"
NO_REASON = "Không ghi lý do."
UNFIT_REASON = "Lý do đã ghi bị bỏ vì quá dài hoặc chứa số của ai đó."


class AskAboutHeld(HITLBranchOperator):
    """Wait for a person's choice without taking a worker, then write it into the ledger.

    What was typed stays in the form's own table and in the ledger; only the next task's name passes on.
    """

    def __init__(self, *, take_in: str, tell: str, **others: Any) -> None:
        others["execution_timeout"] = None  # the scheduler ends the waiting, by `response_timeout`
        super().__init__(
            subject="Lô {{ params.batch_id }} bị giữ: quyết định thế nào?",
            options=[PUBLISH, QUARANTINE, RETURN],
            options_mapping={PUBLISH: take_in, QUARANTINE: tell, RETURN: tell},
            defaults=[RETURN],
            response_timeout=PATIENCE,
            **others,
        )

    def execute(self, context: Any) -> Any:
        """Put the scorecard into the form, tell the centre by mail where it is, and wait."""
        from datetime import UTC, datetime

        from province_data import steps
        from province_data.settings import read_settings

        settings, now = read_settings(os.environ), datetime.now(UTC)
        batch_id = str(context["dag_run"].conf["batch_id"])
        self.body = steps.scorecard(settings, batch_id, now)
        if not self.body:
            raise AirflowSkipException(f"Lô {batch_id} không còn chờ quyết định.")
        steps.ask_by_mail(settings, batch_id, self.generate_link_to_ui(task_instance=context["task_instance"]), now)
        until = (now + PATIENCE).astimezone(ZoneInfo(TIMEZONE))
        say([f"Lô {batch_id} chờ người quyết định đến {until:%H:%M %d/%m/%Y}; thư đã gửi cho trung tâm."], now, FORM)
        return super().execute(context)

    def validate_params_input(self, params_input: Any) -> None:
        """Take any reason: the one who lets the time pass gives none, and the core looks at it anyway."""

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        """Write the choice down; it is void when the question was settled elsewhere meanwhile."""
        from datetime import UTC, datetime

        from province_data import steps
        from province_data.decide import Choice, Wish, is_fit
        from province_data.errors import ContractError
        from province_data.settings import read_settings

        batch_id, now = str(context["dag_run"].conf["batch_id"]), datetime.now(UTC)
        answered = event.get("responded_by_user")
        reason = (event.get("params_input") or {}).get("reason") or (NO_REASON if answered else SILENCE)
        [option] = event["chosen_options"]
        by = str(answered["name"]) if answered else NOBODY
        wish = Wish(batch_id, Choice(CHOICES[option]), reason if is_fit(reason) else UNFIT_REASON, by)
        try:
            made = steps.decide(read_settings(os.environ), wish, now)
        except ContractError as error:
            raise AirflowSkipException(f"Không ghi được quyết định: {error.text()}") from None
        context["ti"].xcom_push(key="made", value={"dataset": made.dataset, "province_code": made.province_code, "load_id": made.load_id})
        say([f"Lô {batch_id}: {f'{option}, {by} quyết định.' if answered else SILENCE} Ghi vào ops.decision."], now)
        return super().execute_complete(context, event)


def reason_field() -> Param:
    """Ask for the reason in the form."""
    return Param(
        None,  # the runner checks the form before anybody has seen it
        type=["null", "string"],
        minLength=5,
        maxLength=500,
        title="Lý do",
        description_md="Một câu, **không ghi tên hay số của ai**. Lý do được lưu vào sổ và gửi cho tỉnh.",
    )
