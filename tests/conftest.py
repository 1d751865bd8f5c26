"""Give tests a real PostgreSQL: one throw-away server for each pytest worker, one fresh database for each test."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from debian_server import BINARIES, MISSING, debian_server
from province_data.store import embedded

QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "128MB",
    "max_wal_size": "1GB",
    "autovacuum": "off",
}
"""A crash loses everything, which a throw-away server may."""


def pytest_configure(config: pytest.Config) -> None:
    """Let a polite kill end like Ctrl-C, so that servers are stopped."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


LONGEST = ("tests/pipeline/test_changes", "tests/pipeline/test_killed", "tests/e2e", "tests/pipeline", "tests/publish/test_attacks")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes, so that no worker waits at the end for the other's last one."""
    items.sort(key=lambda item: next((n for n, name in enumerate(LONGEST) if item.nodeid.startswith(name)), len(LONGEST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker whole files, as `--dist loadfile` does, and one of them all of `tests/e2e`: its files share one Airflow."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class OneAirflow(LoadFileScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return "tests/e2e" if nodeid.startswith("tests/e2e/") else super()._split_scope(nodeid)

    return OneAirflow(config, log)


@pytest.fixture(scope="session")
def database_server() -> Iterator[embedded.EmbeddedServer]:
    """Run a throw-away server until the last test has ended.

    Not below pytest's own folder: every pytest session shuts that to others, the server's account included. With `TEST_SERVER=debian`
    it is the oldest PostgreSQL of Debian's packages, so that any test file can be run on that.
    """
    if os.environ.get("TEST_SERVER") == "debian":
        with debian_server(Path(tempfile.mkdtemp(prefix="province-data-test-")), QUICK) as server:
            yield server
        return
    home = Path(tempfile.mkdtemp(prefix="province-data-test-"))
    atexit.register(embedded.stop, home)
    try:
        yield embedded.ensure_running(home, overrides=QUICK)
    finally:
        embedded.stop(home)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def oldest_server() -> Iterator[embedded.EmbeddedServer]:
    """Run Debian's PostgreSQL, which speaks TLS only; tests that need it are left out where the package is missing."""
    if not BINARIES:
        pytest.skip(MISSING)
    with debian_server(Path(tempfile.mkdtemp(prefix="province-data-test-")), QUICK) as server:
        yield server


@pytest.fixture
def database_dsn(database_server: embedded.EmbeddedServer) -> Iterator[str]:
    """Give the address of an empty database that lives as long as the test."""
    name = sql.Identifier(f"test_{secrets.token_hex(6)}")
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(name))
        try:
            yield embedded.dsn(database_server, name.as_string().strip('"'))
        finally:
            server.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture
def database(database_dsn: str) -> Iterator[psycopg.Connection]:
    """Give an autocommit connection to the test's own database."""
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        yield connection


@pytest.fixture
def project() -> Path:
    """Give the project's root folder."""
    return Path(__file__).resolve().parents[1]
