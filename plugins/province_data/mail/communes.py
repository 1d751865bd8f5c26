"""Write, on request, how many records each commune of a province has to mend: counts only, small communes together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import psycopg

from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.mail.declared import DeclaredNames
from province_data.mail.figures import VIETNAM, clock, day, whole
from province_data.mail.model import Message
from province_data.mail.render import render_page
from province_data.mail.view import plain
from province_data.mail.wording import VI
from province_data.store.database import execute

LEAST = 10
"""A commune with fewer records is counted together with others like it: a small figure may point at a person."""
PREFERRED = ("commune", "reg_commune", "perm_commune")
"""The column that says to which commune a record belongs, the first that a table has."""


@dataclass(frozen=True)
class CommuneRow:
    """How many records of one dataset a commune has to mend."""

    commune: str
    dataset: str
    records: str


def render_communes(connection: psycopg.Connection, tables: Sequence[Table], names: DeclaredNames, province: str, now: datetime) -> Message:
    """Write the mail of one province; each day has one."""
    counted = _counted(connection, tables, province)
    rows = [CommuneRow(commune, plain(names.title(dataset)[0]), whole(n, VI.notation)) for (commune, dataset), n in counted]
    total = whole(sum(n for _, n in counted), VI.notation)
    name = str(_one(connection, "select name from reference.province where code = %s", province) or province)
    today = now.astimezone(VIETNAM).date()
    subject = f"{plain(name)} · theo xã, phường · {total} bản ghi cần xử lý"
    words = {
        "subject": subject,
        "name": plain(name),
        "as_of": day(today),
        "rows": rows,
        "total": total,
        "least": LEAST,
        "created": clock(now),
    }
    html, text = render_page("communes", words)
    load_id = int(str(_one(connection, "select coalesce(max(load_id), 0) from ops.load", None)))
    return Message(province, load_id, now, subject, html, text, f"communes-{today.isoformat()}")


def _counted(connection: psycopg.Connection, tables: Sequence[Table], province: str) -> list[tuple[tuple[str, str], int]]:
    """Count records by commune and dataset, the most first; small communes of a dataset come last, together."""
    found: Counter[tuple[str, str]] = Counter()
    for table in tables:
        for commune, records in execute(connection, _query(table, commune_column(table)), (province,) * 3).fetchall():
            found[str(commune), table.dataset] += int(str(records))
    large = [(pair, n) for pair, n in found.items() if n >= LEAST]
    small: Counter[tuple[str, str]] = Counter()
    for (_, dataset), n in found.items():
        if n < LEAST:
            small[f"các xã, phường dưới {LEAST} bản ghi", dataset] += n
    return [*sorted(large, key=lambda x: (-x[1], x[0])), *sorted(small.items())]


def commune_column(table: Table) -> str:
    """Name the column that says to which commune a record belongs; nothing, in SQL, where the table has none."""
    columns = {c.name for c in table.columns}
    return next((name for name in PREFERRED if name in columns), "null::text")


def _query(table: Table, column: str) -> str:
    return f"""
        select coalesce(c.name, 'không rõ xã, phường'), count(*)
        from (
            select distinct on (f.record_key) s.commune
            from quality.finding f
            left join lateral (
                select {column} as commune from validated.{table.stem} v where v.province_code = %s and v._record_key = f.record_key
                union all
                select {column} from quarantine.{table.stem} q where q.province_code = %s and q._record_key = f.record_key
                limit 1
            ) s on true
            where f.status = 'open' and f.severity <> 'info' and f.province_code = %s
                and f.dataset = {literal(table.dataset)} and f.table_name = {literal(table.name)}
            order by f.record_key
        ) x
        left join lateral (
            select a.name from reference.admin_unit a where a.code = x.commune and a.edition = '2025' and a.level = 'commune' limit 1
        ) c on true
        group by 1"""


def _one(connection: psycopg.Connection, query: str, value: object) -> object:
    row = execute(connection, query, (value,) if value is not None else None).fetchone()
    return row[0] if row else None
