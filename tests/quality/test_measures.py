"""The classes of a province add up to everything that is known of, and what has no basis is not testable."""

from __future__ import annotations

from datetime import timedelta

from quality_ledger import NOW, Ledger

from province_data.contract.catalog import Catalog
from province_data.quality.measures import ClassCount, read_classes, read_standing

TECHNICAL = "province_code, _record_key, _batch_id, _row_number, _row_hash, _load_id"


def test_land_classes_add_up_to_all_parcels_that_are_known_of(ledger: Ledger, catalog: Catalog) -> None:
    say = ledger.connection.execute
    for table in ("land__parcel", "tax__land_tax"):
        say(f"create table validated.{table}_24 partition of validated.{table} for values in ('24')".encode())
    for number, (group, state) in enumerate([("1", None), ("2", "TC"), ("3", None), ("9", None), (None, "VM")]):
        say(
            f"insert into validated.land__parcel (parcel_code, class_group, verification_state, {TECHNICAL})"
            " values (%s, %s, %s, '24', %s, 'a', 1, gen_random_uuid(), 1)".encode(),
            (f"p{number}", group, state, f"p{number}"),
        )
    for number, old_commune in ((7, None), (8, "07330")):
        say(
            b"update validated.land__parcel set commune = '07333', old_commune = %s, map_sheet_no = 12, parcel_no = %s"
            b" where _record_key = %s",
            (old_commune, number, f"p{number - 7}"),
        )
    for parcel in ("p1", "unknown", "07333|12|7", "07333/12/007", "07330-12-8", "07330-12-0"):
        say(
            f"insert into validated.tax__land_tax (parcel_ref, {TECHNICAL}) values (%s, '24', %s, 'b', 1, gen_random_uuid(), 1)".encode(),
            (parcel, parcel),
        )
    counted = {"G0": (2, 0), "G1": (1, 0), "G2": (1, 1), "G3": (1, 0), "unclassified": (2, 1)}
    expected = [ClassCount("land.parcel", "24", name, *records) for name, records in counted.items()]
    assert sorted(read_classes(ledger.connection, catalog), key=lambda c: c.class_name) == expected


def test_coverage_names_its_basis_and_events_without_one_are_not_testable(ledger: Ledger, catalog: Catalog) -> None:
    say = ledger.connection.execute
    for table in ("population__person", "civil_status__event"):
        say(f"create table validated.{table}_24 partition of validated.{table} for values in ('24')".encode())
    say(
        f"insert into validated.population__person (life_status, source_updated_at, {TECHNICAL})"
        " values ('1', %s, '24', 'x', 'a', 1, gen_random_uuid(), 1)".encode(),
        (NOW - timedelta(days=10),),
    )
    say(
        f"insert into validated.civil_status__event (event_date, reg_date, {TECHNICAL})"
        " values ('2026-10-01', '2026-10-31', '24', 'x', 'b', 1, gen_random_uuid(), 1)".encode()
    )
    found = {s.table: s for s in read_standing(ledger.connection, catalog, NOW)}
    person, event = found["population.person"], found["civil_status.event"]
    assert (person.counted, person.expected, person.basis, person.verified_days) == (1, 3_619_433, "NQ 202/2025/QH15", 10.0)
    assert (event.counted, event.expected, event.basis, event.lag_days, event.silent_days) == (1, None, None, 30.0, None)
