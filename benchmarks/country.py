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
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

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

UNIT = """with unit as (
    select array_agg(code order by code) as codes, array_agg(name order by code) as names, count(*)::integer as number
    from reference.commune where edition = '2025' and province_code = {p}
),
made as (
    select i, {k} as k, codes[1 + {k} % number] as code, names[1 + {k} % number] as name
    from unit cross join generate_series(1, {rows}) as i
)
"""
COMMUNE = (
    "commune_sent_code, commune_sent_text, commune_declared_edition, commune_edition, commune_edition_basis, commune_name_edition, commune_code,"
    " commune_name, commune_method, commune_confidence"
)
IN_COMMUNE = "code, 'Tổ ' || i % 20 || ', ' || name, '2025', '2025', 'declared', '2025', code, name, 'same_edition', 'certain'"
TECHNICAL = "source_updated_at, _record_key, _batch_id, _load_id"
NEW = "timestamptz '2026-10-31 08:00+07'"


def citizen(number: str) -> str:
    """SQL of the personal number of the n-th citizen of a province."""
    return f"('0' || {{p}} || lpad(({number})::text, 9, '0'))"


ID = citizen("i")


@dataclass(frozen=True)
class Made:
    """A table of the country: how many rows for each person, how many of them share a commune's turn, and the SQL of the rows."""

    entity: str
    relation: str
    share: float
    turn: str
    columns: str
    values: str

    @property
    def statement(self) -> str:
        """SQL that fills the table for a province `p` of `n` persons with `rows` rows."""
        return f"insert into warehouse.{self.relation} (province_code, {self.columns}) {UNIT.replace('{k}', self.turn)} select {{p}}, {self.values} from made"


