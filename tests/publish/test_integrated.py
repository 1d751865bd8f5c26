"""The integrated rows: a citizen, a parcel and a household over four registries, each value from the registry that owns it."""

from __future__ import annotations

import psycopg
import pytest
from registry import NOW, PROJECT, SECRET, Registry, citizen_id

from province_data.build import build
from province_data.contract.catalog import read_catalog
from province_data.link import link
from province_data.publish import publish
from province_data.rollback import roll_back

VIEWS = ("citizen_360", "parcel_360", "household_position")


def as_province(registry: Registry, query: str, as_of: str = "") -> list[tuple[object, ...]]:
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute("set role province_24")
        connection.execute("select set_config('province_data.as_of', %s, false)", (as_of,))
        return connection.execute(query.encode()).fetchall()


def citizen(registry: Registry, number: int, columns: str) -> tuple[object, ...]:
    [row] = as_province(registry, f"select {columns} from published.citizen_360 where personal_id_masked = '*********00{number}'")
    return row


@pytest.mark.parametrize("view", VIEWS)
def test_an_integrated_view_shows_a_province_its_own_rows_and_each_once(shared: Registry, view: str) -> None:
    table = {"citizen_360": "person", "parcel_360": "land_parcel", "household_position": "household"}[view]
    assert as_province(shared, f"select distinct province_code from published.{view}") == [("24",)]
    assert as_province(shared, f"select count(*) from published.{view}") == as_province(shared, f"select count(*) from published.{table}")


def test_a_citizen_is_one_row_over_four_registries(shared: Registry) -> None:
    columns = "civil_events, land_rights, parcels, certificates, tax_codes, tax_status, land_tax_vnd, land_tax_paid_vnd"
    assert citizen(shared, 1, columns) == (1, 1, 1, 1, 1, "00", 11370, 0)
    assert citizen(shared, 6, columns) == (0, 0, 0, 0, 0, None, 0, 0)


def test_the_owner_of_an_item_wins_and_the_other_value_is_kept(shared: Registry) -> None:
    assert citizen(shared, 3, "birth_year, birth_year_owner, birth_year_other, has_birth_record") == (1990, "civil_status", 1973, True)
    assert citizen(shared, 4, "birth_year, birth_year_owner, birth_year_other, has_birth_record") == (1974, "population", None, False)
    # A registered marriage, for both spouses.
    assert citizen(shared, 1, "marital_status, marital_status_other") == ("2", "1")
    assert citizen(shared, 2, "marital_status, marital_status_other") == ("2", "1")
    assert citizen(shared, 5, "marital_status, marital_status_other") == ("1", None)


def test_a_registered_death_wins_over_the_population(registry: Registry) -> None:
    registry.do("update published.civil_event set event_kind = 'KT', event_year = 2025 where event_kind = 'KS'")
    columns = "life_status, life_status_owner, life_status_other, death_year, death_year_other"
    assert citizen(registry, 3, columns) == ("2", "civil_status", "1", 2025, None)
    assert as_province(registry, "select living_count from published.household_position order by household_no") == [(2,), (3,)]
    assert as_province(registry, "select sum(holders_dead) from published.parcel_360") == [(0,)]
    registry.do(
        "update published.civil_event e set subject_key = r.holder_key from published.land_right r where r.parcel_key is not null"
        " and r.holder_key is not null and e.event_kind = 'KT' and r.province_code = e.province_code and r.certificate_serial ~ '1$'"
    )
    assert as_province(registry, "select parcel_no, holders_dead from published.parcel_360 order by 1") == [(1, 1), (2, 0)]


