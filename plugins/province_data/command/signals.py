"""Commands about the scores themselves: what may have been made to look better, what is on trial, who is in an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from province_data.command import edge
from province_data.quality.measures import ClassCount

KINDS = {
    "default_value": "một giá trị lấp cột · one value fills a column",
    "vanished": "bản ghi lỗi biến mất · records with findings vanish",
    "same_correction": "sửa hàng loạt giống nhau · many equal corrections",
}
SIGNALS = """
select s.seen_at::date, s.dataset, s.province_code, p.name, s.kind, s.table_name, s.rule_id, s.field, s.records, s.of_records,
    s.share_before
from quality.signal s left join reference.province p on p.code = s.province_code
where s.seen_at >= %s order by s.load_id desc, s.dataset, s.province_code, s.kind
"""
RULES = """
select r.rule_id, r.state, r.version, r.declared_severity, r.dimension,
    (select count(*) from quality.rule_version v where v.rule_id = r.rule_id),
    (select count(*) from quality.finding f where f.rule_id = r.rule_id and f.status = 'open')
from quality.rule r where r.state <> 'active' or (select count(*) from quality.rule_version v where v.rule_id = r.rule_id) > 1
order by 2 desc, 1
"""


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="How far to look back.")
def signals(days: int) -> None:
    """Show signs that a score looks better than the data is: default values, vanished records, equal corrections.

    They change no score. A person looks at them: a signal may have a good reason.
    """
    from province_data.pipeline import open_run
    from province_data.store.database import connected, execute

    now = edge.now()
    with connected(open_run(edge.settings(), now).dsn) as connection:
        rows = execute(connection, SIGNALS, (now - timedelta(days=days),)).fetchall()
    shown = Table("day", "dataset", "province", "sign", "where", "records", "of", "share before", header_style="bold")
    for day, dataset, province, name, kind, table, rule_id, field, records, of_records, before in rows:
        where = " ".join(str(part) for part in (table, rule_id, field) if part)
        counts = (f"{int(str(records)):,}", f"{int(str(of_records)):,}", "" if before is None else f"{100 * float(str(before)):.1f} %")
        shown.add_row(str(day), str(dataset), f"{province} {name or ''}", KINDS[str(kind)], where, *counts)
    edge.console.print(shown if rows else f"no sign in the last {days} days")


@click.command()
def rules() -> None:
    """Show the rules that do not simply count: on trial, retired, or changed since they were first judged."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected, execute

    run = open_run(edge.settings(), edge.now())
    with connected(run.dsn) as connection:
        rows = execute(connection, RULES).fetchall()
    edge.console.print(f"rule set {run.catalog.rule_set}: {len(run.catalog.rules)} rules judged, {len(run.catalog.retired)} retired")
    shown = Table("rule", "state", "version", "severity", "dimension", "versions", "open findings", header_style="bold")
    for row in rows:
        shown.add_row(*(str(value) for value in row))
    edge.console.print(shown if rows else "every rule is active in its first version")


@click.command()
def measures() -> None:
    """Measure coverage, silence, lag and age of what every province states, and the land classes; – is not testable."""
    from province_data.pipeline import open_run
    from province_data.quality.measures import read_classes, read_standing
    from province_data.store.database import connected

    now = edge.now()
    run = open_run(edge.settings(), now)
    with connected(run.dsn) as connection:
        standing, classes = read_standing(connection, run.catalog, now), read_classes(connection, run.catalog)
    shown = Table(header_style="bold", box=SIMPLE_HEAD)
    for heading in ("table", "province", "records", "of expected", "silent", "to record", "since check"):
        shown.add_column(heading, no_wrap=True)
    for s in standing:
        share = "–" if s.expected is None else f"{100 * s.counted / max(s.expected, 1):.1f} % of {s.expected:,}"
        days = (_days(s.silent_days), _days(s.lag_days), _days(s.verified_days))
        shown.add_row(s.table, f"{s.province_code} {s.province_name}", f"{s.counted:,}", share, *days)
    edge.console.print(shown)
    for table, basis in sorted({(s.table, s.basis) for s in standing if s.basis}):
        edge.console.print(f"[dim]{table}: expected by {basis}[/dim]")
    edge.console.print(
        "[dim]days since the last delivery, from event to record, since the last change or check (means); – is not testable[/dim]"
    )
    edge.console.print(_classes(classes, {s.province_code: s.province_name for s in standing}))


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _classes(counts: Sequence[ClassCount], provinces: Mapping[str, str]) -> Table:
    """Lay the classes of each province side by side, with the whole they add up to."""
    names = sorted({c.class_name for c in counts})
    shown = Table("classes of", "province", *names, "all", "lawfully unclean", header_style="bold", box=SIMPLE_HEAD)
    for table, province in sorted({(c.table, c.province_code) for c in counts}):
        own = [c for c in counts if (c.table, c.province_code) == (table, province)]
        columns = [f"{sum(c.records for c in own if c.class_name == name):,}" for name in names]
        sums = (f"{sum(c.records for c in own):,}", f"{sum(c.lawful for c in own):,}")
        shown.add_row(table, f"{province} {provinces.get(province, '')}", *columns, *sums)
    return shown


@click.command()
@click.option("--dataset", "datasets", multiple=True, help="Only this dataset; may be repeated. Default: all.")
@click.option("--province", "provinces", multiple=True, help="Only this province (two digits); may be repeated. Default: all.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only batches of this day and later.")
@click.option("--dry-run", is_flag=True, help="Only say which batches would be judged again.")
def reevaluate(datasets: tuple[str, ...], provinces: tuple[str, ...], since: datetime | None, dry_run: bool) -> None:
    """Judge past batches again, from their landed bytes, by the rules of today: scores then and now, of the rules that can be judged again.

    Those are the rules over single records and, of a snapshot, those over several of its own records.
    Nothing that is published changes, and no score of then: the figures lie apart, in quality.reevaluation.
    """
    from province_data import reevaluate as again
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.lease import lease

    now = edge.now()
    run = open_run(edge.settings(), now)
    chosen = [run.catalog.contract(d).dataset for d in datasets] or list(run.catalog.contracts)
    shown = Table(
        "dataset", "province", "as of", "dimension", "then", "now", "failed then", "failed now", header_style="bold", box=SIMPLE_HEAD
    )
    with connected(run.dsn) as connection:
        for past in again.past_batches(connection, chosen, provinces, since.date() if since else None):
            place = (past.dataset, past.province_code, str(past.as_of))
            if dry_run:
                shown.add_row(*place)
                continue
            with lease(run.dsn, f"dataset {past.dataset}", run.holder, now):
                scores = again.reevaluate(connection, run.settings, run.catalog, past, now)
            for s in scores:
                failed = ("–" if s.failed_then is None else f"{s.failed_then:,}", f"{s.failed_now:,}")
                shown.add_row(*place, s.dimension, _score(s.score_then), _score(s.score_now), *failed)
    edge.console.print(shown)
    edge.console.print(f"rule set {run.catalog.rule_set}; nothing that is published was changed")
    edge.console.print("[dim]– then: a batch of changes, whose score told its province's whole state[/dim]")


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


COMMANDS = (signals, rules, measures, reevaluate)
