"""Write to the national centre that a run has not ended in time: which, since when, and where to look."""

from __future__ import annotations

from datetime import datetime

from province_data.mail.figures import clock
from province_data.mail.model import CENTRE, Message
from province_data.mail.render import render_page, safe_link


def render_late(link: str, dag: str, run_id: str, began: datetime, now: datetime) -> Message:
    """Write the mail about one late run, with a link to it; a run has one, and it belongs to no load."""
    hours = (now - began).total_seconds() / 3600
    words: dict[str, object] = {
        "subject": f"Nạp chậm: {dag} chưa xong sau {hours:.0f} giờ",
        "dag": dag,
        "run": run_id,
        "began": clock(began),
        "hours": f"{hours:.0f}",
        "created": clock(now),
        "link": safe_link(link),
    }
    html, text = render_page("late", words)
    return Message(CENTRE, 0, now, str(words["subject"]), html, text, f"late-{dag}-{run_id}"[:200])
