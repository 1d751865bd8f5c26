"""Run the steps in their order; the only module that knows the order.

Each function is one step as a scheduler or the command line sees it. All are safe to repeat: what is decided is never
decided twice, what is not decided is begun anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from province_data import arrivals, intake, pull
from province_data.batch import LoadedBatch
from province_data.build import build
from province_data.contract.catalog import Catalog, read_catalog
from province_data.errors import SourceError
from province_data.judging import JudgePool
from province_data.link import link
from province_data.mail.outbox import flush
from province_data.publish import publish
from province_data.quality.tally import tally
from province_data.reconcile import reconcile
from province_data.report import report
from province_data.settings import Settings
from province_data.store import ledger
from province_data.store.builds import noted
from province_data.store.database import connected, execute
from province_data.store.lease import lease
from province_data.store.ledger_deliveries import next_due
from province_data.store.migrate import migrate
from province_data.store.secret import pseudonym_secret
from province_data.store.warehouse import warehouse_dsn
from province_data.validate import validate_dataset

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Run:
    """An open warehouse with all declarations: what every step needs."""

    settings: Settings
    dsn: str
    catalog: Catalog
    holder: str


@dataclass(frozen=True)
class RunResult:
    """What a run did."""

    load_ids: tuple[int, ...]
    lines: tuple[ledger.BatchLine, ...]
    published_rows: int
    mails: int
    notes: tuple[str, ...]
    failures: tuple[SourceError, ...] = ()
    """Sources that could not be read, or not wholly; what the others sent was worked on all the same."""

    @property
    def is_refused(self) -> bool:
        """Say whether any delivery was not taken."""
        return any(line.status in ("refused", "held", "error", "waiting") for line in self.lines)


def open_run(settings: Settings, now: datetime) -> Run:
    """Start the embedded server if that is the warehouse, bring the warehouse to this version, read the declarations."""
    catalog = read_catalog(settings.project / "expectations")
    dsn = warehouse_dsn(settings)
    with connected(dsn) as connection:
        migrate(connection, catalog, now)
    return Run(settings, dsn, catalog, f"pid {os.getpid()}")


def pull_dataset(
    run: Run, dataset: str, source: str | None, now: datetime, provinces: Sequence[str] = (), until: date | None = None
) -> list[dict[str, str]]:
    """Pull and land what a source has; returns the deliveries that are due, one per province, stated as of `until` or earlier."""
    contract = run.catalog.contract(dataset)
    uri = pull.source_of(run.settings, contract, source)
    with connected(run.dsn) as connection:
        if uri is not None and (pull.is_passive(uri) or not next_due(connection, [dataset], provinces)):
            codes = arrivals.province_codes(connection)
            marks = arrivals.watermarks(connection, dataset)
            for pulled in pull.pull(run.settings, contract, uri, codes, frozenset(provinces), marks, now):
                if not provinces or pulled.folder.name in provinces:
                    arrivals.receive(connection, run.settings, contract, pulled, now, run.catalog.rule_set)
        names = arrivals.province_names(connection)
        return [
            {"batch_id": d.batch_id, "province_code": d.province_code, "name": names.get(d.province_code, d.province_code)}
            for d in next_due(connection, [dataset], provinces, until)
        ]


def load_batch(run: Run, batch_id: str, load_id: int | None, now: datetime) -> LoadedBatch | None:
    """Admit and load one due batch into staging; None when it was decided without loading (duplicate, refused …)."""
    with connected(run.dsn) as connection:
        return intake.take_in(connection, run.settings, run.catalog, batch_id, load_id, now)


def validate(run: Run, dataset: str, batches: Sequence[LoadedBatch], load_id: int, now: datetime, pool: JudgePool) -> dict[str, str]:
    """Judge the loaded batches of a dataset and accept or refuse each; returns batch -> gate verdict."""
    contract = run.catalog.contract(dataset)
    with (
        lease(run.dsn, f"dataset {dataset}", run.holder, now),
        lease(run.dsn, "stated", run.holder, now, shared=True),
        connected(run.dsn) as connection,
    ):
        intake.drop_strangers(connection, contract, [b.batch_id for b in batches])
        with ledger.timed(connection, load_id, "validate", dataset) as rows:
            verdicts = validate_dataset(connection, run.catalog, contract, batches, load_id, now, lambda: pool.judge(run.dsn, dataset))
            rows.append(sum(b.delivered for b in batches))
    return {batch: gate.status for batch, gate in verdicts.items()}


def reconcile_loads(run: Run, load_ids: Sequence[int], now: datetime, pool: JudgePool) -> None:
    """Judge the set rules after some loads and mark the loads judged."""
    if not load_ids:
        return
    pool.warm_up()
    with lease(run.dsn, "stated", run.holder, now), connected(run.dsn) as connection:
        with ledger.timed(connection, max(load_ids), "reconcile"):
            reconcile(run.dsn, connection, run.catalog, load_ids, now, lambda: pool.judge_sets(run.dsn), workers=run.settings.workers)
        ledger.close_loads(connection, load_ids, "judged", now)


def build_and_publish(run: Run, now: datetime, load_ids: Sequence[int], caller: str = "") -> int:
    """Build the warehouse with dbt and publish in one transaction; returns the number of published rows changed."""
    with lease(run.dsn, "warehouse", run.holder, now) as token, connected(run.dsn) as connection:
        newest = max(load_ids, default=0) or max(ledger.loads_with(connection, "done"), default=0)
        if not newest:
            return 0
        if not ledger.has_news(connection, load_ids):
            return 0
        with ledger.timed(connection, newest, "build"), noted(connection, newest, caller, now) as notebook:
            built = build(run.dsn, run.settings.project / "dbt_project", run.settings.home / "dbt", hear=notebook.note)
            notebook.is_full = built.is_full
        with _linking(run, newest), ledger.timed(connection, newest, "publish") as rows:
            publication = publish(run.dsn, pseudonym_secret(run.settings.home), now, token, after=intake.mark_published)
            rows.append(publication.changed)
        # A publication without a difference is rolled back as a whole, and the batches are published all the same.
        intake.mark_published(connection, 0)
        return int(publication.changed)


@contextmanager
def _linking(run: Run, load_id: int) -> Iterator[None]:
    """Link persons beside the block: a publication is one connection, and links are made of what is validated, not of what is built."""
    with ThreadPoolExecutor(max_workers=1) as beside:
        linking = beside.submit(_link, run, load_id)
        yield
        linking.result()


def _link(run: Run, load_id: int) -> None:
    with connected(run.dsn) as connection, ledger.timed(connection, load_id, "link") as rows:
        rows.append(sum(linked.written for linked in link(run.dsn, run.catalog, workers=max(1, run.settings.workers - 1))))


def send_reports(run: Run, load_ids: Sequence[int], now: datetime) -> int:
    """Mail the scorecards of some loads and mark the loads done; sends what waits from before. Counts the new mails."""
    with connected(run.dsn) as connection:
        if not load_ids:
            flush(connection, run.settings, now)
            return 0
        with ledger.timed(connection, max(load_ids), "tally"):
            tally(connection, run.catalog, load_ids)
        with ledger.timed(connection, max(load_ids), "report"):
            summary = report(connection, load_ids, run.catalog, run.settings, now)
        ledger.close_loads(connection, load_ids, "done", now)
        return summary.letters


def run_all(
    settings: Settings,
    now: datetime,
    progress: Progress,
    *,
    datasets: Sequence[str] = (),
    provinces: Sequence[str] = (),
    source: str | None = None,
    pulls: bool = True,
) -> RunResult:
    """Do all steps for what is due; a second call with nothing new changes nothing and says so.

    Without `pulls` only what has landed already is worked on.
    """
    progress("opening the warehouse")
    run = open_run(settings, now)
    chosen = [run.catalog.contract(d).dataset for d in datasets] or list(run.catalog.contracts)
    with lease(run.dsn, "run", run.holder, now, wait=False), JudgePool(settings.project / "expectations", settings.workers) as pool:
        notes, failures, refused_at_landing = _pull_all(run, chosen if pulls else (), source, now, provinces, pool, progress)
        taken_up = _finish_interrupted(run, now, pool, progress)
        load_ids = list(dict.fromkeys([*taken_up, *refused_at_landing, *_work_off(run, chosen, provinces, now, pool, progress)]))
        if not load_ids:
            send_reports(run, (), now)
            return RunResult((), (), 0, 0, (*notes, "nothing new: everything that was delivered is already known"), failures)
        progress("building the warehouse and publishing")
        published = build_and_publish(run, now, load_ids)
        progress("writing the reports")
        mails = send_reports(run, load_ids, now)
        with connected(run.dsn) as connection:
            lines = ledger.batch_lines(connection, load_ids)
    return RunResult(tuple(load_ids), tuple(lines), published, mails, tuple(notes), failures)


def _pull_all(
    run: Run, datasets: Sequence[str], source: str | None, now: datetime, provinces: Sequence[str], pool: JudgePool, progress: Progress
) -> tuple[list[str], tuple[SourceError, ...], list[int]]:
    """Pull every dataset; a source that fails keeps none of the others from being worked on."""
    notes: list[str] = []
    failures: list[SourceError] = []
    for dataset in datasets:
        uri = pull.source_of(run.settings, run.catalog.contract(dataset), source)
        if uri is None:
            notes.append(f"{dataset}: no source" if source is None else f"{dataset}: nothing came")
        progress(f"{dataset}: pulling and landing")
        try:
            if pull_dataset(run, dataset, source, now, provinces):
                pool.warm_up()
        except SourceError as failure:
            failures.append(failure)
    with connected(run.dsn) as connection:
        return notes, tuple(failures), arrivals.refused_loads(connection, now)


def _finish_interrupted(run: Run, now: datetime, pool: JudgePool, progress: Progress) -> list[int]:
    """Take up what a killed run left behind: loads accepted but not judged, or judged but not published."""
    with connected(run.dsn) as connection:
        judged, running = ledger.loads_with(connection, "judged"), ledger.loads_with(connection, "running")
    if running:
        progress("taking up what an interrupted run left")
    accepted = reconcile_accepted(run, now, pool)
    with connected(run.dsn) as connection:
        ledger.close_loads(connection, [i for i in running if i not in accepted], "failed", now)
    return [*judged, *accepted]


def reconcile_accepted(run: Run, now: datetime, pool: JudgePool) -> list[int]:
    """Judge the set rules for every load that was accepted and is not judged yet; returns these loads."""
    with connected(run.dsn) as connection:
        accepted = [
            int(str(i))
            for (i,) in execute(
                connection,
                "select load_id from ops.load l where status = 'running' and exists (select 1 from ops.batch b where b.load_id ="
                " l.load_id and b.status = 'validated') order by 1",
            ).fetchall()
        ]
    reconcile_loads(run, accepted, now, pool)
    return accepted


def _work_off(
    run: Run, datasets: Sequence[str], provinces: Sequence[str], now: datetime, pool: JudgePool, progress: Progress
) -> Iterator[int]:
    """Work off the due deliveries in rounds: each round takes the next one of every dataset and province."""
    while True:
        with connected(run.dsn) as connection:
            due = next_due(connection, datasets, provinces)
            if not due:
                return
            load_id = ledger.open_load(connection, run.catalog.rule_set, now)
        pool.warm_up()
        # One more than there are workers: while a dataset's last statements run alone, the next one is judged.
        with ThreadPoolExecutor(max_workers=run.settings.workers + 1) as threads:
            work = [
                threads.submit(_load_and_validate, run, d, [x.batch_id for x in due if x.dataset == d], load_id, now, pool, progress)
                for d in dict.fromkeys(x.dataset for x in due)
            ]
            accepted = sum(w.result() for w in work)
        progress("judging the rules across records and datasets")
        reconcile_loads(run, [load_id], now, pool) if accepted else _close(run, load_id, now)
        yield load_id


def _close(run: Run, load_id: int, now: datetime) -> None:
    with connected(run.dsn) as connection:
        ledger.close_loads(connection, [load_id], "judged", now)


def _load_and_validate(
    run: Run, dataset: str, batch_ids: Sequence[str], load_id: int, now: datetime, pool: JudgePool, progress: Progress
) -> int:
    """Load and judge one dataset's batches of a round; returns how many were accepted."""
    progress(f"{dataset}: loading {len(batch_ids)} deliveries")
    with connected(run.dsn) as connection, ledger.timed(connection, load_id, "load", dataset) as rows:
        taken = [load_batch(run, batch_id, load_id, now) for batch_id in batch_ids]
        loaded = [batch for batch in taken if batch is not None]
        rows.append(sum(b.delivered for b in loaded))
    if not loaded:
        return 0
    progress(f"{dataset}: validating {sum(b.delivered for b in loaded)} records")
    return sum(status == "open" for status in validate(run, dataset, loaded, load_id, now, pool).values())
