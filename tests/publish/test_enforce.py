"""What a login may lift in its own session is held by a program outside of it; nobody else is touched."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import psycopg
import pytest
from attacking import PASSWORD, address_of, login_of
from psycopg import sql
from psycopg.conninfo import make_conninfo
from registry import Registry

from province_data.enforce import enforce
from province_data.errors import PublicationError
from province_data.store.limits import Limits, hold_to_limits

QUICK = Limits(statement=0.6, idle=0.6, queue=0.4, look=0.1)
LONG = "select count(*) from generate_series(1, 100000000) a, generate_series(1, 100000) b"


@pytest.fixture
def guard(field: Registry) -> Iterator[list[str]]:
    """Stand guard while the test runs; gives what the guard says."""
    said: list[str] = []
    over = threading.Event()
    thread = threading.Thread(target=enforce, args=(lambda: field.dsn, QUICK, said.append, lambda: not over.is_set()))
    thread.start()
    yield said
    over.set()
    thread.join()


@contextlib.contextmanager
def reader(field: Registry, own: str = "24") -> Iterator[psycopg.Connection]:
    """Connect as a province that lifts every limit it can."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(address_of(field, own), autocommit=True) as connection:
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "transaction_timeout"):
            if connection.info.server_version >= 170000 or limit != "transaction_timeout":
                connection.execute(f"set {limit} = 0".encode())
        yield connection


@pytest.mark.parametrize("statement", [LONG, "with recursive r as (select 1 union all select * from r) select count(*) from r"])
def test_a_statement_that_lifted_its_limit_is_cancelled(field: Registry, guard: list[str], statement: str) -> None:
    with reader(field) as connection:
        started = time.monotonic()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute(statement.encode())
        assert time.monotonic() - started < 20
        assert connection.execute("select count(*) from published.person").fetchall() == [(6,)]
    assert any(line.startswith(f"{login_of(field, '24')} ") and "its statement ran" in line for line in guard)


def test_who_waits_in_an_open_transaction_is_sent_away(field: Registry, guard: list[str]) -> None:
    with reader(field) as connection:
        connection.execute("begin isolation level repeatable read")
        connection.execute("select count(*) from published.person")
        field.do("set application_name = 'until the guard has looked'; select pg_sleep(2)")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("select 1")
    assert any("held a transaction open" in line for line in guard)


def test_a_reader_queueing_for_a_whole_table_is_cancelled_at_once(field: Registry, guard: list[str]) -> None:
    """VACUUM FULL of a partitioned table asks for each partition's lock before it looks at rights (decision 17)."""
    waited: list[float] = []
    with psycopg.connect(field.dsn) as holding, reader(field) as queueing, reader(field) as asking:
        holding.execute("select 1 from published.person limit 1")

        def queue() -> None:
            with contextlib.suppress(psycopg.OperationalError):
                queueing.execute("vacuum full published.person")

        thread = threading.Thread(target=queue)
        thread.start()
        until = time.monotonic() + 4
        while time.monotonic() < until:
            started = time.monotonic()
            assert asking.execute("select count(*) from published.person").fetchall() == [(6,)]
            waited.append(time.monotonic() - started)
        thread.join()
    print(f"longest wait behind the queue {max(waited):.2f} s in {len(waited)} queries")
    assert max(waited) < 2
    assert any("queued for a lock" in line for line in guard)


def test_a_sort_that_would_fill_the_disk_fails(field: Registry) -> None:
    """The limit of temporary files is the one that PostgreSQL lets only the operator set."""
    limit = sql.SQL("alter role {} set temp_file_limit = {}").format(sql.Identifier(login_of(field, "24")), sql.Literal("4MB"))
    with psycopg.connect(field.dsn, autocommit=True) as owner:
        owner.execute(limit)
        with reader(field) as connection:
            connection.execute("set work_mem = '64kB'")
            with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
                connection.execute("select count(*) from (select md5(n::text) as x from generate_series(1, 300000) n order by 1) s")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("set temp_file_limit = -1")
        owner.execute(sql.SQL("alter role {} set temp_file_limit = '2GB'").format(sql.Identifier(login_of(field, "24"))))


def test_only_readers_are_held_to_limits(field: Registry) -> None:
    with psycopg.connect(field.dsn) as operator, psycopg.connect(field.dsn, autocommit=True) as guard:
        operator.execute("select 1")
        assert hold_to_limits(guard, Limits(statement=0, idle=0, queue=0)) == []
        assert operator.execute("select 1").fetchone() == (1,)


def test_a_guard_that_may_end_sessions_and_no_more_is_enough(field: Registry) -> None:
    name = f"guard_{field.dsn.rpartition('_')[2]}"
    with psycopg.connect(field.dsn, autocommit=True) as owner:
        owner.execute(f"create role {name} login password '{PASSWORD}' in role pg_signal_backend, pg_read_all_stats".encode())
        owner.execute(f"grant connect on database {field.dsn.rsplit('/', 1)[1]} to {name}".encode())
        try:
            address = make_conninfo(field.dsn, user=name, password=PASSWORD)
            with reader(field) as connection, psycopg.connect(address, autocommit=True) as guard:
                connection.execute("begin")
                assert [(h.login, h.why) for h in hold_to_limits(guard, Limits(idle=0))] == [(login_of(field, "24"), "idle")]
        finally:
            owner.execute(f"drop owned by {name}; drop role {name}".encode())


def test_a_wrong_address_is_said_at_once(field: Registry) -> None:
    with pytest.raises(PublicationError):
        enforce(lambda: make_conninfo(field.dsn, password="wrong"), QUICK, print, lambda: True)
