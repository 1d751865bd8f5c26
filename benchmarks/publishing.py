"""Measure whether a publication costs what changed, not what there is: the same change on a small base and on a large one.

    python -m benchmarks.publishing [--bases 1000000,10000000] [--rows 100000] [--times 3] [--work DIR] [--keep]

Each base is a country of so many citizens with their households, land, events and taxes (`country.py`). The same number of citizens changes all over
the country, in every base by turns; dbt builds and the product publishes. Printed are the seconds of both steps and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.country import ROOT, SECRET, change, ensure
from benchmarks.start import add_density, arguments, home_of, keep_figures
from province_data.build import build
from province_data.publish import publish

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
    with home_of(given, "country") as home:
        addresses = {persons: ensure(home, persons, given.density, lambda line: console.print(f"  {line}")) for persons in given.bases}
        runs = [measure(dsn, persons, given.rows, home) for _ in range(given.times + 1) for persons, dsn in addresses.items()]
        # The first one on each base warms the caches and dbt's parsed project.
        show(runs[len(addresses) :], given.bases)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--bases", type=lambda text: [int(part) for part in text.split(",")], default=[1_000_000, 10_000_000])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=3)
    add_density(parser)
    return parser.parse_args()


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
        persons,
        round(built.seconds, 2),
        round(sum(m.seconds or 0.0 for m in built.models), 2),
        round(time.monotonic() - began, 2),
        done.changed,
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
    path = keep_figures("publishing", {"cores": os.cpu_count(), "ratios": ratios, "runs": [asdict(r) for r in runs]})
    console.print(f"kept in {path}")


if __name__ == "__main__":
    raise SystemExit(main())
