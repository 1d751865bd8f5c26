"""The limit of the machine: what plain PostgreSQL does with the same records and the same rules, and nothing else.

COPY into unlogged all-text tables, one pass per table over the conditions of its row rules (keeping the failing rows with their rule ids),
INSERT … SELECT of the sound rows into typed, logged tables with a primary key. Two connections work side by side. No files are kept, no
Great Expectations, no rules between records or registries, no warehouse, no history: a product that did nothing else would need this long.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
from psycopg import sql

from benchmarks.meter import Meter, Reading
from province_data.contract.catalog import Catalog
from province_data.contract.model import ColumnType, Table
from province_data.quality.compile import compile_rules, key_filled, record_key
from province_data.store.tables import SQL_TYPES

BATCH = "limit"
SETTINGS = "set synchronous_commit = off; set work_mem = '256MB'; set maintenance_work_mem = '512MB'; set jit = off"
TECHNICAL = (
    "_batch_id text not null default 'limit', _row_number bigint generated always as identity (cache 1000), _province_code text not null default '{province}', "
    "_as_of date not null default '{as_of}', _extracted_at timestamptz not null default '{as_of} 23:59:59+07', _edition text not null default '2025', "
    "_kind text not null default 'snapshot', _deleted text"
)


@dataclass(frozen=True)
class LimitTable:
    """One table of the limit: its records as CSV, its columns, its key, and the conditions of a bad record."""

    stem: str
    content: Path
    columns: tuple[tuple[str, str], ...]
    """(name, SQL type when typed)"""
    key: str
    """SQL of the record key over alias `t`."""
    key_filled: str
    rules: tuple[tuple[str, str], ...]
    """(rule id, SQL that is true for a bad record)"""
    refusing: frozenset[str] = field(default_factory=frozenset)
    """Rules whose records are not typed."""

    @property
    def names(self) -> str:
        """List the columns."""
        return ", ".join(name for name, _ in self.columns)


@dataclass(frozen=True)
class Limit:
    """What the limit took."""

    reading: Reading
    rows: int
    failing: int
    stages: dict[str, float]


def tables_of(catalog: Catalog, content: dict[str, Path]) -> list[LimitTable]:
    """Take tables and compiled row rules from the declarations, the records from `content` (stem -> CSV)."""
    found = []
    for table in catalog.tables:
        compiled = compile_rules(catalog, table)
        found.append(
            LimitTable(
                table.stem, content[table.stem], tuple((c.name, SQL_TYPES[c.type]) for c in table.columns), record_key(table), key_filled(table, "t."),
                tuple((c.rule.id, c.bad) for c in compiled), frozenset(c.rule.id for c in compiled if c.rule.severity.refuses),
            )
        )  # fmt: skip
    return found


def write_content(catalog: Catalog, delivery: Path, out: Path) -> dict[str, Path]:
    """Turn delivered files into CSV with our column names, ISO dates and decimal points; done once, before anything is measured."""
    out.mkdir(parents=True, exist_ok=True)
    written = {}
    with closing(duckdb.connect()) as db:
        db.execute("set threads = 2; set memory_limit = '3GB'; set preserve_insertion_order = true")
        for table in catalog.tables:
            path = out / f"{table.stem}.csv"
            if not path.exists():
                db.execute(f"copy ({_as_sent(table, delivery)}) to '{path}.part' (header true)")
                Path(f"{path}.part").rename(path)
            written[table.stem] = path
    return written


def _as_sent(table: Table, delivery: Path) -> str:
    files = [p.as_posix() for p in sorted(delivery.glob(f"{table.dataset}/*/*/{table.file}*")) if p.suffix != ".part"]
    if table.file.endswith((".ndjson", ".ndjson.gz")) or table.dialect.format.startswith("json"):
        columns = ", ".join(f"json ->> '$.{c.sent_as}' as {c.name}" for c in table.columns)
        return f"select {columns} from read_ndjson_objects({files})"
    return (
        f"select {', '.join(_canonical(table, c.sent_as, c.type) + ' as ' + c.name for c in table.columns)} from read_csv({files}, "
        f"all_varchar = true, header = true, delim = '{table.dialect.delimiter if ';' in _first_line(files[0]) else ','}', quote = '\"', escape = '\"', strict_mode = false)"
    )


def _first_line(path: str) -> str:
    with Path(path).open(encoding="utf-8-sig") as file:
        return file.readline()


def _canonical(table: Table, name: str, kind: ColumnType) -> str:
    if kind in (ColumnType.DECIMAL, ColumnType.DOUBLE) and table.dialect.decimal == ",":
        return f"replace({name}, ',', '.')"
    if kind is ColumnType.DATE and table.dialect.date == "DMY":
        return f"coalesce(try_strptime({name}, '%d/%m/%Y')::date::varchar, {name})"
    return name


class _Schedule:
    """Run jobs on some connections, each as soon as what it needs is done."""

    def __init__(self, dsn: str, workers: int) -> None:
        self.dsn, self.workers = dsn, workers
        self.seconds: dict[str, float] = {}

    def run(self, jobs: Sequence[tuple[str, Callable[[psycopg.Connection], None], frozenset[str]]]) -> None:
        """Run (name, work, names it needs); the first error stops everything."""
        todo, done, errors, moved = list(jobs), set[str](), list[BaseException](), threading.Condition()

        def work() -> None:
            with psycopg.connect(self.dsn, autocommit=True) as connection:
                connection.execute(SETTINGS.encode())
                while True:
                    with moved:
                        while todo and not errors and not any(needs <= done for _, _, needs in todo):
                            moved.wait()
                        if errors or not todo:
                            return
                        job = next(j for j in todo if j[2] <= done)
                        todo.remove(job)
                    started = time.monotonic()
                    try:
                        job[1](connection)
                    except BaseException as error:
                        errors.append(error)
                    with moved:
                        self.seconds[job[0]] = round(time.monotonic() - started, 2)
                        done.add(job[0])
                        moved.notify_all()

        threads = [threading.Thread(target=work) for _ in range(self.workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]


def run_limit(dsn: str, tables: Sequence[LimitTable], province: str, as_of: str, server_pid: int, workers: int = 2) -> Limit:
    """Measure the limit in a database that has schema `reference` and nothing else of ours; what an earlier run left is dropped."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("set client_min_messages = warning")
        for schema in ("staging", "checked", "typed"):
            connection.execute(sql.SQL("drop schema if exists {} cascade").format(sql.Identifier(schema)))
            connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
        connection.execute("create unlogged table staging.duplicate_key (table_name text, batch_id text, row_number bigint)")
        connection.execute("checkpoint")
    schedule = _Schedule(dsn, workers)
    largest_first = sorted(tables, key=lambda t: -t.content.stat().st_size)
    with Meter(server_pid=server_pid) as meter:
        jobs = []
        for table in largest_first:
            jobs.append((f"load.{table.stem}", _load(table, province, as_of), frozenset[str]()))
        for table in largest_first:
            jobs.append((f"check.{table.stem}", _check(table), frozenset([f"load.{table.stem}"])))
            jobs.append((f"type.{table.stem}", _type(table), frozenset([f"check.{table.stem}"])))
        schedule.run(jobs)
    rows, failing = _counted(dsn, tables)
    stages = {
        stage: round(sum(s for name, s in schedule.seconds.items() if name.startswith(stage + ".")), 2)
        for stage in ("load", "check", "type")
    }
    return Limit(meter.reading, rows, failing, stages)


