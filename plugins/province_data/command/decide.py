"""The command with which a person decides about a batch that the gate held."""

from __future__ import annotations

import getpass

import click
from rich.markdown import Markdown
from rich.table import Table

from province_data.command import edge
from province_data.errors import ContractError


@click.command()
@click.argument("batch", required=False)
@click.option("--publish", "choice", flag_value="publish", help="Let it replace what stands: judged again, then built and published.")
@click.option("--quarantine", "choice", flag_value="quarantine", help="Keep it apart at the centre; what is published stands.")
@click.option("--return", "choice", flag_value="return", help="Return it to its sender; what is published stands.")
@click.option("--reason", metavar="TEXT", help="Why, in one sentence; it is mailed to the province and kept. No personal values.")
@click.option("--by", metavar="NAME", help="Who decided. Default: the name of your login.")
@click.option("--dry-run", is_flag=True, help="Show the batch and what the choice would do; change nothing.")
def decide(batch: str | None, choice: str | None, reason: str | None, by: str | None, dry_run: bool) -> int:
    """Decide about BATCH, which the gate held; without BATCH list those that wait.

    \b
      province-data decide                                           what waits, and since when
      province-data decide BATCH                                     its scorecard
      province-data decide BATCH --publish --reason "xã A đã tách"   one of the three choices

    The same choice again changes nothing. Exit code 1 while batches wait.
    """
    if batch is None:
        return _list()
    if choice is None or dry_run:
        return _show(batch, choice)
    if reason is None:
        raise ContractError("a decision needs a reason", where="--reason", expected="one sentence")
    return _carry_out(batch, choice, reason, by or getpass.getuser())


def _list() -> int:
    from province_data.steps import held_batches

    held = held_batches(edge.settings(), edge.now())
    shown = Table("batch", "dataset", "province", "as of", "records", "stands", "held since", "why", header_style="bold")
    for one in held:
        shown.add_row(
            one.batch_id,
            one.dataset,
            f"{one.province_code} {one.province_name}",
            str(one.as_of),
            f"{one.delivered:,}",
            f"{one.stands_delivered:,}",
            f"{one.held_at:%Y-%m-%d %H:%M}",
            one.reason.split(":")[0],
        )
    edge.console.print(shown if held else "no batch waits for a decision")
    if held:
        edge.console.print("a batch with its scores: province-data decide BATCH")
    return 1 if held else 0


def _show(batch: str, choice: str | None) -> int:
    from province_data.steps import held_batches, scorecard

    waiting = {one.batch_id: one for one in held_batches(edge.settings(), edge.now())}
    if batch not in waiting:
        raise ContractError(f"batch {batch} does not wait for a decision", expected=", ".join(waiting) or "nothing waits")
    edge.console.print(Markdown(scorecard(edge.settings(), batch, edge.now())))
    one = waiting[batch]
    effects = {
        "publish": f"{one.delivered:,} records would be judged again and replace {one.stands_delivered:,}",
        "quarantine": "nothing would be published of it; the province would be told",
        "return": "nothing would be published of it; the province would be asked for a complete snapshot",
    }
    edge.console.print(f"\n{effects[choice]}; nothing was changed" if choice else "\nchoose --publish, --quarantine or --return")
    return 0


def _carry_out(batch: str, choice: str, reason: str, by: str) -> int:
    from province_data import steps
    from province_data.command.shown import show_batches
    from province_data.contract.catalog import read_catalog
    from province_data.decide import Choice, Wish
    from province_data.pipeline import run_all

    settings = edge.settings()
    made = steps.decide(settings, Wish(batch, Choice(choice), reason, by), edge.now())
    when = f"by {made.decided_by} on {made.decided_at:%Y-%m-%d %H:%M %Z}"
    edge.console.print(f"batch {batch}: {made.choice}, {when}" + ("" if made.is_new else " (decided before; nothing was changed)"))
    if choice != Choice.PUBLISH:
        mails = steps.tell_decision(settings, made.load_id, edge.now()) if made.load_id else 0
        edge.console.print(f"{mails} reports written; what is published stands")
        return 0
    done = run_all(settings, edge.now(), edge.say, datasets=[made.dataset], provinces=[made.province_code], pulls=False)
    if done.lines:
        show_batches(edge.console, read_catalog(settings.project / "expectations"), done.lines)
    edge.console.print(f"{done.published_rows:,} published rows changed, {done.mails} reports written")
    return 1 if done.is_refused else 0


COMMANDS = (decide,)
