"""Measure what no single record tells: is everybody there, how fresh is it, into which classes does it fall.

Asked for, never computed with a load. What has no basis to compare with is not testable, and is said to be.
Source: the 90-day land campaign (KH 515/KH-BCA-BNN&MT) for the classes; NĐ 278/2025 Art. 13 for silence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.measures import Classes
from province_data.contract.model import Table
from province_data.store.database import execute

UNCLASSIFIED = "unclassified"


@dataclass(frozen=True)
class Standing:
    """How a table of a province stands on the day of asking; None = not testable."""

    table: str
    province_code: str
    province_name: str
    counted: int
    expected: int | None
    basis: str | None
    silent_days: int | None
    lag_days: float | None
    verified_days: float | None


@dataclass(frozen=True)
class ClassCount:
    """How many records of a table of a province are in one class."""

    table: str
    province_code: str
    class_name: str
    records: int
    lawful: int


def read_standing(connection: psycopg.Connection, catalog: Catalog, now: datetime) -> list[Standing]:
    """Measure every table that its contract says something about."""
    found: list[Standing] = []
    with connection.cursor(row_factory=class_row(Standing)) as cursor:
        for table in catalog.tables:
            if table.measures:
                found += cursor.execute(_standing(table, now).encode()).fetchall()
    return found


def _standing(table: Table, now: datetime) -> str:
    assert table.measures is not None
    moment = f"timestamptz {literal(now.isoformat())}"
    expected, lag, verified = table.measures.expected, table.measures.lag, table.measures.verified
    lag_days = "avg(" + f"s.{lag[1]}::date - {_day(table, lag[0])})::float" if lag else "null::float"
    verified_days = f"avg(extract(epoch from {moment} - s.{verified}) / 86400)::float" if verified else "null::float"
    return f"""
        with measured as (
            select s.province_code, count(*){f" filter (where {expected.where})" if expected else ""} as counted,
                {lag_days} as lag_days, {verified_days} as verified_days
            from quality.stated_{table.stem} s group by 1
        ),
        heard as (
            select province_code, extract(day from {moment} - max(received_at))::integer as silent_days from ops.delivery
            where dataset = {literal(table.dataset)} and status in ('admitted', 'duplicate') and kind <> 'corrections' group by 1
        )
        select {literal(f"{table.dataset}.{table.name}")} as table, p.code as province_code, p.name as province_name, m.counted,
            {f"p.{expected.reference}::bigint" if expected else "null::bigint"} as expected,
            {literal(expected.basis) if expected else "null::text"} as basis, h.silent_days, m.lag_days, m.verified_days
        from measured m join reference.province p on p.code = m.province_code left join heard h on h.province_code = m.province_code
        order by p.code"""


def _day(table: Table, name: str) -> str:
    """SQL of a day; one of which only the year or month is known is taken at its end, so that nobody looks late by it."""
    column = table.column(name)
    assert column is not None
    return f"reference.last_day(s.{name})" if column.type == "partial_date" else f"s.{name}"


def read_classes(connection: psycopg.Connection, catalog: Catalog) -> list[ClassCount]:
    """Count the records of each class, empty classes too; the classes of a province add up to all records that are known of."""
    found = []
    for table in catalog.tables:
        classes = table.measures.classes if table.measures else None
        if classes:
            rows = execute(connection, _class_query(table, classes)).fetchall()
            counted = {(str(province), str(name)): (int(str(n)), int(str(lawful))) for province, name, n, lawful in rows}
            declared = (classes.missing, *(name for _, name in classes.values), UNCLASSIFIED)
            for place in ((province, name) for province in sorted({p for p, _ in counted}) for name in declared):
                found.append(ClassCount(f"{table.dataset}.{table.name}", *place, *counted.get(place, (0, 0))))
    return found


def _class_query(table: Table, classes: Classes) -> str:
    stated = f"quality.stated_{table.stem}"
    names = " ".join(f"when {literal(value)} then {literal(name)}" for value, name in classes.values)
    lawful = f"count(s.{table.lawful.column})" if table.lawful and not table.lawful.of else "0"
    named = " union ".join(f"select province_code, {name} as named from quality.stated_{stem}" for stem, name in classes.elsewhere)
    unknown = " and ".join(f"not exists (select from {stated} s where {name} = e.named)" for name in classes.by)
    return f"""
        select s.province_code, case s.{classes.column} {names} else {literal(UNCLASSIFIED)} end, count(*), {lawful}
        from {stated} s group by 1, 2
        union all
        select e.province_code, {literal(classes.missing)}, count(*), 0
        from ({named}) e
        where e.named is not null and {unknown}
        group by 1
        order by 1, 2"""
