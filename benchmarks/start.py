"""What the benchmarks at the size of a country have in common: their arguments, their databases' folder, where figures are kept."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.country import ROOT
from province_data.store import embedded


def arguments(description: str | None) -> argparse.ArgumentParser:
    """Begin a benchmark's arguments with those that all have."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--work",
        type=lambda text: Path(text).resolve(),
        default=ROOT / ".province-data" / "bench",
        help="where the databases are put",
    )
    parser.add_argument("--keep", action="store_true", help="leave the databases, for the next time or a look")
    return parser


def add_density(parser: argparse.ArgumentParser) -> None:
    """Let the caller thin the other three registries."""
    text = "share of the land, civil-status and tax records that so many citizens have"
    parser.add_argument("--density", type=float, default=1.0, help=text)


@contextmanager
def home_of(given: argparse.Namespace, name: str) -> Iterator[Path]:
    """Give the folder of a benchmark's server; at the end the server is stopped and the folder removed, unless it shall be kept."""
    home = given.work / name
    try:
        yield home
    finally:
        embedded.stop(home)
        if not given.keep:
            shutil.rmtree(home, ignore_errors=True)


def keep_figures(name: str, figures: Mapping[str, object]) -> Path:
    """Write figures to a file of their own below `results`; returns it, relative to the project."""
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.json"
    stamped = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **figures}
    path.write_text(json.dumps(stamped, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path.relative_to(ROOT)
