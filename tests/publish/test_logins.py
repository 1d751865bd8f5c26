"""Logins: given, moved and taken away by one command each, and never mistaken for another role of the server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from registry import NOW, PROJECT, Registry

from province_data.cli import main
from province_data.errors import ContractError
from province_data.store.access import province_role
from province_data.store.logins import grant_login, list_logins, revoke_login

PASSWORD = "only-for-this-test"
PROVINCES = "select distinct province_code from published.person order by 1"


@pytest.fixture
def owner(shared: Registry) -> Iterator[psycopg.Connection]:
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def name(owner: psycopg.Connection) -> Iterator[str]:
    """Give a name that is free, and take the login away afterwards."""
    chosen = f"reader_{secrets.token_hex(6)}"
    yield chosen
    owner.execute(f"drop role if exists {chosen}".encode())


@pytest.fixture
def run(shared: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line on the test's warehouse."""
    monkeypatch.setenv("PROVINCE_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PROVINCE_DATA_PROJECT", str(PROJECT))
    monkeypatch.setenv("PROVINCE_DATA_DSN", shared.dsn)
    return Command(capsys)


class Command:
    """The command line, as a person sees it."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["access", *arguments])
        told = self.capsys.readouterr()
        assert ended.value.code == code, told.out + told.err
        return " ".join((told.out + told.err).split())


def reads(shared: Registry, name: str, password: str = PASSWORD, query: str = PROVINCES) -> object:
    with psycopg.connect(make_conninfo(shared.dsn, user=name, password=password), autocommit=True) as reader:
        return reader.execute(query.encode()).fetchall()


def test_a_login_is_given_with_a_password_shown_once(run: Command, shared: Registry, name: str, owner: psycopg.Connection) -> None:
    told = run("grant", name, "--province", "24", "--connections", "3", "--until", "2027-01-31")
    password = told.split("password ")[1].split()[0]
    assert reads(shared, name, password) == [("24",)]
    assert reads(shared, name, password, "show temp_file_limit") == [("2GB",)]
    assert reads(shared, name, password, "show default_transaction_read_only") == [("on",)]
    [login] = [x for x in list_logins(owner, NOW) if x.name == name]
    assert (login.group, login.connections, login.valid_until, login.lookups) == ("province_24", 3, date(2027, 1, 31), 0)
    assert name in run("list")
    assert password not in run("list")
    assert "3 connections, 60 s a statement, until 2027-01-31" in run("grant", name, "--province", "24"), "what is not asked for stays"
    assert "3 connections, 60 s a statement, no end date" in run("grant", name, "--province", "24", "--until", "9999-12-31")


def test_granting_again_changes_nothing_and_keeps_the_password(
    run: Command, shared: Registry, name: str, owner: psycopg.Connection
) -> None:
    grant_login(owner, name, "central_read", PASSWORD)
    assert "exists and reads as central_read" in run("grant", name, "--central")
    assert reads(shared, name) == [("19",), ("24",), ("52",)]
    stored = owner.execute("select rolpassword from pg_authid where rolname = %s", (name,)).fetchone()
    assert stored is not None
    assert str(stored[0]).startswith("SCRAM-SHA-256$")


def test_a_login_that_moves_loses_its_old_province(run: Command, shared: Registry, name: str, owner: psycopg.Connection) -> None:
    grant_login(owner, name, "province_19", PASSWORD)
    with psycopg.connect(make_conninfo(shared.dsn, user=name, password=PASSWORD), autocommit=True) as reader:
        reader.execute("prepare look as select * from published.person")
        assert "moved from province_19 to province_52" in run("grant", name, "--province", "52")
        with pytest.raises(psycopg.OperationalError):
            reader.execute("execute look")
    assert reads(shared, name) == [("52",)]


def test_a_password_comes_from_a_file_or_goes_into_one(run: Command, shared: Registry, name: str, tmp_path: Path) -> None:
    given, made = tmp_path / "given", tmp_path / "made"
    given.write_text(PASSWORD + "\n")
    assert PASSWORD not in run("grant", name, "--province", "24", "--password-file", str(given))
    assert reads(shared, name) == [("24",)]
    told = run("grant", name, "--province", "24", "--password-file", str(made))
    password = made.read_text().strip()
    assert password not in told
    assert made.stat().st_mode & 0o077 == 0
    assert reads(shared, name, password) == [("24",)]
    given.write_text("short\n")
    assert "too short" in run("grant", name, "--province", "24", "--password-file", str(given), code=2)


def test_a_login_taken_away_is_gone_at_once(run: Command, shared: Registry, name: str, owner: psycopg.Connection) -> None:
    grant_login(owner, name, "province_24", PASSWORD)
    with psycopg.connect(make_conninfo(shared.dsn, user=name, password=PASSWORD), autocommit=True) as reader:
        owner.execute("alter event trigger readers_define_nothing disable")
        reader.execute("set default_transaction_read_only = off")
        reader.execute("alter default privileges grant select on tables to public")
        owner.execute("alter event trigger readers_define_nothing enable")
        assert "1 open sessions ended" in run("revoke", name)
        with pytest.raises(psycopg.OperationalError):
            reader.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        reads(shared, name)
    assert "there is no login" in run("revoke", name, code=2)


def test_the_auditor_reads_who_looked_and_no_record(shared: Registry, name: str, owner: psycopg.Connection) -> None:
    grant_login(owner, name, "auditor", PASSWORD)
    assert reads(shared, name, query="select count(*) from ops.who_looked_at('024090000999')") == [(0,)]
    for query in ("select * from published.person", "select * from ops.lookup_channel", "select ops.lookup_hash('024090000001')"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reads(shared, name, query=query)


@pytest.mark.parametrize("login", ["province_24", "postgres; drop", "Ông", "pg_x", "auditor", "ab", "postgres", "public"])
def test_a_login_name_that_could_be_mistaken_is_refused(run: Command, login: str) -> None:
    assert "next step" in run("grant", login, "--province", "24", code=2)
    assert "next step" in run("revoke", login, code=2)


def test_a_role_that_is_no_readers_login_is_left_alone(owner: psycopg.Connection, name: str) -> None:
    owner.execute(f"create role {name} login createdb".encode())
    for act in (lambda: grant_login(owner, name, "province_24", PASSWORD), lambda: revoke_login(owner, name)):
        with pytest.raises(ContractError):
            act()
    assert owner.execute("select rolcreatedb from pg_roles where rolname = %s", (name,)).fetchone() == (True,)


def test_a_login_needs_one_of_the_34_provinces_and_one_group(run: Command, name: str) -> None:
    with pytest.raises(ContractError, match="no province"):
        province_role("27")
    assert "no province" in run("grant", name, "--province", "27", code=2)
    assert "one of" in run("grant", name, code=2)
    assert "one of" in run("grant", name, "--province", "24", "--central", code=2)


def test_the_login_that_records_is_no_readers_login(owner: psycopg.Connection) -> None:
    recorders = owner.execute("select rolname from pg_roles where rolname like 'province_data_recorder_%'").fetchall()
    assert recorders
    with pytest.raises(ContractError):
        revoke_login(owner, str(recorders[0][0]))


def test_the_check_says_that_everything_is_as_it_should_be(run: Command) -> None:
    assert "recorded and working" in run("check")
