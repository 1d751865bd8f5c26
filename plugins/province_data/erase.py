"""Erase what is held under a key, lawfully: a wrongly delivered record, a court's order. One login asks, another approves.

From there on it is carried through: a step that was cut is repeated. Counts stay, in the ledger and on the pages; the batch keeps the
hash of what was sent. What a backup, the server's log of changes or an agency still holds is not in our hands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from province_data.contract.model import Table
from province_data.corrections.rewritten import rewrite_bundles
from province_data.errors import ContractError, PublicationError
from province_data.formats.without import Needle
from province_data.judging import JudgePool
from province_data.pipeline import Run, build_and_publish, open_run, reconcile_accepted
from province_data.quality.commune_results import STATED_BY_INDICATORS, keep_commune_results
from province_data.settings import Settings
from province_data.store import erased_rows, ledger
from province_data.store.database import connected, execute
from province_data.store.erasures import Erasure, approve, as_login, ask, erasure_hash, find_erasure, note_place, places
from province_data.store.landed_erasure import holds, landed_files, rewrite
from province_data.store.lease import lease
from province_data.store.secret import pseudonym_secret
from province_data.trace import REQUESTS, read_request, trace_open

WORK = ".keys"
"""Beside the request while an erasure is under way: the keys of its records, for the steps after the rows are gone."""


@dataclass(frozen=True)
class Wish:
    """What is asked for: the name of the request file, the datasets, and why it is lawful."""

    request: str
    datasets: tuple[str, ...]
    legal_basis: str
    reason: str


def look(settings: Settings, request: str, datasets: Sequence[str], now: datetime) -> list[tuple[str, int]]:
    """Count what an erasure would remove, place by place; nothing is changed."""
    run = open_run(settings, now)
    key = read_request(settings, request)
    with connected(run.dsn) as connection:
        known = find_erasure(connection, request)
        tables = _tables(run, known.only_tables if known else (), datasets)
        found = list(erased_rows.count_rows(connection, tables, key))
    files = [(path, holds(path, _needles(key))) for path in landed_files(settings.home / "landing")]
    found += [(f"landing · {path.name[:12]}…", records) for path, records in files if records]
    bundles = sum(1 for path in _bundle_files(settings.home) if holds(path, _needles(key)))
    return [*found, *([("bundles (files)", bundles)] if bundles else [])]


def request_erasure(settings: Settings, wish: Wish, login: str, password: str, now: datetime) -> int:
    """Ask for an erasure as `login`; ContractError when nothing is held under the key, or the text names it."""
    run = open_run(settings, now)
    key = read_request(settings, wish.request)
    if key in wish.legal_basis or key in wish.reason:
        raise ContractError("the reason names the key", where="--reason, --basis", expected="a text without it: both are kept")
    tables = _tables(run, (), wish.datasets)
    with as_login(run.dsn, login, password) as session:
        stems = [table.stem for table in tables]
        return ask(session, wish.request, _hash(settings, key), stems, wish.legal_basis.strip(), wish.reason.strip())


def approve_erasure(settings: Settings, request: str, login: str, password: str, now: datetime) -> int:
    """Approve as `login` what somebody else asked for; ContractError when that is not so."""
    run = open_run(settings, now)
    key = read_request(settings, request)
    with as_login(run.dsn, login, password) as session:
        number = approve(session, request, _hash(settings, key))
    if number is None:
        raise ContractError(
            f"{login} cannot approve the request {request}",
            expected="a request of somebody else, about the key in its file, that nobody has approved",
            next_step="province-data erase list",
        )
    return number


def carry_out(settings: Settings, request: str, now: datetime) -> list[tuple[str, int]]:
    """Carry out an approved erasure to its end; returns what went where. Safe to repeat after a cut."""
    run = open_run(settings, now)
    key = read_request(settings, request)
    with ExitStack() as held, connected(run.dsn) as connection:
        erasure = _demand_approved(connection, request, _hash(settings, key))
        for name in ("run", *(f"dataset {d}" for d in run.catalog.contracts)):
            held.enter_context(lease(run.dsn, name, run.holder, now))
        # Nothing is published that was not judged: an accepted load that still waits is judged here, while none can come.
        with JudgePool(settings.project / "expectations", settings.workers) as pool:
            judged = reconcile_accepted(run, now, pool)
        held.enter_context(lease(run.dsn, "stated", run.holder, now))
        _set_secret(connection, settings)
        tables = _tables(run, erasure.only_tables, ())
        keys = _remove_rows(connection, settings, erasure, tables, key, now)
        with connection.transaction():
            keep_commune_results(connection, run.catalog, set(STATED_BY_INDICATORS), ())
        for place, records in (*_rewrite_landing(connection, settings, erasure, key, now), *_rewrite_bundles(connection, settings, keys)):
            note_place(connection, erasure.erasure_id, place, records)
        note_place(connection, erasure.erasure_id, "published rows", build_and_publish(run, now, judged))
        note_place(connection, erasure.erasure_id, "former publications", erased_rows.published_images(connection, keys))
        erased_rows.forget_work(connection, keys)
        _demand_gone(connection, tables, key)
        _close(connection, settings, erasure, key, now)
        return places(connection, erasure.erasure_id)


def _hash(settings: Settings, key: str) -> str:
    return erasure_hash(pseudonym_secret(settings.home), key)


def _set_secret(connection: psycopg.Connection, settings: Settings) -> None:
    execute(connection, "select set_config('province_data.secret', %s, false)", (pseudonym_secret(settings.home),))


def _tables(run: Run, stems: Sequence[str], datasets: Sequence[str]) -> list[Table]:
    chosen = [run.catalog.contract(d).dataset for d in datasets] or list(run.catalog.contracts)
    return [t for t in run.catalog.tables if (t.stem in stems if stems else t.dataset in chosen)]


def _needles(key: str, others: Sequence[str] = ()) -> list[Needle]:
    """The key by its parts, and further keys as they stand in a cell."""
    return [tuple(filter(None, key.split("|"))), *((one,) for one in others)]


def _bundle_files(home: Path) -> Iterator[Path]:
    yield from sorted(p for p in (home / "outbox").glob("[0-9][0-9]/*/*/*") if p.suffix in (".csv", ".xlsx"))


def _demand_approved(connection: psycopg.Connection, request: str, key_hash: str) -> Erasure:
    found = find_erasure(connection, request)
    if found is None or found.approved_by is None or found.done_at is not None:
        raise ContractError(
            f"the request {request} is {found.state if found else 'not known'}",
            expected="one that a second login has approved, not yet done",
            next_step="province-data erase list",
        )
    if found.key_hash != key_hash:
        raise ContractError("the request file holds another key than was approved", where=f"{REQUESTS}/{request}.txt")
    return found


def _remove_rows(
    connection: psycopg.Connection, settings: Settings, erasure: Erasure, tables: Sequence[Table], key: str, now: datetime
) -> list[str]:
    """Remove the rows in one transaction; returns the keys of the erased records, also when that was done before."""
    work = settings.home / REQUESTS / f".{erasure.request}{WORK}"
    with connection.transaction():
        keys = erased_rows.collect(connection, tables, key, erasure.erasure_id)
        before = work.read_text(encoding="utf-8").splitlines() if work.is_file() else []
        keys = sorted({key, *keys, *before})
        work.touch(mode=0o600)
        work.write_text("\n".join(keys), encoding="utf-8")
        load_id = ledger.open_load(connection, "erasure", now)
        execute(
            connection,
            "update ops.erasure set begun_at = coalesce(begun_at, %s), load_id = coalesce(load_id, %s) where erasure_id = %s",
            (now, load_id, erasure.erasure_id),
        )
        erased_rows.bury(connection, tables, erasure.key_hash, erasure.erasure_id)
        gone = [
            *erased_rows.remove_rows(connection, tables, key, ledger.draw_stamp(connection)),
            *erased_rows.remove_traces(connection, key, load_id, now),
        ]
        for place, records in gone:
            note_place(connection, erasure.erasure_id, place, records)
        ledger.close_loads(connection, [load_id], "done", now)
    return keys


def _rewrite_landing(
    connection: psycopg.Connection, settings: Settings, erasure: Erasure, key: str, now: datetime
) -> Iterator[tuple[str, int]]:
    """Write the landed files anew; the ledger gets both hashes."""
    landing = settings.home / "landing"
    for path in list(landed_files(landing)):
        done = rewrite(landing, path, _needles(key))
        if done is not None:
            execute(
                connection,
                "insert into ops.landed_rewrite values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
                (erasure.erasure_id, done.sha256_before, done.sha256_after, done.bytes_after, done.records, now),
            )
            yield "landing", done.records


def _rewrite_bundles(connection: psycopg.Connection, settings: Settings, keys: Sequence[str]) -> Iterator[tuple[str, int]]:
    yield "bundles", rewrite_bundles(connection, settings.home / "outbox", [(one,) for one in keys])


def _demand_gone(connection: psycopg.Connection, tables: Sequence[Table], key: str) -> None:
    """Ask as a data subject would: nothing may be held any more in the tables of the erasure."""
    left = trace_open(connection, tables, key)
    if left:
        raise PublicationError(
            "something is still held under the key", where=", ".join(left), expected="nothing", next_step="run the same command again"
        )


def _close(connection: psycopg.Connection, settings: Settings, erasure: Erasure, key: str, now: datetime) -> None:
    """End an erasure: the request, answers to earlier requests about the same key, and the work list go."""
    execute(connection, "update ops.erasure set done_at = %s where erasure_id = %s", (now, erasure.erasure_id))
    folder = settings.home / REQUESTS
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    about = {erasure.request, *(p.stem for p in files if key in p.read_text(encoding="utf-8", errors="replace"))}
    for path in files:
        # The printed answer is packed: it goes with the file it answers.
        if path.stem in about or path.name == f".{erasure.request}{WORK}":
            path.unlink()
