"""The recorded look-up: one person, one row, one purpose, and a record that the caller cannot take back."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from registry import NOW, SECRET, Registry, citizen_id

from province_data.build import build
from province_data.publish import publish
from province_data.store.logins import grant_login, list_logins
from province_data.store.lookup import lookup_problem, prepare_lookup, read_lookups

PASSWORD = "only-for-this-test"
OWN, FOREIGN, NOBODY = citizen_id("24", 2), citizen_id("19", 2), citizen_id("24", 99)
CASE = "H24.12-261122-0001"
ASK = "select full_name, phone, perm_address, dob, province_code from published.lookup_person(%s, 'public_service', %s)"
PERSON = ("Nguyễn Văn Mẫu 2", "0900000000", f"Số {OWN}, đường Mẫu", "1972-03-02", "24")
TOLD = "concat_ws(' ', l.province_code, l.purpose, l.case_no, l.outcome, l.client_address)"
Recorded = list[tuple[object, ...]]


@pytest.fixture
def names(shared: Registry) -> Iterator[dict[str, str]]:
    """Give a fresh login for the province and one for the centre: the limit counts per login."""
    made = {group: f"looker_{secrets.token_hex(6)}" for group in ("province_24", "central_read")}
    with psycopg.connect(shared.dsn, autocommit=True) as owner:
        for group, name in made.items():
            grant_login(owner, name, group, PASSWORD)
        yield made
        for name in made.values():
            owner.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", (name,))
            owner.execute(f"drop role {name}".encode())


def connect(registry: Registry, name: str) -> psycopg.Connection:
    return psycopg.connect(make_conninfo(registry.dsn, user=name, password=PASSWORD), autocommit=True)


@pytest.fixture
def province(shared: Registry, names: dict[str, str]) -> Iterator[psycopg.Connection]:
    with connect(shared, names["province_24"]) as connection:
        yield connection


def recorded(registry: Registry, login: str) -> Recorded:
    query = "select province_code, purpose, case_no, outcome from ops.lookup where login = %s order by lookup_id"
    return registry.ask(query, login)


def test_a_province_gets_the_full_record_of_its_own_person(province: psycopg.Connection, shared: Registry, names: dict[str, str]) -> None:
    assert province.execute(ASK, (OWN, CASE)).fetchall() == [PERSON]
    assert recorded(shared, names["province_24"]) == [("24", "public_service", CASE, "shown")]


def test_who_is_not_there_and_who_belongs_to_another_province_look_the_same(
    province: psycopg.Connection, shared: Registry, names: dict[str, str]
) -> None:
    for key in (FOREIGN, NOBODY):
        assert province.execute(ASK, (key, CASE)).fetchall() == []
    assert [row[3] for row in recorded(shared, names["province_24"])] == ["not_found", "not_found"]


def test_the_centre_looks_into_all_provinces(shared: Registry, names: dict[str, str]) -> None:
    with connect(shared, names["central_read"]) as centre:
        for key, code in ((OWN, "24"), (FOREIGN, "19")):
            assert [row[4] for row in centre.execute(ASK, (key, CASE)).fetchall()] == [code]
    assert [row[0] for row in recorded(shared, names["central_read"])] == [None, None]


def test_a_role_taken_on_narrows_and_never_widens(shared: Registry, names: dict[str, str]) -> None:
    with psycopg.connect(shared.dsn, autocommit=True) as above:
        above.execute("set role province_24")
        assert above.execute(ASK, (FOREIGN, CASE)).fetchall() == []
        assert len(above.execute(ASK, (OWN, CASE)).fetchall()) == 1
    with connect(shared, names["province_24"]) as own, pytest.raises(psycopg.errors.InsufficientPrivilege):
        own.execute("set role central_read")


@pytest.mark.parametrize(
    "around",
    [
        ("begin", "{ask}", "rollback"),
        ("begin read only", "{ask}", "rollback"),
        ("begin", "savepoint s", "{ask}", "rollback to savepoint s", "commit"),
        ("begin", "savepoint s", "{ask}", "release savepoint s", "rollback"),
        ("begin isolation level serializable", "{ask}", "rollback"),
        ("begin", "declare c cursor for {ask}", "fetch 1 from c", "rollback"),
        ("begin", "{ask}"),
    ],
)
def test_a_look_is_recorded_whatever_becomes_of_the_transaction(shared: Registry, names: dict[str, str], around: tuple[str, ...]) -> None:
    ask = f"select * from published.lookup_person('{OWN}', 'inspection', 'QĐ 12/2026')"
    with connect(shared, names["province_24"]) as reader:
        reader.execute("set default_transaction_read_only = off")
        for statement in around:
            reader.execute(statement.format(ask=ask).encode())
    assert recorded(shared, names["province_24"]) == [("24", "inspection", "QĐ 12/2026", "shown")]


def test_a_look_in_a_statement_that_fails_afterwards_is_recorded(
    province: psycopg.Connection, shared: Registry, names: dict[str, str]
) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        province.execute(f"select 1 / (length(phone) - 10) from published.lookup_person('{OWN}', 'inspection', 'a case')".encode())
    assert [row[3] for row in recorded(shared, names["province_24"])] == ["shown"]


def test_a_look_that_is_cancelled_is_recorded_or_shows_nothing(
    province: psycopg.Connection, shared: Registry, names: dict[str, str]
) -> None:
    """Cancelled at every moment of the call: what was shown is in the record."""
    shown = cancelled = 0
    for milliseconds in range(1, 41):
        province.execute(f"set statement_timeout = {milliseconds}".encode())
        try:
            shown += len(province.execute(ASK, (OWN, CASE)).fetchall())
        except psycopg.errors.QueryCanceled:
            cancelled += 1
    assert cancelled > 0
    assert sum(row[3] == "shown" for row in recorded(shared, names["province_24"])) >= shown


def test_a_transaction_cannot_be_prepared_to_be_forgotten(province: psycopg.Connection) -> None:
    province.execute("begin")
    province.execute(ASK, (OWN, CASE))
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
        province.execute("prepare transaction 'later'")


def test_a_thousand_looks_in_one_statement_are_counted_one_by_one(
    province: psycopg.Connection, shared: Registry, names: dict[str, str]
) -> None:
    many = f"select count(*) from generate_series(1, 1000) n, published.lookup_person('{OWN}', 'inspection', 'case ' || n)"
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
        province.execute(many.encode())
    outcomes = [row[3] for row in recorded(shared, names["province_24"])]
    assert outcomes == ["shown"] * 60 + ["over_limit"]
    with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
        province.execute(ASK, (OWN, CASE))
    assert len(recorded(shared, names["province_24"])) == 62


def test_the_limit_holds_for_five_sessions_at_once(shared: Registry, names: dict[str, str]) -> None:
    seen: list[int] = []

    def look() -> None:
        with connect(shared, names["province_24"]) as reader:
            try:
                for _ in range(20):
                    seen.append(len(reader.execute(ASK, (OWN, CASE)).fetchall()))
            except psycopg.errors.ConfigurationLimitExceeded:
                pass

    threads = [threading.Thread(target=look) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(seen) == 60


@pytest.mark.parametrize(
    ("arguments", "outcome"),
    [
        (("%", "inspection", "a case"), "no_key"),
        (("", "inspection", "a case"), "no_key"),
        ((None, "inspection", "a case"), "no_key"),
        ((f"{{{OWN},{FOREIGN}}}", "inspection", "a case"), "no_key"),
        ((OWN + " ", "inspection", "a case"), "no_key"),
        ((OWN, "curiosity", "a case"), "no_purpose"),
        ((OWN, None, "a case"), "no_purpose"),
        ((OWN, "inspection", None), "no_case"),
        ((OWN, "inspection", "x"), "no_case"),
        ((OWN, "inspection", "line\nsecond"), "no_case"),
        ((OWN, "inspection", "case\x1b[2J"), "no_case"),
        ((OWN, "inspection", f"about {OWN}"), "no_case"),
    ],
)
def test_a_look_without_key_purpose_or_case_is_refused_and_recorded(
    province: psycopg.Connection, shared: Registry, names: dict[str, str], arguments: tuple[str | None, ...], outcome: str
) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue):
        province.execute("select * from published.lookup_person(%s, %s, %s)", arguments)
    [(_, purpose, case, recorded_outcome)] = recorded(shared, names["province_24"])
    assert recorded_outcome == outcome
    assert (purpose is None) == (outcome == "no_purpose")
    assert (case is None) == (outcome == "no_case")


def test_quotes_and_backslashes_in_a_case_number_stay_text(province: psycopg.Connection, shared: Registry, names: dict[str, str]) -> None:
    for case in ("'; drop table ops.lookup; --", "\\'; select 1; --", "$$ || 'x' || $$", '{"a": 1}'):
        assert len(province.execute(ASK, (OWN, case)).fetchall()) == 1
        assert recorded(shared, names["province_24"])[-1][2] == case


def test_the_record_names_nobody_and_answers_who_looked_at_a_person(
    province: psycopg.Connection, shared: Registry, names: dict[str, str]
) -> None:
    province.execute(ASK, (OWN, CASE))
    with psycopg.connect(shared.dsn, autocommit=True) as owner:
        found = read_lookups(owner, OWN, names["province_24"], None, 10)
        assert [(x.login, x.outcome, x.client_address) for x in found] == [(names["province_24"], "shown", "127.0.0.1")]
        assert read_lookups(owner, FOREIGN, names["province_24"], None, 10) == []
        [login] = [x for x in list_logins(owner, NOW) if x.name == names["province_24"]]
        assert login.last_lookup_at is not None
    assert shared.one(f"select count(*) from ops.lookup l where {TOLD} ~ '[0-9]{{12}}'") == 0
    assert shared.one("select count(*) from ops.who_looked_at(%s) where login = %s", OWN, names["province_24"]) == 1
    assert shared.one("select count(*) from published.person p join ops.lookup l on l.person_hash = p.person_key") == 0


@pytest.mark.parametrize(
    "statement",
    [
        "select * from ops.lookup",
        "delete from ops.lookup",
        "select * from ops.lookup_channel",
        "select * from ops.lookup_limit",
        "select ops.note_lookup('x', '24', 'x', 'inspection', 'x', null, 'shown')",
        "select ops.record_lookup('24', 'x', 'inspection', 'x', 'shown')",
        "select ops.lookup_hash('024090000001')",
        "select ops.lookup_address()",
        "select ops.who_looked_at('024090000001')",
        "select * from ops.dblink('host=127.0.0.1', 'select 1') as x (y text)",
        "select ops.dblink_connect('host=127.0.0.1')",
        "insert into published.lookup_purpose values ('curiosity', 'x', 'x')",
        "alter function published.lookup_person(text, text, text) security invoker",
        "create extension postgres_fdw schema published",
    ],
)
def test_the_parts_of_the_look_up_are_closed_to_a_province(province: psycopg.Connection, statement: str) -> None:
    province.execute("set default_transaction_read_only = off")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        province.execute(statement.encode())


def test_a_purpose_is_explained_in_vietnamese(province: psycopg.Connection) -> None:
    listed = province.execute("select purpose, description_vi from published.lookup_purpose").fetchall()
    assert len(listed) == 6
    assert all(text for _, text in listed)


def test_without_a_record_nothing_is_shown(registry: Registry, names: dict[str, str]) -> None:
    with connect(registry, names["province_24"]) as reader:
        assert len(reader.execute(ASK, (OWN, CASE)).fetchall()) == 1
        registry.do("update ops.lookup_channel set password = 'wrong'")
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="cannot be recorded"):
            reader.execute(ASK, (OWN, CASE))
        with psycopg.connect(registry.dsn, autocommit=True) as owner:
            assert "SQLSTATE" in str(lookup_problem(owner))
            registry.do("drop extension dblink")
            assert "dblink" in str(lookup_problem(owner))
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="cannot be recorded"):
                reader.execute(ASK, (OWN, CASE))
            registry.do("create extension dblink schema public")
            registry.do("update ops.lookup_channel set role_name = 'gone_with_its_server'")
            prepare_lookup(owner)
            assert lookup_problem(owner) is None
        assert len(reader.execute(ASK, (OWN, CASE)).fetchall()) == 1


def test_the_look_up_stands_after_a_build_from_nothing_and_shows_no_held_record(registry: Registry, names: dict[str, str]) -> None:
    registry.do("update validated.population__person set _held_by = '{XDS-001}', _load_id = 2 where _record_key = %s", citizen_id("24", 3))
    build(registry.dsn, registry.project / "dbt_project", registry.target, True)
    publish(registry.dsn, SECRET, NOW)
    with connect(registry, names["province_24"]) as reader:
        assert reader.execute(ASK, (OWN, CASE)).fetchall() == [PERSON]
        assert reader.execute(ASK, (citizen_id("24", 3), CASE)).fetchall() == []
