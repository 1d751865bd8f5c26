"""Commands about past publications: which can still be read, and dropping what is older than it is kept."""

from __future__ import annotations

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from province_data.command import edge

PUBLICATIONS = """
select o.publication_id, o.published_at, o.rows_inserted, o.rows_updated, o.rows_deleted, o.undoes, p.is_readable
from ops.publication o join published.publication p using (publication_id) order by 1 desc limit %s
"""


@click.group()
def history() -> None:
    """Past publications: provinces read them by the views <table>_as_of and <table>_versions."""


@history.command(name="list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help="How many, the newest first.")
def list_command(limit: int) -> None:
    """Show the publications and whether each can still be read as it stood."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected, execute

    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        rows = execute(connection, PUBLICATIONS, (limit,)).fetchall()
    shown = Table(
        "publication", "published at", "new", "changed", "removed", "takes back", "readable", header_style="bold", box=SIMPLE_HEAD
    )
    for number, at, inserted, updated, deleted, undoes, is_readable in rows:
        counts = [f"{int(str(count)):,}" for count in (inserted, updated, deleted)]
        shown.add_row(str(number), f"{at:%Y-%m-%d %H:%M:%S}", *counts, str(undoes or ""), "yes" if is_readable else "no")
    edge.console.print(shown if rows else "nothing was published yet")


@history.command(name="prune")
@click.option("--dry-run", is_flag=True, help="Only say from when on the past is kept.")
def prune_command(dry_run: bool) -> None:
    """Drop what was published longer ago than PROVINCE_DATA_HISTORY_MONTHS (24); what stands today is never dropped."""
    from province_data.pipeline import open_run
    from province_data.rollback import prune, prune_before

    settings, now = edge.settings(), edge.now()
    before = prune_before(now, settings.history_months)
    edge.console.print(f"kept: every publication that was read on {before:%Y-%m-%d} or later ({settings.history_months} months)")
    if dry_run:
        return
    dropped = prune(open_run(settings, now).dsn, before)
    for table, rows in dropped.items():
        edge.console.print(f"  {table}: {rows:,} old versions dropped")
    if not dropped:
        edge.console.print("nothing is older")


COMMANDS = (history,)
