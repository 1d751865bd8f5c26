"""Find out which paths the objects of a file of JSON lines have, where no contract names them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from province_data.formats.json_lines import Broken, parsed
from province_data.formats.window import Window

_BLOCK = 4 << 20


def paths_in(window: Window) -> list[str]:
    """List the paths of all single values, in the order in which they first appear; lines that are no records have none."""
    found: dict[str, None] = {}
    while True:
        window.fill(_BLOCK)
        size = len(window.content) if window.ended else window.content.rfind(b"\n") + 1
        if not size:
            return _without_branches(list(found))
        for line in window.content[:size].split(b"\n"):
            found.update(dict.fromkeys(_paths(line)))
        window.advance(size, 0)


def _paths(line: bytes) -> Iterator[str]:
    try:
        yield from _leaves(parsed(line.decode()), "")
    except (Broken, UnicodeDecodeError):
        return


def _leaves(record: Mapping[str, object], above: str) -> Iterator[str]:
    for key, value in record.items():
        path = f"{above}.{key}" if above else key
        if isinstance(value, dict) and value:
            yield from _leaves(value, path)
        else:
            yield path


def _without_branches(paths: list[str]) -> list[str]:
    """Drop a path that is a field in one record and an object in another."""
    return [p for p in paths if not any(other.startswith(f"{p}.") for other in paths)]
