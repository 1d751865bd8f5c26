"""Try a file before it is sent: the same reader and the same rules as the load, and nothing is kept.

The warehouse only lends its server: what is staged for the trial is dropped at the end, whatever happens.
"""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from province_data.batch import Delivery, Kind, Manifest, ManifestFile
from province_data.contract.catalog import Catalog
from province_data.contract.model import Contract, Rule, Table
from province_data.errors import ContractError, FormatError
from province_data.formats.read import stream_records
from province_data.load import dialect_for, required_headers, staging_fields
from province_data.pipeline import open_run
from province_data.quality.compile import compile_rules
from province_data.quality.own import OwnCount, judge_own
from province_data.quality.verdicts import count_rules, find_duplicate_keys, write_verdicts
from province_data.settings import Settings
from province_data.store import staging
from province_data.store.database import connected, execute
from province_data.store.provinces import demand_province

NUMBERS_SHOWN = 8
"""Records that are named for each rule."""


@dataclass(frozen=True)
class RuleLine:
    """One rule that some records of the file break."""

    rule_id: str
    severity: str
    failed: int
    evaluated: int
    field: str
    records: str
    """The numbers of the first failing records."""
    sentence: str


@dataclass(frozen=True)
class TrialOutcome:
    """What the load would say to the file."""

    delivered: int
    refused: int
    held: int
    """Records that would be refused by none of the rules on single records, but held for what they are beside the others."""
    unreadable: tuple[str, ...]
    lines: tuple[RuleLine, ...]

    @property
    def is_ready(self) -> bool:
        """Say whether every record could be read and none would be refused, nor held for what it is beside the others."""
        return not (self.refused or self.held or self.unreadable)


def try_file(
    settings: Settings, path: Path, dataset: str, table_name: str | None, province: str, edition: str, now: datetime
) -> TrialOutcome:
    """Read and judge one file, or all files of a delivery folder; FormatError when it could not be loaded at all."""
    run = open_run(settings, now)
    contract = run.catalog.contract(dataset)
    files = _files(contract, path, table_name)
    batch_id = f"trial{secrets.token_hex(5)}"
    delivered, unreadable, lines = 0, [], []
    with connected(run.dsn) as connection, _staged(connection, contract, batch_id):
        demand_province(connection, province)
        delivery = Delivery(batch_id, _manifest(contract, files, province, edition, now), {}, str(path))
        for table, file, member in files:
            count, problems = _stage(connection, delivery, table, file, member)
            delivered += count
            unreadable += problems
        for table, _, _ in files:
            lines += _judge(connection, run.catalog, table, batch_id)
        refused = _refused(connection, batch_id)
        own = judge_own(connection, run.catalog, [table for table, _, _ in files], batch_id)
        held = {(one.table.stem, n) for one in own if run.catalog.rule(one.rule_id).severity.refuses for n in one.failing} - refused
        lines += _across(run.catalog, own, {line.rule_id for line in lines})
    return TrialOutcome(delivered, len(refused), len(held), tuple(unreadable), tuple(lines))


def _refused(connection: psycopg.Connection, batch_id: str) -> set[tuple[str, int]]:
    """(table, record number) of what the rules on single records refuse."""
    aside = "select table_name, row_number from staging.set_aside where batch_id = %s and disposition = 'refused'"
    return {(str(stem), int(str(n))) for stem, n in execute(connection, aside, (batch_id,)).fetchall()}


@contextmanager
def _staged(connection: psycopg.Connection, contract: Contract, batch_id: str) -> Iterator[None]:
    try:
        yield
    finally:
        staging.drop_batch(connection, contract.tables, batch_id)


