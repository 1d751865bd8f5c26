"""What the tests of the HTTP connector share: one province asked for, and what a pull did."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from province_data.connectors.http_api import pull
from province_data.connectors.request import Pulled, PullRequest, SourceTable
from province_data.errors import SourceError
from sources.population_api import PopulationApi

Order = Callable[..., PullRequest]
PERSON = SourceTable("person", "citizens.ndjson.gz", "citizens", ("soDinhDanh",), None, None)
PAGE = 100
RECORDS = 350
QUICK = {"page_size": str(PAGE), "attempts": "4", "max_answer_bytes": "400000"}


@dataclass
class Attempt:
    """What a pull did."""

    pulled: list[Pulled]
    waits: list[float]
    error: SourceError | None


def attempt(request: PullRequest, clock: Callable[[], float] | None = None) -> Attempt:
    """Pull everything; sleeping is only noted."""
    done = Attempt([], [], None)
    walk = pull(request, sleep=done.waits.append, **({"clock": clock} if clock else {}))
    try:
        for one in walk:
            done.pulled.append(one)
    except SourceError as error:
        done.error = error
    return done


def one_province(order: Order, api: PopulationApi, **changes: object) -> PullRequest:
    return order(api.uri, **{"tables": (PERSON,), "provinces": ("24",), "options": QUICK, **changes})


def lines(pulled: Pulled) -> list[bytes]:
    return gzip.decompress((pulled.folder / "citizens.ndjson.gz").read_bytes()).splitlines()


def manifest(pulled: Pulled) -> dict[str, object]:
    content = json.loads((pulled.folder / "manifest.json").read_bytes())
    assert isinstance(content, dict)
    return content


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
