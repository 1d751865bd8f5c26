"""Read from the ledger what goes back to a province, and note what went: one row per load, province and dataset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from province_data.store.database import execute, one_value

LOCK = 7_402_612
REPEATED = "DLV-005"
"""The same content again: told in the mail, but nothing that anybody could mend or answer."""
CONCERNED = f"""
select dataset, province_code from ops.batch where load_id = any(%(loads)s) and status not in ('superseded', 'waiting')
union
select dataset, province_code from quality.finding
where status = 'open' and severity = any(%(severities)s) and rule_id <> '{REPEATED}'
    and coalesce(opened_load_id, first_load_id) = any(%(loads)s)
union
select dataset, province_code from quality.finding where severity = any(%(severities)s) and resolved_load_id = any(%(loads)s)
order by 1, 2
"""
"""Who was judged in some loads, or has other findings since: a registry's news may open findings in another one."""

RETURNED = f"""
select f.finding_id, f.table_name, f.record_key, f.field, f.rule_id, f.severity, f.occurrence, f.row_number,
    (f.first_seen_at at time zone 'Asia/Ho_Chi_Minh')::date + t.days as due_on,
    1 + (
        select count(*) from quality.reject_bundle b
        where b.province_code = f.province_code and b.dataset = f.dataset
            and b.load_id >= coalesce(f.opened_load_id, f.first_load_id) and b.load_id < %(load)s
    ) as attempt,
    (
        select a.answer from quality.answer a where a.finding_id = f.finding_id and a.answered_at is not null
        order by a.answered_at desc, a.answer_id desc limit 1
    ) as answer
from quality.finding f
join quality.correction_term t on t.severity = f.severity
where f.status = 'open' and f.dataset = %(dataset)s and f.province_code = %(province)s and f.rule_id <> '{REPEATED}'
"""
LISTED = f"""
create temp table returned on commit drop as
select r.*, row_number() over (
    order by coalesce(answer, 'corrected') <> 'corrected', attempt > 1,
        array_position(array['critical', 'error', 'warning'], severity), due_on,
        table_name, record_key, rule_id, occurrence, finding_id
) as place
from ({RETURNED}) r
"""
"""New findings first, then the gravest, then the most urgent; last what waits for another authority."""
COUNTED = "select count(*), count(distinct (table_name, record_key, occurrence)), min(due_on) from returned"
"""Records of one key, or of none, are told apart by the occurrence of their findings."""
KINDS = "select distinct table_name, field, rule_id, severity, due_on, attempt, answer from returned"
NOTE = """
insert into quality.reject_bundle (province_code, dataset, load_id, folder, findings, records, due_on, files, sha256)
values (%s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (province_code, dataset, load_id) do update set
    folder = excluded.folder, findings = excluded.findings, records = excluded.records, due_on = excluded.due_on,
    files = excluded.files, sha256 = excluded.sha256
"""


@dataclass(frozen=True)
class Kind:
    """What findings have in common that are told in the same words: all but their number and their record."""

    table_name: str
    field: str
    rule_id: str
    severity: str
    due_on: date
    attempt: int
    answer: str | None


@dataclass(frozen=True)
class Bundle:
    """What one province gets back of one dataset after a load; `folder` is below the outbox, empty when nothing goes back."""

    province_code: str
    dataset: str
    load_id: int
    folder: str
    findings: int
    records: int
    due_on: date | None


@contextmanager
def one_writer(connection: psycopg.Connection) -> Iterator[None]:
    """Let one process at a time write bundles."""
    execute(connection, "select pg_advisory_lock(%s)", (LOCK,))
    try:
        yield
    finally:
        execute(connection, "select pg_advisory_unlock(%s)", (LOCK,))


def concerned(connection: psycopg.Connection, load_ids: Sequence[int], severities: Sequence[str]) -> list[tuple[str, str]]:
    """List dataset and province of everybody whom some loads concern."""
    given = {"loads": list(load_ids), "severities": list(severities)}
    return [(str(d), str(p)) for d, p in connection.execute(CONCERNED.encode(), given).fetchall()]


def began_at(connection: psycopg.Connection, load_id: int) -> datetime:
    """Read when a load began: the time a bundle bears, so that it is the same however often it is written."""
    found = one_value(connection, "select started_at from ops.load where load_id = %s", (load_id,))
    assert isinstance(found, datetime)
    return found


def list_returned(connection: psycopg.Connection, province: str, dataset: str, load_id: int) -> tuple[int, int, date | None]:
    """Put what goes back into the temporary table `returned`, in its order; call it inside a transaction.

    Counts the findings and records, and says which day is the first they are due.
    """
    connection.execute(LISTED.encode(), {"province": province, "dataset": dataset, "load": load_id})
    findings, records, due_on = connection.execute(COUNTED.encode()).fetchone() or (0, 0, None)
    return int(findings), int(records), due_on


def kinds_returned(connection: psycopg.Connection) -> list[Kind]:
    """Give the kinds of findings in `returned`: some hundreds, however many findings there are."""
    with connection.cursor(row_factory=class_row(Kind)) as cursor:
        return cursor.execute(KINDS.encode()).fetchall()


def note_bundle(connection: psycopg.Connection, bundle: Bundle, files: Sequence[tuple[str, str]]) -> None:
    """Write a bundle into the ledger, with the names and sha256 of its files; writing it again changes nothing."""
    facts = (bundle.province_code, bundle.dataset, bundle.load_id, bundle.folder)
    counts = (bundle.findings, bundle.records, bundle.due_on)
    execute(connection, NOTE, (*facts, *counts, [name for name, _ in files], [digest for _, digest in files]))
