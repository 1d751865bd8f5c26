"""Speak to a mail server: where it is, how the line is opened, and what its refusals mean."""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from province_data.errors import ContractError

PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
SECONDS = 10.0
"""How long the server may stay silent at each step."""


@dataclass(frozen=True)
class MailServer:
    """Where and how mails are handed over."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None = field(repr=False)
    ca_file: str | None = None
    """Certificates to trust instead of the system's, for a server with a certificate of its own authority."""


def read_address(url: str) -> MailServer:
    """Read `smtp://`, `smtp+starttls://` or `smtps://user:password@host:port?ca_file=…`; ContractError never shows it."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    options = parse_qs(parts.query)
    if parts.scheme not in PORTS or not parts.hostname or set(options) - {"ca_file"}:
        raise ContractError("PROVINCE_DATA_SMTP_URL is no mail server address", expected="smtp+starttls://user:password@host:587")
    return MailServer(
        scheme=parts.scheme,
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        ca_file=options["ca_file"][0] if options else None,
    )


def open_line(server: MailServer, greeting: str) -> smtplib.SMTP:
    """Connect, encrypt where the address says so (never less), log in.

    Raises OSError or SMTPException; no mail has been offered then.
    """
    line = _connect(server, greeting)
    try:
        if server.scheme == "smtp+starttls":
            line.starttls(context=_trust(server))
        if server.user is not None:
            line.login(server.user, server.password or "")
    except BaseException:
        line.close()
        raise
    return line


def cut(line: smtplib.SMTP) -> None:
    """Break a line at once, from another thread: whoever waits on it gets an OSError."""
    if line.sock is not None:
        try:
            line.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


def error_code(error: Exception) -> str:
    """Name a failure in one word; the server's own text may hold addresses and is dropped."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return f"AUTH_{error.smtp_code}"
        case smtplib.SMTPSenderRefused():
            return f"SENDER_{error.smtp_code}"
        case smtplib.SMTPDataError():
            return f"DATA_{error.smtp_code}"
        case smtplib.SMTPNotSupportedError():
            return "TLS_NOT_OFFERED" if "STARTTLS" in str(error) else "LOGIN_NOT_OFFERED"
        case smtplib.SMTPServerDisconnected():
            # smtplib calls a server that fell silent disconnected; what really happened stands behind it.
            return "TIMEOUT" if isinstance(error.__context__, TimeoutError) else "CONNECTION_LOST"
        case smtplib.SMTPResponseException():
            return f"SERVER_{error.smtp_code}"
        case TimeoutError():
            return "TIMEOUT"
        case ssl.SSLError():
            return "TLS_FAILED"
        case ConnectionRefusedError() | socket.gaierror():
            return "UNREACHABLE"
        case OSError():
            return "CONNECTION_LOST"
    return "SMTP_ERROR"


def _connect(server: MailServer, greeting: str) -> smtplib.SMTP:
    # The greeting is given, because asking for this machine's own name can take a minute without a name server.
    if server.scheme == "smtps":
        return smtplib.SMTP_SSL(server.host, server.port, local_hostname=greeting, timeout=SECONDS, context=_trust(server))
    return smtplib.SMTP(server.host, server.port, local_hostname=greeting, timeout=SECONDS)


def _trust(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca_file)
