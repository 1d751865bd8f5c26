"""Yield the deliveries that senders dropped into a folder `<as_of>/<province>/`, without opening them."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from urllib.parse import unquote

from province_data.connectors.inbox import MANIFEST
from province_data.connectors.request import Pulled, PullRequest, number_option, raise_together
from province_data.errors import SourceError


def pull(request: PullRequest) -> Iterator[Pulled]:
    """Yield every delivery folder in the order of day and province; raise SourceError at the end for unsafe ones.

    A folder without manifest is yielded too, for the sender must hear of it, but not while it still changes: the
    manifest is written last, so with it the delivery is complete. Nothing is followed out of the folder.
    """
    root = _root(request.uri)
    stable_seconds = number_option(request.options, "stable_seconds")
    failures: list[SourceError] = []
    for day in _days(root, failures):
        for folder in _folders(day, failures):
            if request.only and folder.name not in request.only:
                continue
            try:
                _refuse_unsafe(folder)
                ready = _is_complete(folder, request.now.timestamp(), stable_seconds)
            except SourceError as refusal:
                failures.append(refusal)
                continue
            if ready:
                yield Pulled(folder, folder.as_uri(), None, folder.name)
    raise_together(failures)


def _root(uri: str) -> Path:
    text = uri.partition("://")[2] if "://" in uri else uri
    text = text.removeprefix("localhost") if text.startswith("localhost/") else text
    for path in (Path(text), Path(unquote(text))):
        if text and path.is_dir():
            return path.resolve()
    raise SourceError(
        "the folder of deliveries does not exist",
        where=text,
        expected="a folder that holds <as_of>/<province>/ folders",
        next_step="create the folder, mount it, or correct the connection",
    )


def _days(root: Path, failures: list[SourceError]) -> list[Path]:
    """List the folders of days; a folder called otherwise is told of, for what lies in it would never be taken."""
    found = _folders(root, failures)
    for folder in found:
        if not _is_day(folder.name):
            failures.append(
                SourceError(
                    "a folder of the source is not called after a day",
                    where=_shown(folder),
                    expected="<as_of>/<province>/, for example 2026-10-31/24/",
                    next_step="rename or move the folder, or point the source at the dataset's own folder",
                )
            )
    return [folder for folder in found if _is_day(folder.name)]


def _is_day(name: str) -> bool:
    try:
        return date.fromisoformat(name).isoformat() == name
    except ValueError:
        return False


def _folders(parent: Path, failures: list[SourceError]) -> list[Path]:
    """List the folders in their order; a link is refused, a loose file or a hidden name is not a delivery."""
    found = []
    try:
        for entry in _entries(parent):
            if entry.name.startswith("."):
                continue
            if entry.is_symlink() or not _is_plain_name(entry.name):
                failures.append(_unsafe(Path(entry.path), "a link, or a name with invisible characters,"))
            elif entry.is_dir(follow_symlinks=False):
                found.append(Path(entry.path))
    except SourceError as failure:
        failures.append(failure)
    return found


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise SourceError(
            f"a folder of deliveries cannot be read: {reason}",
            where=_shown(folder),
            expected="a readable folder",
            next_step="correct its rights",
        ) from None


def _refuse_unsafe(folder: Path) -> None:
    """Refuse what must not be opened: links lead out of the folder, pipes and devices never end."""
    for entry in _entries(folder):
        status = _status(Path(entry.path))
        if not _is_plain_name(entry.name):
            raise _unsafe(folder, "a name with invisible characters")
        if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
            raise _unsafe(Path(entry.path), "a link, pipe or device")
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1:
            raise _unsafe(Path(entry.path), "a file with a second name elsewhere (hard link)")


def _status(path: Path) -> os.stat_result:
    try:
        return os.lstat(path)
    except OSError:
        raise SourceError(
            "a file vanished while its folder was read",
            where=_shown(path),
            expected="a delivery at rest",
            next_step="nothing: it is tried again",
        ) from None


def _is_plain_name(name: str) -> bool:
    """Refuse control characters, invisible direction marks, and bytes that are no UTF-8."""
    return all(unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in name)


def _unsafe(path: Path, what: str) -> SourceError:
    return SourceError(
        f"{what} lies in the folder of deliveries and is not opened",
        where=_shown(path),
        expected="plain files and folders",
        next_step="remove it and ask the sender to send the file itself",
    )


def _shown(path: Path) -> str:
    """Write a path so that a name cannot forge a line of a log or a mail."""
    return repr(str(path))[1:-1]


def _is_complete(folder: Path, now: float, stable_seconds: float) -> bool:
    """Trust the manifest, for it is written last; without one, wait until nothing has moved for a while."""
    entries = _entries(folder)
    if any(entry.name == MANIFEST for entry in entries):
        return True
    changed = [_status(folder).st_mtime, *(_status(Path(entry.path)).st_mtime for entry in entries)]
    return all(abs(now - moment) >= stable_seconds for moment in changed)