TABLES = (
    Made(
        "person", "dim_person", 1.0, "(i - 1) / 4",
        "personal_id, full_name, birth_date, birth_year, sex, ethnicity, nationality, residence_kind, household_no, household_head_id, relation_to_head,"
        f" marital_status, card_issue_date, card_expiry_date, life_status, {COMMUNE}, {TECHNICAL}",
        f"{ID}, 'NGUYỄN VĂN ' || i, to_char(date '1936-01-01' + i * 37 % 32000, 'YYYY-MM-DD'), extract(year from date '1936-01-01' + i * 37 % 32000)::integer,"
        f" (1 + i % 2)::text, '01', 'VNM', 'permanent', {{p}} || lpad(k::text, 8, '0'), {citizen('k * 4 + 1')}, case i % 4 when 1 then '00' when 2 then '02' else '03' end,"
        " (1 + i % 4)::text, case when i % 10 < 8 then date '2022-01-01' + i % 1500 end, case when i % 10 < 8 then date '2030-01-01' + i % 6000 end,"
        f" case when i % 50 = 0 then '2' else '1' end, {IN_COMMUNE}, {NEW}, {ID}, 'batch' || {{p}}, 1",
    ),
    Made(
        "household", "dim_household", 0.25, "(i - 1)",
        "household_no, head_id, head_state, member_count, living_count, male_count, female_count, commune_code, commune_name, source_updated_at, _record_key, _load_id",
        f"{{p}} || lpad((i - 1)::text, 8, '0'), {citizen('i * 4 - 3')}, 'one', 4, 4, 2, 2, code, name, {NEW}, {{p}} || lpad((i - 1)::text, 8, '0'), 1",
    ),
    Made(
        "land_parcel", "dim_land_parcel", 0.45, "i",
        f"parcel_code, map_sheet_no, parcel_no, area_m2, legal_area_m2, land_type, lat, lon, class_group, verification_state, {COMMUNE}, {TECHNICAL}",
        "'w' || {p} || lpad(i::text, 9, '0'), i / 500, i % 500, 80 + i % 900, 80 + i % 900, 'ODT', 10 + i % 1000 / 100.0, 105 + i % 700 / 100.0,"
        f" case when i % 5 < 4 then '1' end, '1', {IN_COMMUNE}, {NEW}, 'w' || {{p}} || lpad(i::text, 9, '0'), 'batch' || {{p}}, 1",
    ),
    Made(
        "land_right", "fct_land_right", 0.55, "i",
        "parcel_record_key, parcel_code, certificate_serial, book_no, issue_date, issuer, cert_state, holder_kind, holder_role, holder_name, holder_birth_year,"
        f" holder_sex, id_type, id_no, {COMMUNE}, {TECHNICAL}",
        "'w' || {p} || lpad((1 + i % {parcels})::text, 9, '0'), 'w' || {p} || lpad((1 + i % {parcels})::text, 9, '0'),"
        " 'AA' || lpad(i::text, 8, '0'), 'CS' || i, date '2010-01-01' + i % 5000, 'UBND', '1', 'CN', 'C', 'NGUYỄN VĂN ' || i,"
        f" 1936 + i % 80, '1', 'CCCD', {citizen('1 + i * 2::bigint % {n}')}, {IN_COMMUNE}, {NEW}, 'r' || {{p}} || lpad(i::text, 9, '0'), 'batch' || {{p}}, 1",
    ),
    Made(
        "civil_event", "fct_civil_event", 0.75, "i",
        f"event_kind, reg_year, book_no, reg_no, reg_date, reg_type, event_date, event_year, subject_id, subject_birth_year, subject_sex, spouse_id, {COMMUNE}, {TECHNICAL}",
        "case when i % 10 < 7 then 'KS' when i % 10 < 9 then 'KH' else 'KT' end, 1990 + i % 36, '0' || i % 9, i::text, date '1990-01-01' + i % 13000, (1 + i % 2)::text,"
        f" to_char(date '1990-01-01' + i % 13000, 'YYYY-MM-DD'), 1990 + i % 36, {ID}, 1936 + i % 80, (1 + i % 2)::text, case when i % 10 in (7, 8) then {citizen('1 + i * 5::bigint % {n}')} end,"
        f" {IN_COMMUNE}, {NEW}, 'e' || {{p}} || lpad(i::text, 9, '0'), 'batch' || {{p}}, 1",
    ),
    Made(
        "taxpayer", "dim_taxpayer", 0.23, "i",
        f"tax_code, taxpayer_kind, taxpayer_name, owner_id, status, issue_date, start_date, tax_office, {COMMUNE}, {TECHNICAL}",
        f"{citizen('i * 4')}, (1 + i % 2)::text, 'NGUYỄN VĂN ' || i, {citizen('i * 4')}, '00', date '2015-01-01' + i % 3000, date '2015-01-01' + i % 3000, '1' || {{p}},"
        f" {IN_COMMUNE}, {NEW}, {citizen('i * 4')}, 'batch' || {{p}}, 1",
    ),
    Made(
        "land_tax", "fct_land_tax", 0.2, "i",
        f"tax_code, parcel_ref, tax_year, area_m2, land_type, amount_vnd, paid_vnd, {TECHNICAL}",
        f"{citizen('i * 4')}, 'w' || {{p}} || lpad(i::text, 9, '0'), 2026, 80 + i % 900, 'ODT', 12000 + i % 9000, case when i % 3 > 0 then 12000 + i % 9000 else 0 end,"
        f" {NEW}, {citizen('i * 4')} || '|w' || {{p}} || lpad(i::text, 9, '0') || '|2026', 'batch' || {{p}}, 1",
    ),
)  # fmt: skip


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


def rows_of(table: Made, persons: int, density: float) -> int:
    """How many rows of a table a province of so many persons has."""
    return int(persons * table.share * (1 if table.entity in ("person", "household") else density))


def _into_published(table: Made, province: str, persons: int, density: float) -> str:
    part = f"published.{table.entity}_{province}"
    return f"""do $$
declare
    columns text := (select string_agg(quote_ident(a.attname), ', ' order by a.attnum) from pg_attribute a
        join pg_attribute m on m.attrelid = 'warehouse.mart_{table.entity}'::regclass and m.attname = a.attname
        where a.attrelid = 'published.{table.entity}'::regclass and a.attnum > 0 and not a.attisdropped);
begin
    perform set_config('province_data.secret', '{SECRET}', true);
    truncate {part};
    execute format('insert into {part} (%1$s) select %1$s from warehouse.mart_{table.entity} where province_code = ''{province}''', columns);
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
