"""The attempts, made by the logins of two provinces at every moment: judged by what was seen and what was changed. None may succeed."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import time

import psycopg
import pytest
from attacking import PASSWORD, SIDES, address_of, attack, login_of, secrets_of
from forgotten import EVERY, everything
from psycopg.conninfo import make_conninfo
from registry import NOW, SECRET, Registry, citizen_id, warn

from debian_server import BINARIES
from province_data.build import build
from province_data.publish import publish
from province_data.rollback import roll_back
from province_data.store import embedded
from province_data.store.access import ensure_roles, violations
from province_data.store.database import connected
from province_data.store.embedded_site import find_binaries
from province_data.store.logins import grant_login
from province_data.store.lookup import prepare_lookup


@pytest.mark.parametrize(("own", "foreign"), SIDES)
def test_no_attempt_succeeds_at_rest(field: Registry, own: str, foreign: str) -> None:
    assert attack(field, own, foreign) == []


def test_no_attempt_succeeds_during_and_after_a_publication_and_a_rollback(field: Registry) -> None:
    during: list[str] = []

    def meanwhile(connection: psycopg.Connection, publication_id: int) -> int:
        for own, foreign in SIDES:
            during.extend(attack(field, own, foreign))
        return 1

    warn(field, "24", citizen_id("24", 2), "POP-030")
    field.do("delete from quality.finding where rule_id = 'POP-030'")
    publish(field.dsn, SECRET, NOW, after=meanwhile)
    assert during == []
    assert [x for own, foreign in SIDES for x in attack(field, own, foreign)] == []
    roll_back(field.dsn, "test", NOW)
    assert attack(field, "24", "19") == []


def test_no_attempt_succeeds_after_a_build_from_nothing(field: Registry) -> None:
    build(field.dsn, field.project / "dbt_project", field.target, True)
    assert attack(field, "19", "24") == []
    publish(field.dsn, SECRET, NOW)
    assert [x for own, foreign in SIDES for x in attack(field, own, foreign)] == []


def test_no_attempt_succeeds_after_a_table_was_added(field: Registry) -> None:
    field.do(
        "create table warehouse.dim_school as select code as province_code, 'S' || code as _record_key, 'Trường Mẫu số ' || code as name,"
        " 2::bigint as _load_id from unnest('{19,24,52}'::text[]) as code"
    )
    field.do(
        "create view warehouse.mart_school as select province_code, warehouse.keyed_hash(_record_key) as school_key, name, _load_id"
        " from warehouse.dim_school"
    )
    field.do(
        "insert into warehouse.build_state (entity, dataset, table_name, relation, is_grouped, load_id, checked_load_id)"
        " values ('school', 'education', 'school', 'dim_school', false, 2, 2)"
    )
    publish(field.dsn, SECRET, NOW)
    for own, foreign in SIDES:
        assert attack(field, own, foreign) == []
        address = make_conninfo(field.dsn, user=login_of(field, own), password=PASSWORD)
        with psycopg.connect(address, autocommit=True) as session:
            assert session.execute("select name from published.school").fetchall() == [(f"Trường Mẫu số {own}",)]
            for part in (f"school_{foreign}", f"school_{own}", "school_00"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(f"select * from published.{part}".encode())


@pytest.mark.parametrize(
    "statement",
    [
        "create rule r as on select to published.person do instead select 1",
        "create trigger t before insert on published.person execute function suppress_redundant_updates_trigger()",
        "begin; lock table published.person in access exclusive mode",
        "comment on table published.person is 'x'",
        "alter table published.person disable row level security",
        "cluster published.person",
        "reindex table published.person",
        "truncate published.person",
        "drop table published.person",
        "create index on published.person (sex)",
        "create statistics on sex, nationality from published.person",
        "refresh materialized view published.person",
    ],
)
def test_a_login_waiting_for_a_lock_it_may_not_have_delays_nobody(field: Registry, statement: str) -> None:
    address = make_conninfo(field.dsn, user=login_of(field, "24"), password=PASSWORD)
    with psycopg.connect(address) as holding, psycopg.connect(address, autocommit=True) as asking:
        holding.execute("select 1 from published.person limit 1")
        asking.execute("set lock_timeout = '3s'; set default_transaction_read_only = off")
        started = time.monotonic()
        with contextlib.suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.WrongObjectType):
            asking.execute(statement.encode())
        assert time.monotonic() - started < 1


@pytest.mark.parametrize("database", ["postgres", "template1"])
def test_no_other_database_lets_a_province_in(field: Registry, database: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(make_conninfo(field.dsn, user=login_of(field, "24"), password=PASSWORD, dbname=database))


def test_a_province_cannot_speak_the_replication_protocol(field: Registry) -> None:
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(make_conninfo(field.dsn, user=login_of(field, "24"), password=PASSWORD, replication="database"))


def test_a_login_opens_no_more_connections_than_it_was_given(field: Registry) -> None:
    name = f"many_{secrets.token_hex(6)}"
    with psycopg.connect(field.dsn, autocommit=True) as owner:
        grant_login(owner, name, "province_24", PASSWORD, connections=3)
        address = make_conninfo(field.dsn, user=name, password=PASSWORD)
        opened = [psycopg.connect(address) for _ in range(3)]
        with pytest.raises(psycopg.OperationalError, match="too many"):
            psycopg.connect(address)
        for connection in opened:
            connection.close()
        owner.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", (name,))
        owner.execute(f"drop role {name}".encode())


def test_no_relation_of_the_catalogue_shows_more_than_ones_own(field: Registry) -> None:
    """Names are no secret: whatever the catalogue lists is read as a whole."""
    with psycopg.connect(address_of(field, "24")) as session:
        names = [str(name) for (name,) in session.execute(EVERY.encode()).fetchall()]
    assert len(names) > 500
    assert attack(field, "24", "19", everything(names)) == []


def test_no_attempt_succeeds_by_copying_out(field: Registry) -> None:
    telling = secrets_of(field, "24", "19")
    with psycopg.connect(address_of(field, "24"), autocommit=True) as session, session.cursor() as cursor:
        session.execute("set default_transaction_read_only = off")
        for source in ("published.person", "(select * from published.citizen_360)", "(table quality.finding)"):
            with cursor.copy(f"copy {source} to stdout".encode()) as copy:
                told = b"".join(bytes(block) for block in copy).decode()
            assert told.count("\n") > 0
            assert {word for word in telling if word in told} == set()
        for statement in ("copy published.person_19 to stdout", "copy warehouse.dim_person to stdout", "copy published.person from stdin"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), cursor.copy(statement.encode()):
                pass


def test_what_a_login_sets_for_itself_opens_nothing_at_its_next_login(field: Registry) -> None:
    """A login may change its own settings for good; they count from the next session on, before anybody could look."""
    with psycopg.connect(address_of(field, "24"), autocommit=True) as session:
        for setting in ("row_security = off", "search_path = pg_temp", "role = 'province_19'", "default_transaction_read_only = off",
                        "session_replication_role = replica", "province_data.secret = 'x'", "local_preload_libraries = ''"):  # fmt: skip
            with contextlib.suppress(psycopg.Error):
                session.execute(f"alter role current_user set {setting}".encode())
    try:
        with psycopg.connect(address_of(field, "24"), autocommit=True) as session:
            assert session.execute("select current_user = session_user, current_setting('session_replication_role')").fetchone() == (
                True,
                "origin",
            )
            for relation in ("person", "citizen_360"):
                with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
                    seen = session.execute(f"select distinct province_code from published.{relation}".encode()).fetchall()
                    assert seen == [("24",)]
    finally:
        with psycopg.connect(field.dsn, autocommit=True) as owner:
            owner.execute(f"alter role {login_of(field, '24')} reset all".encode())
            grant_login(owner, login_of(field, "24"), "province_24", None)


def test_no_attempt_succeeds_after_a_restore(field: Registry, database_server: embedded.EmbeddedServer) -> None:
    """Dumped and restored into a database of its own: policies, grants and forced row-level security come back with the tables."""
    name = f"restored_{secrets.token_hex(6)}"
    binaries = BINARIES[0].parent if os.environ.get("TEST_SERVER") == "debian" else find_binaries()
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as admin:
        admin.execute(f"create database {name}".encode())
    restored = Registry(embedded.dsn(database_server, name), field.project, field.target)
    try:
        dumped = subprocess.run([binaries / "pg_dump", field.dsn], capture_output=True, check=True)
        subprocess.run(
            [binaries / "psql", "-Xq", "-v", "ON_ERROR_STOP=1", restored.dsn], input=dumped.stdout, capture_output=True, check=True
        )
        with connected(restored.dsn) as owner:
            ensure_roles(owner)
            prepare_lookup(owner)
            assert violations(owner) == []
        for own, foreign in SIDES:
            with psycopg.connect(restored.dsn, autocommit=True) as owner:
                grant_login(owner, login_of(restored, own), f"province_{own}", PASSWORD)
            assert attack(restored, own, foreign) == []
    finally:
        with psycopg.connect(restored.dsn, autocommit=True) as owner:
            for own, _ in SIDES:
                owner.execute(f"drop owned by {login_of(restored, own)}; drop role {login_of(restored, own)}".encode())
        with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as admin:
            admin.execute(f"drop database {name} with (force)".encode())