def test_a_link_is_as_good_as_what_agrees(shared: Registry) -> None:
    assert citizen(shared, 1, "civil_link, land_link, tax_link, link_grade") == ("B", "A", "B", "B")
    assert citizen(shared, 2, "civil_link, land_link, tax_link, link_grade") == (None, "B", "B", "B")
    assert citizen(shared, 6, "civil_link, land_link, tax_link, link_grade") == (None, None, None, None)
    grades = (
        "select published.link_grade(1971, 1971, 1971, true, null), published.link_grade(1971, 1971, 1972, true, null),"
        " published.link_grade(1971, null, null, false, null), published.link_grade(1971, 1971, 1971, true, 'LAN-005 XDS-024'),"
        " published.link_grade(1971, 1971, 1971, true, 'XDS-024 XDS-048'), published.link_grade(1971, null, null, null, null)"
    )
    assert as_province(shared, grades) == [("A", "B", "B", "B", "E", None)]


def test_records_that_name_a_citizen_by_a_former_number_are_counted_apart(registry: Registry) -> None:
    def go_on(load_id: int, number: str | None) -> None:
        states = "update validated.population__person set cmnd9 = %s, _load_id = %s where _record_key = %s"
        registry.do(states, number, load_id, citizen_id("24", 4))
        link(registry.dsn, read_catalog(PROJECT / "expectations"), workers=1)
        build(registry.dsn, PROJECT / "dbt_project", registry.target)
        assert publish(registry.dsn, SECRET, NOW).changed > 0

    paper = "id_type = 'CMND', id_no = '121000004', full_name = 'Nguyễn Văn Mẫu 4', dob = '1974', _load_id = 2"
    registry.do(f"update validated.land__right set {paper} where serial = 'AA' || province_code || '002' and holder_kind = 'CN'")
    go_on(2, "121000004")
    columns = "land_rights, land_old_number, tax_old_number, link_grade"
    assert citizen(registry, 4, columns) == (0, 1, 0, None)
    named = "select count(*) from published.old_number_link o join published.land_right r on r.right_key = o.record_key"
    assert as_province(registry, named) == [(1,)]
    assert registry.one("select count(*) from published.old_number_link") == 1, "papers of other provinces name no citizen of theirs"
    go_on(3, None)
    assert citizen(registry, 4, columns) == (0, 0, 0, None)
    past = "select sum(land_old_number) from published.citizen_360_as_of"
    for publication, shown in ((1, 0), (2, 1), (3, 0)):
        assert as_province(registry, past, str(publication)) == [(shown,)]
    roll_back(registry.dsn, "test", NOW)
    assert citizen(registry, 4, columns) == (0, 1, 0, None)
    publish(registry.dsn, SECRET, NOW)
    assert citizen(registry, 4, columns) == (0, 0, 0, None), "the next publication shows what is linked now"


def test_a_parcel_is_one_row_with_its_rights_holders_and_tax(shared: Registry) -> None:
    columns = "parcel_no, rights, certificates, organisations, holders_known, holders_dead, payers, land_tax_vnd, area_m2_other"
    assert as_province(shared, f"select {columns} from published.parcel_360 order by parcel_no") == [
        (1, 1, "AA24001", None, 1, 0, 1, 11370, None),
        (2, 2, "AA24002", "CÔNG TY MẪU ***", 1, 0, 0, 0, None),
    ]


def test_a_household_has_the_property_and_the_tax_of_its_members(shared: Registry) -> None:
    columns = "member_count, parcels, area_m2::text, tax_codes, land_tax_vnd, land_tax_paid_vnd"
    assert as_province(shared, f"select {columns} from published.household_position order by household_no") == [
        (3, 2, "239.40", 2, 11370, 0),
        (3, 0, "0.00", 0, 0, 0),
    ]


def test_a_row_is_found_by_indexes(shared: Registry) -> None:
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        connection.execute("set role province_24")
        connection.execute("set enable_seqscan = off")
        for view, key in (("citizen_360", "person_key"), ("parcel_360", "parcel_key"), ("household_position", "household_key")):
            plan = connection.execute(f"explain select * from published.{view} where {key} = repeat('a', 32)".encode()).fetchall()
            text = "\n".join(str(line) for (line,) in plan)
            assert "Seq Scan" not in text, view
            assert "Index Only Scan" in text or "Index Scan" in text, view
            assert "_19" not in text, view
