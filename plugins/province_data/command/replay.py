"""The command that reads refused deliveries again from the landing zone."""

from __future__ import annotations

from datetime import datetime

import click

from province_data.command import edge


@click.command()
@click.argument("dataset")
@click.option("--province", "provinces", multiple=True, help="Only this province (two digits); may be repeated. Default: all.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="Only deliveries of this day. Default: every day.")
@click.option("--dry-run", is_flag=True, help="Only say which deliveries would be read again.")
def replay(dataset: str, provinces: tuple[str, ...], as_of: datetime | None, dry_run: bool) -> int:
    """Read refused deliveries of DATASET again from their landed bytes: nobody has to send again.

    For what was refused by a rule or a reader that has been mended since, or for a number that was missing. Older than what was
    taken since is left out.
    """
    from province_data import steps
    from province_data.command.shown import show_batches
    from province_data.contract.catalog import read_catalog
    from province_data.pipeline import run_all

    settings = edge.settings()
    chosen = steps.replay(settings, dataset, provinces, as_of.date() if as_of else None, edge.now(), tries=dry_run)
    for one in chosen:
        edge.console.print(f"{one.dataset} {one.province_code}, {one.as_of}, number {one.sequence_no}: was {one.status}", soft_wrap=True)
    if dry_run:
        edge.console.print(f"{len(chosen)} would be read again; nothing was changed")
        return 0
    provinces = tuple(dict.fromkeys(one.province_code for one in chosen))
    done = run_all(settings, edge.now(), edge.say, datasets=[dataset], provinces=provinces, pulls=False)
    show_batches(edge.console, read_catalog(settings.project / "expectations"), done.lines)
    return 1 if done.is_refused else 0


COMMANDS = (replay,)
