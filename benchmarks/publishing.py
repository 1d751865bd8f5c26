"""Measure whether a publication costs what changed, not what there is: the same change on a small base and on a large one.

    python -m benchmarks.publishing [--bases 1000000,10000000] [--rows 100000] [--times 3] [--work DIR] [--keep]

Each base is a country of so many citizens with their households, land, events and taxes (`country.py`). The same number of citizens changes all over
the country, in every base by turns; dbt builds and the product publishes. Printed are the seconds of both steps and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.country import ROOT, SECRET, change, ensure
from province_data.build import build
from province_data.publish import publish
from province_data.store import embedded

console = Console(width=120)


@dataclass(frozen=True)
class Run:
    """One change built and published."""

    persons: int
    build_s: float
    models_s: float
    """Of the build, what the models and tests took in the database; the rest is dbt starting."""
    publish_s: float
    rows: int


def main() -> int:
    """Read the arguments, measure, print and keep the figures."""
    given = _arguments()
    home = given.work / "country"
    try:
        addresses = {persons: ensure(home, persons, given.density, lambda line: console.print(f"  {line}")) for persons in given.bases}
        runs = [measure(dsn, persons, given.rows, home) for _ in range(given.times + 1) for persons, dsn in addresses.items()]
        # The first one on each base warms the caches and dbt's parsed project.
        show(runs[len(addresses) :], given.bases)
    finally:
        embedded.stop(home)
        if not given.keep:
            shutil.rmtree(home, ignore_errors=True)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bases", type=lambda text: [int(part) for part in text.split(",")], default=[1_000_000, 10_000_000])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument(
        "--density", type=float, default=1.0, help="share of the land, civil-status and tax records that so many citizens have"
    )
    parser.add_argument("--work", type=Path, default=ROOT / ".province-data" / "bench", help="where the databases are put")
    parser.add_argument("--keep", action="store_true", help="leave the databases, for the next time or a look")
    given = parser.parse_args()
    given.work = given.work.resolve()
    return given


def measure(dsn: str, persons: int, rows: int, home: Path) -> Run:
    """Change, build and publish once; dead rows are cleaned up and written out before, as they are of an earlier measurement."""
    change(dsn, persons, rows)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("vacuum warehouse.dim_person")
        connection.execute("vacuum warehouse.dim_household")
        connection.execute("checkpoint")
    built = build(dsn, ROOT / "dbt_project", home / f"dbt-{persons}")
    began = time.monotonic()
    done = publish(dsn, SECRET, datetime.now(UTC))
    run = Run(
        persons, round(built.seconds, 2), round(sum(m.seconds for m in built.models), 2), round(time.monotonic() - began, 2), done.changed
    )
    console.print(
        f"  {persons:,} citizens: build {run.build_s:.1f} s ({run.models_s:.1f} s of it in the database), publish {run.publish_s:.1f} s, {run.rows:,} rows"
    )
    return run


def show(runs: list[Run], bases: list[int]) -> None:
    """Print the medians and how they grow with the base, and keep all runs."""
    table = Table("base", "build s", "of it in the database s", "publish s")
    medians = {
        persons: [
            statistics.median(getattr(r, step) for r in runs if r.persons == persons) for step in ("build_s", "models_s", "publish_s")
        ]
        for persons in bases
    }
    for persons, seconds in medians.items():
        table.add_row(f"{persons:,}", *(f"{s:.2f}" for s in seconds))
    ratios = [large / small for small, large in zip(medians[bases[0]], medians[bases[-1]], strict=True)]
    table.add_row("ratio", *(f"{ratio:.2f}" for ratio in ratios))
    console.print(table)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"publishing-{time.strftime('%Y%m%d-%H%M%S')}.json"
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "ratios": ratios,
        "runs": [asdict(r) for r in runs],
    }
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    console.print(f"kept in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
