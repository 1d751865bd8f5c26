"""Give Airflow its own database on the embedded server, at the version that Airflow needs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psycopg

from province_data.errors import PublicationError
from province_data.store import embedded

DATABASE = "airflow"


def database_address(server: embedded.EmbeddedServer) -> str:
    """Create Airflow's database unless it is there, closed to other logins, and give its address."""
    embedded.ensure_database(server, DATABASE, private=True)
    return embedded.dsn(server, DATABASE)


def migrate(address: str, environment: Mapping[str, str], folder: Path, log: Path) -> None:
    """Bring the database to the installed Airflow's version; a database known to be there costs no start of Airflow."""
    known = folder / f"database-{version('apache-airflow-core')}.revision"
    revision = _revision(address)
    if revision is not None and known.exists() and known.read_text().strip() == revision:
        return
    with log.open("ab") as words:
        command = [sys.executable, "-m", "airflow", "db", "migrate"]
        run = subprocess.run(
            command, env=dict(environment), cwd=folder, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT, check=False
        )
    if run.returncode != 0:
        raise PublicationError("Airflow's database could not be brought up to date", where=DATABASE, next_step=f"read the end of {log}")
    known.write_text(f"{_revision(address)}\n")


def _revision(address: str) -> str | None:
    with psycopg.connect(address) as connection:
        if connection.execute("select to_regclass('public.alembic_version')").fetchone() == (None,):
            return None
        row = connection.execute("select version_num from public.alembic_version").fetchone()
        return str(row[0]) if row else None
