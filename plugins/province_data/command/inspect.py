"""Commands that look at declarations, files and records without changing what is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from province_data.command import edge
from province_data.contract.catalog import read_catalog
from province_data.errors import ContractError
from province_data.settings import Settings

COLUMNS_SHOWN = 6
"""A wider table is cut off on a terminal."""


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dataset", help="The contract whose table the file holds; else the dialect options say how it is written.")
@click.option("--table", "table_name", help="The table of the dataset; needed when the dataset has several.")
@click.option(
    "--format",
    "file_format",
    default=None,
    type=click.Choice(["delimited", "json_lines", "workbook"]),
    help="Kind of file. Default: by its ending.",
)
@click.option("--encoding", default="utf-8", show_default=True)
@click.option("--delimiter", default=",", show_default=True)
@click.option("--quote", default='"', show_default=True, help="Quote character; empty = nothing is quoted.")
@click.option("--escape", default='"', show_default=True, help="What makes a quote inside quotes a plain character.")
@click.option("--header/--no-header", default=True, show_default=True)
@click.option("--skip-lines", default=0, show_default=True, help="Lines before the header.")
@click.option("--sheet", help="Sheet of a workbook.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where the records go, as CSV.")
@click.option(
    "--rejects",
    required=True,
    type=click.Path(path_type=Path),
    help="Where the unreadable records go, as CSV: record number, line, reason.",
)
def parse(file: Path, dataset: str | None, table_name: str | None, out: Path, rejects: Path, **dialect: object) -> int:
    """Read FILE as the loader does and write the records as CSV; unreadable ones go to the rejects."""
    from province_data.command.parsing import dialect_and_fields
    from province_data.formats.read import parse_file

    chosen, fields = dialect_and_fields(edge.settings(), file, dataset, table_name, dialect)
    report = parse_file(file, chosen, fields, out, rejects)
    edge.console.print(f"{report.written:,} records, {len(report.unreadable):,} unreadable")
    return 1 if report.unreadable else 0


@click.command(name="check-file")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--dataset", required=True, help="The contract the file is meant for.")
@click.option("--table", "table_name", help="The table, when PATH is a single file and the dataset has several.")
@click.option("--province", required=True, help="Province code, two digits.")
@click.option(
    "--edition", default="2025", show_default=True, type=click.Choice(["2025", "pre-2025"]), help="List of communes the file uses."
)
def check_file(path: Path, dataset: str, table_name: str | None, province: str, edition: str) -> int:
    """Try a file (or a delivery folder) before sending it: the same loader, the same rules, nothing is kept.

    Rules over several records are tried as far as the file answers them alone; those that need another dataset wait for the load.
    """
    from province_data.check_file import try_file

    outcome = try_file(edge.settings(), path, dataset, table_name, province, edition, edge.now())
    for text in outcome.unreadable:
        edge.console.print(f"[red]unreadable[/red] {text}")
    if outcome.lines:
        shown = Table("rule", "severity", "failing", "of", "field", "records", "sentence", header_style="bold")
        for line in outcome.lines:
            shown.add_row(line.rule_id, line.severity, str(line.failed), str(line.evaluated), line.field, line.records, line.sentence)
        edge.console.print(shown)
    edge.console.print(
        f"{outcome.delivered:,} records read, {outcome.refused:,} would be refused"
        + (f", {outcome.held:,} more held because of other records in it" if outcome.held else "")
        + (": ready to send" if outcome.is_ready else "")
    )
    return 0 if outcome.is_ready else 1


@click.command()
@click.argument("key", required=False)
@click.option("--request", metavar="NAME", help="Answer requests/NAME.txt in NAME.json and NAME.pdf beside it (mode 0600).")
@click.option("--landing", is_flag=True, help="Also read every landed file: names all batches that ever stated it. Slow.")
def trace(key: str | None, request: str | None, landing: bool) -> int:
    """Show everything held on one record KEY (its parts joined with |) or personal id: deliveries, findings, published rows."""
    from province_data.trace import answer_request, landed_deliveries, trace_key

    if request is not None:
        count = answer_request(edge.settings(), request, edge.now())
        edge.console.print(f"{count} rows: {edge.settings().home / 'requests' / request}.json", soft_wrap=True)
        return 0
    if key is None or not key.strip():
        raise ContractError("nothing to trace", expected="a KEY that is not empty, or --request NAME")
    found = dict(trace_key(edge.settings(), key.strip(), edge.now()))
    if landing and (rows := landed_deliveries(edge.settings(), key.strip(), edge.now())):
        found["landed deliveries"] = rows
    for heading, rows in found.items():
        _show_rows(heading, rows)
    if not found:
        edge.console.print("nothing is held under this key")
    if not landing:
        edge.console.print("deliveries are those that a record or finding stands of now; with --landing every landed file is read for it")
    return 0


def _show_rows(heading: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Print rows as a table; where that has too many columns to be read, each row as its names and values."""
    if len(rows[0]) > COLUMNS_SHOWN:
        edge.console.print(f"[bold]{heading}[/bold]")
        for row in rows:
            told = " · ".join(f"[dim]{name}[/dim] {escape(_told(value))}" for name, value in row.items() if value not in (None, ""))
            edge.console.print(f"  {told}", soft_wrap=True)
        return
    shown = Table(*rows[0], title=heading, title_justify="left", header_style="bold")
    for row in rows:
        shown.add_row(*(escape(_told(value)) for value in row.values()))
    edge.console.print(shown)


