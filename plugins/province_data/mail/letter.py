"""Put a rendered report into an e-mail: headers that nothing can be smuggled into, and one constant Message-ID."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy

from province_data.mail.figures import VIETNAM
from province_data.mail.model import Message
from province_data.mail.view import plain

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})(?:\.[A-Za-z0-9-]{1,63})*")
"""The addresses of RFC 5321 in use: no quoting, no comments, no line breaks, nothing but ASCII."""
SENDER_NAME = "Chất lượng dữ liệu"


class _WholeSubject(EmailPolicy):
    """Encode a subject as one piece: word by word, Python 3.11 loses blanks between Vietnamese words and signs.

    The addresses for leaving the list are never broken in two: some mail readers do not put them together again.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() == "subject":
            coded = Header(str(value), "utf-8", header_name=name).encode(linesep=self.linesep)
            return f"{name}: {coded}{self.linesep}".encode("ascii")
        if name.lower() == "list-unsubscribe":  # one address a line, and none on a line of its own below the name
            return f"{name}: {value}{self.linesep}".replace(", ", f",{self.linesep} ").encode("ascii")
        return super().fold_binary(name, value)


WIRE = _WholeSubject(linesep="\r\n")


def is_address(text: str) -> bool:
    """Say whether a text is one plain e-mail address."""
    return len(text) <= 254 and ADDRESS.fullmatch(text) is not None and ".." not in text


def message_id(message: Message, recipients: Sequence[str], sender: str) -> str:
    """Derive the Message-ID: the same province, load, topic and recipients always give the same one."""
    topic = [message.topic] if message.topic else []
    seed = "\n".join([message.province_code, str(message.load_id), *topic, *sorted(recipients)])
    return f"<{hashlib.sha256(seed.encode()).hexdigest()[:32]}@{domain_of(sender)}>"


def domain_of(sender: str) -> str:
    """Name the domain of the sender, for Message-IDs and greetings."""
    return sender.rpartition("@")[2] if is_address(sender) else "localhost"


def compose(
    message: Message, recipients: Sequence[str], sender: str, identity: str, now: datetime, leave: str | None = None
) -> EmailMessage:
    """Make the e-mail: plain text first, HTML as its alternative, both short lines of ASCII on the wire.

    `leave` is the recipient's own link for leaving the list; with it the mail has one recipient.
    Raises ValueError when the sender or a recipient is no plain address.
    """
    for address in (sender, *recipients):
        if not is_address(address):
            raise ValueError("not a plain e-mail address")
    mail = EmailMessage(policy=WIRE)
    mail["Subject"] = plain(message.subject)
    mail["From"] = Address(SENDER_NAME, addr_spec=sender)
    if recipients:
        mail["To"] = tuple(Address(addr_spec=recipient) for recipient in recipients)
    mail["Date"] = now.astimezone(VIETNAM)
    mail["Message-ID"] = identity
    mail["Content-Language"] = "vi, en"
    mail["List-Unsubscribe"] = ", ".join([*([f"<{leave}>"] if leave else []), f"<mailto:{sender}?subject=unsubscribe>"])
    if leave and leave.startswith("https://"):  # RFC 8058 lets a mail reader press a link by itself only there
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    # Robots must not answer a robot (RFC 3834), Outlook's holiday notes included.
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(message.text, charset="utf-8", cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", charset="utf-8", cte="quoted-printable")
    if message.attachment is not None:
        mail.add_attachment(message.attachment.content, maintype="application", subtype="pdf", filename=message.attachment.name)
    return mail
