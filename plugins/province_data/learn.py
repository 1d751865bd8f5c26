"""Take in how divided communes were divided, from the list a province draws up; records it settles are built anew.

A list is a CSV with the columns of `COLUMNS`. A row says that one part of an old commune went to one commune of today.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import psycopg

from province_data.errors import ContractError
from province_data.reference.split_parts import COLUMNS, contradictions, read_targets
from province_data.store.database import execute, identifier
from province_data.store.ledger import draw_stamp

Row = Mapping[str, str]


def learn(connection: psycopg.Connection, file: Path, now: datetime) -> tuple[int, int]:
    """Add a list of parts to `reference.commune_split_part`; returns its rows, and the records that wait to be built anew.

    Nothing is taken when one row is wrong. Call it under the lease of the stated records.
    """
    rows = _read(file)
    with connection.transaction():
        wrong = contradictions(rows, read_targets(connection))
        if wrong:
            raise ContractError(
                f"{len(wrong)} rows of the list cannot be: {'; '.join(wrong[:5])}",
                where=file.name,
                expected="parts of communes of the list of 441, each gone to one of its successors",
                next_step="correct the list and give it again",
            )
        with connection.cursor() as cursor:
            cursor.executemany(_ADD, [{**row, "now": now} for row in rows])
        return len(rows), _rebuild(connection, sorted({row["old_code"] for row in rows}))


def _read(file: Path) -> list[Row]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise ContractError("the list has other columns", where=f"{file.name}, line 1", expected=",".join(COLUMNS))
        return [{column: (row[column] or "").strip() for column in COLUMNS} for row in reader]


_ADD = """
insert into reference.commune_split_part (old_code, new_code, kind, value, legal_basis, added_at)
values (%(old_code)s, %(new_code)s, %(kind)s, %(value)s, %(legal_basis)s, %(now)s)
on conflict (old_code, kind, value) do update
set new_code = excluded.new_code, legal_basis = excluded.legal_basis, added_at = excluded.added_at
"""


def _rebuild(connection: psycopg.Connection, codes: Sequence[str]) -> int:
    """Mark the records of these communes as changed, as a hold does, so that the next build reads them again."""
    known = execute(
        connection,
        "select b.dataset, b.table_name, b.relation from warehouse.build_state b join pg_attribute a"
        " on a.attrelid = to_regclass(format('warehouse.%I', b.relation)) and a.attname = 'commune_evidence' where not b.is_grouped",
    ).fetchall()
    stamp = draw_stamp(connection)
    marked = 0
    for dataset, table, relation in known:
        marked += execute(
            connection,
            f"update {identifier('validated', f'{dataset}__{table}')} v set _load_id = %s from {identifier('warehouse', str(relation))} w"
            " where w.province_code = v.province_code and w._record_key = v._record_key and w.commune_sent_code = any(%s)"
            " and w.commune_method in ('split_unresolved', 'split_by_evidence')",
            (stamp, list(codes)),
        ).rowcount
    return marked
