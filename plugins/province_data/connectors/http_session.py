"""Talk to an HTTP source: log in, ask, wait when told to, try again, and give up in time."""

from __future__ import annotations

import json
import random
import ssl
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from urllib.parse import unquote, urlsplit

import httpx

from province_data.connectors.http_answer import Answer, Failed, read_answer
from province_data.connectors.request import number_option
from province_data.errors import ContractError, SourceError, SourceRefused

TOKEN_PATH = "/oauth/token"
WAIT_CAP_SECONDS = 120.0
BACKOFF_CAP_SECONDS = 30.0
BUSY = (429, 503)
BROKEN = (408, 500, 502, 504)
GIVE_UP_AFTER = 2
"""How many requests in a row may use up all their attempts before the source counts as down."""


class HttpSession:
    """A connection to one source with its access token; the token and the secret stay inside."""

    def __init__(self, uri: str, options: Mapping[str, str], sleep: Callable[[float], None], clock: Callable[[], float]) -> None:
        self.base, self._client_id, self._secret = _split_uri(uri)
        self._attempts = max(1, int(number_option(options, "attempts")))
        self._deadline = number_option(options, "deadline_seconds")
        self._cap = int(number_option(options, "max_answer_bytes"))
        self._sleep, self._clock = sleep, clock
        self._token: str | None = None
        self._given_up = 0
        self._refused = False
        timeout = httpx.Timeout(number_option(options, "read_seconds"), connect=number_option(options, "connect_seconds"))
        # Neither proxies nor passwords from the environment, and no redirect: only the declared host gets the token.
        self._client = httpx.Client(timeout=timeout, verify=_certificates(options), trust_env=False, follow_redirects=False)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    @property
    def lost(self) -> bool:
        """Say whether it is pointless to ask this source for more."""
        return self._refused or self._given_up >= GIVE_UP_AFTER

    def get(self, path: str, query: Mapping[str, str]) -> bytes:
        """Give the body of a successful answer; a token that expired is renewed once per request."""
        where = f"{self.base}{path}"
        answer = self._get_once(path, query)
        if answer.status == 401:
            self._token = None
            answer = self._get_once(path, query)
        if answer.status != 200:
            self._refused = answer.status == 401  # 403 may concern this province only
            raise _refusal(answer.status, where)
        return answer.body

    def _get_once(self, path: str, query: Mapping[str, str]) -> Answer:
        headers = {"Authorization": f"Bearer {self._token or self._log_in()}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        return self._answer(self._client.build_request("GET", self.base + path, params=dict(query), headers=headers))

    def _log_in(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": self._client_id, "client_secret": self._secret}
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        self._refused = True  # without a token nothing else can be asked
        answer = self._answer(self._client.build_request("POST", self.base + TOKEN_PATH, data=form, headers=headers))
        if answer.status != 200:
            raise _refusal(answer.status, self.base + TOKEN_PATH)
        self._token = _read_token(answer.body, self.base + TOKEN_PATH)
        self._refused = False
        return self._token

    def _answer(self, request: httpx.Request) -> Answer:
        """Ask until a final answer comes or the attempts are used up."""
        where = str(request.url.copy_with(query=None))
        failed = Failed("never asked")
        for attempt in range(self._attempts):
            if attempt:
                self._sleep(_backoff(attempt) if failed.wait is None else failed.wait)
            outcome = self._attempt(request, where)
            if isinstance(outcome, Answer):
                self._given_up = 0
                return outcome
            failed = outcome
        self._given_up += 1
        raise SourceError(
            f"the source gave no usable answer in {self._attempts} attempts: {failed.reason}",
            where=where,
            expected="a complete answer",
            next_step="ask the source's operator whether it is up and reachable from here, then run again",
        )

    def _attempt(self, request: httpx.Request, where: str) -> Answer | Failed:
        limit = self._clock() + self._deadline
        try:
            response = self._client.send(request, stream=True)
            try:
                if response.status_code in BUSY:
                    return Failed(f"status {response.status_code}", _retry_after(response.headers))
                if response.status_code in BROKEN:
                    return Failed(f"status {response.status_code}")
                if response.status_code != 200:
                    return Answer(response.status_code)
                return read_answer(response, self._cap, lambda: self._clock() > limit, where)
            finally:
                response.close()
        except httpx.ConnectError as error:
            return Failed(f"cannot connect: {error}")
        except httpx.TransportError as error:
            return Failed(f"the connection failed: {type(error).__name__}")


def _split_uri(uri: str) -> tuple[str, str, str]:
    """Take the secret out of the URI; an error never shows the URI, it may be the secret that is misplaced."""
    broken = SourceRefused(
        "the address of the source is not one",
        where="the source's connection",
        expected="http(s)://client:secret@host[:port][/base], special characters of the secret percent-encoded",
        next_step="correct the connection",
    )
    try:
        parts = urlsplit(uri)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise broken from None
    if not parts.hostname or not parts.username or not parts.password or "@" in parts.path or parts.query or parts.fragment:
        raise broken
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}", unquote(parts.username), unquote(parts.password)


def _certificates(options: Mapping[str, str]) -> ssl.SSLContext | bool:
    if "ca_file" not in options:
        return True
    try:
        return ssl.create_default_context(cafile=options["ca_file"])
    except OSError:
        raise ContractError("option ca_file of a source names no file of certificates", expected="the path of a PEM file") from None


def _read_token(body: bytes, where: str) -> str:
    try:
        token = json.loads(body)["access_token"]
    except (ValueError, KeyError, TypeError, RecursionError):
        token = None
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
        raise SourceError(
            "the source's log-in answer holds no access token", where=where, expected="access_token", next_step="tell the source's operator"
        )
    return token


def _refusal(status: int, where: str) -> SourceError:
    if status in (401, 403):
        return SourceRefused(
            f"the source refuses us (status {status})",
            where=where,
            expected="a valid client id and secret with the right to read",
            next_step="ask the source's operator for valid credentials and put them into the connection",
        )
    kind = "sends us elsewhere, which is not followed" if 300 <= status < 400 else "refuses the request"
    return SourceError(
        f"the source {kind} (status {status})",
        where=where,
        expected="status 200",
        next_step="compare the address and the provinces with the source's",
    )


def _retry_after(headers: httpx.Headers) -> float | None:
    """Read how long to wait; a date is compared with the source's own clock. None when it says nothing usable."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), WAIT_CAP_SECONDS)
    try:
        wait: float = (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None
    return min(max(wait, 0.0), WAIT_CAP_SECONDS)


def _backoff(attempt: int) -> float:
    """Wait twice as long each time, with a random half so that many clients do not come back together."""
    full = min(2.0**attempt / 2, BACKOFF_CAP_SECONDS)
    return full / 2 + random.uniform(0, full / 2)
