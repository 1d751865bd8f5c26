"""Offer each step as one call that needs nothing but the settings: for a scheduler, and for one command per verb.

What passes between steps is in the ledger; a call returns ids, codes and counts only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime

from province_data import pipeline
from province_data.connectors.typed import read_typed
from province_data.contract.catalog import read_catalog
from province_data.decide import PATIENCE, Wish, find_held
from province_data.decide import decide as decide_batch
from province_data.erase import carry_out, look
from province_data.judging import JudgePool
from province_data.mail.assemble import Silence as SilentReport
from province_data.mail.late import render_late
from province_data.mail.outbox import flush
from province_data.mail.render import render_question
from province_data.mail.scorecard import held_report, held_scorecard
from province_data.pull import shown_source, source_of
from province_data.replay import Replayable, replayable
from province_data.replay import replay as make_due_again
from province_data.report import queue_and_send, report
from province_data.settings import Settings
from province_data.store import decisions, lateness, ledger
from province_data.store.database import connected, execute
from province_data.store.decisions import HeldBatch
from province_data.store.lateness import Silence
from province_data.store.ledger_deliveries import loaded_batches, turned_away
from province_data.store.warehouse import warehouse_dsn
from province_data.trace import answer_request
from province_data.watch import find_silences


def pull_dataset(
    settings: Settings,
    dataset: str,
    source: str | None,
    now: datetime,
    provinces: Sequence[str] = (),
    caller: str = "",
    until: date | None = None,
) -> list[dict[str, str]]:
    """Pull and land a dataset; returns the due batches, which now belong to one new load of the run `caller`."""
    run = pipeline.open_run(settings, now)
    due = pipeline.pull_dataset(run, dataset, source, now, provinces, until)
    with connected(run.dsn) as connection:
        ledger.note_caller(connection, turned_away(connection, dataset, now), caller)
        if due:
            load_id = ledger.open_load(connection, run.catalog.rule_set, now)
            ledger.note_caller(connection, [load_id], caller)
            execute(
                connection,
                "update ops.delivery set load_id = %s where status = 'due' and batch_id = any(%s)",
                (load_id, [d["batch_id"] for d in due]),
            )
    return due


def typed_source(settings: Settings, dataset: str, typed: str | None) -> str | None:
    """Read the source that a person typed for a dataset; None when none was. SourceRefused before anything is fetched."""
    if not (typed or "").strip():
        return None
    contract = read_catalog(settings.project / "expectations").contract(dataset)
    return read_typed(str(typed), dataset, settings.connections.get(dataset) or contract.source.connection)


def tell_source(settings: Settings, dataset: str, source: str | None) -> str:
    """Tell for a log where a dataset will be pulled from, without a password; `source` as for `pull_dataset`."""
    uri = source_of(settings, read_catalog(settings.project / "expectations").contract(dataset), source)
    if uri is None:
        return f"Bộ này chưa khai báo nguồn (PROVINCE_DATA_CONN_{dataset.upper()}): chỉ làm tiếp những gì đã nhận."
    return f"Lấy từ {shown_source(uri)}"


def load_batch(settings: Settings, batch_id: str, now: datetime) -> dict[str, int]:
    """Load one due batch into staging; zeros when it was decided without loading."""
    loaded = pipeline.load_batch(pipeline.open_run(settings, now), batch_id, None, now)
    return {"delivered": loaded.delivered, "unreadable": loaded.unreadable} if loaded else {"delivered": 0, "unreadable": 0}


def validate_dataset(settings: Settings, dataset: str, now: datetime) -> dict[str, int]:
    """Judge what is loaded of a dataset; returns how many batches the gate let through, refused or held."""
    verdicts: dict[str, int] = {}
    with JudgePool(settings.project / "expectations", settings.workers) as pool:
        pool.warm_up()
        run = pipeline.open_run(settings, now)
        with connected(run.dsn) as connection:
            loads = loaded_batches(connection, dataset)
        for load_id, batches in loads.items():
            for status in pipeline.validate(run, dataset, batches, load_id, now, pool).values():
                verdicts[status] = verdicts.get(status, 0) + 1
    return verdicts


def build_and_publish(settings: Settings, now: datetime, caller: str = "") -> dict[str, int]:
    """Judge the set rules of all accepted loads, build, publish; returns loads taken and rows changed. `caller` is the run that does so."""
    run = pipeline.open_run(settings, now)
    with JudgePool(settings.project / "expectations", settings.workers) as pool:
        load_ids = pipeline.reconcile_accepted(run, now, pool)
    published = pipeline.build_and_publish(run, now, load_ids, caller)
    with connected(run.dsn) as connection:
        ledger.note_taken_up(connection, now)
    return {"loads": len(load_ids), "rows": published}


def is_taken_up(settings: Settings, asked: datetime, now: datetime) -> bool:
    """Say whether a build that began after `asked` left nothing to build, to publish or to report."""
    with connected(pipeline.open_run(settings, now).dsn) as connection:
        return ledger.is_taken_up(connection, asked)


def describe_models(settings: Settings) -> str:
    """Write the page that describes the warehouse's models; returns where it is."""
    from province_data.build import describe
    from province_data.store.warehouse import warehouse_dsn

    return str(describe(warehouse_dsn(settings), settings.project / "dbt_project", settings.home / "dbt"))


