"""Time the quality pages over many findings.

    python -m benchmarks.pages [--findings 10000000] [--times 20] [--work DIR] [--keep]

The ledger is filled by set-based SQL: every dataset of 34 provinces with 120 daily loads, deliveries, mails, scores of provinces, results of all rules,
findings of all rules by the provinces' shares in all communes, a tenth of them closed. The newest tallies that the pages show are the product's own, the
older ones copies of them. Each page is asked for in the process that makes it, so the time is the server's: what the browser and the network add is not in
it. The first answer of each page is left out (`first`).
"""

from __future__ import annotations

import argparse
import hashlib
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
from benchmarks.start import arguments, home_of, keep_figures
from province_data.contract.catalog import Catalog, read_catalog
from province_data.contract.model import Contract
from province_data.pages.application import Host, create_application
from province_data.quality.tally import tally
from province_data.settings import Settings
from province_data.store import embedded
from province_data.store.database import connected
from province_data.store.migrate import migrate

DAYS = 120
LIMIT_MS = 300
console = Console(width=120)


def main() -> int:
    """Read the arguments, measure, print and keep the figures."""
    given = _arguments()
    with home_of(given, "pages") as home:
        dsn = _ledger(home, given.findings)
        rows = list(time_pages(dsn, home, given.times))
        show(rows, given.findings)
    return 0 if all(p95 <= LIMIT_MS for _, _, _, p95, _ in rows) else 1


def _arguments() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--findings", type=int, default=10_000_000)
    parser.add_argument("--times", type=int, default=20)
    return parser.parse_args()


def _ledger(home: Path, findings: int) -> str:
    """Fill a ledger and count it as a report does; returns its address on a server that runs as the product runs it."""
    catalog, now = read_catalog(ROOT / "expectations"), datetime.now(UTC)
    with server_without_waiting(home) as server:
        dsn = embedded.dsn(server)
        with connected(dsn) as connection:
            migrate(connection, catalog, now)
            is_made = connection.execute("select exists (select from quality.finding_tally)").fetchone() == (True,)
            for statement in () if is_made else _history(catalog, now):
                connection.execute(statement.encode())
        if not is_made:
            _fill(dsn, catalog, findings)
    return embedded.dsn(embedded.ensure_running(home))


def _fill(dsn: str, catalog: Catalog, findings: int) -> None:
    indexes, started = _without_indexes(dsn), time.monotonic()
    side_by_side(dsn, list(_findings(catalog, findings)))
    side_by_side(dsn, indexes)
    with connected(dsn) as connection:
        connection.execute("analyze")
        console.print(f"  {findings:,} findings: {time.monotonic() - started:.0f} s")
        started = time.monotonic()
        tally(connection, catalog, [DAYS])
        console.print(f"  counted for the pages, all provinces at once: {time.monotonic() - started:.0f} s")
        connection.execute(
            "insert into quality.finding_tally select dataset, province_code, day, rule_id, new, persisting, resolved, oldest_at"
            f" from quality.finding_tally cross join generate_series(1, {DAYS - 1}) as day"
        )
        connection.execute("analyze quality.finding_tally")


