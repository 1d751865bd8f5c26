"""Take a due delivery in: admit it, load it into staging, or write down why not."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import psycopg

from province_data.admit import Admission, admit
from province_data.batch import Delivery, Kind, LoadedBatch
from province_data.contract.catalog import Catalog
from province_data.contract.manifest import ANSWERS
from province_data.contract.model import Contract
from province_data.corrections.mend import stage_answers
from province_data.errors import FormatError, PublicationError
from province_data.formats.reasons import NOT_TEXT
from province_data.land import problem_of
from province_data.load import load_batch, staging_fields
from province_data.quality.findings import record_delivery_finding
from province_data.settings import Settings
from province_data.store import staging
from province_data.store.database import execute
from province_data.store.erased_again import keep_out
from province_data.store.erasures import note_rewrite
from province_data.store.landed_erasure import rewrite
from province_data.store.landing_zone import find_file
from province_data.store.ledger import mark_loaded, open_batch, open_load, refuse_batch
from province_data.store.ledger_deliveries import DueDelivery, decide, find_due, kept_manifest
from province_data.store.secret import pseudonym_secret


def take_in(
    connection: psycopg.Connection, settings: Settings, catalog: Catalog, batch_id: str, load_id: int | None, now: datetime
) -> LoadedBatch | None:
    """Admit and load one batch; None when it is decided without being judged."""
    due = find_due(connection, batch_id)
    if due is None:
        return None
    number = load_id or _assigned_load(connection, due) or open_load(connection, catalog.rule_set, now)
    admission = admit(connection, due)
    if admission.status != "admitted":
        _decline(connection, admission, number, now)
        return None
    contract = catalog.contract(due.dataset)
    landing = settings.home / "landing"
    manifest = kept_manifest(landing, due.batch_id, due.sequence_no, contract)
    delivery = Delivery(
        admission.delivery.batch_id, manifest, {f.name: find_file(landing, f.sha256) for f in manifest.files}, due.source_uri
    )
    execute(connection, "update ops.delivery set load_id = %s where delivery_id = %s", (number, due.delivery_id))
    open_batch(connection, admission.delivery, manifest, number)
    try:
        with tempfile.TemporaryDirectory(prefix="load-", dir=_scratch(settings)) as scratch:
            tables = _load(connection, delivery, catalog, Path(scratch))
    except FormatError as error:
        staging.drop_batch(connection, contract.tables, delivery.batch_id)
        _refuse_unreadable(connection, admission.delivery, error, number, now)
        return None
    _keep_erased_out(connection, settings, contract, delivery, now)
    mark_loaded(connection, delivery.batch_id, tables)
    _tell_of_bad_bytes(connection, admission.delivery, number, now)
    delivered, unreadable = sum(d for _, d, _ in tables), sum(u for *_, u in tables)
    return LoadedBatch(delivery.batch_id, due.delivery_id, due.province_code, due.kind, due.as_of.isoformat(), delivered, unreadable)


def _tell_of_bad_bytes(connection: psycopg.Connection, due: DueDelivery, load_id: int, now: datetime) -> None:
    """Find the files in which single records are no text in the declared encoding (TXT-001); the records are listed as unreadable."""
    places = "select file, min(line) from ops.unreadable where batch_id = %s and reason = %s group by 1"
    for file, line in execute(connection, places, (due.batch_id, NOT_TEXT)).fetchall():
        key, place = f"{due.as_of}|{due.sequence_no}", (str(file), "", int(str(line)))
        record_delivery_finding(connection, due.dataset, due.province_code, key, "TXT-001", place, due.batch_id, load_id, now)


def _keep_erased_out(connection: psycopg.Connection, settings: Settings, contract: Contract, delivery: Delivery, now: datetime) -> None:
    """Take what was erased out of staging, and out of the landed bytes: the approval of its erasure stands."""
    brought = keep_out(connection, contract.tables, delivery.batch_id, pseudonym_secret(settings.home))
    needles = [tuple(filter(None, key.split("|"))) for key in brought.keys]
    for path in set(delivery.landed.values()) if needles else ():
        done = rewrite(settings.home / "landing", path, needles)
        if done is not None:
            note_rewrite(connection, delivery.batch_id, done, now)


def _load(connection: psycopg.Connection, delivery: Delivery, catalog: Catalog, scratch: Path) -> list[tuple[str, int, int]]:
    """Stage the records of a delivery, or those its answers mend; returns table, records, unreadable ones."""
    contract = catalog.contract(delivery.manifest.dataset)
    if delivery.manifest.kind != Kind.CORRECTIONS:
        return [(t.table, t.delivered, t.unreadable) for t in load_batch(connection, delivery, contract, scratch)]
    rows, unreadable = stage_answers(connection, delivery, catalog, {t.name: staging_fields(t) for t in contract.tables}, scratch)
    return [(ANSWERS, rows, unreadable)]


def _assigned_load(connection: psycopg.Connection, due: DueDelivery) -> int | None:
    row = execute(
        connection,
        "select d.load_id from ops.delivery d join ops.load l on l.load_id = d.load_id and l.status = 'running' where d.delivery_id = %s",
        (due.delivery_id,),
    ).fetchone()
    return int(str(row[0])) if row else None


def _scratch(settings: Settings) -> Path:
    folder = settings.home / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _decline(connection: psycopg.Connection, admission: Admission, load_id: int, now: datetime) -> None:
    due, reason, reason_vi = admission.delivery, admission.reason or "", admission.reason_vi or ""
    with connection.transaction():
        decide(connection, due.delivery_id, admission.status, load_id, due.batch_id, reason, reason_vi)
        if admission.status != "duplicate":
            refuse_batch(connection, due, load_id, admission.status, reason, reason_vi, now)
        if admission.rule_id:
            key = f"{due.as_of}|{due.sequence_no}"
            record_delivery_finding(
                connection,
                due.dataset,
                due.province_code,
                key,
                admission.rule_id,
                ("manifest.json", "sequence_no", None),
                due.batch_id,
                load_id,
                now,
            )


def _refuse_unreadable(connection: psycopg.Connection, due: DueDelivery, error: FormatError, load_id: int, now: datetime) -> None:
    problem = problem_of(error)
    reason_vi = f"{problem.rule_id}: {problem.what_vi} [{problem.file}{f', dòng {problem.line}' if problem.line else ''}]"
    with connection.transaction():
        decide(connection, due.delivery_id, "refused", load_id, due.batch_id, problem.text, reason_vi)
        refuse_batch(connection, due, load_id, "refused", problem.text, reason_vi, now)
        if error.rule_id and due.kind != Kind.CORRECTIONS:  # only a good delivery of the agency would close it
            key = f"{due.as_of}|{due.sequence_no}"
            record_delivery_finding(
                connection,
                due.dataset,
                due.province_code,
                key,
                error.rule_id,
                (problem.file, problem.field, problem.line),
                due.batch_id,
                load_id,
                now,
            )


def drop_strangers(connection: psycopg.Connection, contract: Contract, batch_ids: Sequence[str]) -> None:
    """Empty the dataset's staging of every batch that is not being judged: leftovers of a killed run."""
    strangers = {b for table in contract.tables for b in staging.staged_batches(connection, table)} - set(batch_ids)
    for batch_id in strangers:
        staging.drop_batch(connection, contract.tables, batch_id)
    for table in contract.tables:
        missing = set(batch_ids) - set(staging.staged_batches(connection, table))
        if missing:
            raise PublicationError(
                f"the staging of batch {', '.join(sorted(missing))} has vanished",
                where=f"staging.{table.stem}",
                expected="a loaded batch",
                next_step="run again",
            )


def mark_published(connection: psycopg.Connection, publication_id: int) -> None:
    """Inside the publishing transaction: every accepted batch is now published."""
    del publication_id
    execute(connection, "update ops.batch set status = 'published' where status = 'validated'")
