"""Commands about the mails: who gets them, who does no more, and how they fared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg
from rich.table import Table

from province_data.command import edge


@click.group()
def mail() -> None:
    """Manage who gets the reports; province 00 is the national centre.

    \b
      province-data mail list                               who, and how the mails fared
      province-data mail add 24 quality@bacninh.example     one more address
      province-data mail add 24 quality@bacninh.example --pdf   with the printed scorecard attached
      province-data mail stop quality@bacninh.example       no more mails to it
      province-data mail send                               try now what waits and is due
      province-data mail communes 24                        what each commune of 24 has to mend, to its addresses
    """


@contextmanager
def _warehouse() -> Iterator[psycopg.Connection]:
    from province_data.pipeline import open_run
    from province_data.store.database import connected

    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        yield connection


@mail.command(name="list")
def list_mail() -> None:
    """List all addresses with their state: active, unsubscribed, or stopped after three bounces."""
    from province_data.mail.addresses import list_recipients

    with _warehouse() as connection:
        found = list_recipients(connection)
    shown = Table("province", "address", "state", "PDF", "sent", "waiting", "lost", header_style="bold")
    for one in found:
        state = (
            "active" if one.is_active else f"{one.stopped_because or 'stopped'}" + (f" {one.stopped_at:%Y-%m-%d}" if one.stopped_at else "")
        )
        shown.add_row(
            one.province_code, one.address, state, "yes" if one.wants_pdf else "", f"{one.sent:,}", f"{one.queued:,}", f"{one.lost:,}"
        )
    edge.console.print(shown if found else "nobody is listed; PROVINCE_DATA_MAIL_TO names the recipients")


@mail.command()
@click.argument("province")
@click.argument("address")
@click.option(
    "--pdf/--no-pdf", "wants_pdf", default=None, help="Attach the scorecard as an official form. Default: as before, at first no."
)
def add(province: str, address: str, wants_pdf: bool | None) -> None:
    """Let ADDRESS get the reports of PROVINCE (two digits; 00 = the centre), again if it was stopped."""
    from province_data.mail.addresses import add_recipient

    with _warehouse() as connection:
        add_recipient(connection, province, address, wants_pdf=wants_pdf)
    edge.console.print(f"{address} gets the reports of {province}")


@mail.command()
@click.argument("address")
@click.option("--province", "provinces", multiple=True, help="Only the reports of this province; may be repeated. Default: all.")
def stop(address: str, provinces: tuple[str, ...]) -> int:
    """Send ADDRESS no more reports: somebody asked not to get them."""
    from province_data.mail.addresses import stop_recipient

    with _warehouse() as connection:
        left = stop_recipient(connection, address, provinces, edge.now())
    edge.console.print(f"{address} left {left} lists" if left else f"{address} was on no list")
    return 0 if left else 1


@mail.command()
def send() -> None:
    """Try now the mails that wait and are due; the others wait for their time."""
    from province_data.mail.outbox import flush

    with _warehouse() as connection:
        done = flush(connection, edge.settings(), edge.now())
    edge.console.print(
        f"{done.sent} sent, {done.written} written, {done.queued} wait, {done.failed} refused for good, {done.dead} given up"
    )


@mail.command()
@click.argument("province")
def communes(province: str) -> None:
    """Mail to PROVINCE how many records each of its communes has to mend; once a day, counts only."""
    from province_data.contract.catalog import read_catalog
    from province_data.mail.communes import render_communes
    from province_data.report import queue_and_send

    settings = edge.settings()
    catalog = read_catalog(settings.project / "expectations")
    with _warehouse() as connection:
        message = render_communes(connection, catalog.tables, catalog, province, edge.now())
        done = queue_and_send(connection, [message], settings, edge.now())
    edge.console.print(message.subject + ("" if done.letters else " (written before today; it stays as it was)"))


COMMANDS = (mail,)