def _load(table: LimitTable, province: str, as_of: str) -> Callable[[psycopg.Connection], None]:
    def work(connection: psycopg.Connection) -> None:
        columns = ", ".join(f'{name} text collate "C"' for name, _ in table.columns)
        technical = TECHNICAL.format(province=province, as_of=as_of)
        with connection.transaction():
            connection.execute(f"create unlogged table staging.{table.stem} ({columns}, {technical})".encode())
            command = f"copy staging.{table.stem} ({table.names}) from stdin (format csv, header true, freeze true)".encode()
            with connection.cursor().copy(command) as copy, table.content.open("rb") as file:
                while block := file.read(1 << 20):
                    copy.write(block)
        connection.execute(f"analyze staging.{table.stem}".encode())

    return work


def _check(table: LimitTable) -> Callable[[psycopg.Connection], None]:
    """Note repeated keys, then evaluate every condition in one pass and keep the failing rows only."""

    def work(connection: psycopg.Connection) -> None:
        twice = f"select {table.key} as k from staging.{table.stem} t where {table.key_filled} group by 1 having count(*) > 1"
        connection.execute(
            f"insert into staging.duplicate_key select '{table.stem}', '{BATCH}', t._row_number from staging.{table.stem} t "
            f"join ({twice}) d on d.k = {table.key} where {table.key_filled}".encode()
        )
        connection.execute(b"analyze staging.duplicate_key")
        bad = "\n or ".join(f"({condition})" for _, condition in table.rules) or "false"
        ids = ", ".join(f"case when {condition} then '{rule}' end" for rule, condition in table.rules)
        connection.execute(
            f"create unlogged table checked.{table.stem} as select t._row_number, array_remove(array[{ids}]::text[], null) as failed "
            f"from staging.{table.stem} t where {bad}".encode()
        )
        connection.execute(f"analyze checked.{table.stem}".encode())

    return work


def _type(table: LimitTable) -> Callable[[psycopg.Connection], None]:
    def work(connection: psycopg.Connection) -> None:
        columns = ", ".join(f"{name} {kind}" for name, kind in table.columns)
        values = ", ".join(f"t.{name}" if kind == "text" else f"t.{name}::{kind}" for name, kind in table.columns)
        refusing = ", ".join(f"'{rule}'" for rule in sorted(table.refusing))
        with connection.transaction():
            connection.execute(
                f"create table typed.{table.stem} (province_code text, _record_key text, {columns}, primary key (province_code, _record_key))".encode()
            )
            connection.execute(
                f"insert into typed.{table.stem} select t._province_code, {table.key}, {values} from staging.{table.stem} t "
                f"where not exists (select 1 from checked.{table.stem} c where c._row_number = t._row_number and c.failed && array[{refusing}]::text[])".encode()
            )

    return work


def _counted(dsn: str, tables: Sequence[LimitTable]) -> tuple[int, int]:
    """Check that every record is accounted for; returns (records, failing records)."""
    rows = failing = 0
    with psycopg.connect(dsn) as connection:
        for table in tables:
            refusing = list(table.refusing)
            counts = connection.execute(
                f"select (select count(*) from staging.{table.stem}), (select count(*) from checked.{table.stem}), "
                f"(select count(*) from checked.{table.stem} where failed && %s::text[]), (select count(*) from typed.{table.stem})".encode(),
                [refusing],
            ).fetchone()
            staged, bad, refused, typed = (int(str(c)) for c in counts or (0, 0, 0, 0))
            if staged != refused + typed:
                raise AssertionError(f"{table.stem}: {staged} records, {refused} refused, {typed} typed")
            rows, failing = rows + staged, failing + bad
    return rows, failing
