"""A number of a person that very many records carry names nobody, so that no load waits until each has met each."""

from __future__ import annotations

import psycopg
from quality_ledger import Ledger

from province_data.contract.catalog import Catalog
from province_data.quality.crowds import Crowds, note_crowds, person_numbers, settle_crowds
from province_data.quality.scope import set_rules
from province_data.quality.set_rules import Bundle, judge_query

OLD_NUMBER = ("population__person", "cmnd9")
NO_NUMBER = "123456789"
CITIZENS = """
insert into validated.population__person
    (province_code, _record_key, personal_id, cmnd9, full_name, _batch_id, _row_number, _row_hash, _load_id)
select '24', n::text, lpad(n::text, 12, '0'), case when n <= {many} then '123456789' when n <= {many} + {some} then '987654321' end,
    'Lê Văn Hòa', 'b', n, md5(n::text)::uuid, 1
from generate_series(1, 3000) n
"""
HOLDER = """
insert into validated.land__right (province_code, _record_key, id_type, id_no, full_name, _batch_id, _row_number, _row_hash, _load_id)
values ('24', 'x', 'CMND', '123456789', 'Lê Văn Hoà', 'b', 1, md5('x')::uuid, 1)
"""


def citizens(connection: psycopg.Connection, many: int, some: int) -> None:
    """State 3,000 citizens of a province, so many with one old number and some with another."""
    connection.execute("drop table if exists validated.population__person_24")
    connection.execute("create table validated.population__person_24 partition of validated.population__person for values in ('24')")
    connection.execute(CITIZENS.format(many=many, some=some).encode())
    connection.execute("analyze validated.population__person_24")


def test_a_number_is_noted_while_a_thousand_records_and_one_in_a_hundred_carry_it(ledger: Ledger, catalog: Catalog) -> None:
    connection = ledger.connection
    citizens(connection, 1200, 999)
    assert note_crowds(connection, catalog) == Crowds(frozenset({OLD_NUMBER}), frozenset({OLD_NUMBER}))
    noted = connection.execute("select province_code, value, records from validated._crowd").fetchall()
    assert noted == [("24", NO_NUMBER, 1200)]

    settle_crowds(connection)
    assert note_crowds(connection, catalog) == Crowds(frozenset({OLD_NUMBER}), frozenset())

    citizens(connection, 3, 0)
    assert note_crowds(connection, catalog) == Crowds(frozenset(), frozenset({OLD_NUMBER}))
    settle_crowds(connection)
    assert note_crowds(connection, catalog) == Crowds(frozenset(), frozenset())


def test_what_was_not_judged_to_the_end_is_judged_as_a_whole_once_more(ledger: Ledger, catalog: Catalog) -> None:
    citizens(ledger.connection, 1200, 0)
    first, again = note_crowds(ledger.connection, catalog), note_crowds(ledger.connection, catalog)
    concerned = {rule.id for rule, check in set_rules(catalog) if again.concern(check)}
    assert first == again
    assert {"XDS-025", "XDS-006"} <= concerned
    assert not concerned & {"XDS-001", "POP-017", "LAN-005"}


def test_nobody_is_found_by_a_number_that_names_nobody(ledger: Ledger, catalog: Catalog) -> None:
    connection = ledger.connection
    citizens(connection, 1200, 0)
    connection.execute("create table validated.land__right_24 partition of validated.land__right for values in ('24')")
    connection.execute(HOLDER.encode())
    connection.execute(
        "insert into quality.coverage (dataset, province_code, since_load_id, as_of) values ('population', '24', 1, '2026-10-31')"
    )
    rule, check = next((rule, check) for rule, check in set_rules(catalog) if rule.id == "XDS-025")
    found = {}
    for name, crowds in (("as declared", Crowds(frozenset(), frozenset())), ("kept out", note_crowds(connection, catalog))):
        query = judge_query(Bundle(((rule.id, crowds.kept_out(check)),)), incremental=False)
        row = connection.execute(f"select cardinality(failing_0) from ({query}) j".encode()).fetchone()
        found[name] = row and row[0]
    assert found == {"as declared": None, "kept out": 1}


def test_numbers_of_persons_are_where_contracts_name_persons(catalog: Catalog) -> None:
    numbers = {table.stem: person_numbers(table) for table in catalog.tables}
    assert numbers["land__right"] == ("id_no",)
    assert numbers["civil_status__event"] == ("subject_id", "spouse_id", "father_id", "mother_id", "declarant_id")
    assert "cmnd9" in numbers["population__person"]
    assert not numbers["land__parcel"]
