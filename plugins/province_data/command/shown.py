"""Show results as tables a person understands."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
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
    """Print what became of each batch, with the score of each dimension, and the reasons of refusals."""
    table = Table(title="What became of the deliveries", title_justify="left", header_style="bold")
    for heading in ("dataset", "province", "verdict"):
        table.add_column(heading, no_wrap=True)
    for heading in COUNTS:
        table.add_column(heading, justify="right")
    for _, name_vi, _ in catalog.dimensions:
        table.add_column(name_vi, justify="right")
    for line in lines:
        table.add_row(*_cells(line, catalog))
    if len(lines) > 1:
        table.add_section()
        table.add_row("all", "", "", *(f"{sum(getattr(x, c) for x in lines):,}" for c in COUNTS), *("" for _ in catalog.dimensions))
    console.print(table)
    console.print(
        "scores by the national method: passed / tested per rule, mean per dimension; green from 90, yellow from 75; – = nothing testable",
        style="dim",
    )
    for line in lines:
        if line.reason and line.status != "published":
            console.print(f"[bold]{line.dataset} {line.province_code}[/bold] {line.status}: {line.reason}", highlight=False)


def _cells(line: BatchLine, catalog: Catalog) -> list[str]:
    colour = STATUS_COLOURS.get(line.status, "white")
    scores = [_score(line.scores.get(code), catalog) for code, _, _ in catalog.dimensions]
    return [
        line.dataset,
        f"{line.province_code} {line.province_name}",
        f"[{colour}]{line.status}[/{colour}]",
        *(f"{getattr(line, c):,}" for c in COUNTS),
        *scores,
    ]


def _score(score: float | Decimal | None, catalog: Catalog) -> str:
    if score is None:
        return "–"
    value = float(score)
    colour = "green" if value >= catalog.standard.green_from else "yellow" if value >= catalog.standard.yellow_from else "red"
    return f"[{colour}]{value:.2f}[/{colour}]"
