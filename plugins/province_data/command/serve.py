"""Commands about what runs: the address of the warehouse, the Airflow group, the health of each part."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import click
from rich.console import Console

from province_data.settings import Settings, read_settings

console = Console(highlight=False)


def _settings() -> Settings:
    return read_settings(os.environ)


@click.command()
@click.option("--start/--no-start", default=True, help="Start the embedded server when it does not run.")
def dsn(start: bool) -> int:
    """Print the warehouse's libpq address, usable by psql and other programs."""
    from province_data.store import embedded
    from province_data.store.warehouse import warehouse_dsn

    settings = _settings()
    if not settings.dsn and not start and embedded.status(settings.home) is None:
        console.print("the embedded server does not run; start it with: province-data dsn --start")
        return 2
    click.echo(warehouse_dsn(settings))
    return 0


@click.command()
@click.option("--ui-port", type=int, help="Port of the Airflow user interface on 127.0.0.1. Default: a free one.")
@click.option("--pg-port", type=int, help="Port of the embedded PostgreSQL. Default: a free one, remembered.")
@click.option("--foreground", is_flag=True, help="Stay attached and stop everything on Ctrl-C or SIGTERM.")
def up(ui_port: int | None, pg_port: int | None, foreground: bool) -> None:
    """Start the embedded PostgreSQL and the Airflow components as one supervised group."""
    from province_data.supervise import up as start_group

    start_group(_settings(), ui_port=ui_port, pg_port=pg_port, foreground=foreground, say=console.print)


@click.command()
def down() -> None:
    """Stop the Airflow group and the embedded PostgreSQL."""
    from province_data.supervise import down as stop_group

    console.print("stopped" if stop_group(_settings()) else "nothing was running")


@click.command()
def status() -> int:
    """Show what runs and what the warehouse holds: newest batch per dataset and province, open findings, who is late."""
    from province_data.command.inspect import show_state
    from province_data.supervise import status as group_status

    settings = _settings()
    group = group_status(settings)
    console.print(f"embedded PostgreSQL: {'running' if group.database else 'not running'}" if not settings.dsn else "warehouse: by PROVINCE_DATA_DSN")
    console.print(f"Airflow: {group.url if group.running else 'not running (province-data up)'}")
    for part, health in group.health.items():
        console.print(f"  {part}: {health}")
    if settings.dsn or group.database:
        show_state(console, settings, datetime.now(UTC))
    return 0


COMMANDS = (dsn, up, down, status)
