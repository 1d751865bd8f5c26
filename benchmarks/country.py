"""Fill a warehouse with the whole country, so that what readers and publications cost can be measured at its size.

The schema is the product's own: its migrations, and its models built by dbt on nothing. Warehouse tables are then filled by set-based SQL and the
published tables from the product's marts, province by province on two connections, because the product's own first publication is one
transaction of one connection. The first indicators are the product's. Everything is made up from row numbers; 34 provinces have their shares of
2025, communes are the real list.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.country_tables import TABLES, Made, rows_of
from province_data.build import build
from province_data.contract.catalog import read_catalog
from province_data.store import embedded
from province_data.store.database import connected
from province_data.store.indicators import merge_indicators
from province_data.store.migrate import migrate

ROOT = Path(__file__).resolve().parents[1]
SECRET = "a secret of the benchmark, long enough to be one"
THOUSANDS = {
    "01": 8807, "04": 573, "08": 1865, "11": 673, "12": 512, "14": 1404, "15": 1778, "19": 1799, "20": 881, "22": 1497, "24": 3619, "25": 4022,
    "31": 4664, "33": 3567, "37": 4412, "38": 4324, "40": 3831, "42": 1622, "44": 1870, "46": 1432, "48": 3065, "51": 2161, "52": 3583, "56": 2243,
    "66": 3346, "68": 3872, "75": 4491, "79": 14002, "80": 3254, "82": 4370, "86": 4257, "91": 4952, "92": 4199, "96": 2606,
}  # fmt: skip
"""Inhabitants of each province in 2025, as NQ 202/2025/QH15 gives them."""


def shares(persons: int) -> dict[str, int]:
    """Divide a number of persons among the provinces; the sum may miss by a few."""
    whole = sum(THOUSANDS.values())
    return {code: max(4, round(persons * part / whole / 4) * 4) for code, part in THOUSANDS.items()}


@contextmanager
def server_without_waiting(home: Path) -> Iterator[embedded.EmbeddedServer]:
    """Run the embedded server without syncing while it is filled; whoever measures starts it again as the product does."""
    embedded.stop(home)
    yield embedded.ensure_running(
        home, overrides={"fsync": "off", "wal_level": "minimal", "max_wal_senders": "0", "autovacuum": "off", "max_wal_size": "2GB"}
    )
    embedded.stop(home)


def ensure(home: Path, persons: int, density: float, say: Callable[[str], None]) -> str:
    """Give the address of a country of so many persons on a server that runs as the product runs it, made unless it lies there from before."""
    name = f"country_{persons}"
    known = embedded.dsn(embedded.ensure_running(home), name)
    if not _is_made(known):
        with server_without_waiting(home) as server:
            with psycopg.connect(embedded.dsn(server, "postgres"), autocommit=True) as connection:
                connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
            embedded.ensure_database(server, name)
            fill(embedded.dsn(server, name), persons, density, datetime.now(UTC), home / f"dbt-{persons}", say)
        known = embedded.dsn(embedded.ensure_running(home), name)
    return known


def _is_made(dsn: str) -> bool:
    try:
        with psycopg.connect(dsn) as connection:
            return connection.execute("select exists (select from ops.publication)").fetchone() == (True,)
    except psycopg.Error:
        return False


CHANGED = """
insert into validated.population__person (personal_id, full_name, dob, sex, ethnicity, nationality, perm_commune, household_no, household_head_id,
    relation_to_head, marital_status, card_issue_date, card_expiry_date, life_status, source_updated_at, province_code, _record_key, _batch_id,
    _row_number, _row_hash, _load_id)
select personal_id, full_name, birth_date, sex, ethnicity, nationality, commune_code, household_no, household_head_id, relation_to_head,
    (1 + (marital_status::integer + %(load)s) %% 4)::text, card_issue_date, card_expiry_date, life_status, now(), province_code, _record_key, 'batch' || province_code,
    right(_record_key, 9)::integer, md5(_record_key || %(load)s)::uuid, %(load)s
