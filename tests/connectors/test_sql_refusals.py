"""The SQL connector against a real PostgreSQL: what is broken off, locked, changed or not allowed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sql_pulls import FILES, LAND, PAYER, Order, change, refusal

from province_data.connectors.request import Pulled, PullRequest
from province_data.connectors.sql_database import pull
from province_data.errors import ContractError, SourceError

# --- the source breaks, changes or refuses -------------------------------------------------------------------------


@contextmanager
def paused_in_the_middle(dsn: str) -> Iterator[Callable[[], int]]:
    """Let the second table's rows wait, once they are copied, until the test releases them; gives the waiting server process."""
    change(
        dsn,
        "create function wait_here(text) returns text language plpgsql as $$ begin"
        " if current_query() like 'copy%' then perform pg_advisory_xact_lock_shared(7); end if; return $1; end $$;"
        "alter table thue_dat_pnn rename to thue;"
        "create view thue_dat_pnn as select wait_here(mst) as mst, ma_thua_dat, nam, dien_tich_m2, loai_dat, so_tien, da_nop, ngay_cap_nhat"
        " from thue offset 0",
    )
    with psycopg.connect(dsn, autocommit=True) as keeper:
        keeper.execute("select pg_advisory_lock(7)")

        def waiting() -> int:
            while True:
                found = keeper.execute("select pid from pg_locks where locktype = 'advisory' and not granted").fetchone()
                if found:
                    return int(found[0])

        yield waiting


