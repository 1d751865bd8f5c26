"""Readers poll through a hundred publications: never half a state, an empty table or an error, and nobody waits for somebody else.

Each publication moves the time stamp of every record on by one second and takes one citizen away or brings it back, so that every table
says which publication it shows. Prints polls, partial states, errors and the longest wait (`pytest -s`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg
import pytest
from attacking import address_of
from registry import NOW, SECRET, Registry, citizen_id

from province_data.publish import publish

PUBLICATIONS = 100
TABLES = {"person": 6, "household": 2, "land_parcel": 2, "land_right": 3, "civil_event": 2, "taxpayer": 3, "land_tax": 1}
"""Published tables with the rows a province has in them."""
BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
STATE = "select '{0}', count(*), min(source_updated_at), max(source_updated_at) from published.{0}"
TOGETHER = " union all ".join(STATE.format(table) for table in TABLES)
LEAVES = citizen_id("24", 6)
LEAVE = """
with gone as (delete from warehouse.dim_person where _record_key = %s returning *) insert into warehouse.left_out select * from gone
"""
NOTE = "insert into warehouse.change_log select 'person', province_code, _record_key, household_no, %s, true from warehouse.left_out"
COME_BACK = "with back as (delete from warehouse.left_out returning *) insert into warehouse.dim_person select * from back"


@dataclass
class Poll:
    """What one reader saw."""

    name: str
    polls: int = 0
    partial: int = 0
    states: set[int] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    filled: set[str] = field(default_factory=set)
    """Views that have shown rows."""

    def see(self, rows: list[tuple[object, ...]]) -> int:
        """Take in a state of all tables; returns the publication it shows, -1 when it is none."""
        stamps = {stamp for _, _, first, last in rows for stamp in (first, last)}
        number = round((max(map(_moment, stamps)) - BEGINNING).total_seconds()) if None not in stamps else -1
        expected = TABLES | {"person": TABLES["person"] - number % 2}
        whole = len(stamps) == 1 and {str(table): count for table, count, *_ in rows} == expected
        self.partial += not whole
        self.states.add(number)
        return number if whole else -1


def _moment(stamp: object) -> datetime:
    assert isinstance(stamp, datetime)
    return stamp


Look = Callable[[psycopg.Connection, Poll], None]


def single(reader: psycopg.Connection, poll: Poll) -> None:
    """One statement over all tables, and each table alone."""
    poll.see(reader.execute(TOGETHER.encode()).fetchall())
    for table in TABLES:
        [(_, count, first, last)] = reader.execute(STATE.format(table).encode()).fetchall()
        poll.partial += not count or first != last


def repeatable(reader: psycopg.Connection, poll: Poll) -> None:
    """One transaction, a statement for each table, twice: the second round shows what the first did."""
    with reader.transaction():
        reader.execute("set transaction isolation level repeatable read")
        rounds = [[reader.execute(STATE.format(table).encode()).fetchone() for table in TABLES] for _ in range(2)]
    poll.see([row for row in rounds[0] if row is not None])
    poll.partial += rounds[0] != rounds[1]


def through_views(reader: psycopg.Connection, poll: Poll) -> None:
    """A view with rows keeps having some; those that put tables together have as many as the table they stand on, in the same statement."""
    for (view,) in reader.execute("select relname::text from pg_class where relnamespace = 'published'::regnamespace and relkind = 'v'"):
        [(count,)] = reader.execute(f"select count(*) from published.{view}".encode()).fetchall()
        poll.partial += not count and view in poll.filled
        poll.filled |= {view} if count else set()
    for view, table in (("citizen_360", "person"), ("parcel_360", "land_parcel"), ("household_position", "household")):
        both = f"select (select count(*) from published.{view}), (select count(*) from published.{table})"
        [(above, below)] = reader.execute(both.encode()).fetchall()
        poll.partial += above != below


def waiting(reader: psycopg.Connection, poll: Poll) -> None:
    """Keep a transaction open through several publications."""
    with reader.transaction():
        reader.execute("set transaction isolation level repeatable read")
        before = poll.see(reader.execute(TOGETHER.encode()).fetchall())
        time.sleep(0.7)
        poll.partial += poll.see(reader.execute(TOGETHER.encode()).fetchall()) != before


@pytest.fixture(scope="module")
def moving(field: Registry) -> Registry:
    """Give a database in which every record bears the first stamp, and a place for the citizen who comes and goes."""
    relations = dict(field.ask("select entity, relation from warehouse.build_state"))
    field.do("create table warehouse.left_out as select * from warehouse.dim_person where false")
    move(field, relations, 0)
    return field


def move(registry: Registry, relations: dict[object, object], number: int) -> None:
    """Bring the warehouse to the next state, as a build would leave it, and publish it."""
    load = 100 + number
    with psycopg.connect(registry.dsn) as connection:
        if number % 2:
            connection.execute(LEAVE, (LEAVES,))
            connection.execute(NOTE, (load,))
        elif number:
            connection.execute(COME_BACK)
        for relation in relations.values():
            stamp = f"update warehouse.{relation} set source_updated_at = %s::timestamptz + make_interval(secs => %s), _load_id = %s"
            connection.execute(stamp.encode(), (BEGINNING, number, load))
        connection.execute("update warehouse.build_state set load_id = %s, checked_load_id = %s", (load, load))
    assert publish(registry.dsn, SECRET, NOW).changed > 0


def poll_until(over: threading.Event, address: str, look: Look, poll: Poll) -> None:
    with psycopg.connect(address, autocommit=True) as reader:
        reader.execute("set statement_timeout = '20s'; set province_data.as_of = '2026-12-31'")
        while not over.is_set():
            started = time.monotonic()
            try:
                look(reader, poll)
            except (psycopg.Error, AssertionError) as error:
                poll.errors.append(str(error).splitlines()[0])
                break
            poll.waits.append(time.monotonic() - started)
            poll.polls += 1
            over.wait(0.01)  # readers leave the publisher some of a small machine


def test_readers_see_whole_states_through_a_hundred_publications(moving: Registry) -> None:
    relations = dict(moving.ask("select entity, relation from warehouse.build_state"))
    over, address = threading.Event(), address_of(moving, "24")
    looks: tuple[Look, ...] = (single, repeatable, through_views, waiting)
    polls = [Poll(look.__name__) for look in looks]
    threads = [threading.Thread(target=poll_until, args=(over, address, look, poll)) for look, poll in zip(looks, polls, strict=True)]
    for thread in threads:
        thread.start()
    taken = []
    try:
        for number in range(1, PUBLICATIONS + 1):
            started = time.monotonic()
            move(moving, relations, number)
            taken.append(time.monotonic() - started)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    for poll in polls:
        longest = max(poll.waits) - (0.7 if poll.name == "waiting" else 0)
        print(f"{poll.name:<14} {poll.polls:>5} polls  {len(poll.states):>3} states  {poll.partial} partial  {len(poll.errors)} errors"
              f"  longest {longest:.2f} s")  # fmt: skip
        assert (poll.partial, poll.errors) == (0, [])
    print(f"{PUBLICATIONS} publications in {sum(taken):.1f} s, longest {max(taken):.2f} s")
    assert moving.one("select count(*) from ops.publication") == PUBLICATIONS + 3
    assert len(polls[0].states) > PUBLICATIONS / 4
    assert -1 not in polls[0].states
