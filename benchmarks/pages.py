"""Time the quality pages over many findings.

    python -m benchmarks.pages [--findings 10000000] [--times 20] [--work DIR] [--keep]

The ledger is filled by set-based SQL: every dataset of 34 provinces with thirty daily loads, scores of provinces, results of all rules, findings of all
rules by the provinces' shares, a tenth of them closed. The tallies that the pages show are the product's own. Each page is asked for in the process that
makes it, so the time is the server's: what the browser and the network add is not in it. The first answer of each page is left out (`first`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from fastapi.testclient import TestClient
from rich.console import Console
from rich.table import Table

from benchmarks.country import ROOT, THOUSANDS, server_without_waiting, shares, side_by_side
from benchmarks.readers import part
from province_data.contract.catalog import Catalog, read_catalog
from province_data.contract.model import Contract
from province_data.pages.application import Host, create_application
from province_data.quality.tally import tally
from province_data.settings import Settings
from province_data.store import embedded
from province_data.store.database import connected
from province_data.store.migrate import migrate

DAYS = 30
LIMIT_MS = 300
console = Console(width=120)


def main() -> int:
    """Read the arguments, measure, print and keep the figures."""
    given = _arguments()
    home = given.work / "pages"
    try:
        dsn = _ledger(home, given.findings)
        rows = list(time_pages(dsn, home, given.times))
        show(rows, given.findings)
    finally:
        embedded.stop(home)
        if not given.keep:
            shutil.rmtree(home, ignore_errors=True)
    return 0 if all(p95 <= LIMIT_MS for _, _, _, p95, _ in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--findings", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--work", type=Path, default=ROOT / ".province-data" / "bench", help="where the database is put")
    parser.add_argument("--keep", action="store_true", help="leave the database, for the next time or a look")
    given = parser.parse_args()
    given.work = given.work.resolve()
    return given


def _ledger(home: Path, findings: int) -> str:
    """Fill a ledger and count it as a report does; returns its address on a server that runs as the product runs it."""
    catalog, now = read_catalog(ROOT / "expectations"), datetime.now(UTC)
    with server_without_waiting(home) as server:
        dsn = embedded.dsn(server)
        with connected(dsn) as connection:
            migrate(connection, catalog, now)
            if connection.execute("select exists (select from quality.finding)").fetchone() == (True,):
                return _restarted(home)
            for statement in _history(catalog, now):
                connection.execute(statement.encode())
        indexes = _without_indexes(dsn)
        started = time.monotonic()
        side_by_side(dsn, list(_findings(catalog, findings)))
        side_by_side(dsn, indexes)
        with connected(dsn) as connection:
            connection.execute("analyze")
            console.print(f"  {findings:,} findings: {time.monotonic() - started:.0f} s")
            started = time.monotonic()
            tally(connection, catalog, [DAYS])
            connection.execute("analyze")
            console.print(f"  counted for the pages, all provinces at once: {time.monotonic() - started:.0f} s")
    return _restarted(home)


def _restarted(home: Path) -> str:
    embedded.stop(home)
    return embedded.dsn(embedded.ensure_running(home))


def _history(catalog: Catalog, now: datetime) -> Iterator[str]:
    """SQL of thirty loads: batches, scores in every dimension, results of every rule, times of the steps."""
    moment = f"timestamptz '{now.isoformat()}' - make_interval(days => {DAYS} - day)"
    days = f"generate_series(1, {DAYS}) as day"
    batch = "d.dataset || p || day"
    every = f"unnest(ops.province_codes()) as p, {days}"
    datasets = ", ".join(f"('{d}')" for d in catalog.contracts)
    yield f"insert into ops.load (started_at, finished_at, rule_set, status) select {moment}, {moment}, 'benchmark', 'done' from {days}"
    yield "insert into ops.load_caller select load_id, 'ingest_land/' || load_id from ops.load"
    yield (
        "insert into ops.batch (batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, kind, sequence_no, load_id, delivered,"
        f" published, quarantined, declared) select {batch}, d.dataset, p, ({moment})::date, {moment}, '', '', 'published', 'snapshot', day, day, 100000, 99000, 1000, 100000"
        f" from (values {datasets}) d (dataset), {every}"
    )
    yield f"insert into ops.step select day, step, d.dataset, 12, 100000 from (values {datasets}) d (dataset), unnest(array['load', 'validate', 'report']) step, {days}"
    for dataset, contract in catalog.contracts.items():
        rules = ", ".join(f"('{rule}', '{table}')" for rule, table in _judged(catalog, contract))
        yield (
            "insert into quality.rule_result (batch_id, dataset, rule_id, province_code, evaluated, failed, not_applicable, outcome, table_name, load_id)"
            f" select d.dataset || p || day, d.dataset, r.rule, p, 100000, 100 + length(r.rule) * day, 0, 'failed', r.name, day from (values ('{dataset}')) d (dataset),"
            f" (values {rules}) r (rule, name), {every}"
        )
    dimensions = ", ".join(f"('{code}')" for code, _, _ in catalog.dimensions)
    yield (
        "insert into quality.score (dataset, province_code, dimension, batch_id, evaluated, failed, score, as_of, load_id, rules, rule_set)"
        f" select d.dataset, p, m.dimension, {batch}, 1000000, 1000 * day, 100 - day / 10.0, ({moment})::date, day, 10, 'benchmark'"
        f" from (values {datasets}) d (dataset), (values {dimensions}) m (dimension), {every}"
    )


def _judged(catalog: Catalog, contract: Contract) -> list[tuple[str, str]]:
    """List the rules over single records of a dataset with their tables."""
    return [(rule.id, table.name) for table in contract.tables for rule, _ in catalog.row_checks(table)]


def _findings(catalog: Catalog, findings: int) -> Iterator[str]:
    """SQL of the findings, a statement for each province and dataset: all rules alike, nine of ten open, opened over thirty days."""
    pairs = sum(len(_judged(catalog, contract)) for contract in catalog.contracts.values())
    for code, number in sorted(shares(findings).items(), key=lambda one: -one[1]):
        for dataset, contract in catalog.contracts.items():
            rules = ", ".join(f"('{rule}', '{table}')" for rule, table in _judged(catalog, contract))
            yield (
                "insert into quality.finding (dataset, table_name, rule_id, dimension, severity, province_code, record_key, field, batch_id, row_number, status,"
                " first_seen_at, last_seen_at, resolved_at, first_load_id, last_load_id, opened_load_id, resolved_load_id, commune_code)"
                f" select '{dataset}', f.name, f.rule, r.dimension, r.severity, '{code}', '0{code}' || lpad(i::text, 9, '0'), '', '{dataset}{code}{DAYS}', i,"
                " case when i % 10 = 0 then 'resolved' else 'open' end, l.started_at, l.started_at, case when i % 10 = 0 then l.started_at end,"
                f" l.load_id, {DAYS}, l.load_id, case when i % 10 = 0 then {DAYS} end, null"
                f" from (values {rules}) f (rule, name) join quality.rule r on r.rule_id = f.rule cross join generate_series(1, {-(-number // pairs)}) as i"
                f" join ops.load l on l.load_id = 1 + i % {DAYS}"
            )


def _without_indexes(dsn: str) -> list[str]:
    """Take the indexes off the findings while they are filled; returns the statements that put them back."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute(
            "select c.relname::text, pg_get_indexdef(i.indexrelid), con.conname::text, pg_get_constraintdef(con.oid) from pg_index i"
            " join pg_class c on c.oid = i.indexrelid left join pg_constraint con on con.conindid = i.indexrelid"
            " where i.indrelid = 'quality.finding'::regclass and not i.indisprimary"
        ).fetchall()
        again = []
        for index, definition, constraint, unique in found:
            connection.execute(
                (f"alter table quality.finding drop constraint {constraint}" if constraint else f"drop index quality.{index}").encode()
            )
            again.append(f"alter table quality.finding add constraint {constraint} {unique}" if constraint else str(definition))
    return again


