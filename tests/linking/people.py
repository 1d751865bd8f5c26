"""A small register to link with, and the records of other registries that name its people. Everybody is made up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql

from province_data.contract.catalog import Catalog, read_catalog

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CATALOG: Catalog = read_catalog(Path(__file__).resolve().parents[2] / "expectations")
PROVINCES = ("24", "52")
STEMS = ("population__person", "land__right", "civil_status__event", "tax__taxpayer")
Row = Mapping[str, object]

CITIZENS: tuple[Row, ...] = (
    {"personal_id": "024085000001", "cmnd9": "121000001", "full_name": "NGUYỄN VĂN HÒA", "dob": "1985-03-07", "sex": "1"},
    {"personal_id": "024190000002", "cmnd9": "121000002", "full_name": "Trần Thị Thúy Kiều", "dob": "1990-11-25", "sex": "2"},
    {"personal_id": "024070000003", "cmnd9": "121000003", "full_name": "Lê An", "dob": "1970", "sex": "1"},
    {"personal_id": "024060000004", "cmnd9": "121000004", "full_name": "Phạm Quốc Đạt", "dob": "1960-05-04", "sex": "1"},
    # Two people to whom two provinces once gave the same nine digits.
    {"personal_id": "024075000005", "cmnd9": "121000005", "full_name": "Hoàng Minh Tuấn", "dob": "1975-01-02", "sex": "1"},
    {"personal_id": "024175000006", "cmnd9": "121000005", "full_name": "Đỗ Thị Lan", "dob": "1975-08-09", "sex": "2"},
    {"personal_id": "024080000007", "other_name": "Giàng A Páo", "full_name": "Giàng A Sử", "dob": "1980-06-06", "sex": "1"},
)


def prepare(connection: psycopg.Connection) -> None:
    """Write the citizens of the register into province 24."""
    for province in PROVINCES:
        for stem in STEMS:
            connection.execute(
                sql.SQL("create table if not exists validated.{} partition of validated.{} for values in ({})").format(
                    sql.Identifier(f"{stem}_{province}"), sql.Identifier(stem), sql.Literal(province)
                )
            )
    for citizen in CITIZENS:
        write(connection, "population__person", str(citizen["personal_id"]), citizen)


def write(connection: psycopg.Connection, stem: str, key: str, row: Row, *, province: str = "24", load_id: int = 1) -> None:
    """Write one validated record, or another version of it."""
    values = dict(row) | {"province_code": province, "_record_key": key, "_batch_id": "b", "_row_number": 1, "_load_id": load_id}
    values["_row_hash"] = "0" * 32
    table = sql.Identifier("validated", stem)
    connection.execute(sql.SQL("delete from {} where province_code = %s and _record_key = %s").format(table), (province, key))
    names = sql.SQL(", ").join(map(sql.Identifier, values))
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(values))
    connection.execute(sql.SQL("insert into {} ({}) values ({})").format(table, names, marks), list(values.values()))


def holder(number: str, name: str, birth: str | None, **changes: object) -> Row:
    """Make a land right of one person."""
    kind = "CMND" if len(number) == 9 else "CCCD"
    return {"holder_kind": "CN", "role": "C", "full_name": name, "dob": birth, "sex": "1", "id_type": kind, "id_no": number} | changes
