"""Commands about what runs: the address of the warehouse, the Airflow group, the health of each part."""

from __future__ import annotations

import click

from province_data.command import edge


@click.command()
@click.option("--start/--no-start", default=True, help="Start the embedded server when it does not run.")
def dsn(start: bool) -> int:
    """Print the warehouse's libpq address, usable by psql and other programs."""
    from province_data.store import embedded
    from province_data.store.warehouse import warehouse_dsn

    settings = edge.settings()
    if not settings.dsn and not start and embedded.status(settings.home) is None:
        edge.console.print("the embedded server does not run; start it with: province-data dsn --start")
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

    start_group(edge.settings(), ui_port=ui_port, pg_port=pg_port, foreground=foreground, say=edge.console.print)


@click.command()
def down() -> None:
    """Stop the Airflow group and the embedded PostgreSQL."""
    from province_data.supervise import down as stop_group

    edge.console.print("stopped" if stop_group(edge.settings()) else "nothing was running")


@click.command()
def status() -> int:
    """Show what runs and what the warehouse holds: newest batch per dataset and province, open findings, who is late."""
    from province_data.command.inspect import show_state
    from province_data.supervise import status as group_status

    settings = edge.settings()
    group = group_status(settings)
    edge.console.print(
        f"embedded PostgreSQL: {'running' if group.database else 'not running'}" if not settings.dsn else "warehouse: by PROVINCE_DATA_DSN"
    )
    edge.console.print(f"Airflow: {group.url if group.running else 'not running (province-data up)'}")
    for part, health in group.health.items():
        edge.console.print(f"  {part}: {health}")
    again = ", ".join(f"{name} {count} times" for name, count in group.restarts.items() if count)
    if again:
        edge.console.print(f"  started again after it had ended: {again}; log/airflow-<part>.log says why")
    if settings.dsn or group.database:
        show_state(edge.console, settings, edge.now())
    return 0


COMMANDS = (dsn, up, down, status)
