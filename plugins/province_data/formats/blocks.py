"""Read a file block by block: fast where a block is proven, exact everywhere else, always in file order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from province_data.formats.csv_text import CHUNK, write_in_chunks
from province_data.formats.dialect import Limits, Unreadable
from province_data.formats.engine import WORKERS, Engine
from province_data.formats.form import Form, Parsed, Proof
from province_data.formats.reasons import NOT_TEXT, TOO_LARGE
from province_data.formats.refusal import UnknownKey, not_encoded, too_many_unreadable, unknown_key
from province_data.formats.window import Window, end_of_record, is_full_of_nuls, lines_in

Write = Callable[[bytes], object]
FEW_BAD = 10
MOST_BAD = 0.05
"""Of a file in the declared encoding a few records may be damaged; above this share, and always above a half, it is in another."""


@dataclass(frozen=True)
class Block:
    """A piece of the file that begins at a record: where it lies, and who reads it."""

    content: bytes
    line: int
    offset: int
    last: bool


@dataclass
class Reading:
    """One file being read: what is counted so far, and the blocks still with the engine."""

    form: Form
    write: Write
    limits: Limits
    name: str
    encoding: str
    written: int = 0
    unreadable: list[Unreadable] = field(default_factory=list)
    waiting: deque[tuple[Block, Proof, Future[Path | None]]] = field(default_factory=deque)

    def records(self) -> int:
        """Count the records seen so far."""
        return self.written + len(self.unreadable)

    def add(self, parsed: Parsed, line: int) -> None:
        """Write out a block that was read exactly, and number its unreadable records within the file."""
        write_in_chunks(parsed.csv, self.write)
        before = self.records()
        for u in parsed.unreadable:
            self.unreadable.append(Unreadable(before + (u.record_number or 0), line + (u.line or 1) - 1, u.reason))
        self.written += parsed.written
        if len(self.unreadable) > self.limits.unreadable:
            self.demand_text()
            raise too_many_unreadable(self.name, self.limits.unreadable)

    def demand_text(self) -> None:
        """Refuse a file so much of which is not text in the declared encoding that it must be written in another one."""
        bad = [u for u in self.unreadable if u.reason == NOT_TEXT]
        if len(bad) > 0.5 * self.records() or len(bad) > max(FEW_BAD, MOST_BAD * self.records()):
            raise not_encoded(self.name, self.encoding, bad[0].line or 1, None)


def read_blocks(window: Window, reading: Reading, scratch: Path) -> None:
    """Read all that the window still holds; the rows go to `reading.write`, the counts into `reading`."""
    with Engine(scratch) as engine:
        while block := _next_block(window, reading):
            if block.content:
                _read(block, window, reading, engine)
            else:
                _give_up_record(window, reading, inside=False)
        _collect(reading, 0)
    reading.demand_text()


def _next_block(window: Window, reading: Reading) -> Block | None:
    window.fill(reading.limits.block)
    if not window.content:
        return None
    size = len(window.content) if window.ended else reading.form.cut(window.content)
    block = Block(window.content[:size], window.line, window.offset, window.ended)
    content = block.content or window.content
    if is_full_of_nuls(content):
        at = content.find(b"\0")
        offset = block.offset + at if block.offset >= 0 else None
        line = block.line + lines_in(content[:at])
        raise not_encoded(reading.name, reading.encoding, line, offset, what="a NUL byte, which is not text in")
    return block


def _read(block: Block, window: Window, reading: Reading, engine: Engine) -> None:
    is_worth_it = len(block.content) >= reading.limits.fast_from and b"\0" not in block.content
    proof = reading.form.proof(block.content) if is_worth_it else None
    if proof is None:
        _collect(reading, 0)
        parsed = _exact(block, reading)
        reading.add(parsed, block.line)
        if parsed.consumed:
            window.advance(parsed.consumed, parsed.lines)
        else:
            _give_up_record(window, reading, inside=True, begun=len(block.content))
        return
    reading.waiting.append((block, proof, engine.submit(block.content, proof.job)))
    window.advance(len(block.content), proof.lines)
    _collect(reading, WORKERS)


def _collect(reading: Reading, keep: int) -> None:
    """Write out what the engine has done, in order, until only `keep` blocks are still with it."""
    while len(reading.waiting) > keep:
        block, proof, answer = reading.waiting.popleft()
        path = answer.result()
        if path is None:
            reading.add(_exact(block, reading), block.line)
            continue
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                reading.write(chunk)
        path.unlink()
        reading.written += proof.rows


def _exact(block: Block, reading: Reading) -> Parsed:
    try:
        return reading.form.exact(block.content, reading.limits, last=block.last)
    except UnknownKey as unknown:
        raise unknown_key(reading.name, unknown.key, block.line + unknown.line - 1) from None


def _give_up_record(window: Window, reading: Reading, *, inside: bool, begun: int = 0) -> None:
    """Skip a record that is larger than allowed, without holding it: it is one unreadable record."""
    _collect(reading, 0)
    reading.add(Parsed(b"", 0, (Unreadable(1, 1, TOO_LARGE),), 0, 0), window.line)
    window.advance(begun, lines_in(window.content[:begun]))
    while window.content or not window.ended:
        end, inside = end_of_record(window.content, reading.form.quote, inside)
        size = end or len(window.content)
        window.advance(size, lines_in(window.content[:size]))
        if end:
            return
        window.fill(reading.limits.block)
