"""What can go wrong with an answer over HTTP, each a small change of the exchange."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import cast

from sources.population_api import Exchange, Fault


def status(code: int, **headers: str) -> Fault:
    """Answer with another status; `Retry_After="7"` becomes the header Retry-After."""

    def fault(exchange: Exchange) -> None:
        exchange.status = code
        exchange.headers.update({name.replace("_", "-"): value for name, value in headers.items()})

    return fault


def silent(exchange: Exchange) -> None:
    """Hang up without an answer."""
    exchange.silent = True


def cut(after: int, *, chunked: bool = False) -> Fault:
    """Hang up in the middle of the body."""

    def fault(exchange: Exchange) -> None:
        exchange.stop_after, exchange.chunked = after, chunked

    return fault


def stall(after: int) -> Fault:
    """Stop in the middle of the body, but stay on the line."""

    def fault(exchange: Exchange) -> None:
        exchange.stop_after, exchange.hang = after, True

    return fault


def declare(change: int) -> Fault:
    """Announce a length that is wrong by so many bytes."""

    def fault(exchange: Exchange) -> None:
        exchange.packed = False
        exchange.edit = _note_length(exchange, change)

    return fault


def _note_length(exchange: Exchange, change: int) -> Callable[[bytes], bytes]:
    def edit(body: bytes) -> bytes:
        exchange.declared = len(body) + change
        return body

    return edit


def body(change: Callable[[bytes], bytes], *, packed: bool = False) -> Fault:
    """Change the bytes of the body."""

    def fault(exchange: Exchange) -> None:
        exchange.packed, exchange.edit = packed, change

    return fault


def bomb(size: int) -> Fault:
    """Send a small answer that unpacks to a large one."""
    packed = gzip.compress(b" " * size)
    return body(lambda _: packed, packed=True)


def member(name: str, value: object) -> Fault:
    """Change a member of the answer, such as `total`."""

    def fault(exchange: Exchange) -> None:
        exchange.page[name] = value

    return fault


def without(name: str) -> Fault:
    """Leave a member of the answer out."""

    def fault(exchange: Exchange) -> None:
        exchange.page.pop(name, None)

    return fault


def items(change: Callable[[list[bytes]], list[bytes]]) -> Fault:
    """Change the records of the answer."""

    def fault(exchange: Exchange) -> None:
        exchange.page["items"] = change(list(cast(list[bytes], exchange.page["items"])))

    return fault


def together(*faults: Fault) -> Fault:
    """Let several things go wrong with one answer."""

    def fault(exchange: Exchange) -> None:
        for one in faults:
            one(exchange)

    return fault
