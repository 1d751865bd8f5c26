"""Links: each way a Vietnamese name is written reaches the grade it should, and nobody is linked on too little."""

from __future__ import annotations

import psycopg
import pytest
from people import CATALOG, holder, write

from province_data.link import Linked, Until, concerned, link
from province_data.linking.statements import MOST_OF_ONE_NUMBER

HOA, KIEU, AN, DAT, TUAN, LAN, SU = (
    "024085000001", "024190000002", "024070000003", "024060000004", "024075000005", "024175000006", "024080000007",
)  # fmt: skip

HOLDERS = (
    # number, name, birth as a land paper states them -> grade, citizen
    (HOA, "Nguyễn Văn Hòa", "1985-03-07", "A", HOA),
    (HOA, "nguyễn văn hoà", "1985-03-07", "A", HOA),
    (HOA, "Hộ ông NGUYỄN VĂN HOÀ", "1985", "A", HOA),
    (KIEU, "Bà Trần Thị Thuý Kiều", "1990-11-25", "A", KIEU),
    (DAT, "Phạm Quốc Ðạt", "1960-05-04", "A", DAT),
    (SU, "Giàng A Páo", "1980-06-06", "A", SU),
    (AN, "Lê An", "1970-02-03", "A", AN),
    (HOA, "Nguyen Van Hoa", "1985-03-07", "B", HOA),
    (HOA, "Nguyễn Văn Hoan", "1985-03-07", "B", HOA),
    (HOA, "Nguyễn Hòa", "1985-03-07", "B", HOA),
    (KIEU, "Trần Thúy Kiều", "1990-11-25", "B", KIEU),
    (KIEU, "Thúy Kiều Trần Thị", "1990-11-25", "B", KIEU),
    (DAT, "Phạm Quốc Đạt", "1960-04-05", "B", DAT),
    (DAT, "Phạm Quốc Đạt", "1961-05-04", "B", DAT),
    (DAT, "Phạm Quốc Đạt", None, "B", DAT),
    (DAT, "Tí Cụt", "1960-05-04", "B", DAT),
    (DAT, "Võ Thị Bích Hường", "1988-12-30", "E", None),
    (DAT, "Võ Thị Bích Hường", "1960", "E", None),
    (DAT, "Võ Thị Bích Hường", None, "E", None),
    ("121000001", "Nguyễn Văn Hoà", "1985", "C", HOA),
    ("121000005", "Đỗ Thị Lan", "1975-08-09", "C", LAN),
    ("121000001", "Nguyễn Văn Hòa", "1958", None, None),
    ("121000001", "Nguyễn Văn Hòa", None, None, None),
    ("121000001", "Nguyễn Văn Hải", "1985-03-07", None, None),
    ("121999999", "Nguyễn Văn Hòa", "1985-03-07", None, None),
    ("024085999999", "Nguyễn Văn Hòa", "1985-03-07", None, None),
)
LINK = "select grade, person_id from warehouse.person_link where record_key = %s and role = %s"


@pytest.fixture(scope="module")
def register(small_register: str) -> str:
    """Give the small register with a land right for each of `HOLDERS`."""
    dsn = small_register
    with psycopg.connect(dsn, autocommit=True) as connection:
        for number, (id_no, full_name, birth, *_) in enumerate(HOLDERS):
            write(connection, "land__right", f"right {number}", holder(id_no, full_name, birth))
        taxpayer = {"taxpayer_kind": "2", "taxpayer_name": "HỘ KINH DOANH NGUYỄN VĂN HÒA", "owner_id": HOA, "owner_dob": "1985-03-07"}
        write(connection, "tax__taxpayer", HOA, {"tax_code": HOA, **taxpayer})
        write(connection, "tax__taxpayer", "9900000001", {"taxpayer_kind": "3", "taxpayer_name": "CÔNG TY MẪU", "rep_id": DAT})
        marriage = {"event_kind": "KH", "subject_id": HOA, "subject_name": "Nguyễn Văn Hòa", "subject_dob": "1985-03-07"}
        marriage |= {"spouse_id": KIEU, "spouse_name": "Trần Thị Thúy Kiều", "spouse_dob": "1990-11-25", "declarant_name": "Nguyễn Văn Hòa"}
        write(connection, "civil_status__event", "KH|1", marriage, province="52")
        connection.execute("analyze")
    link(dsn, CATALOG, workers=2)
    return dsn


def ask(dsn: str, query: str, *parameters: object) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query.encode(), parameters or None).fetchall()


def relink(dsn: str) -> dict[str, Linked]:
    return {done.source: done for done in link(dsn, CATALOG, workers=1)}


@pytest.mark.parametrize("number", range(len(HOLDERS)), ids=lambda n: f"{HOLDERS[n][3]}-{n}")
def test_a_holder_reaches_the_grade_the_evidence_carries(register: str, number: int) -> None:
    *_, grade, citizen = HOLDERS[number]
    assert ask(register, LINK, f"right {number}", "holder") == [(grade, citizen)]


