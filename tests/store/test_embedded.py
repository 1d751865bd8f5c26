"""The embedded server starts once, keeps its address and its rows, and ends only itself."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from province_data.errors import ContractError
from province_data.store import embedded

QUICK = {"fsync": "off", "shared_buffers": "128MB"}


@pytest.fixture
def home() -> Iterator[Path]:
    """Give a folder that the server's account may pass; every pytest session shuts its own folder to others."""
    folder = Path(tempfile.mkdtemp(prefix="province-data-test-"))
    yield folder
    embedded.stop(folder)
    shutil.rmtree(folder)


def test_two_callers_at_once_get_the_same_server(home: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: embedded.ensure_running(home, overrides=QUICK), range(2))
    assert first == second
    assert embedded.status(home) == first


def test_rows_and_port_survive_a_stop(home: Path) -> None:
    before = embedded.ensure_running(home, overrides=QUICK)
    with psycopg.connect(embedded.dsn(before)) as connection:
        connection.execute("create table kept as select lower('ĐẮK LẮK') as name")
    assert embedded.stop(home)
    assert embedded.status(home) is None
    assert not embedded.stop(home)
    after = embedded.ensure_running(home, overrides=QUICK)
    assert after.port == before.port
    with psycopg.connect(embedded.dsn(after)) as connection:
        assert connection.execute("select name from kept").fetchone() == ("đắk lắk",)


def test_a_killed_server_is_replaced_even_when_its_number_belongs_to_another_program(home: Path) -> None:
    before = embedded.ensure_running(home, overrides=QUICK)
    postmaster = psutil.Process(before.pid)
    sessions = postmaster.children()
    postmaster.kill()
    psutil.wait_procs([postmaster, *sessions], timeout=30)
    pid_file = before.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        assert embedded.status(home) is None
        assert not embedded.stop(home)
        after = embedded.ensure_running(home, overrides=QUICK)
        assert stranger.poll() is None
    finally:
        stranger.communicate(b"\n")
    assert after.pid != before.pid
    assert psycopg.connect(embedded.dsn(after)).execute("select 1").fetchone() == (1,)


def test_a_session_left_by_a_killed_server_does_not_block_the_next_start(home: Path) -> None:
    before = embedded.ensure_running(home, overrides=QUICK)
    postmaster = psutil.Process(before.pid)
    busy = "select count(*) from generate_series(1, 10000000000)"
    with psycopg.connect(embedded.dsn(before)) as connection, ThreadPoolExecutor(1) as pool:
        connection.execute("set statement_timeout = '30s'")
        running = pool.submit(connection.execute, busy)
        os.kill(postmaster.pid, signal.SIGKILL)
        after = embedded.ensure_running(home, overrides=QUICK)
        assert isinstance(running.exception(timeout=30), psycopg.OperationalError)
    assert after.pid != before.pid


def test_only_this_machine_reaches_the_server_and_only_with_the_password(home: Path) -> None:
    server = embedded.ensure_running(home, overrides=QUICK)
    listening = {c.laddr.ip for c in psutil.Process(server.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(embedded.dsn(server).replace(server.password, "guess"))
    assert server.password not in repr(server)
    assert (home / "secret" / "postgres.password").stat().st_mode & 0o777 == 0o600
    assert (home / "secret").stat().st_mode & 0o777 == 0o700


def test_a_refused_value_is_not_written_to_the_log(home: Path) -> None:
    server = embedded.ensure_running(home, overrides=QUICK)
    with psycopg.connect(embedded.dsn(server)) as connection, pytest.raises(psycopg.DataError):
        connection.execute("select cast('001099012345' || 'x' as date)")
    assert "001099012345" not in server.log.read_text()


def test_a_province_cannot_enter_a_private_database(home: Path) -> None:
    server = embedded.ensure_running(home, overrides=QUICK)
    embedded.ensure_database(server, "machinery", private=True)
    embedded.ensure_database(server, "machinery", private=True)
    with psycopg.connect(embedded.dsn(server), autocommit=True) as connection:
        connection.execute("create role stranger login password 'x'")
    for database in ("machinery", "postgres"):
        address = embedded.dsn(server, database).replace(f"postgres:{server.password}", "stranger:x")
        with pytest.raises(psycopg.OperationalError, match="permission denied"):
            psycopg.connect(address)


def test_an_asked_for_port_that_is_taken_is_said_so(home: Path, database_server: embedded.EmbeddedServer) -> None:
    with pytest.raises(ContractError, match=str(database_server.port)):
        embedded.ensure_running(home, database_server.port, overrides=QUICK)