def send_reports(settings: Settings, now: datetime, caller: str = "") -> dict[str, int]:
    """Mail the scorecards of every load that is judged and not yet reported; `caller` is the run that does so."""
    run = pipeline.open_run(settings, now)
    with connected(run.dsn) as connection:
        ledger.close_without_build(connection, now)
        load_ids = ledger.loads_with(connection, "judged")
        ledger.note_caller(connection, load_ids, caller)
    return {"loads": len(load_ids), "mails": pipeline.send_reports(run, load_ids, now)}


def send_waiting(settings: Settings, now: datetime) -> dict[str, int]:
    """Send the mails that wait and are due, after those about loads that no build takes up; counts, per recipient, how they ended."""
    run = pipeline.open_run(settings, now)
    with connected(run.dsn) as connection:
        if load_ids := ledger.close_without_build(connection, now):
            pipeline.send_reports(run, load_ids, now)
        return asdict(flush(connection, settings, now))


def watch(settings: Settings, now: datetime) -> list[Silence]:
    """Find who is late and tell them by mail, once for each lateness, however often this is called; returns all who are late now."""
    run = pipeline.open_run(settings, now)
    with connected(run.dsn) as connection:
        silences = find_silences(connection, run.catalog, now)
        for load_id, untold in lateness.to_tell(connection, silences, now).items():
            told = [
                SilentReport(
                    s.dataset,
                    s.province_code,
                    load_id,
                    f"nothing received since {s.last_received_at:%Y-%m-%d %H:%M}",
                    f"không nhận được gì từ {s.last_received_at:%d/%m/%Y %H:%M}",
                )
                for s in untold
            ]
            report(connection, [load_id], run.catalog, settings, now, silences=told)
            lateness.note_told(connection, load_id, now)
    return silences


def tell_late(settings: Settings, dag: str, run_id: str, link: str, began: datetime, now: datetime) -> int:
    """Tell the national centre once that a run of a scheduler has not ended in time; counts the new mails."""
    with connected(pipeline.open_run(settings, now).dsn) as connection:
        return queue_and_send(connection, [render_late(link, dag, run_id, began, now)], settings, now).letters


def held_batches(settings: Settings, now: datetime) -> list[HeldBatch]:
    """List the batches that the gate held and that wait for a person."""
    with connected(pipeline.open_run(settings, now).dsn) as connection:
        return decisions.held_batches(connection)


def decide(settings: Settings, wish: Wish, now: datetime) -> decisions.Decision:
    """Write down what a person decided about a held batch; the next run, or the next report, carries it out."""
    run = pipeline.open_run(settings, now)
    with connected(run.dsn) as connection:
        return decide_batch(connection, settings.home / "landing", run.catalog.rule_set, wish, now)


def tell_decision(settings: Settings, load_id: int, now: datetime) -> int:
    """Mail what was decided, and nothing of loads that others are still at work on; counts the new mails."""
    return pipeline.send_reports(pipeline.open_run(settings, now), [load_id], now)


def scorecard(settings: Settings, batch_id: str, now: datetime) -> str:
    """Write what a person needs to know of a held batch, as Markdown: counts, scores, rules; no values."""
    run = pipeline.open_run(settings, now)
    with connected(run.dsn) as connection:
        batch = find_held(connection, batch_id)
        return held_scorecard(connection, run.catalog, batch, now) if batch else ""


def ask_by_mail(settings: Settings, batch_id: str, link: str, now: datetime) -> int:
    """Tell the national centre once that a held batch waits, and where to decide; counts the new mails."""
    run = pipeline.open_run(settings, now)
    with connected(run.dsn) as connection:
        batch = find_held(connection, batch_id)
        if batch is None:
            return 0
        report_of_it = held_report(connection, run.catalog, batch, link, now)
        return queue_and_send(connection, [render_question(report_of_it, batch_id, now + PATIENCE)], settings, now).letters


def replay(
    settings: Settings, dataset: str, provinces: Sequence[str], as_of: date | None, now: datetime, *, tries: bool = False
) -> list[Replayable]:
    """Make refused deliveries due again from their landed bytes, or only say which (`tries`)."""
    run = pipeline.open_run(settings, now)
    landing = settings.home / "landing"
    with connected(run.dsn) as connection:
        chosen = replayable(connection, landing, run.catalog.contract(dataset).dataset, provinces, as_of)
        if not tries:
            make_due_again(connection, landing, chosen)
    return chosen


def trace_request(settings: Settings, name: str, now: datetime) -> int:
    """Answer a data subject's request that lies in the folder of requests; the answer stays there. Counts the rows."""
    return answer_request(settings, name, now)


def look_at_erasure(settings: Settings, name: str, now: datetime) -> list[tuple[str, int]]:
    """Count what the erasure of a request would remove, place by place; nothing is changed."""
    return look(settings, name, (), now)


def erase(settings: Settings, name: str, now: datetime) -> list[tuple[str, int]]:
    """Carry out an erasure that two logins have decided; counts what went where."""
    return carry_out(settings, name, now)


def tell(settings: Settings, story: Callable[..., list[str]], *facts: object) -> list[str]:
    """Let one of the tellers of `store.story` read the ledger, for a log."""
    with connected(warehouse_dsn(settings)) as connection:
        return story(connection, *facts)
