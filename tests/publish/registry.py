"""A small validated state of three provinces, made by hand, and the changes that later deliveries would make to it.

Everybody in it is made up. Numbers are chosen so that a test can say what must come out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from databases import copy_database, drop_database
from province_data.contract.catalog import Catalog, read_catalog
from province_data.store import embedded
from province_data.store.database import connected
from province_data.store.migrate import migrate

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
SECRET = "a secret of this test, long enough to be one"
PROVINCES = ("19", "24", "52")
COMMUNES = {"19": "05941", "24": "09286", "52": "21997"}
SPLIT_COMMUNE = "00007"
"""Phường Cống Vị: its territory went to two communes in July 2025."""

Row = Mapping[str, object]


@dataclass(frozen=True)
class Registry:
    """The database of one test and the project it belongs to."""

    dsn: str
    project: Path
    target: Path

    def ask(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """Run a query as the owner."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()

    def one(self, query: str, *parameters: object) -> object:
        """Run a query that gives one value."""
        [[value]] = self.ask(query, *parameters)
        return value

    def do(self, statement: str, *parameters: object) -> int:
        """Run a statement as the owner; returns how many rows it touched."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(statement.encode(), parameters or None).rowcount


@contextmanager
def copy_of(server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give a copy of the template's database; what dbt parses is kept for the next copy of the same address."""
    name = copy_database(server, template.dsn.rsplit("/", 1)[1], "copy")
    try:
        yield Registry(embedded.dsn(server, name), PROJECT, template.target.with_name(name))
    finally:
        drop_database(server, name)


def prepare(dsn: str, project: Path) -> None:
    """Migrate an empty database and fill `validated` with the first load."""
    catalog = read_catalog(project / "expectations")
    with connected(dsn) as connection:
        migrate(connection, catalog, NOW)
        connection.execute("insert into ops.load (started_at, rule_set) select now(), 'test' from generate_series(1, 9)")
        for province in PROVINCES:
            _write_province(connection, catalog, province)


def _write_province(connection: psycopg.Connection, catalog: Catalog, province: str) -> None:
    for contract in catalog.contracts.values():
        batch = f"{contract.dataset[:4]}{province}0000000000"
        facts = {"batch_id": batch, "dataset": contract.dataset, "province_code": province, "as_of": "2026-10-31", "received_at": NOW}
        facts |= {"sha256": "", "source_uri": "", "status": "validated", "kind": "snapshot", "commune_edition": "2025"}
        insert(connection, "ops.batch", facts | {"delivered": 9, "published": 9, "sequence_no": 1, "load_id": 1})
        for table in contract.tables:
            name = sql.Identifier(f"{table.stem}_{province}")
            parent = sql.Identifier(table.stem)
            connection.execute(
                sql.SQL("create table validated.{} partition of validated.{} for values in ({})").format(
                    name, parent, sql.Literal(province)
                )
            )
    for stem, rows in province_rows(province).items():
        for number, row in enumerate(rows, 1):
            write(connection, stem, province, row, number=number)


def write(connection: psycopg.Connection, stem: str, province: str, row: Row, *, load_id: int = 1, number: int = 1) -> None:
    """Write one validated record as a load would."""
    values = dict(row) | {
        "province_code": province,
        "_batch_id": f"{stem[:4]}{province}0000000000",
        "_row_number": number,
        "_row_hash": f"{number:032x}",
        "_load_id": load_id,
    }
    insert(connection, f"validated.{stem}", values)


def insert(connection: psycopg.Connection, table: str, values: Row) -> None:
    """Insert one row."""
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(values))
    statement = sql.SQL("insert into {} ({}) values ({})").format(sql.Identifier(*table.split(".")), names, marks)
    connection.execute(statement, list(values.values()))


def warn(registry: Registry, province: str, record_key: str, *rule_ids: str) -> None:
    """Note open warnings on one citizen's record."""
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        for rule_id in rule_ids:
            facts = {"dataset": "population", "table_name": "person", "rule_id": rule_id, "dimension": "live", "severity": "warning"}
            facts |= {"province_code": province, "record_key": record_key, "field": "", "batch_id": ""}
            seen = {"first_seen_at": NOW, "last_seen_at": NOW, "first_load_id": 2, "last_load_id": 2}
            insert(connection, "quality.finding", facts | seen)


def citizen_id(province: str, number: int) -> str:
    """Make the number of the n-th made-up citizen of a province."""
    return f"0{province}090{number:06d}"


