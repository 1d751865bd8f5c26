"""Ask a dataset's source for what is new and hand over delivery folders; at-least-once, nothing counts before landing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from province_data.connectors import connect
from province_data.connectors.request import Pulled, PullRequest, SourceTable, Watermark
from province_data.contract.model import Contract
from province_data.errors import SourceError
from province_data.settings import Settings


def source_of(settings: Settings, contract: Contract, source: str | None) -> str | None:
    """Choose the source: `--source DIR` first, then the setting, then the contract; None when there is none.

    A folder given for all datasets need not hold each of them: a dataset without a folder sent nothing. An address
    is asked for every dataset as it is.
    """
    if source is None:
        return _own_folder(settings.connections.get(contract.dataset) or contract.source.connection, contract.dataset)
    if not is_passive(source):
        return source
    folder = Path(unquote(urlsplit(source).path) if source.startswith("file://") else source)
    if not folder.is_dir():
        raise SourceError(
            f"the folder of deliveries does not exist: {folder}",
            expected="a folder with <dataset>/<as_of>/<province>/",
            next_step="check --source",
        )
    mine = folder / contract.dataset
    return mine.resolve().as_uri() if mine.is_dir() else None


def _own_folder(uri: str | None, dataset: str) -> str | None:
    """Go into the dataset's folder when a connection names the folder of all datasets."""
    if uri is None or not is_passive(uri):
        return uri
    mine = Path(unquote(urlsplit(uri).path)) / dataset
    return mine.resolve().as_uri() if mine.is_dir() else uri


def shown_source(uri: str) -> str:
    """Write a source as a log may hold it: a folder as its path, an address without user, password and options."""
    parts = urlsplit(uri)
    if is_passive(uri):
        return unquote(parts.path)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment=""))


def is_passive(uri: str) -> bool:
    """Say whether a source keeps what it delivered (a folder), so that asking again is harmless."""
    return urlsplit(uri).scheme in ("", "file")


def pull(
    settings: Settings,
    contract: Contract,
    uri: str,
    provinces: tuple[str, ...],
    only: frozenset[str],
    watermarks: Mapping[str, Watermark],
    now: datetime,
) -> Iterator[Pulled]:
    """Yield the delivery folders the source has; SourceError when it cannot be reached or answers nonsense."""
    request = PullRequest(
        dataset=contract.dataset,
        uri=uri,
        options=contract.source.options,
        tables=tuple(
            SourceTable(t.name, t.file, t.remote or t.name, tuple(c.sent_as for c in t.columns), t.province_sql, t.updated_column)
            for t in contract.tables
        ),
        provinces=provinces,
        watermarks=watermarks,
        inbox=settings.home / "inbox",
        commune_edition=contract.commune_edition,
        now=now,
        only=only,
    )
    yield from connect(uri)(request)
