"""Run the population agency's HTTP interface on loopback; it answers from delivery folders and follows a script of faults."""

from __future__ import annotations

import gzip
import json
import secrets
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, quote, urlsplit

CLIENT_ID = "tinh-24"
SECRET = "s3cret/of:the@province"
BASE = "/dancu"
AS_OF = "2026-11-01T00:00:00+07:00"


@dataclass
class Exchange:
    """One answer before it is sent; a fault changes it as it likes."""

    page: dict[str, object]
    """The answer's members; `items` are the records' own JSON texts."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    packed: bool = True
    edit: Callable[[bytes], bytes] | None = None
    """Changes the bytes of the body as they go over the line; the length is declared afterwards."""
    declared: int | None = None
    """A wrong Content-Length."""
    chunked: bool = False
    stop_after: int | None = None
    """Send so many bytes of the body and no more …"""
    hang: bool = False
    """… and then keep the connection open until the client closes it, instead of closing it."""
    silent: bool = False
    """Close the connection without any answer."""


Fault = Callable[[Exchange], None]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int


def read_records(deliveries: Path) -> dict[str, list[bytes]]:
    """Read the newest `citizens.ndjson.gz` of each province, each record as its own text."""
    files = sorted(deliveries.glob("population/*/*/citizens.ndjson.gz"))
    return {path.parent.name: gzip.decompress(path.read_bytes()).splitlines() for path in files}


class PopulationApi:
    """The running interface; use it as a context manager. `records`, `as_of` and the scripts may be changed at any time."""

    def __init__(self, records: Mapping[str, Iterable[bytes]], certificate: Path | None = None) -> None:
        self.records = {province: list(lines) for province, lines in records.items()}
        self.as_of = AS_OF
        self.script: deque[Fault | None] = deque()
        """What happens to the next requests for records, in turn; None = nothing."""
        self.token_script: deque[Fault | None] = deque()
        self.always: Fault | None = None
        """What happens to every request for records."""
        self.requests_per_token: int | None = None
        self.asked: list[Asked] = []
        self._tokens: dict[str, int] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.api = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.scheme = "https" if certificate else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> PopulationApi:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        """Give the base address without the secret."""
        return f"{self.scheme}://127.0.0.1:{self._server.server_port}{BASE}"

    @property
    def uri(self) -> str:
        """Give the connection as it is configured: with client id and secret."""
        return self.address.replace("://", f"://{quote(CLIENT_ID, safe='')}:{quote(SECRET, safe='')}@")

    @property
    def pages_asked(self) -> list[Asked]:
        """List the requests for records."""
        return [asked for asked in self.asked if asked.method == "GET"]

    @property
    def logins(self) -> int:
        """Count the requests for a token."""
        return sum(asked.method == "POST" for asked in self.asked)

    def expire_tokens(self) -> None:
        """Let every token that was given out expire."""
        self._tokens.clear()

    def issue_token(self) -> str:
        """Give out a token."""
        token = secrets.token_hex(16)
        self._tokens[token] = 0
        return token

    def admits(self, authorization: str) -> bool:
        """Say whether a token is good for one more request."""
        token = authorization.removeprefix("Bearer ")
        if token not in self._tokens:
            return False
        self._tokens[token] += 1
        return self.requests_per_token is None or self._tokens[token] <= self.requests_per_token

    def page(self, query: Mapping[str, str]) -> dict[str, object]:
        """Answer a question as the agency does."""
        since = query.get("updated_since")
        found = [line for line in self.records.get(query.get("province", ""), []) if since is None or _changed(line) > _moment(since)]
        start, limit = int(query.get("cursor", "p0")[1:]), min(int(query["limit"]), 1000)
        following = f"p{start + limit}" if start + limit < len(found) else None
        return {"items": found[start : start + limit], "next_cursor": following, "total": len(found), "as_of": self.as_of}


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _changed(line: bytes) -> datetime:
    return _moment(json.loads(line)["capNhatLuc"])


def render(page: Mapping[str, object]) -> bytes:
    """Write the answer, each record in its own words."""
    members = [f'"{name}": {json.dumps(value)}'.encode() for name, value in page.items() if name != "items"]
    items = page.get("items", [])
    assert isinstance(items, list)
    return b'{"items": [' + b", ".join(items) + b"], " + b", ".join(members) + b"}"


class _Server(ThreadingHTTPServer):
    api: PopulationApi
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the play."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        good = form.get("client_id") == [CLIENT_ID] and form.get("client_secret") == [SECRET]
        exchange = Exchange({"access_token": "", "token_type": "Bearer", "expires_in": 3600})
        if not good or form.get("grant_type") != ["client_credentials"] or urlsplit(self.path).path != BASE + "/oauth/token":
            exchange = Exchange({"error": "invalid_client"}, status=401)
        elif self.server.api.token_script:
            _apply(self.server.api.token_script.popleft(), exchange)
        if exchange.status == 200 and exchange.page.get("access_token") == "":
            exchange.page["access_token"] = self.server.api.issue_token()
        exchange.packed = False
        self._send(exchange, {}, lambda page: json.dumps(page).encode())

    def do_GET(self) -> None:
        api, parts = self.server.api, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if not api.admits(self.headers.get("Authorization", "")):
            exchange = Exchange({}, status=401)
        elif parts.path != BASE + "/api/v1/citizens":
            exchange = Exchange({}, status=404)
        else:
            exchange = Exchange(api.page(query), packed="gzip" in self.headers.get("Accept-Encoding", ""))
            _apply(api.always, exchange)
            _apply(api.script.popleft() if api.script else None, exchange)
        self._send(exchange, query, render)

    def _send(self, exchange: Exchange, query: Mapping[str, str], write: Callable[[Mapping[str, object]], bytes]) -> None:
        self.server.api.asked.append(Asked(self.command, urlsplit(self.path).path, query, exchange.status))
        if exchange.silent:
            self.close_connection = True
            return
        body = write(exchange.page) if exchange.status == 200 else b'{"error": "see the status"}'
        body = gzip.compress(body, 6) if exchange.packed else body
        body = exchange.edit(body) if exchange.edit else body
        self.send_response_only(exchange.status)
        lines = {
            "Date": self.date_time_string(),
            "Content-Type": "application/json",
            **({"Content-Encoding": "gzip"} if exchange.packed else {}),
            **exchange.headers,
        }
        if exchange.chunked:
            lines["Transfer-Encoding"] = "chunked"
        else:
            lines["Content-Length"] = str(len(body) if exchange.declared is None else exchange.declared)
        for name, value in lines.items():
            self.send_header(name, value)
        self.end_headers()
        self._send_body(exchange, body)

    def _send_body(self, exchange: Exchange, body: bytes) -> None:
        sent = body if exchange.stop_after is None else body[: exchange.stop_after]
        self.wfile.write(f"{len(body):x}\r\n".encode() + sent if exchange.chunked else sent)
        if exchange.chunked and exchange.stop_after is None:
            self.wfile.write(b"\r\n0\r\n\r\n")
        self.wfile.flush()
        if exchange.hang:
            self.connection.recv(1)
        if exchange.stop_after is not None or exchange.declared is not None:
            self.close_connection = True


def _apply(fault: Fault | None, exchange: Exchange) -> None:
    if fault:
        fault(exchange)