def pull_aside(request: PullRequest) -> tuple[threading.Thread, list[object]]:
    """Pull in a thread of its own; the list gets the deliveries or the error."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.extend(pull(request))
        except SourceError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.parametrize(("stop", "state"), [("pg_terminate_backend", "57P01"), ("pg_cancel_backend", "57014")])
def test_a_reading_that_is_broken_off_delivers_nothing(stop: str, state: str, tax_order: Order, database_dsn: str) -> None:
    request = tax_order()
    with paused_in_the_middle(database_dsn) as waiting:
        thread, outcome = pull_aside(request)
        change(database_dsn, f"select {stop}({waiting()})")
        thread.join(30)
    (error,) = outcome
    assert isinstance(error, SourceError)
    assert state in error.where
    assert list((request.inbox / "tax").iterdir()) == []


def test_what_is_committed_while_we_read_is_not_seen_at_all(tax_order: Order, database_dsn: str) -> None:
    request = tax_order()
    with paused_in_the_middle(database_dsn) as waiting:
        thread, outcome = pull_aside(request)
        waiting()
        change(database_dsn, "insert into thue select '046086322798', 'new', '2026', '1', 'ODT', '1', '1', now()")
        change(database_dsn, "delete from nguoi_nop_thue")
        # What no snapshot can show consistently has to wait until we have read.
        with pytest.raises(psycopg.errors.LockNotAvailable):
            change(database_dsn, "set lock_timeout = '50ms'; truncate thue")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            change(database_dsn, "set lock_timeout = '50ms'; alter table nguoi_nop_thue drop column ten_nnt")
        change(database_dsn, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and objid = 7")
        thread.join(30)
    found = [one for one in outcome if isinstance(one, Pulled)]
    assert [one.province_code for one in found] == ["19", "24", "52"]
    text = b"".join((one.folder / name).read_bytes() for one in found for name in FILES)
    assert b",new," not in text
    assert text.count(b"\n") == 725 + 716 + 709 + 573 + 605 + 575 + 6


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("drop table thue_dat_pnn", "no such table"),
        ("alter table nguoi_nop_thue rename column ma_xa to xa", "nguoi_nop_thue lacks: ma_xa"),
        ("alter table thue_dat_pnn drop column ngay_cap_nhat", "thue_dat_pnn lacks: ngay_cap_nhat"),
        ("alter table nguoi_nop_thue rename column ma_cqt to cqt", "nguoi_nop_thue lacks: ma_cqt"),
    ],
)
def test_a_source_that_changed_its_form_is_named(damage: str, says: str, tax_order: Order, database_dsn: str) -> None:
    request = tax_order()
    change(database_dsn, damage)
    error = refusal(request)
    assert says in error.what
    assert "contract" in error.next_step


def test_an_error_never_shows_a_record(tax_order: Order, database_dsn: str) -> None:
    request = tax_order(tables=(replace(PAYER, province_sql="(x.ten_nnt)::integer::text"), LAND))
    error = refusal(request)
    assert "22P02" in error.where
    assert "invalid input" not in error.text()
    with psycopg.connect(database_dsn) as source:
        names = [name for (name,) in source.execute("select ten_nnt from nguoi_nop_thue").fetchall()]
    assert sum(name in error.text() for name in names) == 0


def test_a_table_we_may_not_read_is_refused(tax_order: Order, database_dsn: str) -> None:
    role = "reader_" + str(conninfo_to_dict(database_dsn)["dbname"])
    change(database_dsn, f"create role {role} login password 'Pass-Word-1'; grant select on nguoi_nop_thue to {role}")
    try:
        error = refusal(tax_order(uri=make_conninfo(database_dsn, user=role, password="Pass-Word-1")))
    finally:
        change(database_dsn, f"drop owned by {role}; drop role {role}")
    assert "42501" in error.where
    assert "Pass-Word-1" not in error.text()


def test_a_wrong_password_is_final_at_once_and_not_shown(tax_order: Order, database_dsn: str) -> None:
    waits: list[float] = []
    error = refusal(tax_order(uri=make_conninfo(database_dsn, password="Wrong-Word-1")), waits)
    assert "refuses the connection" in error.what
    assert waits == []
    assert "Wrong-Word-1" not in error.text()


def test_a_database_that_does_not_exist_is_final_at_once(tax_order: Order, database_dsn: str) -> None:
    waits: list[float] = []
    error = refusal(tax_order(uri=make_conninfo(database_dsn, dbname="nowhere")), waits)
    assert "refuses the connection" in error.what
    assert waits == []


def test_a_source_that_is_down_is_tried_again(order: Order) -> None:
    waits: list[float] = []
    error = refusal(order("postgresql://user:Pass-Word-1@127.0.0.1:1/thue", dataset="tax", tables=(PAYER,)), waits)
    assert "cannot be reached (3 attempts)" in error.what
    assert error.where == "postgresql://127.0.0.1:1/thue"
    assert len(waits) == 2
    assert "Pass-Word-1" not in error.text()


@pytest.mark.parametrize(
    "uri", ["postgresql://user:Pass-Word-1@host:port:9/x", "postgresql://user:Pass-Word-1@host/x?passwort=Pass-Word-1"]
)
def test_an_address_that_is_none_is_refused_without_showing_it(uri: str, order: Order) -> None:
    error = refusal(order(uri, dataset="tax", tables=(PAYER,)))
    assert "Pass-Word-1" not in error.text()


def test_a_table_locked_by_its_agency_is_not_waited_for_without_end(tax_order: Order, database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as agency:
        agency.execute("lock table thue_dat_pnn in access exclusive mode")
        error = refusal(tax_order(options={"lock_seconds": "0.05"}))
    assert "55P03" in error.where


def test_a_source_that_counts_otherwise_than_it_sends_is_refused(tax_order: Order, database_dsn: str) -> None:
    change(
        database_dsn,
        "alter table thue_dat_pnn rename to thue;"
        "create view thue_dat_pnn as select * from thue where not (current_query() like 'copy%' and da_nop = '0')",
    )
    error = refusal(tax_order())
    assert "counted" in error.what
    assert "land_tax" in error.what


@pytest.mark.parametrize("lack", [{"remote_name": ""}, {"province_sql": None}, {"columns": ()}])
def test_a_contract_that_does_not_say_how_to_read_is_refused(lack: dict[str, object], tax_order: Order) -> None:
    with pytest.raises(ContractError, match="land_tax"):
        list(pull(tax_order(tables=(PAYER, replace(LAND, **lack)))))  # type: ignore[arg-type]


def test_the_source_is_never_written_to(tax_order: Order, database_dsn: str) -> None:
    change(
        database_dsn,
        "create function spy() returns text language sql as $$ insert into thue_dat_pnn (ngay_cap_nhat) values (now()); select '24' $$",
    )
    error = refusal(tax_order(tables=(replace(PAYER, province_sql="spy()"), LAND)))
    assert "25006" in error.where
