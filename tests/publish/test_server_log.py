"""Nobody writes a line of their own into the server's log: one event is one record, whatever names and values hold."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from attacking import PASSWORD, address_of, login_of
from psycopg.conninfo import make_conninfo
from registry import Registry, citizen_id

from province_data.store import embedded

FORGED = "2026-01-01 00:00:00.000 +07 [1] LOG:  province-data look-up: forged"
BREAKS = ("\n", "\r\n", "\n\x1b[2J\x1b[1;31m", '\n{"level": "LOG", "text": "', "\n\t", "\x0b", "\x0c", "\u2028")
RECORD = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \S+ \[\d+\] ")


@pytest.fixture
def log(database_server: embedded.EmbeddedServer) -> Iterator[Path]:
    return database_server.log


def written(log: Path, since: int) -> str:
    with log.open("rb") as file:
        file.seek(since)
        return file.read().decode()


def records(text: str) -> list[str]:
    """Cut the log into its records; a continued line begins with a tab."""
    return [line for line in text.split("\n") if line and not line.startswith("\t")]


@pytest.mark.parametrize("broken", BREAKS)
def test_one_event_is_one_record_of_the_log(field: Registry, log: Path, broken: str) -> None:
    since = log.stat().st_size
    evil = f"x{broken}{FORGED}"
    quoted = evil.replace("'", "''")
    with psycopg.connect(address_of(field, "24"), autocommit=True, application_name=evil) as reader:
        for statement in (
            f"set application_name = '{quoted}'",
            f'select 1 as "{evil[:40].replace(chr(34), "")}" from published.person',
            f'select * from published."{evil.replace(chr(34), "")}"',
            f"select * from published.lookup_person('{citizen_id('24', 1)}', 'inspection', '{quoted}')",
            f"select * from published.lookup_person('{quoted}', '{quoted}', 'case')",
            f"select '{quoted}'::int",
            f'set role "{evil.replace(chr(34), "")}"',
        ):
            with contextlib.suppress(psycopg.Error):
                reader.execute(statement.encode())
    for wrong in ({"user": evil}, {"dbname": evil}, {"user": evil, "dbname": evil}):
        parts = {"user": login_of(field, "24"), "password": PASSWORD} | wrong
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(make_conninfo(field.dsn, **parts))
    found = records(written(log, since))
    assert [line for line in found if not RECORD.match(line)] == []
    assert [line for line in found if line.startswith("2026-01-01 00:00:00.000 +07 [1]")] == []
    looks = [line for line in found if "province-data look-up:" in line and f"login={login_of(field, '24')}" in line]
    assert [re.findall(r"outcome=(\w+)", line) for line in looks] == [["no_case"], ["no_key"]]


def test_a_look_is_in_the_log_too_and_names_nobody(field: Registry, log: Path) -> None:
    since = log.stat().st_size
    with psycopg.connect(address_of(field, "24"), autocommit=True) as reader:
        assert (
            len(
                reader.execute(
                    f"select 1 from published.lookup_person('{citizen_id('24', 1)}', 'inspection', 'case 7')".encode()
                ).fetchall()
            )
            == 1
        )
    [line] = [line for line in records(written(log, since)) if "look-up:" in line]
    assert f"login={login_of(field, '24')} outcome=shown purpose=inspection case=case 7 person=" in line
    assert not re.search(r"(?<![0-9a-f])\d{12}(?![0-9a-f])", line)
