"""The commands of a lawful erasure: look, ask, approve, carry out. Nobody can do it alone."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table

from province_data.command import edge

PASSWORD = click.option(
    "--password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Read the password there instead of asking."
)
LOGIN = click.option("--login", required=True, help="Your own login of data protection; it is kept with what you do.")


@click.group()
def erase() -> None:
    """Erase what is held under a key, on a legal basis and with two persons.

    \b
    The key stands alone in the file requests/NAME.txt below the home folder, as for a trace.
      province-data erase look NAME                              what would go, and from where; changes nothing
      province-data erase ask NAME --login A --basis … --reason …   one login asks
      province-data erase approve NAME --login B                 another one approves
      province-data erase run NAME                               then it is carried out, to the end
      province-data erase list                                   all of them, with what went where
    """


@erase.command()
@click.argument("name")
@click.option("--dataset", "datasets", multiple=True, help="Only this dataset; may be repeated. Default: all.")
def look(name: str, datasets: tuple[str, ...]) -> None:
    """Count what erasing the key of request NAME would remove, place by place."""
    from province_data.erase import look as count

    _show(count(edge.settings(), name, datasets, edge.now()), "would go")


@erase.command()
@click.argument("name")
@click.option("--dataset", "datasets", multiple=True, help="Only this dataset; may be repeated. Default: all.")
@click.option("--basis", required=True, help="The law, judgement or decision it rests on.")
@click.option("--reason", required=True, help="Why, in one sentence, without the key.")
@LOGIN
@PASSWORD
def ask(name: str, datasets: tuple[str, ...], basis: str, reason: str, login: str, password_file: Path | None) -> None:
    """Ask for the erasure of the key of request NAME."""
    from province_data.erase import Wish, request_erasure

    wish = Wish(name, datasets, basis, reason)
    number = request_erasure(edge.settings(), wish, login, _password(login, password_file), edge.now())
    edge.console.print(f"erasure {number} is asked for; another login approves it: province-data erase approve {name} --login …")


@erase.command()
@click.argument("name")
@LOGIN
@PASSWORD
def approve(name: str, login: str, password_file: Path | None) -> None:
    """Approve what somebody else asked for."""
    from province_data.erase import approve_erasure

    number = approve_erasure(edge.settings(), name, login, _password(login, password_file), edge.now())
    edge.console.print(f"erasure {number} is approved; carry it out: province-data erase run {name}")


@erase.command()
@click.argument("name")
def run(name: str) -> None:
    """Carry out what two logins decided; after a cut, run it again."""
    from province_data.erase import carry_out

    _show(carry_out(edge.settings(), name, edge.now()), "went")
    edge.console.print("done; backups and the server's log of changes keep it until they are overwritten: docs/operations.md")


@erase.command(name="list")
def list_all() -> None:
    """List all erasures: state, who asked, who approved, on what basis."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.erasures import list_erasures

    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        found = list_erasures(connection)
    shown = Table("no.", "request", "state", "asked by", "approved by", "basis", "asked on", header_style="bold")
    for one in found:
        shown.add_row(
            str(one.erasure_id),
            one.request,
            one.state,
            one.requested_by,
            one.approved_by or "",
            one.legal_basis,
            f"{one.requested_at:%Y-%m-%d}",
        )
    edge.console.print(shown if found else "nothing was ever erased")


def _show(places: Sequence[tuple[str, int]], heading: str) -> None:
    shown = Table("place", heading, header_style="bold")
    for place, records in places:
        shown.add_row(place, f"{records:,}")
    edge.console.print(shown if places else "nothing is held under this key")


def _password(login: str, file: Path | None) -> str:
    return file.read_text(encoding="utf-8").strip() if file else getpass.getpass(f"password of {login}: ")


COMMANDS = (erase,)
