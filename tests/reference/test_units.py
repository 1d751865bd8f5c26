"""Old and new communes: the crosswalk adds up, and a divided commune is resolved by evidence only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from province_data.contract.catalog import read_catalog
from province_data.errors import ContractError
from province_data.learn import learn
from province_data.store import embedded
from province_data.store.migrate import migrate

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CONG_VI, NGOC_HA, GIANG_VO = "00007", "00008", "00025"
"""Phường Cống Vị went to Phường Ngọc Hà and Phường Giảng Võ."""


@pytest.fixture(scope="module")
def units(database_server: embedded.EmbeddedServer) -> Iterator[psycopg.Connection]:
    name = "reference_units"
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute(f"create database {name}".encode())
    with psycopg.connect(embedded.dsn(database_server, name), autocommit=True) as connection:
        migrate(connection, read_catalog(Path(__file__).resolve().parents[2] / "expectations"), NOW)
        yield connection


def one(connection: psycopg.Connection, query: str, *parameters: object) -> object:
    row = connection.execute(query.encode(), parameters or None).fetchone()
    assert row is not None
    return row[0]


def target(connection: psycopg.Connection, address: str | None, *, parcel: str | None = None, person: bool = False) -> object:
    return one(connection, "select reference.split_target(%s, %s, %s, null, null, %s)", CONG_VI, address, parcel, person)


def take_in(connection: psycopg.Connection, folder: Path, *rows: str) -> None:
    path = folder / "parts.csv"
    path.write_text("\n".join(["old_code,new_code,kind,value,legal_basis", *rows]) + "\n", encoding="utf-8")
    learn(connection, path, NOW)


def test_all_but_441_old_communes_are_converted_exactly(units: psycopg.Connection) -> None:
    counted = "select count(*) from (select old_code from reference.commune_crosswalk where left(old_code, 1) <> 'D' group by 1 {}) x"
    exact, divided = one(units, counted.format("having count(*) = 1")), one(units, counted.format("having count(*) > 1"))
    assert (exact, divided) == (9594, 441)
    assert round(100 * int(str(exact)) / 10035, 1) == 95.6


def test_3184_codes_of_both_lists_mean_another_territory(units: psycopg.Connection) -> None:
    both = "select count(*) from reference.commune a join reference.commune b using (code) where a.edition = '2025' and b.edition <> '2025'"
    same = "select count(*) from reference.commune_crosswalk where kind = 'identity'"
    assert (one(units, both), one(units, same)) == (3316, 132)


def test_a_code_of_both_lists_leads_to_itself_by_either_reading_unless_it_was_divided(units: psycopg.Connection) -> None:
    query = """
        select count(*) filter (where targets = 1 and new_code <> code), count(*) filter (where targets > 1)
        from (select code from reference.commune group by code having count(*) = 2) twice
        join (select old_code, count(*) as targets, min(new_code) as new_code from reference.commune_crosswalk group by 1) x
            on old_code = code
    """
    assert units.execute(query.encode()).fetchone() == (0, 139)


def test_no_commune_of_today_lies_in_two_old_provinces(units: psycopg.Connection) -> None:
    query = """
        select count(*) from (
            select new_code from reference.commune_crosswalk join reference.commune on code = old_code and edition = 'pre-2025'
            group by 1 having count(distinct province_code) > 1
        ) x
    """
    assert one(units, query) == 0


def test_coordinates_and_the_parcel_code_name_the_same_cell(units: psycopg.Connection) -> None:
    query = "select reference.geohash(reference.geohash_lat(c), reference.geohash_lon(c)) from (values (%s)) v (c)"
    for code in ("w7er87fpgd50", "w3gvk1td8cf2"):
        assert one(units, query, code) == code


def test_a_divided_commune_stays_open_without_evidence(units: psycopg.Connection) -> None:
    assert target(units, None) is None
    assert target(units, "Số 5, Phường Cống Vị, Quận Ba Đình", parcel="w7er87fpgd50", person=True) is None
    assert target(units, "Số 5, đường Giảng Võ, Phường Cống Vị", person=True) is None


def test_a_successor_named_in_the_address_is_evidence(units: psycopg.Connection) -> None:
    assert target(units, "Số 5, PHƯỜNG GIẢNG VÕ") == [GIANG_VO, "named_unit"]
    assert target(units, "Phường Giảng Võ, Phường Ngọc Hà") is None
    own_name = "select reference.split_target('00016', 'Số 5, Phường Ngọc Hà', null, null, null, true)"
    assert one(units, own_name) is None, "the address may be the old one"


def test_the_provinces_own_list_resolves_in_order_of_strength(units: psycopg.Connection, tmp_path: Path) -> None:
    with units.transaction(force_rollback=True):
        take_in(units, tmp_path, f"{CONG_VI},{NGOC_HA},cell,w7er8,NQ 1656", f"{CONG_VI},{GIANG_VO},hamlet,Tổ 7,NQ 1656",
            f"{CONG_VI},{NGOC_HA},inhabitants,,NQ 1656")  # fmt: skip
        assert target(units, "Tổ 7, Phường Cống Vị", parcel="w7er87fpgd50") == [NGOC_HA, "parcel_code"]
        assert target(units, "Tổ 7, Phường Cống Vị") == [GIANG_VO, "hamlet"]
        assert target(units, "Tổ 8, Phường Cống Vị", person=True) == [NGOC_HA, "inhabitants"]
        assert target(units, "Tổ 8, Phường Cống Vị") is None


def test_a_list_that_contradicts_the_crosswalk_or_itself_is_refused_whole(units: psycopg.Connection, tmp_path: Path) -> None:
    for rows in (
        ["00001,00097,inhabitants,,NQ 1656"],
        [f"{CONG_VI},00004,inhabitants,,NQ 1656"],
        [f"{CONG_VI},{NGOC_HA},cell,w7er8,NQ 1656", f"{CONG_VI},{GIANG_VO},cell,w7er87,NQ 1656"],
        [f"{CONG_VI},{NGOC_HA},cell,w7er8,"],
    ):
        with pytest.raises(ContractError):
            take_in(units, tmp_path, *rows)
    assert one(units, "select count(*) from reference.commune_split_part") == 0
