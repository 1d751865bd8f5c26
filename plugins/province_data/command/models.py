"""The command that shows a build of the warehouse model by model."""

from __future__ import annotations

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from province_data.command import edge
from province_data.errors import ContractError

STYLE = {"failed": "bold red", "running": "yellow", "skipped": "dim"}


@click.command()
@click.option("--build", "build_id", type=int, help="Number of a build; default: the newest one.")
@click.option("--list", "lists", is_flag=True, help="Only list the builds that are kept.")
def models(build_id: int | None, lists: bool) -> int:
    """Show the newest build of the warehouse model by model: state, seconds, rows, tests. Exit code 1 when it failed."""
    from province_data.store import builds
    from province_data.store.database import connected
    from province_data.store.warehouse import warehouse_dsn

    with connected(warehouse_dsn(edge.settings())) as connection:
        known = builds.last_builds(connection, builds.KEPT)
        chosen = next((one for one in known if build_id in (None, one.build_id)), None)
        if chosen is None and build_id is not None:
            raise ContractError(f"there is no build {build_id}", next_step="province-data models --list")
        lines = builds.model_lines(connection, chosen.build_id) if chosen else []
    for one in known if lists else [chosen] if chosen else []:
        took = "" if one.seconds is None else f" in {one.seconds:.1f} s"
        where = f", {one.caller}" if one.caller else ""
        edge.console.print(f"build {one.build_id}: {one.status}{took}, began {one.started_at:%Y-%m-%d %H:%M:%S}{where}", soft_wrap=True)
    if lists or chosen is None:
        edge.console.print("" if known else "nothing was built yet")
        return 0
    shown = Table("layer", "model", "state", "seconds", "rows", "tests", "what failed", header_style="bold", box=SIMPLE_HEAD)
    for line in lines:
        what = f"{line.failed_test} ({line.failures or 0:,} rows)" if line.failed_test else line.message
        figures = ("" if line.seconds is None else f"{line.seconds:.1f}", "" if line.rows is None else f"{line.rows:,}")
        tests = f"{line.tests - line.tests_failed}/{line.tests}" if line.tests else ""
        shown.add_row(line.layer, line.model, line.status, *figures, tests, what, style=STYLE.get(line.status))
    edge.console.print(shown)
    return 1 if chosen.status == "failed" else 0


COMMANDS = (models,)
