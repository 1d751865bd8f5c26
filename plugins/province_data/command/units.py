"""Commands on administrative units and on who is meant by whom."""

from __future__ import annotations

from pathlib import Path

import click

from province_data.command import edge


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def learn(file: Path) -> None:
    """Take in a province's list of how divided communes were divided (CSV); the next publish reads the records concerned again.

    \b
    Columns: old_code,new_code,kind,value,legal_basis
      kind cell          value = first letters of the 12-character parcel code
      kind hamlet        value = name of the hamlet as it stands in addresses
      kind inhabitants   no value: all inhabitants went to new_code
    """
    from province_data.learn import learn as take_in
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.lease import lease

    run = open_run(edge.settings(), edge.now())
    with lease(run.dsn, "stated", run.holder, edge.now()), connected(run.dsn) as connection:
        parts, records = take_in(connection, file, edge.now())
    edge.console.print(f"{parts:,} parts taken in, {records:,} records to be read again: province-data publish")


@click.command()
def link() -> None:
    """Link the persons other registries name with population, and write the work lists of what a person has to decide.

    The links themselves also follow every publication; the work lists (published.link_candidates) are written by this command only.
    """
    from province_data.link import link as bring_up_to_date
    from province_data.linking.candidates import find_candidates
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.lease import lease
    from province_data.store.secret import pseudonym_secret

    run = open_run(edge.settings(), edge.now())
    with lease(run.dsn, "warehouse", run.holder, edge.now()), connected(run.dsn) as connection:
        for linked in bring_up_to_date(run.dsn, run.catalog, workers=run.settings.workers):
            edge.console.print(f"{linked.source}: {linked.written:,} references linked {'anew' if linked.is_full else 'after the change'}")
        tables = [table for table in run.catalog.tables if table.persons]
        entries = find_candidates(connection, tables, pseudonym_secret(run.settings.home), edge.now())
    edge.console.print(f"{entries:,} entries on the work lists (published.link_candidates)")


COMMANDS = (learn, link)
