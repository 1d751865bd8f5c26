"""Say what is asked of a source and what came back: the words all connectors share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from province_data.errors import ContractError, SourceError, SourceRefused

LOCAL_ZONE = timezone(timedelta(hours=7))
"""Vietnam keeps UTC+7 all year."""
UNASSIGNED = "00"
"""The province code of records whose province the source does not tell."""
NUMBERS: Mapping[str, float] = {
    "page_size": 1000,
    "attempts": 6,
    "connect_seconds": 10,
    "read_seconds": 60,
    "deadline_seconds": 300,
    "max_answer_bytes": 64 * 2**20,
    "max_delivery_bytes": 50 * 2**30,
    "stable_seconds": 5,
    "statement_seconds": 7200,
    "lock_seconds": 30,
    "overlap_seconds": 0,
}
"""Every option that is a number, with its default. A dataset may change its connector, so all connectors accept all."""
TEXTS = ("ca_file",)


@dataclass(frozen=True)
class SourceTable:
    """One table as the source knows it."""

    table: str
    file_name: str
    remote_name: str
    columns: tuple[str, ...]
    """Names as sent, in the order of the contract."""
    province_sql: str | None
    """SQL that gives the province code of a row of `remote_name`, aliased `x`; for SQL sources only."""
    updated_column: str | None


@dataclass(frozen=True)
class Watermark:
    """How far a province has been read; `updated_since` None asks for a snapshot."""

    updated_since: datetime | None
    last_sequence_no: int


@dataclass(frozen=True)
class PullRequest:
    """Everything a connector needs to know; the URI may hold a secret and is never printed."""

    dataset: str
    uri: str = field(repr=False)
    options: Mapping[str, str]
    tables: tuple[SourceTable, ...]
    provinces: tuple[str, ...]
    watermarks: Mapping[str, Watermark]
    inbox: Path
    commune_edition: str
    now: datetime
    only: frozenset[str]
    """The provinces asked for; empty = all."""


@dataclass(frozen=True)
class Pulled:
    """A delivery folder, ready to be landed. The watermark counts only once the folder has been landed."""

    folder: Path
    source_uri: str
    """Where it came from, without any secret."""
    high_watermark: datetime | None
    province_code: str | None


def wanted(request: PullRequest, *more: str) -> list[str]:
    """List the provinces to pull, with `more` codes that are not provinces at the end."""
    return [code for code in (*request.provinces, *more) if not request.only or code in request.only]


def watermark(request: PullRequest, province: str) -> Watermark:
    """Give the watermark of a province; none yet means a first snapshot."""
    return request.watermarks.get(province) or Watermark(None, 0)


def number_option(options: Mapping[str, str], name: str) -> float:
    """Read a numeric option or its default; ContractError names an option that is unknown or no number."""
    for key in options:
        if key not in NUMBERS and key not in TEXTS:
            raise ContractError(f"unknown option {key} of a source", expected=f"one of {', '.join(sorted((*NUMBERS, *TEXTS)))}")
    text = options.get(name)
    if text is None:
        return NUMBERS[name]
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value < float("inf"):
        raise ContractError(f"option {name} of a source is not a number of 0 or more", expected=f"for example {NUMBERS[name]:g}")
    return value


def business_date(moment: datetime) -> date:
    """Give the day whose state this is: the state at 00:00 local time is that of the day that just ended."""
    local = moment.astimezone(LOCAL_ZONE)
    return local.date() - timedelta(days=1) if local.time() == time() else local.date()


def raise_together(failures: Sequence[SourceError], not_tried: Sequence[str] = ()) -> None:
    """Raise what failed after everything else was delivered: one error for all of it, nothing if nothing failed."""
    if not failures:
        return
    if len(failures) == 1 and not not_tried:
        raise failures[0]
    told = [f"{failure.what} ({failure.where})" for failure in failures]
    told += [f"not tried after that: {', '.join(not_tried)}"] if not_tried else []
    first = failures[0]
    # One that asking again may heal makes the whole worth asking again.
    kind = SourceRefused if all(isinstance(failure, SourceRefused) for failure in failures) else SourceError
    raise kind(
        f"{len(failures)} deliveries could not be pulled", where="\n    ".join(told), expected=first.expected, next_step=first.next_step
    )
