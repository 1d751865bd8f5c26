"""Read the source that a person typed into a form: what cannot be meant is refused before anything is fetched, with what may be meant."""

from __future__ import annotations

import os
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from province_data.connectors import connect
from province_data.errors import SourceRefused

LAYOUT = "thư mục chứa <bộ>/<ngày>/<tỉnh>/, ví dụ /srv/giao-nop có {dataset}/2026-10-31/24/"
NEAR = 0.7
"""How alike two names must be to be taken for one another."""
LONGEST = 200


def read_typed(typed: str, dataset: str, declared: str | None) -> str:
    """Give the source that is meant; SourceRefused says in Vietnamese what is wrong with it, and what may be meant.

    A folder may be that of all datasets or the dataset's own. An address is typed without a password; it gets that of the `declared`
    connection where it names the same server, and no other.
    """
    text = typed.strip().strip("\"'").strip()
    scheme, separator, rest = text.partition("://")
    if separator and scheme.lower() != "file":
        connect(text)
        return _with_password(text, declared)
    path = unquote(rest.removeprefix("localhost")) if separator else text
    try:
        return str(_folder(Path(path), dataset))
    except OSError as error:
        raise _wrong(f"không đọc được thư mục này: {error.strerror}", Path(path), "sửa quyền đọc của thư mục", dataset) from None


def _with_password(address: str, declared: str | None) -> str:
    typed, known = urlsplit(address), urlsplit(declared or "")
    server = typed.netloc.rpartition("@")[2]
    if typed.username or (typed.scheme, server) != (known.scheme, known.netloc.rpartition("@")[2]):
        return address
    return urlunsplit(typed._replace(netloc=known.netloc))


def _folder(folder: Path, dataset: str) -> Path:
    """Give the folder of all datasets; OSError where we may not look."""
    if not folder.is_absolute():
        raise _wrong("đường dẫn chưa đầy đủ", folder, "gõ từ gốc, bắt đầu bằng dấu /", dataset)
    if not folder.exists():
        raise _missing(folder, dataset)
    if not folder.is_dir():
        raise _wrong("đây là một tệp, không phải thư mục", folder, "gõ thư mục chứa các lần gửi", dataset)
    if (folder / dataset).is_dir():
        return folder
    if folder.name == dataset:
        return folder.parent
    if dataset in folder.parts:
        raise _too_deep(folder, dataset)
    inside = ", ".join(_shown(name) for name in _folders(folder)[:5]) or "không có thư mục con nào"
    raise _wrong(f"trong thư mục này không có thư mục con {dataset}", folder, f"xem lại: ở đó có {inside}", dataset)


def _too_deep(folder: Path, dataset: str) -> SourceRefused:
    above = Path(*folder.parts[: folder.parts.index(dataset)])
    return _wrong("đường dẫn đi quá sâu, vào trong một bộ dữ liệu", folder, f"gõ {_shown(str(above))}", dataset)


def _missing(folder: Path, dataset: str) -> SourceRefused:
    """Name how far the path leads, and the name there that looks most like the next one typed."""
    known = next(parent for parent in folder.parents if parent.is_dir())
    wanted = folder.relative_to(known).parts[0]
    near = get_close_matches(wanted, _folders(known), 1, NEAR)
    meant = f"gần giống nhất là {_shown(str(known / near[0]))}" if near else "kiểm tra chính tả, hoặc thư mục chưa được gắn vào máy này"
    return _wrong(f"không có thư mục này: có đến {_shown(str(known))}, trong đó không có {_shown(wanted)}", folder, meant, dataset)


def _folders(folder: Path) -> list[str]:
    with os.scandir(folder) as entries:
        return sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))


def _wrong(what: str, folder: Path, next_step: str, dataset: str) -> SourceRefused:
    return SourceRefused(what, where=_shown(str(folder)), expected=LAYOUT.format(dataset=dataset), next_step=next_step)


def _shown(text: str) -> str:
    """Write what was typed so that it cannot forge a line of a log, nor fill it."""
    return repr(text[:LONGEST])[1:-1]