def province_rows(province: str) -> dict[str, list[Row]]:
    """Say what a province states: 6 citizens in 2 households, 2 parcels, 3 rights, 2 events, 3 taxpayers, 1 land tax."""
    commune, ids = COMMUNES[province], [citizen_id(province, n) for n in range(1, 7)]
    return {
        "population__person": [person(province, n) for n in range(1, 7)],
        "land__parcel": [parcel(province, 1), parcel(province, 2)],
        "land__right": [
            right(province, 1, ids[0], "CN"),
            right(province, 2, ids[1], "CN"),
            right(province, 2, "9900000001", "TC", id_type="MST", full_name="CÔNG TY MẪU " + ids[3]),
        ],
        "civil_status__event": [
            event(commune, "KS", 1, subject_id=ids[2], father_id=ids[0], mother_id=ids[1], reg_date="2026-09-03"),
            event(SPLIT_COMMUNE, "KH", 2, subject_id=ids[0], spouse_id=ids[1], reg_date="2019-05-04"),
        ],
        "tax__taxpayer": [
            taxpayer(commune, ids[0], "1", owner_id=ids[0], taxpayer_name="NGUYỄN VĂN MẪU"),
            taxpayer(commune, ids[1], "2", owner_id=ids[1], status="10", taxpayer_name="HỘ KINH DOANH MẪU"),
            taxpayer(commune, f"99{province}000001", "3", rep_id=ids[0], taxpayer_name="CÔNG TY MẪU"),
        ],
        "tax__land_tax": [
            {
                "tax_code": ids[0], "parcel_ref": f"w7g2npvfyd{province}1"[-12:], "year": 2026, "area_m2": 119.7, "land_type": "ODT",
                "amount_vnd": 11370, "paid_vnd": 0, "source_updated_at": NOW, "_record_key": f"{ids[0]}|w7g2npvfyd{province}1|2026",
            }
        ],
    }  # fmt: skip


def person(province: str, number: int, **changes: object) -> Row:
    """Make a citizen: numbers 1 to 3 form one household, 4 to 6 another; the first of each is its head."""
    first = 1 if number <= 3 else 4
    own = citizen_id(province, number)
    row: dict[str, object] = {
        "personal_id": own, "full_name": f"Nguyễn Văn Mẫu {number}", "dob": f"19{70 + number}-03-0{number}", "sex": str(2 - number % 2),
        "ethnicity": "01", "nationality": "VNM", "perm_commune": COMMUNES[province], "perm_address": f"Số {own}, đường Mẫu",
        "household_no": f"{province}0000000{first}", "household_head_id": citizen_id(province, first),
        "relation_to_head": "00" if number == first else "02", "marital_status": "1", "card_issue_date": "2024-04-13",
        "card_expiry_date": "2039-12-19", "life_status": "1", "phone": "0900000000", "email": "mau@example.vn",
        "source_updated_at": NOW, "_record_key": own,
    }  # fmt: skip
    return row | changes


def parcel(province: str, number: int) -> Row:
    """Make a parcel, the first of group 1 and the second not classified."""
    code = f"w7g2npvfyd{province}{number}"[-12:]
    return {
        "parcel_code": code, "commune": COMMUNES[province], "map_sheet_no": 1, "parcel_no": number, "area_m2": "119.7", "land_type": "ODT",
        "address": "Số 1, đường Mẫu", "lat": 21.1, "lon": 106.1, "class_group": "1" if number == 1 else None, "source_updated_at": NOW,
        "_record_key": code,
    }  # fmt: skip


def right(province: str, number: int, id_no: str, kind: str, *, id_type: str = "CCCD", full_name: str = "Nguyễn Văn Mẫu") -> Row:
    """Make a right on the n-th parcel."""
    code = f"w7g2npvfyd{province}{number}"[-12:]
    return {
        "parcel_code": code, "commune": COMMUNES[province], "map_sheet_no": 1, "parcel_no": number, "serial": f"AA{province}00{number}",
        "book_no": f"CS0000{number}", "issue_date": "2025-02-10", "issuer": "UBND", "cert_state": "1", "holder_kind": kind, "role": "C",
        "full_name": full_name, "dob": "1971", "sex": "1", "id_type": id_type, "id_no": id_no, "source_updated_at": NOW,
        "_record_key": f"{code}|AA{province}00{number}|{id_no}",
    }  # fmt: skip


def event(commune: str, kind: str, number: int, *, reg_date: str, **people: object) -> Row:
    """Make a registered event."""
    year = int(reg_date[:4])
    return {
        "event_kind": kind, "reg_no": f"0{number}", "book_no": f"01/{year}", "reg_year": year, "reg_date": reg_date, "reg_commune": commune,
        "reg_type": "1", "event_date": reg_date, "subject_name": "Nguyễn Văn Mẫu", "subject_dob": "1990-01-01", "subject_sex": "1",
        "cause": "bệnh", "source_updated_at": NOW, "_record_key": f"{kind}|{commune}|{year}|01/{year}|0{number}",
    } | people  # fmt: skip


def taxpayer(commune: str, code: str, kind: str, *, status: str = "00", **changes: object) -> Row:
    """Make a taxpayer."""
    return {
        "tax_code": code, "taxpayer_kind": kind, "status": status, "status_date": "2026-01-01", "issue_date": "2026-01-01",
        "commune": commune, "address": "Số 1, đường Mẫu", "tax_office": "2401", "source_updated_at": NOW, "_record_key": code,
    } | changes  # fmt: skip
