"""The attempts, made by the logins of two provinces at every moment: judged by what was seen and what was changed. None may succeed."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Iterator

import psycopg
import pytest
from attempts import ATTEMPTS, Attempt
from psycopg.conninfo import make_conninfo
from registry import NOW, SECRET, Registry, citizen_id, copy_of, warn

from province_data.build import build
from province_data.publish import publish
from province_data.rollback import roll_back
from province_data.store import embedded
from province_data.store.logins import grant_login
from province_data.store.privileges import read_privileges

PASSWORD = "only-for-this-test"
SIDES = (("24", "19"), ("19", "24"))


@pytest.fixture(scope="module")
def field(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give a published database with a finding in each province, and a login for each side."""
    with copy_of(database_server, template) as copy:
        for own, _ in SIDES:
            warn(copy, own, citizen_id(own, 1), "POP-016")
            with psycopg.connect(copy.dsn, autocommit=True) as owner:
                grant_login(owner, login_of(copy, own), f"province_{own}", PASSWORD)
        publish(copy.dsn, SECRET, NOW)
        copy.do("analyze")
        yield copy
        with psycopg.connect(copy.dsn, autocommit=True) as owner:
            for own, _ in SIDES:
                name = login_of(copy, own)
                owner.execute(f"drop owned by {name}; drop role {name}".encode())


def login_of(registry: Registry, own: str) -> str:
    return f"attacker_{registry.dsn[-12:]}_{own}"


def secrets_of(registry: Registry, own: str, foreign: str) -> set[str]:
    """Everything that tells a foreign row, a masked value or a secret: the attacker's own published values and public lists left out."""
    tables = [str(t) for (t,) in registry.ask(
        "select relname::text from pg_class where relnamespace = 'published'::regnamespace and relkind = 'p'")]  # fmt: skip
    values = "select distinct x.value from published.{} t, jsonb_each_text(to_jsonb(t)) x where length(x.value) >= 8 and t.province_code {}"
    theirs = {str(v) for t in tables for (v,) in registry.ask(values.format(t, "<> %s"), own)}
    ours = {str(v) for t in tables for (v,) in registry.ask(values.format(t, "= %s"), own)}
    public = {str(v) for (v,) in registry.ask("select name from published.admin_unit")}
    clear = {citizen_id(code, n) for code in (own, foreign) for n in range(1, 7)}
    clear |= {"0900000000", "đường Mẫu", "mau@example.vn", "Nguyễn Văn Mẫu", SECRET}
    hidden = {str(v) for row in registry.ask("select password, hash_key from ops.lookup_channel") for v in row}
    return (theirs - ours - public) | clear | hidden


def state(registry: Registry) -> list[object]:
    """What nobody may change: rows, rights, objects, roles, settings. Not looked at: what a login may do to itself."""
    query = """
        select (select md5(string_agg(t::text, '' order by t::text)) from published.person t),
            (select md5(string_agg(f::text, '' order by finding_id)) from quality.finding f),
            (select count(*) from pg_class), (select count(*) from pg_proc), (select count(*) from pg_roles),
            (select count(*) from pg_auth_members), (select count(*) from pg_policies), (select count(*) from pg_namespace),
            (select count(*) from pg_db_role_setting s where setrole = 0), (select count(*) from pg_largeobject_metadata),
            (select count(*) from ops.publication), (select count(*) from pg_database), (select count(*) from published.lookup_purpose)
    """
    with psycopg.connect(registry.dsn, autocommit=True) as owner:
        return [*registry.ask(query), *(line for line in read_privileges(owner) if "default privileges of attacker" not in line)]


def attack(registry: Registry, own: str, foreign: str) -> list[str]:
    """Make all attempts; returns those that succeeded."""
    database = registry.dsn.rsplit("/", 1)[1]
    words = {"own": own, "foreign": foreign, "own_id": citizen_id(own, 1), "foreign_id": citizen_id(foreign, 1), "database": database}
    telling = secrets_of(registry, own, foreign)
    address = make_conninfo(registry.dsn, user=login_of(registry, own), password=PASSWORD)
    registry.do("delete from ops.lookup where login = %s", login_of(registry, own))
    before = state(registry)
    succeeded = []
    with psycopg.connect(address, autocommit=True, prepare_threshold=None) as session:
        for attempt in ATTEMPTS:
            succeeded += [f"{attempt.number} {told}" for told in make(session, attempt, words, telling)]
            session.execute("rollback")
            session.execute("discard all")
    return succeeded + ["the state changed"] * (state(registry) != before)


def make(session: psycopg.Connection, attempt: Attempt, words: dict[str, str], telling: set[str]) -> Iterator[str]:
    """Make one attempt; yields what went wrong for us."""
    seen: list[str] = []
    answer: object = None
    asked = set[str]()

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        seen.append(str(notice.message_primary) + str(notice.message_detail))

    session.add_notice_handler(hear)
    session.execute("set default_transaction_read_only = off")
    for statement in attempt.statements:
        text = fill(statement, words)
        asked |= {word for word in telling if word in text}
        try:
            cursor = session.execute(text.encode())
            answer = cursor.fetchall() if cursor.description else []
            seen.append(str(answer))
        except psycopg.Error as error:
            answer = None
            seen.append(f"{error} {error.diag.message_detail} {error.diag.context}")
        else:
            if attempt.is_denied:
                yield f"was not refused: {text}"
    session.remove_notice_handler(hear)
    found = {word for word in telling - asked if any(word in text for text in seen)}
    if found:
        yield f"showed {len(found)} values it must not: {attempt.statements[-1]}"
    if isinstance(attempt.answer, list) and str(answer) != fill(str(attempt.answer), words):
        yield f"answered {answer} to {attempt.statements[-1]}"


def fill(text: str, words: dict[str, str]) -> str:
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text


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
    ("weakness", "numbers"),
    [
        ("grant usage on schema warehouse to province_read; grant select on warehouse.dim_person to province_read", {"A01", "A54"}),
        ("alter table published.person_19 disable row level security; grant select on published.person_19 to province_24", {"A02", "A04"}),
        ("create policy wide on published.person for select to province_24 using (true)", {"A09", "A11", "A19", "A34", "A55"}),
        ("grant update on published.person to province_read", {"A26", "A27"}),
        ("grant province_19 to province_24", {"A06", "A08", "A58"}),
    ],
)
def test_a_weakness_would_be_found(registry: Registry, weakness: str, numbers: set[str]) -> None:
    """The judge itself: with a hole made on purpose the attempts that use it succeed."""
    with psycopg.connect(registry.dsn, autocommit=True) as owner:
        grant_login(owner, login_of(registry, "24"), "province_24", PASSWORD)
        warn(registry, "24", citizen_id("24", 1), "POP-016")
        owner.execute(weakness.encode())
        try:
            found = {line.split()[0] for line in attack(registry, "24", "19")}
        finally:
            owner.execute("revoke province_19 from province_24")
            owner.execute(f"drop owned by {login_of(registry, '24')}; drop role {login_of(registry, '24')}".encode())
    assert found >= numbers


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