def _files(contract: Contract, path: Path, table_name: str | None) -> list[tuple[Table, Path, str | None]]:
    """Pair the tables of the contract with the files that hold them."""
    wanted = [t for t in contract.tables if table_name in (None, t.name)]
    if not wanted:
        raise ContractError(f"{contract.dataset} has no table {table_name!r}", expected=", ".join(t.name for t in contract.tables))
    if path.is_dir():
        found = [(t, path / t.file, None) for t in wanted if (path / t.file).is_file()]
        if not found:
            raise FormatError("the folder holds none of the contract's files", where=path.name, expected=", ".join(t.file for t in wanted))
        return [(t, f, m) for t, f, m in found]
    if path.suffix == ".xlsx":
        return [(t, path, t.sheet) for t in wanted]
    if len(wanted) > 1:
        raise ContractError(f"{contract.dataset} has several tables", expected=f"--table with one of: {', '.join(t.name for t in wanted)}")
    return [(wanted[0], path, None)]


def _manifest(contract: Contract, files: Sequence[tuple[Table, Path, str | None]], province: str, edition: str, now: datetime) -> Manifest:
    listed = tuple(ManifestFile(f.name, t.name, "", f.stat().st_size, 0, "utf-8", m, {}) for t, f, m in files)
    return Manifest(contract.dataset, now.date(), province, 0, Kind.SNAPSHOT, now, edition, listed)


def _stage(connection: psycopg.Connection, delivery: Delivery, table: Table, file: Path, member: str | None) -> tuple[int, list[str]]:
    dialect = dialect_for(file.name, table, "utf-8", member)
    partition = staging.create_partition(connection, table, delivery)
    fields = staging_fields(table)
    names = ", ".join(f.column for f in fields)
    with (
        tempfile.TemporaryDirectory(prefix="trial-") as scratch,
        connection.cursor().copy(f"copy staging.{partition} ({names}) from stdin (format csv)".encode()) as copy,
    ):
        report = stream_records(file, dialect, fields, required_headers(table), copy.write, Path(scratch))
    execute(connection, f"analyze staging.{partition}")
    return report.written + len(report.unreadable), [
        f"{file.name}, line {u.line}, record {u.record_number}: {u.reason}" for u in report.unreadable
    ]


def _judge(connection: psycopg.Connection, catalog: Catalog, table: Table, batch_id: str) -> list[RuleLine]:
    compiled = compile_rules(catalog, table)
    find_duplicate_keys(connection, table)
    write_verdicts(connection, table, compiled)
    counts = {c.rule_id: c for c in count_rules(connection, table, compiled) if c.batch_id == batch_id and c.failed}
    rows = execute(
        connection,
        "select split_part(tag, ':', 1), min(split_part(tag, ':', 2)), (array_agg(row_number order by row_number))[1:%s] from"
        " staging.verdict, unnest(tags) as tag where batch_id = %s and table_name = %s group by 1 order by 1",
        (NUMBERS_SHOWN, batch_id, table.stem),
    ).fetchall()
    lines = []
    for rule_id, field, numbers in rows:
        count = counts[str(rule_id)]
        first = numbers if isinstance(numbers, list) else []
        lines.append(_line(catalog.rule(str(rule_id)), str(field), first, count.failed, count.evaluated))
    return lines


def _line(rule: Rule, field: str, numbers: Sequence[int], failed: int, evaluated: int) -> RuleLine:
    """Say of a rule how often it is broken and by which records; `numbers` are at least the first of them, in order."""
    shown = ", ".join(str(n) for n in numbers[:NUMBERS_SHOWN]) + (" …" if failed > NUMBERS_SHOWN else "")
    return RuleLine(rule.id, str(rule.severity), failed, evaluated, field, shown, rule.sentence.vi)


def _across(catalog: Catalog, own: Sequence[OwnCount], known: set[str]) -> Iterator[RuleLine]:
    """Say what rules over several records found, as far as the file answers them alone; no other province or registry is asked."""
    for one in own:
        if one.failing and one.rule_id not in known:
            yield _line(catalog.rule(one.rule_id), one.field, one.failing, len(one.failing), one.evaluated)
