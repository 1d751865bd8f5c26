"""Keep mails as files where there is no mail server: one `.eml` for a mail program, one `.html` for a browser."""

from __future__ import annotations

import os
import re
from pathlib import Path

from province_data.mail.figures import VIETNAM
from province_data.mail.model import Message

UNSAFE = re.compile(r"[^0-9A-Za-z_-]")


def write_mail(outbox: Path, message: Message, wire: bytes) -> Path:
    """Write `<outbox>/<day>/<province>-<load>.eml` and `.html`, a topic behind the load; a mail that lies there already is left as it is.

    The `.eml` comes last: where it stands, both are whole.
    """
    stem = UNSAFE.sub("_", "-".join(filter(None, (message.province_code, str(message.load_id), message.topic))))
    earlier = next(outbox.glob(f"*/{stem}.eml"), None)
    if earlier is not None:
        return earlier
    day = outbox / message.created_at.astimezone(VIETNAM).date().isoformat()
    day.mkdir(parents=True, exist_ok=True)
    _write(day / f"{stem}.html", message.html.encode())
    _write(day / f"{stem}.eml", wire)
    return day / f"{stem}.eml"


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
