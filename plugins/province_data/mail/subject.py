"""Write a subject line that tells the news: who, what, how good, how many records came back."""

from __future__ import annotations

from collections import Counter

from province_data.mail.figures import day, percent, whole
from province_data.mail.model import DatasetReport, Digest, ProvinceReport, Verdict
from province_data.mail.view import overall_change, plain, reason_lines
from province_data.mail.wording import VI

LIMIT = 150
"""Longer subjects are cut by every reader anyway."""
REASON_LIMIT = 60
UNPUBLISHED = (Verdict.REFUSED, Verdict.NOTHING_CAME, Verdict.HELD, Verdict.UNFINISHED, Verdict.WAITING)


def province_subject(report: ProvinceReport) -> str:
    """Name the province, the gravest dataset and what happened to it."""
    lead, *others = by_gravity(report.datasets)
    parts = [plain(report.province_name), _title(lead), *_news(lead)]
    if lead.verdict in UNPUBLISHED and others:
        parts.append(f"và {len(others)} {'tập' if _kinds(report.datasets) > 1 else 'gói'} khác")
    elif others:
        lowest = VI.verdict[lead.verdict].lower() if lead.score is None else f"thấp nhất {_title(lead)} {_score(lead)}"
        several = f"{_kinds(report.datasets)} tập dữ liệu" if _kinds(report.datasets) > 1 else f"{len(others) + 1} gói {_title(lead)}"
        parts = [parts[0], several, lowest, _returned(report.datasets)]
    return _cut(" · ".join(filter(None, parts)), LIMIT)


def digest_subject(digest: Digest) -> str:
    """Count the verdicts of all provinces, the gravest first."""
    counted = Counter(row.dataset.verdict for row in digest.rows)
    parts = [f"{VI.verdict[v].lower()} {whole(counted[v], VI.notation)}" for v in Verdict if counted[v]]
    provinces = len({row.province_code for row in digest.rows})
    return _cut(" · ".join([f"{VI.label['nationwide']} {day(digest.as_of)}", f"{provinces} tỉnh, thành", *parts]), LIMIT)


def by_gravity(datasets: tuple[DatasetReport, ...]) -> list[DatasetReport]:
    """Order datasets: what was not published first, the gravest before; then by score, the lowest before."""
    gravity = {verdict: place for place, verdict in enumerate(UNPUBLISHED)}
    return sorted(datasets, key=lambda d: (gravity.get(d.verdict, len(gravity)), d.score is None, d.score or 0, d.dataset))


def _kinds(datasets: tuple[DatasetReport, ...]) -> int:
    """Count datasets: several deliveries of one are one."""
    return len({d.dataset for d in datasets})


def _news(lead: DatasetReport) -> list[str]:
    match lead.verdict:
        case Verdict.REFUSED:
            told = reason_lines(lead.reason_vi or lead.reason_en, VI)
            return ["bị từ chối" + (f": {_cut(told[0][1], REASON_LIMIT)}" if told else "")]
        case Verdict.HELD:
            return ["tạm giữ, chưa công bố", _score(lead) if lead.score is not None else ""]
        case Verdict.NOTHING_CAME:
            return ["chưa nhận được dữ liệu"]
        case Verdict.UNFINISHED | Verdict.WAITING | Verdict.SUPERSEDED | Verdict.DUPLICATE:
            return [VI.verdict[lead.verdict].lower()]
        case _:
            return [_score(lead), _returned((lead,))]


def _title(dataset: DatasetReport) -> str:
    title = plain(dataset.title_vi)
    return title[:1].lower() + title[1:]


def _score(dataset: DatasetReport) -> str:
    if dataset.score is None:
        return "" if dataset.is_answer else VI.label["not_testable"]
    return f"{percent(dataset.score, VI.notation)} {overall_change(dataset, VI)}".strip()


def _returned(datasets: tuple[DatasetReport, ...]) -> str:
    count = sum(d.returned for d in datasets)
    return f"{whole(count, VI.notation)} bản ghi bị trả lại" if count else "không bản ghi nào bị trả lại"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
