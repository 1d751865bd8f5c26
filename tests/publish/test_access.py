"""Access: a province reaches its own rows and no other, whatever way it tries."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from registry import Registry, citizen_id, warn

from province_data.store.access import PROVINCE_CODES, ensure_roles, violations
from province_data.store.logins import grant_login

PASSWORD = "only-for-this-test"
TABLES = ("person", "household", "land_parcel", "land_right", "civil_event", "taxpayer", "land_tax")
DENIED = (psycopg.errors.InsufficientPrivilege,)


@pytest.fixture(scope="module")
def login(shared: Registry) -> Iterator[str]:
    """Make a real login of province 24; returns the address it connects with."""
    name = f"reader_{secrets.token_hex(6)}"
    with psycopg.connect(shared.dsn, autocommit=True) as owner:
        grant_login(owner, name, "province_24", PASSWORD)
        yield make_conninfo(shared.dsn, user=name, password=PASSWORD)
        owner.execute(f"drop role {name}".encode())


@pytest.fixture
def province(login: str) -> Iterator[psycopg.Connection]:
    """Connect as province 24."""
    with psycopg.connect(login, autocommit=True) as connection:
        yield connection


def rows(connection: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("table", TABLES)
def test_a_province_sees_only_its_own_rows(province: psycopg.Connection, shared: Registry, table: str) -> None:
    assert rows(province, f"select distinct province_code from published.{table}") == [("24",)]
    assert rows(province, f"select count(*) from published.{table} where province_code = '19'") == [(0,)]
    everything = shared.one(f"select count(*) from published.{table} where province_code = '24'")
    assert rows(province, f"select count(*) from published.{table}") == [(everything,)]


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("leaf", ["24", "19", "00"])
def test_a_partition_cannot_be_read_by_its_own_name(province: psycopg.Connection, table: str, leaf: str) -> None:
    with pytest.raises(DENIED):
        province.execute(f"select * from published.{table}_{leaf}".encode())


def test_a_filter_that_talks_never_meets_a_foreign_row(province: psycopg.Connection) -> None:
    spied = rows(province, "select count(*) from published.person where 1 / (province_code <> '19')::int = 1")
    assert spied == [(6,)]


def test_a_prepared_statement_keeps_to_the_province(province: psycopg.Connection) -> None:
    province.execute("prepare look (text) as select count(*) from published.person where province_code = $1")
    assert [rows(province, f"execute look ('{code}')") for code in ("24", "19", "24")] == [[(6,)], [(0,)], [(6,)]]


def test_the_policy_reads_one_partition(province: psycopg.Connection) -> None:
    plan = "\n".join(str(line) for (line,) in rows(province, "explain select * from published.person"))
    assert "person_24" in plan
    assert "person_19" not in plan


def test_findings_through_the_view_and_the_table_are_the_provinces_own(province: psycopg.Connection, shared: Registry) -> None:
    warn(shared, "19", "a record of 19", "POP-016")
    warn(shared, "24", "a record of 24", "POP-016")
    assert rows(province, "select province_code, record_key from published.my_findings") == [("24", "a record of 24")]
    assert rows(province, "select province_code from quality.finding") == [("24",)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into published.person (province_code, person_key) values ('24', 'x')",
        "update published.person set sex = '1'",
        "delete from published.person",
        "truncate published.person",
        "select * from published.person for update",
        "select * from validated.population__person",
        "select * from warehouse.dim_person",
        "select * from warehouse.mart_person",
        "select warehouse.keyed_hash('x')",
        "select * from ops.batch",
        "select * from quality.score",
        "set role province_data_owner",
        "set role province_19",
        "call ops.protect('published.person')",
        "create table public.mine (x int)",
        "create table published.mine (x int)",
        "create temp table mine (x int)",
        "create view published.mine as select 1",
        "do $$ begin end $$",
        "create function published.f() returns int language sql as 'select 1'",
        "select pg_sleep(0)",
        "select lo_create(0)",
        "select pg_read_file('PG_VERSION')",
        "select query_to_xml('select 1', true, true, '')",
        "select pg_advisory_lock(1)",
        "alter table published.person disable row level security",
        "drop policy province_24 on published.person",
        "select setting from pg_file_settings",
        "copy published.person to program 'true'",
    ],
)
def test_a_province_may_read_and_nothing_else(province: psycopg.Connection, statement: str) -> None:
    province.execute("set default_transaction_read_only = off")
    with pytest.raises(DENIED):
        province.execute(statement.encode())


def test_switching_row_security_off_gives_an_error_and_no_row(province: psycopg.Connection) -> None:
    province.execute("set row_security = off")
    with pytest.raises(DENIED):
        province.execute("select count(*) from published.person")


def test_a_reader_cannot_learn_values_from_statistics(province: psycopg.Connection, shared: Registry) -> None:
    shared.do("analyze published.person")
    assert rows(province, "select count(*) from pg_stats where schemaname in ('published', 'warehouse', 'validated')") == [(0,)]
    with pytest.raises(DENIED):
        province.execute("select * from pg_statistic")


def test_national_figures_and_public_lists_are_for_everybody(province: psycopg.Connection) -> None:
    assert rows(province, "select distinct province_code from published.indicator order by 1") == [("00",), ("24",)]
    [(units,)] = rows(province, "select count(*) from published.admin_unit where level = 'commune' and edition = '2025'")
    assert int(str(units)) >= 3321
    assert rows(province, "select table_name, column_name from published.data_dictionary where description is null") == []


def test_the_centre_sees_all_provinces_and_the_auditor_no_record(shared: Registry) -> None:
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        connection.execute("set role central_read")
        assert rows(connection, "select count(distinct province_code) from published.person") == [(3,)]
        connection.execute("set role auditor")
        assert rows(connection, "select count(*) from ops.publication") == [(1,)]
        with pytest.raises(DENIED):
            connection.execute("select * from published.person")


def test_no_table_or_partition_is_without_protection(registry: Registry) -> None:
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        assert violations(connection) == []
        connection.execute("create table published.forgotten (province_code text)")
        connection.execute("alter table published.person_19 no force row level security")
        connection.execute("grant select on published.person_52 to province_read")
        connection.execute("create view published.leak as select * from published.person")
        found = violations(connection)
    assert [line.split(":")[0] for line in found] == ["published.forgotten", "published.leak", "published.person_19", "published.person_52"]


def test_roles_can_be_ensured_again(shared: Registry) -> None:
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        ensure_roles(connection)
        ensure_roles(connection)
    assert (
        shared.one("select count(*) from pg_roles where rolname ~ '^province_[0-9]{2}$' and not rolcanlogin") == 34 == len(PROVINCE_CODES)
    )


def test_a_publisher_who_is_no_superuser_can_write_through_the_policies(shared: Registry) -> None:
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        connection.execute("set role province_data_owner")
        assert rows(connection, "select count(*) from published.person") == [(18,)]
        connection.execute("update published.person set sex = sex where province_code = '24'")
        key = citizen_id("24", 1)
        assert rows(connection, f"select count(*) from published.person where personal_id_masked = '*********{key[-3:]}'") == [(3,)]
