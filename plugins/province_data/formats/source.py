"""Read the bytes of a file as UTF-8: unpack gzip within bounds, translate a declared encoding, drop the byte order mark."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from province_data.formats.refusal import damaged, not_encoded

CHUNK = 1 << 20
BOM = codecs.BOM_UTF8
# Not all that Python can decode: its list also holds compressors. TCVN3 and VNI are fonts, no encodings.
ENCODINGS = frozenset({"utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "ascii", "iso8859-1", "cp1252", "cp1258"})
# Registry files shrink 5 to 50 times; gzip cannot shrink more than 1030 times. Only what unpacks to more than the
# first bytes is measured, so that a small file of equal lines is no bomb.
GZIP_RATIO = 500
GZIP_FREE = 64 << 20


def open_utf8(path: Path, encoding: str, name: str) -> tuple[Iterator[bytes], int]:
    """Give the content as UTF-8 chunks without byte order mark, and the offset in the file at which it begins.

    A file declared as UTF-8 is handed on unchecked: whoever parses it finds the bad byte and can name its line.
    The offset counts unpacked bytes; it is -1 where the file had to be translated.
    """
    chunks = _unpacked(path, name)
    codec = _codec(encoding, name)
    if codec not in ("utf-8", "utf-8-sig"):
        return _translated(chunks, codec, name), -1
    first = next(chunks, b"")
    skip = len(BOM) if first.startswith(BOM) else 0
    return _chained(first[skip:], chunks), skip


def _codec(encoding: str, name: str) -> str:
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        codec = ""
    if codec not in ENCODINGS:
        raise not_encoded(name, encoding, 1, None, what="text in an encoding that is not read,")
    return codec


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _unpacked(path: Path, name: str) -> Iterator[bytes]:
    with path.open("rb") as file:
        magic = file.read(2)
        file.seek(0)
        if magic == b"\x1f\x8b":
            yield from _gunzipped(file, path.stat().st_size, name)
            return
        while chunk := file.read(CHUNK):
            yield chunk


def _gunzipped(file: BinaryIO, size: int, name: str) -> Iterator[bytes]:
    cap = max(GZIP_FREE, size * GZIP_RATIO)
    unpacked, member = 0, zlib.decompressobj(31)
    while packed := file.read(CHUNK):
        while packed:
            if member.eof:
                if not packed.strip(b"\0"):
                    break
                member = zlib.decompressobj(31)
            try:
                chunk = member.decompress(packed, CHUNK)
            except zlib.error:
                raise damaged(name, f"the gzip file is damaged after {unpacked} unpacked bytes") from None
            unpacked += len(chunk)
            if unpacked > cap:
                raise damaged(name, "the gzip file unpacks beyond all measure", expected=f"at most {GZIP_RATIO} times its size")
            packed = member.unused_data if member.eof else member.unconsumed_tail
            if chunk:
                yield chunk
    if rest := member.flush():
        yield rest
    if not member.eof:
        raise damaged(name, f"the gzip file is cut off after {unpacked + len(rest)} unpacked bytes")


def _translated(chunks: Iterator[bytes], codec: str, name: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)()
    offset, line, first = 0, 1, True
    for chunk in _ended(chunks):
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            line += _decodable(chunk, codec, error.start - pending).count("\n")
            raise not_encoded(name, codec, line, offset - pending + error.start) from None
        offset, line = offset + len(chunk), line + text.count("\n")
        if text:
            yield (text.removeprefix("\ufeff") if first else text).encode()
            first = False


def _decodable(chunk: bytes, codec: str, end: int) -> str:
    return chunk[: max(end, 0)].decode(codec, errors="replace")


def _ended(chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield from chunks
    yield b""
