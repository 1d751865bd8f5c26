"""Commands about waivers: let a rule rest in some place until some day, with a reason and a name."""

from __future__ import annotations

from datetime import datetime

import click
from rich.markup import escape
from rich.table import Table

from province_data.command import edge
from province_data.store.waivers import Scope


@click.group()
def waive() -> None:
    """Let a rule rest in one place for a time. What is waived is counted apart, never as passed.

    \b
      province-data waive grant LAN-031 --dataset land --province 24 \\
          --reason "Sổ gốc đang được Thanh tra giữ" --approved-by "Nguyễn An, Sở NN&MT" --until 2027-03-31
      province-data waive list                     what is in force, and how many findings it covers
      province-data waive revoke 3 --by "Trần Bình, Sở NN&MT"

    A waived finding leaves numerator and denominator of the score and is shown beside it. It stays open and stays in the
    province's list of work. From the first load after the last day it counts again. Nothing is deleted from the register.
    """


@waive.command()
@click.argument("rule_id", metavar="RULE")
@click.option("--dataset", required=True, help="The dataset whose records are meant.")
@click.option("--province", required=True, metavar="CODE", help="Province code, two digits.")
@click.option("--commune", metavar="CODE", help="Only records of this commune (five digits).")
@click.option("--record", metavar="KEY", help="Only the record with this key, its parts joined with |.")
@click.option("--reason", required=True, help="Why, in a sentence. No name or number of a citizen: the centre reads it.")
@click.option("--approved-by", required=True, help="Name and office of the person who approves.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="Last day, at most a year ahead.")
@click.option(
    "--publish",
    "lets_publish",
    is_flag=True,
    help="Publish records that only this rule refuses, with a flag. Without it they stay refused.",
)
def grant(
    rule_id: str,
    dataset: str,
    province: str,
    commune: str | None,
    record: str | None,
    reason: str,
    approved_by: str,
    until: datetime,
    lets_publish: bool,
) -> None:
    """Let RULE rest in a province, a commune or on a record; the gate and the count of wrong identifiers never rest."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.waivers import count_covered, grant_waiver

    now = edge.now()
    run = open_run(edge.settings(), now)
    scope = Scope(rule_id, dataset, province, commune, record)
    with connected(run.dsn) as connection:
        number = grant_waiver(connection, run.catalog, scope, reason, approved_by, until.date(), lets_publish=lets_publish, now=now)
        covered = count_covered(connection, number)
    edge.console.print(f"waiver {number}: {rule_id} rests until {until.date()} from the next load of {dataset} {province} on")
    rows = "are published with a flag" if lets_publish else "stay refused; only the score leaves them out"
    edge.console.print(f"  it reaches {covered:,} open findings; refused records {rows}")


@waive.command()
@click.argument("waiver_id", type=int, metavar="NUMBER")
@click.option("--by", "revoked_by", required=True, help="Name and office of the person who ends it.")
def revoke(waiver_id: int, revoked_by: str) -> None:
    """End the waiver NUMBER: its findings count again from the next load on."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.waivers import revoke_waiver

    now = edge.now()
    with connected(open_run(edge.settings(), now).dsn) as connection:
        revoke_waiver(connection, waiver_id, revoked_by, now)
    edge.console.print(f"waiver {waiver_id} is revoked; its findings count again from the next load on")


@waive.command(name="list")
@click.option("--all", "everything", is_flag=True, help="Also those that have run out or were revoked.")
def list_all(everything: bool) -> None:
    """List the waivers in force: rule, place, reason, who approved, last day, findings covered now."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.waivers import list_waivers

    now = edge.now()
    with connected(open_run(edge.settings(), now).dsn) as connection:
        found = list_waivers(connection, now, everything=everything)
    shown = Table("no.", "rule", "place", "until", "state", "open findings", "publishes", "approved by", "reason", header_style="bold")
    for w in found:
        place = " ".join(part for part in (w.dataset, w.province_code, w.commune_code, w.record_key and "one record") if part)
        publishes = "yes" if w.lets_publish else "no"
        told = (w.approved_by, w.reason)
        shown.add_row(
            str(w.waiver_id), w.rule_id, place, str(w.expires_on), w.state, str(w.findings), publishes, *(escape(text) for text in told)
        )
    edge.console.print(shown if found else "no waiver is in force")


COMMANDS = (waive,)
