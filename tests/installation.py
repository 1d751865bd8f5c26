"""An installation of the product with a database of its own, and what tests ask of it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import psycopg

from databases import copy_database, drop_database, empty_warehouse
from province_data.pipeline import RunResult, run_all
from province_data.settings import Settings
from province_data.store import embedded

PARSED = "partial_parse.msgpack"
"""Where dbt keeps what it has parsed."""
NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Installation:
    """A home folder and a database of their own."""

    settings: Settings
    dsn: str

    def run(self, source: Path, now: datetime = NOW, **choices: object) -> RunResult:
        """Do all steps for a folder of deliveries."""
        return run_all(self.settings, now, lambda _: None, source=str(source), **choices)  # type: ignore[arg-type]

    def ask(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """Ask the warehouse."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()


def make_installation(server: embedded.EmbeddedServer, home: Path, project: Path) -> tuple[Installation, Callable[[], None]]:
    """Create an empty installation; the second value removes its database.

    What dbt parsed of the project is handed on to the next installation of the same address.
    """
    name = copy_database(server, empty_warehouse(server), "pipeline")
    dsn = embedded.dsn(server, name)
    # A project of the test's own is another folder, whose seeds dbt would look for in the first one.
    own, kept = home / "dbt" / PARSED, server.log.parent / f"{name}-{project.as_posix().replace('/', '-')}-{PARSED}"
    if kept.exists():
        own.parent.mkdir(parents=True)
        shutil.copy(kept, own)

    def remove() -> None:
        if own.exists():
            shutil.copy(own, kept)
        drop_database(server, name)

    return Installation(Settings(home=home, project=project, dsn=dsn), dsn), remove


@dataclass(frozen=True)
class Sample:
    """The example deliveries as they were loaded, and what that run said; only to be looked at, or copied."""

    installation: Installation
    result: RunResult


@cache
def loaded_sample(server: embedded.EmbeddedServer, project: Path) -> Sample:
    """Load the example deliveries, once for each server."""
    installation, _ = make_installation(server, server.log.parent / "sample", project)
    return Sample(installation, installation.run(project / "examples" / "deliveries"))


def copy_sample(server: embedded.EmbeddedServer, home: Path, project: Path) -> tuple[Installation, RunResult, Callable[[], None]]:
    """Give an installation that has loaded the example deliveries, with what that run said; the last value removes its database."""
    sample = loaded_sample(server, project)
    name = copy_database(server, sample.installation.dsn.rpartition("/")[2], "sample")
    shutil.copytree(sample.installation.settings.home, home, dirs_exist_ok=True)
    dsn = embedded.dsn(server, name)
    return Installation(Settings(home=home, project=project, dsn=dsn), dsn), sample.result, lambda: drop_database(server, name)


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a small CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))
