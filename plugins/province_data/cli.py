"""province-data: bring the registries of Vietnam's provinces together, one command per step.

Exit code 0: done; 1: data was refused; 2: usage or system error.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import click

from province_data import __version__
from province_data.command import edge
from province_data.errors import ProvinceDataError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a person's mistake or a refused delivery never shows a stack trace."""
    try:
        code = cli.main(args=list(arguments) if arguments is not None else None, prog_name="province-data", standalone_mode=False)
    except ProvinceDataError as error:
        edge.complaints.print(f"[bold red]{type(error).__name__}[/bold red] ", end="")
        edge.complaints.print(error.text(), markup=False)
        code = error.exit_code
    except click.ClickException as error:
        error.show()
        code = 2
    except (click.Abort, KeyboardInterrupt):
        edge.complaints.print("stopped; run the same command again to go on")
        code = 2
    sys.exit(code or 0)


def selection(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose datasets, provinces and source."""
    from province_data.contract.catalog import read_catalog

    @click.option("--dataset", "datasets", multiple=True, help="Only this dataset; may be repeated. Default: all.")
    @click.option("--province", "provinces", multiple=True, help="Only this province (two digits); may be repeated. Default: all.")
    @click.option(
        "--source",
        metavar="DIR_OR_URL",
        help="A folder of deliveries <dataset>/<as_of>/<province>/ that stands for every dataset's source.",
    )
    @wraps(command)
    def chosen(datasets: tuple[str, ...], provinces: tuple[str, ...], source: str | None, **others: Any) -> Any:
        catalog = read_catalog(edge.settings().project / "expectations")
        for dataset in datasets:
            catalog.contract(dataset)
        return command(datasets=datasets or tuple(catalog.contracts), provinces=provinces, source=source, **others)

    return chosen


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__)
def cli() -> None:
    """Bring the registries of Vietnam's provinces together: pull, land, load, validate, build, publish, report.

    \b
    First steps
      province-data demo                      everything, on the example deliveries
      province-data run --source DIR          all steps for a folder of deliveries
      province-data status                    what is loaded, published, held
      province-data dsn                       the warehouse's address for psql and others
      province-data up                        the Airflow user interface

    Settings are environment variables PROVINCE_DATA_*; docs/operations.md lists them.
    Exit code: 0 done, 1 data refused, 2 usage or system error.
    """


@cli.command()
@selection
def run(datasets: tuple[str, ...], provinces: tuple[str, ...], source: str | None) -> int:
    """Do all steps for what is due: pull, land, load, validate, build, publish, report."""
    from province_data.pipeline import run_all

    return _show(run_all(edge.settings(), edge.now(), edge.say, datasets=datasets, provinces=provinces, source=source))


def _show(result: Any) -> int:
    from province_data.command.shown import show_batches
    from province_data.connectors.request import raise_together
    from province_data.contract.catalog import read_catalog

    settings = edge.settings()
    if result.lines:
        show_batches(edge.console, read_catalog(settings.project / "expectations"), result.lines)
        edge.console.print(f"{result.published_rows:,} published rows changed, {result.mails} reports written")
    for note in result.notes:
        edge.console.print(note)
    raise_together(result.failures)
    return 1 if result.is_refused else 0


@cli.command()
def demo() -> int:
    """Run everything on the example deliveries and show where to look next."""
    from province_data.pipeline import run_all
    from province_data.store.warehouse import warehouse_dsn

    settings = edge.settings()
    code = _show(run_all(settings, edge.now(), edge.say, source=str(settings.project / "examples" / "deliveries")))
    edge.console.print("\n[bold]Where to look next[/bold]")
    edge.console.print(
        f"  warehouse   psql '{warehouse_dsn(settings)}'   (tables in schema published; also: province-data dsn)", soft_wrap=True
    )
    edge.console.print(f"  mails       {settings.home / 'outbox'}", soft_wrap=True)
    edge.console.print(f"  to mend     {settings.home / 'outbox'}/<province>/<dataset>/   (a CSV and an XLSX file)", soft_wrap=True)
    edge.console.print("  Airflow     province-data up        stop everything: province-data down")
    edge.console.print("  a record    province-data trace KEY      the standard: province-data contract list")
    return code


@cli.command(name="pull")
@selection
def pull_command(datasets: tuple[str, ...], provinces: tuple[str, ...], source: str | None) -> None:
    """Pull and land what the sources have; nothing is loaded yet."""
    from province_data.steps import pull_dataset

    for dataset in datasets:
        due = pull_dataset(edge.settings(), dataset, source, edge.now(), provinces)
        edge.console.print(f"{dataset}: {len(due)} deliveries due" + (f" ({', '.join(d['province_code'] for d in due)})" if due else ""))


@cli.command(name="load")
@selection
def load_command(datasets: tuple[str, ...], provinces: tuple[str, ...], source: str | None) -> None:
    """Load due deliveries into staging (pulls and lands first)."""
    from province_data.steps import load_batch, pull_dataset

    for dataset in datasets:
        for due in pull_dataset(edge.settings(), dataset, source, edge.now(), provinces):
            counts = load_batch(edge.settings(), due["batch_id"], edge.now())
            edge.console.print(
                f"{dataset} {due['province_code']}: batch {due['batch_id']}, {counts['delivered']:,} records, {counts['unreadable']}"
                f" unreadable"
            )


@cli.command(name="validate")
@click.option("--dataset", "datasets", multiple=True, help="Only this dataset; may be repeated. Default: all.")
def validate_command(datasets: tuple[str, ...]) -> int:
    """Judge what is loaded and gate it, batch by batch."""
    from province_data.contract.catalog import read_catalog
    from province_data.steps import validate_dataset

    refused = 0
    for dataset in datasets or tuple(read_catalog(edge.settings().project / "expectations").contracts):
        verdicts = validate_dataset(edge.settings(), dataset, edge.now())
        refused += sum(n for status, n in verdicts.items() if status != "open")
        edge.console.print(f"{dataset}: " + (", ".join(f"{n} {status}" for status, n in verdicts.items()) or "nothing loaded"))
    return 1 if refused else 0


@cli.command(name="build")
@click.option("--docs", "describes", is_flag=True, help="Only write the page that describes the models, and say where it is.")
def build_command(describes: bool = False) -> None:
    """Judge the rules across datasets, build the warehouse with dbt, and publish."""
    from province_data.steps import build_and_publish, describe_models

    if describes:
        edge.console.print(describe_models(edge.settings()), soft_wrap=True)
        return
    done = build_and_publish(edge.settings(), edge.now())
    edge.console.print(f"{done['loads']} loads taken, {done['rows']:,} published rows changed")


@cli.command(name="publish")
def publish_command() -> None:
    """Publish what is built; the same as build, which ends with publishing."""
    build_command.callback()  # type: ignore[misc]


@cli.command(name="rollback")
@click.option("--dry-run", is_flag=True, help="Only say what would be taken back.")
def rollback_command(dry_run: bool) -> None:
    """Return the published tables to the publication before the last one, in one step; readers are not disturbed.

    The warehouse keeps what it holds: the next publication shows it again. Mend the source, or stop the schedule, first.
    """
    from province_data.pipeline import open_run
    from province_data.rollback import next_rollback, roll_back

    run = open_run(edge.settings(), edge.now())
    undone = next_rollback(run.dsn)
    edge.console.print(f"publication {undone.publication_id} of {undone.published_at:%Y-%m-%d %H:%M:%S} is the last one")
    if dry_run:
        edge.console.print(f"a rollback returns to publication {undone.back_to} of {undone.back_to_at:%Y-%m-%d %H:%M:%S}")
        return
    done = roll_back(run.dsn, run.holder, edge.now())
    for change in done.tables:
        edge.console.print(f"  {change.table}: {change.updated:,} rows as before, {change.deleted:,} removed")
    edge.console.print(
        f"taken back: readers see publication {done.undone.back_to} of {done.undone.back_to_at:%Y-%m-%d %H:%M:%S} again;"
        " province-data publish shows the warehouse anew"
    )


@cli.command(name="report")
def report_command() -> None:
    """Write the mails of every load that is judged and not reported yet; retries queued mails."""
    from province_data.steps import send_reports

    done = send_reports(edge.settings(), edge.now())
    edge.console.print(f"{done['loads']} loads reported, {done['mails']} mails written")


@cli.command(name="watch")
def watch_command() -> int:
    """Say which source is silent past its deadline, and tell its province by mail."""
    from province_data.steps import watch

    silences = watch(edge.settings(), edge.now())
    for silence in silences:
        edge.console.print(
            f"{silence.dataset} {silence.province_code}: nothing since {silence.last_received_at:%Y-%m-%d %H:%M %Z}, late since"
            f" {silence.late_since:%Y-%m-%d %H:%M %Z}"
        )
    if not silences:
        edge.console.print("nobody is late")
    return 1 if silences else 0


def _register() -> None:
    from province_data.command import access, decide, erase, history, inspect, mail, models, replay, scorecard, serve, signals, units, waive

    for command in (
        *inspect.COMMANDS,
        *serve.COMMANDS,
        *access.COMMANDS,
        *decide.COMMANDS,
        *erase.COMMANDS,
        *replay.COMMANDS,
        *units.COMMANDS,
        *waive.COMMANDS,
        *signals.COMMANDS,
        *history.COMMANDS,
        *mail.COMMANDS,
        *scorecard.COMMANDS,
        *models.COMMANDS,
    ):
        cli.add_command(command)


_register()
