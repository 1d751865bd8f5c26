"""Write the reject bundles of some loads: for each province and dataset a CSV file and a workbook in a folder of its own.

A bundle holds record keys and rules, never other values of a record. Written again it is the same bytes; a run that was
killed between two files leaves nothing in the ledger, and the next run writes both.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import psycopg

from province_data.corrections.columns import HEADINGS, SEVERITIES, WHOLE_DELIVERY, Answer, no_key
from province_data.corrections.inert import inert
from province_data.corrections.returned import (
    Bundle,
    ReturnedFinding,
    began_at,
    concerned,
    count_returned,
    note_bundle,
    one_writer,
    returned,
)
from province_data.corrections.sheet import ROWS, Sheet
from province_data.errors import PublicationError
from province_data.mail.declared import DeclaredNames, find_rule
from province_data.mail.figures import VIETNAM, VIETNAMESE, day, whole

STANDING = {"confirmed": Answer.CONFIRMED.value, "not_ours": Answer.NOT_OURS.value}
"""Answers that stand until the owner of the item has looked: the province need not give them again."""
DELIMITER = ";"
"""Excel with Vietnam's regional settings writes a decimal comma and parts lists with a semicolon; so do the agencies' files."""


class BundleNames(DeclaredNames, Protocol):
    """The part of the catalogue that a bundle speaks with."""

    def table_title(self, dataset: str, table: str) -> str:
        """Name a table in Vietnamese."""

    def field_title(self, dataset: str, table: str, field: str) -> str:
        """Name a column in Vietnamese, with its name as sent."""

    def field_form(self, dataset: str, table: str, field: str) -> str:
        """Say in Vietnamese how the sender writes a column; empty where there is nothing to say."""


def write_bundles(connection: psycopg.Connection, load_ids: Sequence[int], names: BundleNames, outbox: Path) -> list[Bundle]:
    """Write the bundles of some loads that are reported together; they bear the number of the newest."""
    if not load_ids:
        return []
    load_id = max(load_ids)
    with one_writer(connection):
        made_at = began_at(connection, load_id)
        return [
            _write_bundle(connection, province, dataset, load_id, names, outbox, made_at)
            for dataset, province in concerned(connection, load_ids, list(SEVERITIES))
        ]


def _write_bundle(
    connection: psycopg.Connection, province: str, dataset: str, load_id: int, names: BundleNames, outbox: Path, made_at: datetime
) -> Bundle:
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        findings, records, due_on = count_returned(connection, province, dataset, load_id)
        folder = f"{province}/{dataset}/{made_at.astimezone(VIETNAM):%Y-%m-%d}-{load_id}" if findings else ""
        bundle = Bundle(province, dataset, load_id, folder, findings, records, due_on)
        files: list[tuple[str, str]] = []
        if findings:
            rows = (_words(found, dataset, names) for found in returned(connection, province, dataset, load_id))
            with _storage_errors(outbox / folder):
                files = _write_files(_closed_folder(outbox, folder), f"{province}-{dataset}-{load_id}", rows, findings, made_at)
        note_bundle(connection, bundle, files)
    return bundle


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublicationError(
            f"a reject bundle cannot be written ({error.strerror})",
            where=str(folder),
            next_step="free space or mend the folder's rights, then run again: the same bundles are written and the mails sent",
        ) from None


def _words(found: ReturnedFinding, dataset: str, names: BundleNames) -> list[str]:
    rule = find_rule(found.rule_id, names)
    form = names.field_form(dataset, found.table_name, found.field)
    advice = rule.advice_vi if rule else ""
    return [
        str(found.finding_id),
        names.title(dataset)[0],
        names.table_title(dataset, found.table_name) if found.table_name else WHOLE_DELIVERY,
        found.record_key or no_key(found.row_number),
        names.field_title(dataset, found.table_name, found.field),
        found.rule_id,
        SEVERITIES[found.severity],
        rule.sentence_vi if rule else found.rule_id,
        f"{advice} Cách ghi: {form}." if form else advice,
        day(found.due_on),
        str(found.attempt),
        STANDING.get(found.answer or "", ""),
        "",
        "",
    ]


def _closed_folder(outbox: Path, folder: str) -> Path:
    """Make the folders of a province, which nobody else may enter."""
    path = outbox
    path.mkdir(parents=True, exist_ok=True)
    for part in folder.split("/"):
        path = path / part
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
    return path


def _write_files(folder: Path, stem: str, rows: Iterable[list[str]], findings: int, made_at: datetime) -> list[tuple[str, str]]:
    notes = [_more_in_csv(stem, findings)] if findings > ROWS else []
    sheet = Sheet(made_at, _private(folder / f".{stem}.rows"), notes)
    part = folder / f".{stem}.part"
    with _private(part).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=DELIMITER, lineterminator="\r\n")
        writer.writerow(HEADINGS)
        for row in rows:
            writer.writerow([inert(cell) for cell in row])
            if sheet.rows < ROWS:
                sheet.add(row)
    written = [_finish(part, folder / f"{stem}.csv")]
    sheet.save(_private(part))
    return [*written, _finish(part, folder / f"{stem}.xlsx")]


def _more_in_csv(stem: str, findings: int) -> str:
    shown, all_of_them = whole(ROWS, VIETNAMESE), whole(findings, VIETNAMESE)
    return f"Bảng này chỉ có {shown} dòng đầu trong {all_of_them} dòng; toàn bộ nằm trong tệp {stem}.csv."


def _private(path: Path) -> Path:
    """Make an empty file that only its owner may read, before anything is written to it."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
    return path


def _finish(part: Path, final: Path) -> tuple[str, str]:
    """Give a file its name once its bytes are safe; returns name and sha256."""
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    part.chmod(0o600)
    part.replace(final)
    descriptor = os.open(final.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return final.name, digest