def _told(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return "" if value is None else str(value)


@click.group()
def contract() -> None:
    """Look at the declarations: datasets, columns, rules."""


@contract.command(name="list")
def list_contracts() -> None:
    """List the datasets with their tables, columns and rules."""
    catalog = read_catalog(edge.settings().project / "expectations")
    shown = Table("dataset", "name", "table", "columns", "rules", "schedule", header_style="bold")
    for declared in catalog.contracts.values():
        for table in declared.tables:
            rules = {r.id for r in catalog.rules.values() for c in r.checks if getattr(c, "table", None) == table}
            shown.add_row(declared.dataset, declared.title.vi, table.name, str(len(table.columns)), str(len(rules)), declared.schedule)
    edge.console.print(shown)
    edge.console.print(f"{len(catalog.rules)} rules, rule set {catalog.rule_set}, standard {catalog.standard.version}")


@contract.command()
def lint() -> None:
    """Read every declaration; the first mistake is an error naming file and line."""
    catalog = read_catalog(edge.settings().project / "expectations")
    bare = [r.id for r in catalog.rules.values() if r.checks and not r.examples and type(r.checks[0]).__name__ != "DeliveryCheck"]
    if bare:
        raise ContractError(f"rules without examples: {', '.join(sorted(bare))}", expected="one that holds and one that fails")
    edge.console.print(f"{len(catalog.contracts)} contracts and {len(catalog.rules)} rules are sound")


@contract.command()
@click.argument("dataset")
def export(dataset: str) -> None:
    """Print the Great Expectations suites of DATASET as JSON."""
    import json

    from province_data.quality.compile import compile_rules
    from province_data.quality.suite import build_suite

    catalog = read_catalog(edge.settings().project / "expectations")
    suites = [build_suite(t.stem, compile_rules(catalog, t)).to_json_dict() for t in catalog.contract(dataset).tables]
    click.echo(json.dumps(suites, ensure_ascii=False, indent=2))


@contract.command()
def page() -> None:
    """Print docs/standard.md: every rule with its sentence, its measure and what to do about a finding."""
    from province_data.quality.standard_page import standard_page

    click.echo(standard_page(read_catalog(edge.settings().project / "expectations")), nl=False)


NEWEST_BATCHES = """
select distinct on (b.dataset, b.province_code) b.dataset, b.province_code, p.name, b.as_of, b.status, b.published, b.quarantined,
    (
        select count(*) from quality.finding f
        where f.dataset = b.dataset and f.province_code = b.province_code and f.status = 'open'
    ),
    (
        select count(*) from quality.finding f
        where f.dataset = b.dataset and f.province_code = b.province_code and f.status = 'open'
            and (f.waiver_id is not null or f.lawful_state is not null)
    ),
    (select coalesce(sum(s.identifier_failed), 0) from quality.score s where s.batch_id = b.batch_id)
from ops.batch b
left join reference.province p on p.code = b.province_code
order by 1, 2, b.received_at desc, b.sequence_no desc nulls last
"""


def show_state(out: Console, settings: Settings, now: datetime) -> None:
    """Print the newest batch of every dataset and province, with open findings and lateness."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected, execute, one_value
    from province_data.watch import find_silences

    run = open_run(settings, now)
    with connected(run.dsn) as connection:
        late = {(s.dataset, s.province_code) for s in find_silences(connection, run.catalog, now)}
        rows = execute(connection, NEWEST_BATCHES).fetchall()
        signs = one_value(connection, "select count(*) from quality.signal where seen_at >= %s", (now - timedelta(days=30),))
    shown = Table(header_style="bold", box=SIMPLE_HEAD)
    for heading in ("dataset", "province", "as of", "verdict", "published", "quarantined", "open", "apart", "wrong ids"):
        shown.add_column(heading, no_wrap=True)
    for dataset, province, name, as_of, status, *counts in rows:
        verdict = f"{status}, late" if (dataset, province) in late else str(status)
        shown.add_row(str(dataset), f"{province} {name or ''}", str(as_of), verdict, *(f"{int(str(c)):,}" for c in counts))
    if rows:
        out.print("[dim]open: findings; apart: those of them that are waived or in a lawful state[/dim]")
        out.print("[dim]wrong ids: errors of identifiers, which have to be right in every record: a critical incident[/dim]")
    if signs:
        out.print(f"{signs} signs in 30 days that a score looks better than the data is: province-data signals")
    out.print(shown if rows else "the warehouse is empty: run province-data demo or province-data run --source DIR")


COMMANDS = (parse, check_file, trace, contract)
