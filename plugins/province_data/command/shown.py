"""Show results as tables a person understands."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from province_data.contract.catalog import Catalog
from province_data.store.ledger import BatchLine

STATUS_COLOURS = {
    "published": "green",
    "duplicate": "cyan",
    "superseded": "cyan",
    "refused": "red",
    "held": "yellow",
    "waiting": "yellow",
    "error": "red",
}
COUNTS = ("delivered", "published", "quarantined", "unreadable", "duplicate", "superseded")


def show_batches(console: Console, catalog: Catalog, lines: Sequence[BatchLine]) -> None:
    """Print what became of each batch, the score of each dimension, and the reasons of refusals."""
    console.print(_counts(lines))
    console.print(_scores(catalog, lines))
    console.print("Scores: passed / tested per rule, mean per dimension, never rounded up; green from 90, yellow from 75;", style="dim")
    console.print("– = nothing testable. delivered = published + quarantined + unreadable + duplicate + superseded.", style="dim")
    for line in lines:
        if line.reason and line.status != "published":
            console.print(f"[bold]{line.dataset} {line.province_code}[/bold] {line.status}: {escape(line.reason)}", soft_wrap=True)


def _counts(lines: Sequence[BatchLine]) -> Table:
    table = Table(title="What became of every record", title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    table.add_column("dataset", no_wrap=True)
    table.add_column("province", no_wrap=True)
    for heading in COUNTS:
        table.add_column(heading, justify="right", min_width=6)
    for line in lines:
        table.add_row(line.dataset, _province(line), *(f"{getattr(line, c):,}" for c in COUNTS))
    if len(lines) > 1:
        table.add_section()
        table.add_row("all", "", *(f"{sum(getattr(x, c) for x in lines):,}" for c in COUNTS))
    return table


def _scores(catalog: Catalog, lines: Sequence[BatchLine]) -> Table:
    table = Table(title="Verdict and score of each dimension", title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    for heading in ("dataset", "province", "verdict"):
        table.add_column(heading, no_wrap=True)
    for _, name_vi, name_en in catalog.dimensions:
        table.add_column(f"{name_vi}\n[dim]{name_en}[/dim]", justify="right")
    for line in lines:
        colour = STATUS_COLOURS.get(line.status, "white")
        scores = [_score(line.scores.get(code), catalog) for code, _, _ in catalog.dimensions]
        table.add_row(line.dataset, _province(line), f"[{colour}]{line.status}[/{colour}]", *scores)
    return table


def _province(line: BatchLine) -> str:
    return f"{line.province_code} {line.province_name}"


def _score(score: float | Decimal | None, catalog: Catalog) -> str:
    if score is None:
        return "–"
    value = float(score)
    colour = "green" if value >= catalog.standard.green_from else "yellow" if value >= catalog.standard.yellow_from else "red"
    return f"[{colour}]{value:.2f}[/{colour}]"
