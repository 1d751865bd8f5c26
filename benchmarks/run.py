"""Measure the product on one real province, beside the limit of this machine, in one run.

    python -m benchmarks.run [--scale 1.0] [--defects 0.02] [--work DIR] [--keep]

Generates the deliveries (kept for the next time), lets `province-data run` take in the whole province on a fresh home, then the next
delivery with the changed records only, then runs the limit on the same server. Prints the ratio, records per second for each step, and the
memory of each process; the seconds of two machines cannot be compared, the ratios can.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks import limit
from benchmarks.generate import LISTS, generate
from benchmarks.meter import Meter, Reading
from benchmarks.world import Plan
from province_data.contract.catalog import read_catalog
from province_data.reference.install import install_functions
from province_data.reference.load import load_reference
from province_data.store import embedded

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = (sys.executable, "-c", "from province_data.cli import main; main()")
console = Console(width=120)


@dataclass(frozen=True)
class Taken:
    """One run of the product over one set of deliveries."""

    reading: Reading
    records: int
    steps: list[tuple[str, str, float, int]]
    """(step, dataset, seconds, records)"""
    batches: list[tuple[str, str, int, int, int]]
    """(dataset, status, delivered, published, quarantined)"""


def main() -> int:
    """Read the arguments, measure, print and keep the figures."""
    given = _arguments()
    plan = Plan(given.province, given.scale, date(2026, 10, 31), LISTS, given.defects, 0.01)
    delivered = _delivered(plan, given.work)
    home = given.work / "home"
    embedded.stop(home)
    shutil.rmtree(home, ignore_errors=True)
    try:
        full = take_in(home, delivered / "full", "the whole province")
        found = findings(home, delivered / "truth.csv")
        changes = take_in(home, delivered / "changes", "1 % changed")
        best = _limit(home, plan, delivered)
        show(plan, full, changes, best, found)
        _keep(plan, full, changes, best, found)
    finally:
        embedded.stop(home)
        if not given.keep:
            shutil.rmtree(home, ignore_errors=True)
    return 0 if all(status == "published" for _, status, *_ in full.batches + changes.batches) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--province", default="24")
    parser.add_argument("--defects", type=float, default=0.02, help="share of the records with a planted defect")
    parser.add_argument("--work", type=Path, default=ROOT / ".province-data" / "bench", help="where deliveries and the database are put")
    parser.add_argument("--keep", action="store_true", help="leave the database for a look")
    given = parser.parse_args()
    given.work = given.work.resolve()
    return given


def _delivered(plan: Plan, work: Path) -> Path:
    """Generate the deliveries unless the same ones lie there from an earlier time."""
    sources = b"".join(
        p.read_bytes() for p in sorted(Path(__file__).parent.glob("*.py")) if p.name not in {"run.py", "limit.py", "meter.py"}
    )
    name = f"{plan.province}-{plan.scale:g}-{plan.defects:g}-{hashlib.sha256(sources).hexdigest()[:8]}"
    folder = work / "deliveries" / name
    if not (folder / "complete").exists():
        for old in (work / "deliveries").glob("*"):
            shutil.rmtree(old, ignore_errors=True)
        console.print(f"generating the province at scale {plan.scale:g} (minutes, once)")
        generate(plan, folder, lambda line: console.print(f"  {line}"))
        (folder / "complete").touch()
    return folder


def take_in(home: Path, deliveries: Path, title: str) -> Taken:
    """Let the product take in a folder of deliveries in a process of its own, and watch that process and its server."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PROVINCE_DATA_")} | {"PROVINCE_DATA_HOME": str(home)}
    home.mkdir(parents=True, exist_ok=True)
    log = home / "benchmark.log"
    console.print(f"taking in {title}")
    before = _last_load(home)
    with log.open("a") as out:
        process = subprocess.Popen([*PROGRAM, "run", "--source", str(deliveries)], env=environment, stdout=out, stderr=out)
        server = embedded.status(home)
        with Meter(process.pid, server.pid if server else None, home / "postgres" / "data" / "postmaster.pid") as meter:
            code = process.wait()
    if code == 2:
        raise SystemExit(f"the product stopped with an error, see {log}:\n" + "\n".join(log.read_text().splitlines()[-15:]))
    return _taken(home, before, meter.reading)


@dataclass(frozen=True)
class Found:
    """How the findings compare with the planted defects."""

    planted: int
    found: int
    false_alarms: dict[str, int]
    """Rule id -> findings that no planted defect explains."""


def findings(home: Path, truth: Path) -> Found:
    """Compare the open findings with the list of what was planted, record by record and rule by rule."""
    with truth.open(encoding="utf-8", newline="") as file:
        planted = Counter((r["dataset"], r["table"], r["record_key"], r["rule_id"]) for r in csv.DictReader(file))
    with psycopg.connect(_dsn(home) or "") as connection:
        rows = connection.execute(
            "select dataset, table_name, coalesce(record_key, ''), rule_id from quality.finding where table_name <> '' and resolved_at is null"
        )
        found = Counter(tuple(str(part) for part in row) for row in rows)
    known = set(planted)
    extra = Counter(rule for *record, rule in found.elements() if (*record, rule) not in known)
    return Found(len(known), len(known & set(found)), dict(extra))