from warehouse.dim_person where right(_record_key, 9)::integer %% %(every)s = %(load)s %% %(every)s
on conflict (province_code, _record_key) do update set marital_status = excluded.marital_status, _row_hash = excluded._row_hash, _load_id = excluded._load_id
"""


def change(dsn: str, persons: int, rows: int) -> int:
    """Let a delivery change so many citizens all over the country, as the load step would leave them; returns how many they were.

    `validated` holds the changed citizens only: the build looks them up by the load that touched them, and reads nothing else there.
    """
    with connected(dsn) as connection:
        for code in THOUSANDS:
            connection.execute(
                f"create table if not exists validated.population__person_{code} partition of validated.population__person for values in ('{code}')".encode()
            )
        row = connection.execute("select max(load_id) + 1 from warehouse.build_state").fetchone()
        load = int(row[0]) if row else 2
        connection.execute("update ops.load set status = 'done'")
        changed = connection.execute(CHANGED, {"load": load, "every": persons // rows}).rowcount
        connection.execute("analyze validated.population__person")
    return changed


def fill(dsn: str, persons: int, density: float, now: datetime, work: Path, say: Callable[[str], None]) -> None:
    """Make a country of so many persons in an empty database, published as of `now`; `density` thins the other three registries to save disk."""
    with connected(dsn) as connection:
        migrate(connection, read_catalog(ROOT / "expectations"), now)
        connection.execute("insert into ops.load (started_at, rule_set) select %s, 'benchmark' from generate_series(1, 100)", [now])
    build(dsn, ROOT / "dbt_project", work)
    provinces = shares(persons)
    for step, job in (("warehouse", _into_warehouse), ("published", _into_published)):
        started = time.monotonic()
        jobs = [job(table, code, n, density) for table in TABLES for code, n in sorted(provinces.items(), key=lambda one: -one[1])]
        side_by_side(dsn, jobs)
        say(f"{step}: {time.monotonic() - started:.0f} s")
    started = time.monotonic()
    side_by_side(
        dsn,
        [
            f"call ops.index_published('{t.entity}'); vacuum (analyze) published.{t.entity}; vacuum (analyze) warehouse.{t.relation}"
            for t in TABLES
        ],
    )
    say(f"indexes and statistics: {time.monotonic() - started:.0f} s")
    _settle(dsn, now)


def _into_warehouse(table: Made, province: str, persons: int, density: float) -> str:
    parcels = rows_of(next(t for t in TABLES if t.entity == "land_parcel"), persons, density)
    return table.statement.format(p=f"'{province}'", n=persons, rows=rows_of(table, persons, density), parcels=max(1, parcels))


def _into_published(table: Made, province: str, persons: int, density: float) -> str:
    part = f"published.{table.entity}_{province}"
    # In the order of the keys, as the product's own first publication writes them.
    return f"""do $$
declare
    columns text := (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        join pg_attribute m on m.attrelid = 'warehouse.mart_{table.entity}'::regclass and m.attname = a.attname
        where a.attrelid = 'published.{table.entity}'::regclass and a.attnum > 0 and not a.attisdropped);
begin
    perform set_config('province_data.secret', '{SECRET}', true);
    perform set_config('province_data.publication', '0', true);
    truncate {part};
    execute format('insert into {part} (%1$s) select %1$s from warehouse.mart_{table.entity} where province_code = ''{province}'' order by 2', columns);
end $$"""


def side_by_side(dsn: str, statements: Sequence[str], workers: int = 2) -> None:
    """Run statements on some connections, each taking the next; the first error stops all."""
    waiting, errors, lock = list(reversed(statements)), list[BaseException](), threading.Lock()

    def work() -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("set synchronous_commit = off; set maintenance_work_mem = '512MB'; set work_mem = '256MB'; set jit = off")
            while True:
                with lock:
                    if errors or not waiting:
                        return
                    statement = waiting.pop()
                try:
                    for one in statement.split("; ") if not statement.startswith("do") else [statement]:
                        connection.execute(one.encode())
                except BaseException as error:
                    errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _settle(dsn: str, now: datetime) -> None:
    """Say that everything is built and published, and count the first indicators with the product's own statements."""
    with connected(dsn) as connection:
        connection.execute("update warehouse.build_state set load_id = 1, checked_load_id = 1, needs_full_publish = false")
        connection.execute("insert into ops.published_state select entity, 1 from warehouse.build_state")
        connection.execute(
            sql.SQL(
                "insert into ops.batch (batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, kind, sequence_no, load_id)"
                " select d || p, d, p, '2026-10-31', {now}, '', '', 'published', 'snapshot', 1, 1"
                " from unnest(ops.province_codes()) p, unnest(array['population', 'land', 'civil_status', 'tax']) d"
            ).format(now=sql.Literal(now))
        )
        connection.execute("truncate warehouse.figure_count")
        connection.execute("insert into warehouse.figure_count select * from warehouse.int_figure__counted")
        with connection.transaction():
            connection.execute("select set_config('province_data.secret', %s, true)", [SECRET])
            connection.execute("select set_config('province_data.today', %s, true)", [now.date().isoformat()])
            connection.execute("select set_config('province_data.publication', '0', true)")
            connection.execute(
                "insert into ops.publication (publication_id, published_at, load_id, rows_inserted, rows_updated, rows_deleted) values (0, %s, 1, 0, 0, 0)",
                [now],
            )
            merge_indicators(connection, {entity: set(THOUSANDS) for entity in ("person", "land_right")})
        connection.execute("analyze published.indicator")
