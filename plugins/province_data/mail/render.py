"""Render reports into mails that Gmail, Outlook and a plain text reader show well."""

from __future__ import annotations

import textwrap
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from province_data.mail.digest_view import attention, columns, overview, signs, tally
from province_data.mail.figures import clock, day
from province_data.mail.model import CENTRE, Digest, Message, ProvinceReport
from province_data.mail.subject import by_gravity, digest_subject, province_subject
from province_data.mail.theme import CHIP, INK, MARK, PAINT
from province_data.mail.view import dataset_view, plain, to_mend
from province_data.mail.wording import EN, VI

TEXT_WIDTH = 76


def render_province(report: ProvinceReport) -> Message:
    """Render one province's report, its gravest dataset first."""
    label = "open_page" if any(d.returned for d in report.datasets) else "open_overview"
    return _render(report, report.province_code, province_subject(report), label)


def render_question(report: ProvinceReport, batch_id: str, until: datetime) -> Message:
    """Ask the national centre about a held batch: its report, until when an answer counts, and where to give it."""
    subject = f"Cần quyết định trước {clock(until)}: {province_subject(report)}"
    return replace(_render(report, CENTRE, subject, "decide"), topic=f"held-{batch_id}")


def _render(report: ProvinceReport, code: str, subject: str, link_label: str) -> Message:
    ordered = by_gravity(report.datasets)
    words = {
        "report": report,
        "name": plain(report.province_name),
        "subject": subject,
        "as_of": day(report.as_of),
        "created": clock(report.created_at),
        "link": safe_link(report.page_url),
        "link_label": link_label,
        "to_mend": to_mend(ordered, VI),
        "to_mend_en": to_mend(ordered, EN),
        "vi_datasets": [dataset_view(d, VI) for d in ordered],
        "en_datasets": [dataset_view(d, EN) for d in ordered],
    }
    return _message(code, report, subject, "province", words)


def render_digest(digest: Digest) -> Message:
    """Render the national centre's digest: what needs attention, then every province × dataset."""
    subject = digest_subject(digest)
    words = {
        "report": digest,
        "subject": subject,
        "as_of": day(digest.as_of),
        "created": clock(digest.created_at),
        "link": safe_link(digest.page_url),
        "tally": tally(digest),
        "attention": attention(digest),
        "columns": columns(digest),
        "overview": overview(digest),
        "signs": signs(digest),
    }
    return _message(CENTRE, digest, subject, "digest", words)


def render_page(template: str, words: dict[str, object]) -> tuple[str, str]:
    """Render a mail of its own kind: HTML and plain text."""
    html, text = (_environment.get_template(f"{template}.{kind}.j2").render(words) for kind in ("html", "txt"))
    return html, text


def safe_link(address: str | None) -> str | None:
    """Give back a web address, and nothing that a mail reader might run."""
    if address is None or urlsplit(address).scheme not in ("http", "https"):
        return None
    return address


def _message(code: str, report: ProvinceReport | Digest, subject: str, template: str, words: dict[str, object]) -> Message:
    return Message(
        province_code=code,
        load_id=report.load_id,
        created_at=report.created_at,
        subject=subject,
        html=_environment.get_template(f"{template}.html.j2").render(words),
        text=_environment.get_template(f"{template}.txt.j2").render(words),
    )


def _wrap(text: str, indent: int = 0, first: str = "") -> str:
    margin = " " * indent
    lines = textwrap.wrap(text, TEXT_WIDTH, initial_indent=first or margin, subsequent_indent=margin, break_long_words=False)
    return "\n".join(lines)


def _load() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        # Plain text has nothing to escape; everything else is escaped whatever its name ends in.
        autoescape=select_autoescape(disabled_extensions=("txt.j2",), default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(vi=VI, en=EN, paint=PAINT, chip=CHIP, mark=MARK, ink=INK)
    environment.filters["wrapped"] = _wrap
    return environment


_environment = _load()
