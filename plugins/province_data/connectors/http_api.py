"""Pull records page by page from an HTTP interface with OAuth2 client credentials, one delivery per province."""

from __future__ import annotations

import gzip
import io
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from province_data.batch import Kind, Manifest, ManifestFile
from province_data.connectors.http_session import HttpSession
from province_data.connectors.inbox import BLOCK, MeasuredFile, describe_file, seal, unfinished_folder
from province_data.connectors.page import Page, read_page
from province_data.connectors.repeats import SeenRecords
from province_data.connectors.request import (
    LOCAL_ZONE,
    Pulled,
    PullRequest,
    SourceTable,
    business_date,
    number_option,
    raise_together,
    wanted,
    watermark,
)
from province_data.errors import ContractError, SourceError

PATH_PREFIX = "/api/v1/"
EMPTY_PAGES = 100
"""A source that goes on with pages that bring nothing is not coming to an end."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Question:
    """One table of one province, from one moment on."""

    table: SourceTable
    province: str
    since: datetime | None
    page_size: int
    max_bytes: int

    @property
    def path(self) -> str:
        name = self.table.remote_name
        if not name:
            raise ContractError(
                f"table {self.table.table} has no name at its HTTP source", expected="remote: <name>", next_step="complete the contract"
            )
        return name if name.startswith("/") else PATH_PREFIX + name

    def query(self, cursor: str | None) -> dict[str, str]:
        since = {"updated_since": self.since.astimezone(LOCAL_ZONE).isoformat()} if self.since else {}
        return {"province": self.province, **since, "limit": str(self.page_size), **({"cursor": cursor} if cursor else {})}


@dataclass(frozen=True)
class _Received:
    """What came for one question."""

    file: ManifestFile
    as_of: datetime


def pull(
    request: PullRequest, *, sleep: Callable[[float], None] = time.sleep, clock: Callable[[], float] = time.monotonic
) -> Iterator[Pulled]:
    """Yield a delivery for every province that has records; raise SourceError at the end for those that failed.

    One province's failure does not keep the others from being delivered, unless the source is down or refuses us.
    A province without any record yields nothing: an empty snapshot would remove everybody.
    """
    failures: list[SourceError] = []
    provinces = wanted(request)
    with closing(HttpSession(request.uri, request.options, sleep, clock)) as session:
        while provinces and not session.lost:
            province = provinces.pop(0)
            try:
                pulled = _pull_province(session, request, province)
            except SourceError as failure:
                failures.append(_of_province(failure, province))
                continue
            if pulled:
                yield pulled
    raise_together(failures, provinces)


def _pull_province(session: HttpSession, request: PullRequest, province: str) -> Pulled | None:
    mark = watermark(request, province)
    size, cap = (int(number_option(request.options, name)) for name in ("page_size", "max_delivery_bytes"))
    with unfinished_folder(request.inbox, request.dataset) as folder:
        questions = [_Question(table, province, mark.updated_since, max(1, size), cap) for table in request.tables]
        received = [_receive(session, question, folder) for question in questions]
        if not any(part.file.records for part in received):
            return None
        # The earliest moment: what changed while we were paging comes again next time.
        as_of = min(part.as_of for part in received).astimezone(LOCAL_ZONE)
        manifest = Manifest(
            request.dataset,
            business_date(as_of),
            province,
            mark.last_sequence_no + 1,
            Kind.CHANGES if mark.updated_since else Kind.SNAPSHOT,
            as_of,
            request.commune_edition,
            tuple(part.file for part in received),
        )
        return Pulled(seal(folder, request.inbox, manifest), session.base, as_of, province)


def _receive(session: HttpSession, question: _Question, folder: Path) -> _Received:
    """Write every page to the table's file as it comes, then prove that it is what the source counted."""
    target = folder / question.table.file_name
    seen, pages = SeenRecords(), _PageWalk(session, question)
    written = _write(target, _noted(pages, seen))
    repeated = seen.repeated()
    if repeated:
        log.warning("province %s: dropped %d records that came again on a later page", question.province, len(repeated))
        written = _write_without(target, repeated)
    records = len(seen) - len(repeated)
    if records != pages.total:
        raise SourceError(
            f"the source announced {pages.total} records and sent {records} different ones",
            where=session.base + question.path,
            expected="as many records as announced",
            next_step="run again; if it stays so, ask the source's operator",
        )
    return _Received(describe_file(written, target.name, question.table.table, records), pages.as_of)


class _PageWalk:
    """Iterate over the pages; refuse a walk that runs in circles, does not end, or changes its mind about the total."""

    total: int
    as_of: datetime

    def __init__(self, session: HttpSession, question: _Question) -> None:
        self._session, self._question = session, question
        self._where = session.base + question.path

    def __iter__(self) -> Iterator[Page]:
        cursors: set[str] = set()
        cursor, received, size, empty = None, 0, 0, 0
        while True:
            page = read_page(self._session.get(self._question.path, self._question.query(cursor)), self._where)
            self._note(page, first=cursor is None)
            received, size = received + len(page.records), size + sum(map(len, page.records))
            empty = 0 if page.records else empty + 1
            yield page
            cursor = page.next_cursor
            if cursor is None:
                return
            if cursor in cursors:
                raise self._refuse("the source's paging runs in a circle: a cursor came back")
            if received > 2 * self.total + self._question.page_size or empty > EMPTY_PAGES:
                raise self._refuse(f"the source's paging does not end: {received} records received, {self.total} announced")
            if size > self._question.max_bytes:
                raise self._refuse(f"the delivery is larger than {self._question.max_bytes} bytes (option max_delivery_bytes)")
            cursors.add(cursor)

    def _note(self, page: Page, first: bool) -> None:
        if first:
            self.total, self.as_of = page.total, page.as_of
        elif page.total != self.total:
            raise self._refuse(f"the source's total changed while paging: {self.total}, then {page.total}")
        self.as_of = min(self.as_of, page.as_of)

    def _refuse(self, what: str) -> SourceError:
        return SourceError(
            what, where=self._where, expected="pages of one state", next_step="run again; if it stays so, ask the source's operator"
        )


def _noted(pages: Iterable[Page], seen: SeenRecords) -> Iterator[bytes]:
    for page in pages:
        seen.add_page(page.records)
        yield from page.records


def _write(path: Path, records: Iterable[bytes]) -> MeasuredFile:
    """Write one record a line; the same records always make the same bytes, packed or not."""
    with ExitStack() as stack:
        measured = stack.enter_context(MeasuredFile(path))
        out = cast(IO[bytes], stack.enter_context(io.BufferedWriter(measured, BLOCK)))
        if path.suffix == ".gz":
            out = cast(IO[bytes], stack.enter_context(gzip.GzipFile("", "wb", 6, out, mtime=0)))
        for record in records:
            out.write(record + b"\n")
    return measured


def _write_without(path: Path, repeated: frozenset[int]) -> MeasuredFile:
    first = path.rename(path.with_name(".first-" + path.name))
    with gzip.open(first) if path.suffix == ".gz" else open(first, "rb") as lines:
        written = _write(path, (line.rstrip(b"\n") for number, line in enumerate(lines) if number not in repeated))
    first.unlink()
    return written


def _of_province(failure: SourceError, province: str) -> SourceError:
    where = f"{failure.where}, province {province}"
    return type(failure)(failure.what, where=where, expected=failure.expected, next_step=failure.next_step)
