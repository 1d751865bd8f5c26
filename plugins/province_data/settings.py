"""Read the settings from the environment, once, at the edge of the program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from province_data.errors import ContractError

PREFIX = "PROVINCE_DATA_"
CONNECTION_PREFIX = PREFIX + "CONN_"


@dataclass(frozen=True)
class Settings:
    """What differs between one installation and another; secrets are never printed."""

    home: Path
    """Landing zone, embedded cluster, outbox, logs, and whatever a scheduler keeps."""
    project: Path
    """The folder that holds `expectations/`, `dbt_project/` and `dags/`."""
    dsn: str | None = field(default=None, repr=False)
    """libpq address of the warehouse; None = the embedded server in `home`."""
    connections: Mapping[str, str] = field(default_factory=dict, repr=False)
    """dataset -> URI of its source, overriding the contract."""
    smtp_url: str | None = field(default=None, repr=False)
    """`smtp://`, `smtp+starttls://` or `smtps://` address; None = mails stay in the outbox folder."""
    mail_from: str = "province-data@localhost"
    mail_to: str | None = None
    """Recipient of every mail when no recipient list is kept; `{province}` is replaced by the code."""
    page_url: str | None = None
    """Address of the quality pages, linked from the mails."""
    workers: int = 2
    """How many datasets are worked on at a time."""
    history_months: int = 24
    """How long a past publication can be read; `province-data history prune` drops what is older."""


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the `PROVINCE_DATA_*` variables of `environment`; ContractError names one that is wrong."""
    known = {"HOME", "PROJECT", "DSN", "SMTP_URL", "MAIL_FROM", "MAIL_TO", "PAGE_URL", "WORKERS", "HISTORY_MONTHS", "PG_PORT", "UI_PORT"}
    for name in environment:
        if name.startswith(PREFIX) and not name.startswith(CONNECTION_PREFIX) and name.removeprefix(PREFIX) not in known:
            raise ContractError(f"unknown setting {name}", expected=f"one of {', '.join(sorted(PREFIX + k for k in known))}")
    project = Path(environment.get(PREFIX + "PROJECT") or _default_project()).resolve()
    home = environment.get(PREFIX + "HOME")
    return Settings(
        home=Path(home).resolve() if home else project / ".province-data",
        project=project,
        dsn=environment.get(PREFIX + "DSN") or None,
        connections=_connections(environment),
        smtp_url=environment.get(PREFIX + "SMTP_URL") or None,
        mail_from=environment.get(PREFIX + "MAIL_FROM") or "province-data@localhost",
        mail_to=environment.get(PREFIX + "MAIL_TO") or None,
        page_url=environment.get(PREFIX + "PAGE_URL") or None,
        workers=_whole_number(environment, "WORKERS", 2),
        history_months=_whole_number(environment, "HISTORY_MONTHS", 24),
    )


def _connections(environment: Mapping[str, str]) -> dict[str, str]:
    found = {k.removeprefix(CONNECTION_PREFIX).lower(): v for k, v in environment.items() if k.startswith(CONNECTION_PREFIX)}
    return {dataset: uri for dataset, uri in found.items() if uri}


def _whole_number(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(PREFIX + name) or str(default)
    if not text.isdigit() or int(text) < 1:
        raise ContractError(f"{PREFIX}{name} is not a whole number of 1 or more", expected=f"for example {PREFIX}{name}={default}")
    return int(text)


def _default_project() -> Path:
    return Path(__file__).resolve().parents[2]
