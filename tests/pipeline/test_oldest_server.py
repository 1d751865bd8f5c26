"""The oldest supported PostgreSQL, as Debian packages it: one setting, and the whole way from a delivery to a recorded look-up."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from installation import NOW, Installation, make_installation
from province_data.store import embedded
from province_data.store.access import violations
from province_data.store.logins import grant_login
from province_data.store.lookup import lookup_problem

OWN = "24"
PASSWORD = "only-for-this-test"
PUBLISHED = ("person", "household", "land_parcel", "land_right", "civil_event", "taxpayer", "citizen_360", "parcel_360", "indicator")


@pytest.fixture(scope="module")
def loaded(oldest_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Load, judge, build and publish one province's example deliveries."""
    project = Path(__file__).resolve().parents[2]
    made, remove = make_installation(oldest_server, tmp_path_factory.mktemp("home"), project)
    made.run(project / "examples" / "deliveries", provinces=(OWN,))
    yield made
    remove()


@pytest.fixture
def reader(loaded: Installation) -> Iterator[psycopg.Connection]:
    name = f"officer_{secrets.token_hex(4)}"
    with psycopg.connect(loaded.dsn, autocommit=True) as owner:
        grant_login(owner, name, f"province_{OWN}", PASSWORD)
        with psycopg.connect(make_conninfo(loaded.dsn, user=name, password=PASSWORD), autocommit=True) as connection:
            yield connection
        owner.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename = %s", (name,))
        owner.execute(sql.SQL("drop role {}").format(sql.Identifier(name)))


def test_every_record_is_accounted_for(loaded: Installation) -> None:
    query = "select count(*), bool_and(delivered = published + quarantined + unreadable + duplicate + superseded) from ops.batch"
    assert loaded.ask(query) == [(4, True)]
    assert loaded.ask("select count(*) from quality.finding")[0][0] != 0
    assert loaded.ask("select distinct status from ops.batch") == [("published",)]


def test_a_province_reads_every_table_and_looks_somebody_up(loaded: Installation, reader: psycopg.Connection) -> None:
    version = reader.info.server_version // 10000
    print(f"PostgreSQL {version}")
    for table in PUBLISHED:
        assert reader.execute(f"select count(*) > 0 from published.{table}".encode()).fetchone() == (True,), table
    [(key,)] = loaded.ask("select min(_record_key) from validated.population__person where _held_by is null")
    asked = "select personal_id from published.lookup_person(%s, 'inspection', 'case 1')"
    reader.execute("begin read only")
    assert reader.execute(asked, (key,)).fetchall() == [(key,)]
    reader.execute("rollback")
    assert loaded.ask("select count(*) from ops.who_looked_at(%s)", key) == [(1,)]


def test_everything_is_protected_and_a_second_run_changes_nothing(loaded: Installation) -> None:
    with psycopg.connect(loaded.dsn, autocommit=True) as owner:
        assert violations(owner) == []
        assert lookup_problem(owner) is None
    before = loaded.ask("select count(*) from ops.publication")
    loaded.run(Path(__file__).resolve().parents[2] / "examples" / "deliveries", NOW + timedelta(hours=1), provinces=(OWN,))
    assert loaded.ask("select count(*) from ops.publication") == before
