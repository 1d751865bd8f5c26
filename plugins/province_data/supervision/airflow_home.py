"""Lay out Airflow's home: its folders, its secrets, and the environment its programs run in.

Everything is derived from our settings and rewritten at every start; `AIRFLOW__…` variables of the caller's shell are
left out, so that another installation's database is never touched.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

from province_data.errors import ContractError
from province_data.settings import CONNECTION_PREFIX, PREFIX, Settings

HOST = "127.0.0.1"
USUAL_PORT = 8080
USER = "admin"
TELEMETRY_OFF = {
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "ASTRO_TELEMETRY_ENABLED": "false",
}


@dataclass(frozen=True)
class AirflowHome:
    """Where Airflow lives on this machine and how it is reached."""

    home: Path
    project: Path
    port: int
    password: str = field(repr=False)
    password_is_new: bool

    @property
    def folder(self) -> Path:
        return self.home / "airflow"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"


def state_file(home: Path) -> Path:
    """Name the file in which the supervisor writes down what runs."""
    return home / "airflow" / "supervisor.json"


def lock_file(home: Path) -> Path:
    """Name the file that the supervisor holds while it is at work."""
    return home / "airflow" / "supervisor.lock"


def password_file(home: Path) -> Path:
    """Name the file with the password of the pages."""
    return home / "secret" / "airflow-passwords.json"


def prepare_home(settings: Settings, ui_port: int | None) -> AirflowHome:
    """Make the folders, the secrets and the choice of a port; the port is remembered, an asked-for one must be free."""
    home = settings.home.resolve()
    for folder, mode in ((home / "airflow", 0o700), (home / "log" / "airflow", 0o755), (home / "secret", 0o700)):
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    is_new = not password_file(home).exists()
    passwords = json.loads(keep_secret(password_file(home), json.dumps({USER: secrets.token_urlsafe(12)})))
    port = _choose_port(home / "airflow" / "port", ui_port)
    return AirflowHome(home, settings.project.resolve(), port, passwords[USER], is_new)


def read_home(settings: Settings) -> AirflowHome | None:
    """Find an Airflow home that was prepared before; None when there is none."""
    home = settings.home.resolve()
    if not (home / "airflow" / "port").exists() or not password_file(home).exists():
        return None
    port = int((home / "airflow" / "port").read_text())
    return AirflowHome(home, settings.project.resolve(), port, json.loads(password_file(home).read_text())[USER], False)


def environment_of(settings: Settings, airflow: AirflowHome) -> dict[str, str]:
    """Give the variables Airflow's programs run with: the caller's, ours made explicit, foreign Airflow ones left out."""
    ours = (PREFIX, "AIRFLOW")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    path = [str(airflow.project / "plugins"), *filter(None, [inherited.get("PYTHONPATH")])]
    direct = [HOST, "localhost", *filter(None, [inherited.get("NO_PROXY") or inherited.get("no_proxy")])]
    return (
        inherited
        | TELEMETRY_OFF
        | _as_variables(settings, airflow)
        | {
            "AIRFLOW_HOME": str(airflow.folder),
            "PYTHONPATH": os.pathsep.join(path),
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": ",".join(direct),
            "no_proxy": ",".join(direct),
        }
    )


def _as_variables(settings: Settings, airflow: AirflowHome) -> dict[str, str]:
    chosen = {
        "HOME": str(settings.home.resolve()),
        "PROJECT": str(settings.project.resolve()),
        "DSN": settings.dsn,
        "SMTP_URL": settings.smtp_url,
        "MAIL_FROM": settings.mail_from,
        "MAIL_TO": settings.mail_to,
        "PAGE_URL": settings.page_url or f"{airflow.url}/quality/provinces/{{province}}",
        "WORKERS": str(settings.workers),
    }
    connections = {CONNECTION_PREFIX + dataset.upper(): uri for dataset, uri in settings.connections.items()}
    return {PREFIX + name: value for name, value in chosen.items() if value} | connections


def keep_secret(path: Path, fresh: str) -> str:
    """Read a secret made once and kept; without it stored connections and sessions would be lost."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(fresh + "\n")
    return path.read_text().strip()


def _choose_port(remembered: Path, wanted: int | None) -> int:
    before = int(remembered.read_text()) if remembered.exists() else USUAL_PORT
    if wanted and not _is_free(wanted):
        raise ContractError(f"port {wanted} for the pages is taken by another program", next_step="choose another port, or none")
    port = wanted or (before if _is_free(before) else _any_port())
    remembered.write_text(f"{port}\n")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
