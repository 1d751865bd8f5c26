"""Say how every task behaves: when it is tried again, how long it may take, in which time zone it lives."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule

from province_data.errors import ContractError, FormatError, ProvinceDataError, QualityGateClosed, SourceError, SourceRefused
from told_failure import MayHeal, NeedsMending

TIMEZONE = "Asia/Ho_Chi_Minh"
START = datetime(2026, 1, 1, tzinfo=ZoneInfo(TIMEZONE))
PERIOD = "%Y-%m-%d"
"""How a run's period is written: the day up to which its deliveries are stated."""
WAREHOUSE_POOL = "warehouse"
POOLS = json.loads((Path(__file__).resolve().parents[1] / "pools.json").read_text(encoding="utf-8"))
WHOLE_POOL: int = POOLS[WAREHOUSE_POOL]["slots"]
"""What a task takes that should have the machine to itself, and wait until running loads and judgements have ended."""

MAY_PASS = "nguồn chưa trả lời / the source does not answer"
FINAL = "thử lại không giúp gì / trying again cannot help"
ASK_AGAIN = timedelta(minutes=5)
NOT_NOW = "Nguồn chưa trả lời hoặc chưa đọc được. Việc này tự thử lại sau 5 phút, tối đa ba lần; số liệu đang công bố đứng nguyên."
NOT_SO = "Thử lại không giúp gì: sửa điều ghi dưới đây rồi {again}. Số liệu đang công bố đứng nguyên."
CLEAR = "bấm Clear để chạy lại"
TRIGGER = "bấm Trigger một lượt mới (Clear giữ nguyên những gì đã gõ)"
LABELS = (("where", "Ở"), ("expected", "Cần"), ("next_step", "Việc cần làm"))
LONGEST = 7
RUN_TAB = "tab Báo cáo chất lượng của lượt chạy này"

# A source that does not answer may answer later; what was judged wrong, and an address or a password that is wrong, stays so until
# somebody mends it. The first rule that fits decides.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule([SourceRefused, NeedsMending], RetryAction.FAIL, reason=FINAL),
        RetryRule([SourceError, MayHeal], RetryAction.RETRY, ASK_AGAIN, MAY_PASS),
        RetryRule([ContractError, FormatError, QualityGateClosed], RetryAction.FAIL, reason=FINAL),
    ]
)


def task_defaults(owner: str) -> dict[str, Any]:
    """Give the arguments all tasks of a DAG share."""
    return {
        "owner": owner,
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=30),
        "retry_policy": RETRY_POLICY,
        "execution_timeout": timedelta(hours=6),
    }


@contextmanager
def in_plain_words(again: str = CLEAR) -> Iterator[None]:
    """Tell a failure that is no fault of ours in the log as an operator reads it, and end the task without a stack trace."""
    try:
        yield
    except (SourceError, ContractError, FormatError, QualityGateClosed) as error:
        may_heal = isinstance(error, SourceError) and not isinstance(error, SourceRefused)
        say([NOT_NOW if may_heal else NOT_SO.format(again=again), *parts(error)[:LONGEST]])
        raise (MayHeal if may_heal else NeedsMending)(error.what) from None


def parts(error: ProvinceDataError) -> list[str]:
    """Write the parts of a message one a line; several failures told together stay lines of their own."""
    labelled = [error.what, *(f"{label}: {value}" for part, label in LABELS if (value := getattr(error, part)))]
    return [line.strip() for part in labelled for line in part.splitlines()]


def say(lines: Iterable[str], since: datetime | None = None, see: str = RUN_TAB) -> None:
    """Write a step's story into the task's log, one thing a line; at its end how long it took since then, and where to look."""
    log = logging.getLogger("province_data")
    for line in lines:
        log.info("%s", line)
    if since is not None:
        took = f"{(datetime.now(since.tzinfo) - since).total_seconds():.1f}".replace(".", ",")
        log.info("Hết %s giây. Xem thêm: %s.", took, see)


def shortened(lines: Sequence[str], see: str) -> list[str]:
    """Keep a log one that is read: the first lines, and where the others stand."""
    rest = [f"và {len(lines) - LONGEST} dòng khác: {see}"] if len(lines) > LONGEST else []
    return [*lines[:LONGEST], *rest]
