"""Write the reject bundles of some loads: for each province and dataset a CSV file and a workbook in a folder of its own.

A bundle holds record keys and rules, never other values of a record. Written again it is the same bytes; a run that was
killed between two files leaves nothing in the ledger, and the next run writes both.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

import psycopg

from province_data.corrections.columns import SEVERITIES, WHOLE_DELIVERY, Answer
from province_data.corrections.returned import (
    Bundle,
    Kind,
    began_at,
    concerned,
    kinds_returned,
    list_returned,
    note_bundle,
    one_writer,
)
from province_data.corrections.rows import heading, render
from province_data.corrections.sheet import ROWS, Sheet
from province_data.errors import PublicationError
from province_data.mail.declared import DeclaredNames, find_rule
from province_data.mail.figures import VIETNAM, VIETNAMESE, day, whole

STANDING = {"confirmed": Answer.CONFIRMED.value, "not_ours": Answer.NOT_OURS.value}
"""Answers that stand until the owner of the item has looked: the province need not give them again."""


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
        findings, records, due_on = list_returned(connection, province, dataset, load_id)
        folder = f"{province}/{dataset}/{made_at.astimezone(VIETNAM):%Y-%m-%d}-{load_id}" if findings else ""
        bundle = Bundle(province, dataset, load_id, folder, findings, records, due_on)
        files: list[tuple[str, str]] = []
        if findings:
            told = [(kind, _words(kind, dataset, names)) for kind in kinds_returned(connection)]
            with _storage_errors(outbox / folder):
                stem = _closed_folder(outbox, folder) / f"{province}-{dataset}-{load_id}"
                files = _write_files(connection, stem, told, findings, made_at)
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


def _words(kind: Kind, dataset: str, names: BundleNames) -> list[str]:
    rule = find_rule(kind.rule_id, names)
    form = names.field_form(dataset, kind.table_name, kind.field)
    advice = rule.advice_vi if rule else ""
    return [
        "",
        names.title(dataset)[0],
        names.table_title(dataset, kind.table_name) if kind.table_name else WHOLE_DELIVERY,
        "",
        names.field_title(dataset, kind.table_name, kind.field),
        kind.rule_id,
        SEVERITIES[kind.severity],
        rule.sentence_vi if rule else kind.rule_id,
        f"{advice} Cách ghi: {form}." if form else advice,
        day(kind.due_on),
        str(kind.attempt),
        STANDING.get(kind.answer or "", ""),
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


def _write_files(
    connection: psycopg.Connection, stem: Path, told: Sequence[tuple[Kind, Sequence[str]]], findings: int, made_at: datetime
) -> list[tuple[str, str]]:
    notes = [_more_in_csv(stem.name, findings)] if findings > ROWS else []
    sheet = Sheet(made_at, _private(stem.with_name(f".{stem.name}.rows")), notes)
    part = stem.with_name(f".{stem.name}.part")
    with _private(part).open("w", encoding="utf-8-sig", newline="") as file:
        file.write(heading())
        for rows in render(connection, told, sheet):
            file.write(rows.lines)
            sheet.lay(rows.xml, rows.in_sheet)
    written = [_finish(part, stem.with_name(f"{stem.name}.csv"))]
    sheet.save(_private(part))
    return [*written, _finish(part, stem.with_name(f"{stem.name}.xlsx"))]


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