def _history(catalog: Catalog, now: datetime) -> Iterator[str]:
    """SQL of the loads: deliveries, batches, scores in every dimension, results of every rule, times of the steps, mails, bundles."""
    moment = f"timestamptz '{now.isoformat()}' - make_interval(days => {DAYS} - day)"
    days = f"generate_series(1, {DAYS}) as day"
    batch = "left(md5(d.dataset || p || day), 16)"
    every = f"unnest(ops.province_codes()) as p, {days}"
    datasets = ", ".join(f"('{d}')" for d in catalog.contracts)
    yield f"insert into ops.load (started_at, finished_at, rule_set, status) select {moment}, {moment}, 'benchmark', 'done' from {days}"
    yield "insert into ops.load_caller select load_id, 'ingest_land/' || load_id from ops.load"
    yield (
        "insert into ops.batch (batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, kind, sequence_no, load_id, delivered,"
        f" published, quarantined, declared) select {batch}, d.dataset, p, ({moment})::date, {moment}, '', '', 'published', 'snapshot', day, day, 100000, 99000, 1000, 100000"
        f" from (values {datasets}) d (dataset), {every}"
    )
    yield (
        "insert into ops.delivery (delivery_id, batch_id, dataset, province_code, as_of, sequence_no, kind, records, source_uri, received_at, status, load_id)"
        " select batch_id, batch_id, dataset, province_code, as_of, sequence_no, kind, delivered, '', received_at, 'admitted', load_id from ops.batch"
    )
    yield (
        "insert into ops.mail_letter (province_code, load_id, message_id, subject, html, plain, content_sha256, created_at)"
        f" select p, day, md5(p || day), 'báo cáo', repeat('báo cáo ', 4000), 'báo cáo', '', {moment} from {every}"
    )
    yield (
        "insert into ops.mail (message_id, province_code, load_id, recipient, subject, status, created_at)"
        " select message_id, province_code, load_id, who || '@example.vn', subject, 'sent', created_at from ops.mail_letter, unnest(array['a', 'b', 'c']) who"
    )
    yield (
        "insert into quality.reject_bundle (province_code, dataset, load_id, folder, findings, records, due_on, files, sha256)"
        " select province_code, dataset, load_id, 'folder', 1000, 1000, as_of + 10, array['list.csv'], array[''] from ops.batch"
    )
    yield f"insert into ops.step select day, step, d.dataset, 12, 100000 from (values {datasets}) d (dataset), unnest(array['load', 'validate', 'report']) step, {days}"
    for dataset, contract in catalog.contracts.items():
        rules = ", ".join(f"('{rule}', '{table}')" for rule, table in _judged(catalog, contract))
        yield (
            "insert into quality.rule_result (batch_id, dataset, rule_id, province_code, evaluated, failed, not_applicable, outcome, table_name, load_id)"
            f" select {batch}, d.dataset, r.rule, p, 100000, 100 + length(r.rule) * day, 0, 'failed', r.name, day from (values ('{dataset}')) d (dataset),"
            f" (values {rules}) r (rule, name), {every}"
        )
    dimensions = ", ".join(f"('{code}')" for code, _, _ in catalog.dimensions)
    yield (
        "insert into quality.score (dataset, province_code, dimension, batch_id, evaluated, failed, score, as_of, load_id, rules, rule_set)"
        f" select d.dataset, p, m.dimension, {batch}, 1000000, 1000 * day, 100 - day / 10.0, ({moment})::date, day, 10, 'benchmark'"
        f" from (values {datasets}) d (dataset), (values {dimensions}) m (dimension), {every}"
    )


def _batch(dataset: str, province: str) -> str:
    return hashlib.md5(f"{dataset}{province}{DAYS}".encode()).hexdigest()[:16]


def _judged(catalog: Catalog, contract: Contract) -> list[tuple[str, str]]:
    """List the rules over single records of a dataset with their tables."""
    return [(rule.id, table.name) for table in contract.tables for rule, _ in catalog.row_checks(table)]


def _findings(catalog: Catalog, findings: int) -> Iterator[str]:
    """SQL of the findings, a statement for each province and dataset: all rules alike, nine of ten open, opened over all days."""
    pairs = sum(len(_judged(catalog, contract)) for contract in catalog.contracts.values())
    for code, number in sorted(shares(findings).items(), key=lambda one: -one[1]):
        for dataset, contract in catalog.contracts.items():
            rules = ", ".join(f"('{rule}', '{table}')" for rule, table in _judged(catalog, contract))
            yield (
                "insert into quality.finding (dataset, table_name, rule_id, dimension, severity, province_code, record_key, field, batch_id, row_number, status,"
                " first_seen_at, last_seen_at, resolved_at, first_load_id, last_load_id, opened_load_id, resolved_load_id, commune_code)"
                f" select '{dataset}', f.name, f.rule, r.dimension, r.severity, '{code}', '0{code}' || lpad(i::text, 9, '0'), '', '{_batch(dataset, code)}', i,"
                " case when i % 10 = 0 then 'resolved' else 'open' end, l.started_at, l.started_at, case when i % 10 = 0 then l.started_at end,"
                f" l.load_id, {DAYS}, l.load_id, case when i % 10 = 0 then least({DAYS}, l.load_id + 5) end, u.codes[1 + i % cardinality(u.codes)]"
                f" from (values {rules}) f (rule, name) join quality.rule r on r.rule_id = f.rule cross join generate_series(1, {-(-number // pairs)}) as i"
                f" cross join (select array_agg(code) as codes from reference.commune where edition = '2025' and province_code = '{code}') u"
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
        ("batch", [f"/batches/{_batch(d, code)}" for code in some for d in ("population", "land")]),
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
    names = ("page", "first_ms", "p50_ms", "p95_ms", "bytes")
    path = keep_figures("pages", {"findings": findings, "pages": [dict(zip(names, row, strict=True)) for row in rows]})
    console.print(f"kept in {path}")


if __name__ == "__main__":
    raise SystemExit(main())
