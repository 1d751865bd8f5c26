"""Read the body of an HTTP answer within its limits of time and size."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import httpx

from province_data.errors import SourceError


@dataclass(frozen=True)
class Answer:
    """An answer that came whole; the body of a refusal is not read, for it may quote what we sent."""

    status: int
    body: bytes = b""


@dataclass(frozen=True)
class Failed:
    """An attempt that may succeed when repeated, after `wait` seconds if the source said so."""

    reason: str
    wait: float | None = None


class _Unpack(Protocol):
    def feed(self, chunk: bytes, room: int) -> bytes: ...
    def ended(self) -> bool: ...


class _Plain:
    def feed(self, chunk: bytes, room: int) -> bytes:
        return chunk

    def ended(self) -> bool:
        return True


class _Gzip:
    """Unpack one gzip member, never more than there is room for: a small bomb must not fill the memory."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=31)

    def feed(self, chunk: bytes, room: int) -> bytes:
        unpacked = self._inflate.decompress(chunk, room + 1)
        if self._inflate.unused_data:
            raise zlib.error("bytes after the end of the packed answer")
        return unpacked

    def ended(self) -> bool:
        return self._inflate.eof


def read_answer(response: httpx.Response, cap: int, late: Callable[[], bool], where: str) -> Answer | Failed:
    """Read the whole body; Failed when it is cut, damaged or too slow, SourceError when it is larger than `cap`."""
    unpack = _unpacker(response.headers.get("content-encoding", ""), where)
    declared = response.headers.get("content-length")
    received, body = 0, bytearray()
    try:
        for chunk in response.iter_raw():
            received += len(chunk)
            body += unpack.feed(chunk, cap - len(body))
            if max(received, len(body)) > cap:
                raise _too_large(where, cap)
            if late():
                return Failed(f"the answer took too long: {received} bytes until then")
    except httpx.RemoteProtocolError:
        return Failed(f"the answer was cut: {received} bytes received, {declared or 'an end mark'} expected")
    except zlib.error:
        return Failed(f"the packed answer is damaged after {received} bytes")
    if not unpack.ended():
        return Failed(f"the packed answer was cut: {received} bytes received, no end mark")
    return Answer(response.status_code, bytes(body))


def _unpacker(encoding: str, where: str) -> _Unpack:
    match encoding.strip().lower():
        case "" | "identity":
            return _Plain()
        case "gzip" | "x-gzip":
            return _Gzip()
    raise SourceError(
        "the source packed its answer in a way nobody asked for",
        where=where,
        expected="gzip or nothing",
        next_step="tell the source's operator",
    )


def _too_large(where: str, cap: int) -> SourceError:
    return SourceError(
        "the source's answer is larger than allowed",
        where=where,
        expected=f"at most {cap} bytes, packed and unpacked",
        next_step="lower the option page_size, or raise max_answer_bytes if the source is right",
    )