def _dsn(home: Path) -> str | None:
    server = embedded.status(home)
    return embedded.dsn(server) if server else None


def _last_load(home: Path) -> int:
    dsn = _dsn(home)
    if dsn is None:
        return 0
    with psycopg.connect(dsn) as connection:
        row = connection.execute("select coalesce(max(load_id), 0) from ops.step").fetchone()
    return int(row[0]) if row else 0


def _taken(home: Path, before: int, reading: Reading) -> Taken:
    dsn = _dsn(home)
    if dsn is None:
        raise SystemExit("the product left no running database")
    with psycopg.connect(dsn) as connection:
        steps = connection.execute(
            "select step, dataset, sum(seconds)::float8, sum(rows)::bigint from ops.step where load_id > %s group by 1, 2 order by min(load_id), 1, 2",
            [before],
        ).fetchall()
        batches = connection.execute(
            "select dataset, status, delivered, published, quarantined from ops.batch where received_at > now() - make_interval(secs => %s) order by 1",
            [reading.wall_s + 5],
        ).fetchall()
    return Taken(
        reading, sum(int(b[2] or 0) for b in batches), [(s, d, float(sec), int(n)) for s, d, sec, n in steps], [tuple(b) for b in batches]
    )


def _limit(home: Path, plan: Plan, delivered: Path) -> limit.Limit:
    """Run the limit in a database of its own on the product's server, three times, and take the best."""
    catalog = read_catalog(ROOT / "expectations")
    console.print("measuring the limit")
    content = limit.write_content(catalog, delivered / "full", delivered / "limit")
    server = embedded.ensure_running(home)
    embedded.ensure_database(server, "limit_of_the_machine")
    dsn = embedded.dsn(server, "limit_of_the_machine")
    with psycopg.connect(dsn, autocommit=True) as connection:
        install_functions(connection)
        load_reference(connection, datetime.now(UTC))
    tables = limit.tables_of(catalog, content)
    return min(
        (limit.run_limit(dsn, tables, plan.province, str(plan.as_of), server.pid) for _ in range(3)), key=lambda one: one.reading.wall_s
    )


def show(plan: Plan, full: Taken, changes: Taken, best: limit.Limit, found: Found) -> None:
    """Print the figures."""
    console.print()
    steps = Table("step", "dataset", "seconds", "records/s", title=f"The whole province: {full.records:,} records (scale {plan.scale:g})")
    for step, dataset, seconds, records in full.steps:
        steps.add_row(step, dataset, f"{seconds:.1f}", f"{records / seconds:,.0f}" if records and seconds else "")
    console.print(steps)
    table = Table("", "seconds", "records/s", "processor s", "client peak MB", "server private MB")
    rows = (
        ("the product, whole province", full.reading, full.records),
        ("the limit", best.reading, best.rows),
        ("the product, 1 % changed", changes.reading, changes.records),
    )
    for name, r, records in rows:
        table.add_row(
            name, f"{r.wall_s:.1f}", f"{records / r.wall_s:,.0f}", f"{r.client_cpu_s:.0f} + {r.server_cpu_s:.0f}", f"{r.client_peak_mb:,.0f}", f"{r.server_private_peak_mb:,.0f}"
        )  # fmt: skip
    console.print(table)
    peaks = ", ".join(f"{name} {mb:,.0f} MB" for name, mb in sorted(full.reading.peaks_mb.items(), key=lambda x: -x[1]) if mb > 20)
    console.print(f"largest process of a kind: {peaks}")
    console.print(
        f"stages of the limit (seconds of two connections): {best.stages}; {best.failing:,} of {best.rows:,} records fail a row rule"
    )
    console.print(f"[bold]product / limit = {full.reading.wall_s / best.reading.wall_s:.2f}[/bold]")
    console.print(f"[bold]1 % changed / whole = {changes.reading.wall_s / full.reading.wall_s:.1%}[/bold]")
    alarms = ", ".join(f"{rule} {n:,}" for rule, n in sorted(found.false_alarms.items())) or "none"
    console.print(f"[bold]planted findings found: {found.found:,} of {found.planted:,}; false alarms: {alarms}[/bold]")
    for dataset, status, delivered, published, quarantined in full.batches + changes.batches:
        console.print(f"  {dataset}: {status}, {delivered:,} = {published:,} published + {quarantined:,} quarantined + others")


def _keep(plan: Plan, full: Taken, changes: Taken, best: limit.Limit, found: Found) -> None:
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "scale": plan.scale, "province": plan.province, "defects": plan.defects, "cores": os.cpu_count(),
        "ratio": full.reading.wall_s / best.reading.wall_s, "full": asdict(full), "changes": asdict(changes), "limit": asdict(best), "findings": asdict(found),
    }  # fmt: skip
    path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    console.print(f"kept in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
