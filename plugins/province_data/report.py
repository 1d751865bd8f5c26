"""Tell every province, and the centre, what became of their deliveries: one mail each after every load.

What has to be mended goes into a folder of the province's own; the mail only says how much it is and where. The mails
are queued and sent (or written) here; a mail server that is down delays nothing and fails nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import psycopg

from province_data.corrections.bundle import BundleNames, write_bundles
from province_data.mail.assemble import Silence, assemble
from province_data.mail.ledger import read_ledger
from province_data.mail.model import Attachment, Message, ProvinceReport
from province_data.mail.newest import called
from province_data.mail.outbox import PRINTED, Flushed, flush, queue, recipients, who_wants_pdf
from province_data.mail.render import render_digest, render_province
from province_data.settings import Settings

OUTBOX = "outbox"


@dataclass(frozen=True)
class ReportSummary:
    """How many mails were newly written, what became of all that waited, and who has no address."""

    letters: int
    mails: Flushed
    without_recipient: tuple[str, ...]
    """Province codes (`00` = the centre); their mails lie in the outbox folder."""


def report(
    connection: psycopg.Connection,
    load_ids: Sequence[int],
    catalog: BundleNames,
    settings: Settings,
    now: datetime,
    *,
    silences: Sequence[Silence] = (),
) -> ReportSummary:
    """Report some loads; done again it writes no second mail, and sends what an earlier run could not.

    `silences` are the deliveries that were due and did not come: their provinces get a report too.
    """
    write_bundles(connection, load_ids, catalog, settings.home / OUTBOX)
    provinces, digest = assemble(read_ledger(connection, load_ids), catalog, settings.page_url, now, silences)
    messages = [render_province(one) for one in provinces]
    messages += _with_printed_form(connection, provinces, messages, now)
    if digest is not None:
        messages.append(render_digest(digest))
    return queue_and_send(connection, messages, settings, now)


def queue_and_send(connection: psycopg.Connection, messages: Sequence[Message], settings: Settings, now: datetime) -> ReportSummary:
    """Queue mails to whoever gets those of their province, and send what waits."""
    codes = [m.province_code for m in messages]
    to = recipients(connection, codes, settings)
    letters = queue(connection, messages, to, settings, who_wants_pdf(connection, codes))
    mails = flush(connection, settings, now)
    return ReportSummary(letters, mails, tuple(code for code, addresses in to.items() if not addresses))


def _with_printed_form(
    connection: psycopg.Connection, provinces: Sequence[ProvinceReport], messages: Sequence[Message], now: datetime
) -> list[Message]:
    """Make the reports of the provinces where somebody wants the printed form once more, with it."""
    codes = set(who_wants_pdf(connection, [one.province_code for one in provinces]))
    if not codes:
        return []
    from province_data.paper.scorecard import print_scorecard  # most runs print nothing and need no letters

    kinds = called(connection, sorted(codes), now.date())
    return [
        replace(
            message,
            topic=PRINTED,
            attachment=Attachment(
                f"phieu-chat-luong-{one.province_code}-{one.as_of.isoformat()}.pdf",
                print_scorecard(one, kinds.get(one.province_code, "tỉnh")),
            ),
        )
        for one, message in zip(provinces, messages, strict=True)
        if one.province_code in codes
    ]
