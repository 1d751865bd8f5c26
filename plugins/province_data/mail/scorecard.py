"""Write what is known of a held batch for the person who decides: as Markdown, in Vietnamese, counts only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import psycopg

from province_data.mail.assemble import assemble
from province_data.mail.declared import DeclaredNames
from province_data.mail.figures import clock, day, number, whole
from province_data.mail.ledger import read_ledger
from province_data.mail.model import DatasetReport, ProvinceReport, Verdict
from province_data.mail.view import DatasetView, dataset_view, plain
from province_data.mail.wording import VI
from province_data.store.decisions import HeldBatch

SIGNS = {"green": "●", "yellow": "▲", "red": "■", "grey": "–"}
"""The same signs as in the mails: readable without colour."""


def held_report(
    connection: psycopg.Connection, catalog: DeclaredNames, batch: HeldBatch, link: str | None, now: datetime
) -> ProvinceReport:
    """Report on one held batch alone; `link` is where to decide."""
    provinces, _ = assemble(read_ledger(connection, [batch.load_id]), catalog, link, now, ())
    whole_report = next(p for p in provinces if p.province_code == batch.province_code)
    mine = tuple(d for d in whole_report.datasets if d.dataset == batch.dataset and d.verdict is Verdict.HELD)
    return replace(whole_report, datasets=mine[:1])


def held_scorecard(connection: psycopg.Connection, catalog: DeclaredNames, batch: HeldBatch, now: datetime) -> str:
    """Write the scorecard of one held batch."""
    [report] = held_report(connection, catalog, batch, None, now).datasets
    return "\n".join(_lines(batch, report, dataset_view(report, VI))) + "\n"


def _lines(batch: HeldBatch, report: DatasetReport, view: DatasetView) -> Iterator[str]:
    yield f"**{plain(batch.province_name)} · {view.title.lower()} · số liệu đến {day(batch.as_of)}**"
    yield ""
    yield f"Lô `{batch.batch_id}`, gói số {batch.sequence_no}, bị giữ lúc {clock(batch.held_at)}: {plain(batch.reason_vi)}."
    yield ""
    yield from _compared(batch)
    yield from _scores(report, view)
    yield from _rules(view)
    yield from _consequences(batch)


def _compared(batch: HeldBatch) -> Iterator[str]:
    yield "| | Đang công bố | Lô này | Chênh lệch |"
    yield "|---|---:|---:|---:|"
    yield f"| Ngày số liệu | {day(batch.stands_as_of) if batch.stands_as_of else '–'} | {day(batch.as_of)} | |"
    difference = batch.delivered - batch.stands_delivered
    share = f" ({100 * difference / batch.stands_delivered:+.0f} %)" if batch.stands_delivered else ""
    figures = [whole(n, VI.notation) for n in (batch.stands_delivered, batch.delivered, difference)]
    yield f"| Bản ghi nhận được | {figures[0]} | {figures[1]} | {figures[2]}{share} |"
    yield f"| Không đọc được | | {whole(batch.unreadable, VI.notation)} | |"
    yield ""


def _scores(report: DatasetReport, view: DatasetView) -> Iterator[str]:
    if not view.dimensions:
        return
    yield "| Tiêu chí | Điểm lô này | So với lần trước | Không đạt |"
    yield "|---|---:|---:|---:|"
    for shown, scored in zip(view.dimensions, report.dimensions, strict=True):
        sign = SIGNS[shown.colour.value]
        yield f"| {shown.name} | {sign} {number(scored.score, VI.notation)} | {shown.change} | {shown.detail} |"
    yield ""


def _rules(view: DatasetView) -> Iterator[str]:
    if not view.rules:
        return
    yield "| Quy tắc | Mức | Không đạt | Nội dung |"
    yield "|---|---|---:|---|"
    for rule in view.rules:
        yield f"| {rule.rule_id} | {rule.severity_label} | {rule.share} | {rule.sentence.replace('|', '/')} |"
    if view.more_rules:
        yield f"\n{view.more_rules}"
    yield ""


def _consequences(batch: HeldBatch) -> Iterator[str]:
    fewer = max(batch.stands_delivered - batch.delivered, 0)
    yield f"- **Công bố**: lô được kiểm tra lại rồi thay số liệu đang công bố của tỉnh; ít nhất {whole(fewer, VI.notation)} bản ghi bị gỡ."
    yield "- **Để riêng**: không công bố, số liệu cũ đứng nguyên, trung tâm xem xét; tỉnh được báo."
    yield "- **Trả lại**: không công bố, số liệu cũ đứng nguyên, tỉnh được yêu cầu gửi lại bản đầy đủ."