def test_owners_of_household_businesses_and_representatives_are_linked(register: str) -> None:
    assert ask(register, LINK, HOA, "owner") == [("A", HOA)]
    assert ask(register, LINK, "9900000001", "representative") == [("B", DAT)]
    assert ask(register, LINK, "9900000001", "owner") == [], "an enterprise has no owner who is a citizen"


def test_every_person_of_an_event_is_linked_across_provinces(register: str) -> None:
    assert ask(register, LINK, "KH|1", "subject") == [("A", HOA)]
    assert ask(register, LINK, "KH|1", "spouse") == [("A", KIEU)]
    assert ask(register, LINK, "KH|1", "declarant") == [(None, None)]
    assert ask(register, LINK, "KH|1", "father") == []


def test_the_relation_to_build_on_names_nobody(register: str) -> None:
    with psycopg.connect(register, autocommit=True) as connection:
        connection.execute("set province_data.secret = 'a secret of this test'")
        rows = connection.execute("select record_key, person_key, grade from warehouse.person_reference").fetchall()
    assert len(rows) == len(HOLDERS) + 5
    assert {len(value) for row in rows for value in row[:2] if value is not None} == {32}


def test_a_citizen_who_changes_takes_the_links_along_and_no_others_are_touched(register: str) -> None:
    assert relink(register) == {}, "nothing was touched"
    with psycopg.connect(register, autocommit=True) as connection:
        write(
            connection,
            "population__person",
            "024088000008",
            {"personal_id": "024088000008", "full_name": "Vũ Thị Mai", "dob": "1988-12-30"},
        )
        write(connection, "land__right", "late", holder("024099000009", "Ngô Văn Bé", "1999-01-05"), load_id=2)
        assert relink(register)["land__right"].written == 1
        assert ask(register, LINK, "late", "holder") == [(None, None)]
        late = {"personal_id": "024099000009", "full_name": "Ngô Văn Bé", "dob": "1999-01-05"}
        write(connection, "population__person", "024099000009", late, load_id=3)
        done = relink(register)
        assert (done["land__right"].is_full, done["land__right"].written) == (False, 1)
        assert ask(register, LINK, "late", "holder") == [("A", "024099000009")]
        connection.execute("delete from validated.population__person where _record_key = '024099000009'")
        connection.execute("insert into validated._removed values ('population', 'person', '24', '024099000009', 4)")
        connection.execute("insert into validated._removed values ('land', 'right', '24', 'right 0', 4)")
        connection.execute("delete from validated.land__right where _record_key = 'right 0'")
        relink(register)
        assert ask(register, LINK, "late", "holder") == [(None, None)]
        assert ask(register, LINK, "right 0", "holder") == []


def test_keys_of_links_are_compared_with_records_by_the_collation_of_the_records_indexes(register: str) -> None:
    table = next(t for t in CATALOG.tables if t.stem == "land__right")
    again = concerned(table, "warehouse.person_link__land__right", Until(9, 9))
    with psycopg.connect(register) as connection:
        connection.execute("create temp table changed_number as select ''::text as number")
        asked = "select collation for (max(province_code)), collation for (max(record_key)) from"
        assert connection.execute(f"{asked} ({again}) c".encode()).fetchone() == ('"default"', '"default"')


def test_a_number_that_stands_twice_in_population_gives_one_link(register: str) -> None:
    with psycopg.connect(register, autocommit=True) as connection:
        guest = {"personal_id": KIEU, "full_name": "Trần Thị Thúy Kiều", "dob": "1990-11-25", "temp_commune": "21997"}
        write(connection, "population__person", KIEU, guest, province="52", load_id=5)
        relink(register)
        found = ask(register, "select person_province_code from warehouse.person_link where record_key = 'KH|1' and role = 'spouse'")
        assert found == [("24",)]


def test_a_former_number_of_a_crowd_leads_to_nobody(register: str) -> None:
    """One of a hundred citizens with a number is found by name and year of birth; with one more of them it names nobody."""
    with psycopg.connect(register, autocommit=True) as connection:
        for n in range(MOST_OF_ONE_NUMBER):
            write(connection, "population__person", f"024071000{100 + n}", neighbour(n), load_id=6)
        write(connection, "land__right", "crowded", holder("123456789", "Lý Văn 7", "1971"), load_id=6)
        relink(register)
        assert ask(register, LINK, "crowded", "holder") == [("C", "024071000107")]
        write(connection, "population__person", "024071000200", neighbour(100), load_id=7)
        relink(register)
        assert ask(register, LINK, "crowded", "holder") == [(None, None)]


def neighbour(n: int) -> dict[str, object]:
    """Make one of many citizens who bear a number that is none."""
    return {"personal_id": f"024071000{100 + n}", "cmnd9": "123456789", "full_name": f"Lý Văn {n}", "dob": "1971-05-04", "sex": "1"}