def time_pages(dsn: str, home: Path, times: int) -> Iterator[tuple[str, float, float, float, int]]:
    """Ask for every kind of page again and again; yields (page, first ms, p50 ms, p95 ms, bytes)."""
    settings = Settings(home=home, project=ROOT, dsn=dsn)
    visitor = TestClient(create_application(Host(lambda: settings, lambda: datetime.now(UTC), [], [], lambda to: to)))
    for title, addresses in _addresses(dsn):
        taken, size = [], 0
        for number in range(times + 1):
            address = addresses[number % len(addresses)]
            began = time.perf_counter()
            answer = visitor.get(address)
            taken.append((time.perf_counter() - began) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
            size = max(size, len(answer.content))
        yield title, taken[0], part(taken[1:], 0.5), part(taken[1:], 0.95), size


def _addresses(dsn: str) -> list[tuple[str, list[str]]]:
    """List the pages: large, middling and small provinces by turns, and the last page of a long list."""
    codes = sorted(THOUSANDS, key=lambda code: -THOUSANDS[code])
    some = [codes[0], codes[len(codes) // 2], codes[-1]]
    with psycopg.connect(dsn) as connection:
        rules = connection.execute(
            "select dataset, rule_id from quality.finding_tally where rule_id <> '' group by 1, 2 order by max(persisting) desc, 2 limit 3"
        ).fetchall()
        last = connection.execute(
            "select finding_id, province_code, dataset, rule_id from quality.finding where status = 'open' and province_code = %s and dataset = %s and rule_id = %s"
            " order by record_key desc offset 60 limit 1",
            [some[0], *rules[0]],
        ).fetchone()
    assert last is not None  # the rule was chosen because it has findings
    finding, province, dataset, rule = last
    return [
        ("map of the day", ["/"]),
        ("map of one dimension", ["/?dimension=clean"]),
        ("map of a day of the past", [f"/?day={datetime.now(UTC).date().isoformat()}"]),
        ("province", [f"/provinces/{code}" for code in some]),
        ("dataset", ["/datasets/population", "/datasets/land"]),
        ("all rules", ["/rules"]),
        ("rule", [f"/rules/{rule_id}" for _, rule_id in rules]),
        ("batch", [f"/batches/{d}{code}{DAYS}" for code in some for d in ("population", "land")]),
        ("inbox", ["/inbox", f"/inbox?province={some[0]}", "/inbox?severity=critical"]),
        ("single findings, first page", [f"/inbox/{code}/{d}/{r}" for code in some for d, r in rules]),
        ("single findings, last page", [f"/inbox/{province}/{dataset}/{rule}?after={finding}"]),
        ("lineage", ["/lineage"]),
        ("report of a run", [f"/runs/ingest_land/{day}" for day in (DAYS, DAYS - 1)]),
    ]


def show(rows: list[tuple[str, float, float, float, int]], findings: int) -> None:
    """Print and keep the figures."""
    table = Table("page", "first ms", "p50 ms", "p95 ms", "kB", title=f"{findings:,} findings")
    for title, first, middle, high, size in rows:
        table.add_row(title, f"{first:.0f}", f"{middle:.0f}", f"{high:.0f}{' !' if high > LIMIT_MS else ''}", f"{size / 1024:.0f}")
    console.print(table)
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"pages-{time.strftime('%Y%m%d-%H%M%S')}.json"
    names = ("page", "first_ms", "p50_ms", "p95_ms", "bytes")
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "findings": findings,
        "pages": [dict(zip(names, row, strict=True)) for row in rows],
    }
    path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    console.print(f"kept in {path.relative_to(ROOT)}")


if __name__ == "__main__":
    raise SystemExit(main())
