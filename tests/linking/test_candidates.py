"""Candidates: proposed to a person where name, birth date and sex agree and one thing more; never linked, never named."""

from __future__ import annotations

import psycopg
import pytest
from people import CATALOG, NOW, holder, write

from province_data.link import link
from province_data.linking import candidates
from province_data.linking.candidates import find_candidates

pytest.importorskip("splink", reason="Splink is not installed")
SECRET = "a secret of this test, long enough to be one"
HOME = "07375"
MINH = {"personal_id": "024088000011", "full_name": "Nguyễn Văn Minh", "dob": "1988-04-09", "sex": "1", "perm_commune": HOME}
NAMESAKE = MINH | {"personal_id": "024088000012", "perm_commune": "07399"}
SISTER = MINH | {"personal_id": "024188000013", "sex": "2"}
WIFE = {"personal_id": "024190000014", "full_name": "Lý Thị Hoa", "dob": "1990-01-30", "sex": "2", "spouse_id": "024088000012"}
SOUGHT = (
    # the name and birth date on the paper -> the last digits of the candidates
    ("Nguyễn Văn Minh", "1988-04-09", ["011"]),
    ("NGUYEN VAN MINH", "1988-04-09", ["011"]),
    ("Nguyễn Minh", "1988-04-09", ["011"]),
    ("Minh Nguyễn Văn", "1988-04-09", ["011"]),
    ("Nguyễn Văn Minh", "1988-09-04", ["011"]),
    ("Nguyễn Văn Minh", "1988-04-10", []),
    ("Trần Quang Minh", "1988-04-09", []),
    ("Nguyễn Văn Minh", "1988", []),
)
LISTED = "select right(personal_id_masked, 3) from published.link_candidates where record_key = warehouse.keyed_hash(%s) order by 1"


@pytest.fixture(scope="module")
def listed(small_register: str) -> psycopg.Connection:
    """Give the work lists for the papers of `SOUGHT`, a birth without the father's number, and a number of somebody else."""
    connection = psycopg.connect(small_register, autocommit=True)
    for citizen in (MINH, NAMESAKE, SISTER, WIFE):
        write(connection, "population__person", str(citizen["personal_id"]), citizen)
    for number, (name, birth, _) in enumerate(SOUGHT):
        paper = holder("121777777", name, birth, commune=HOME, parcel_code=f"paper {number}")
        write(connection, "land__right", f"paper {number}", paper)
    write(connection, "land__right", "foreign number", holder("024060000004", "Võ Thị Bích Hường", "1988-12-30"))
    birth = {"event_kind": "KS", "father_name": "Nguyễn Văn Minh", "father_dob": "1988-04-09", "father_sex": "1"}
    birth |= {"mother_id": WIFE["personal_id"], "mother_name": "Lý Thị Hoa", "mother_dob": "1990-01-30"}
    write(connection, "civil_status__event", "KS|1", birth, province="52")
    link(small_register, CATALOG, workers=1)
    find_candidates(connection, [table for table in CATALOG.tables if table.persons], SECRET, NOW)
    connection.execute("select set_config('province_data.secret', %s, false)", (SECRET,))
    return connection


@pytest.mark.parametrize("number", range(len(SOUGHT)))
def test_a_candidate_needs_name_full_date_sex_and_one_thing_more(listed: psycopg.Connection, number: int) -> None:
    assert [last for (last,) in listed.execute(LISTED, (f"paper {number}",))] == SOUGHT[number][2]


def test_a_relative_in_the_same_record_speaks_for_a_candidate(listed: psycopg.Connection) -> None:
    assert [last for (last,) in listed.execute(LISTED, ("KS|1",))] == ["012"], "the mother is married to the namesake"


def test_a_number_of_somebody_else_is_on_the_list_as_a_conflict(listed: psycopg.Connection) -> None:
    rows = listed.execute("select grade, score, evidence, personal_id_masked from published.link_candidates where grade = 'E'").fetchall()
    assert rows == [("E", None, ["number"], "*********004")]


def test_nothing_on_the_list_was_linked(listed: psycopg.Connection) -> None:
    query = "select count(*) from warehouse.person_link where person_id is not null and record_key <> 'KS|1'"
    assert listed.execute(query).fetchone() == (0,)


def test_a_province_sees_its_own_records_and_no_key_of_another_provinces_citizen(listed: psycopg.Connection) -> None:
    query = "select count(*), count(person_key) from published.link_candidates"
    seen = {}
    for province in ("24", "52", "19"):
        listed.execute(f"set role province_{province}".encode())
        seen[province] = listed.execute(query).fetchone()
        listed.execute("reset role")
    assert seen == {"24": (6, 6), "52": (1, 0), "19": (0, 0)}


@pytest.mark.parametrize("statement", [candidates._WRITE_CANDIDATES, candidates._WRITE_CONFLICTS])
def test_citizens_of_links_are_looked_up_by_the_index_of_their_number(listed: psycopg.Connection, statement: str) -> None:
    with listed.transaction(force_rollback=True):
        listed.execute("set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off")
        plan = "\n".join(str(line) for (line,) in listed.execute(f"explain {statement}".encode(), (NOW,)))
    assert "Index Cond: (personal_id = (" in plan
    assert "Filter: (q.personal_id = " not in plan
