"""State the indicators of the month: of the provinces that changed, from the ledgers, of the country; then rank the provinces.

What is counted of single records was counted by the build (`warehouse.figure_count`) and is read off here; certificates are
counted here, of the provinces whose land records changed.

Earlier months stay as they were last published. The first publication of a month, and one after a change of what is
declared (target, unit, wording), count every province.
"""

from __future__ import annotations

from collections.abc import Mapping, Set

import psycopg

from province_data.contract.conditions import literal
from province_data.store.database import execute, one_value
from province_data.store.publication import TableChange, merge_report

MONTH = "period = date_trunc('month', current_setting('province_data.today')::date)::date"
LAST_MONTH = MONTH.replace("::date)::date", "::date - interval '1 month')::date")
COUNTED = "code in (select code from warehouse.indicator_definition where source = '{source}')"

_IS_OLD = f"""
select not exists (select from published.indicator where {MONTH} and province_code <> '00') or exists (
    select from published.indicator i join warehouse.indicator_definition d using (code)
    where i.{MONTH} and (i.target, i.unit, i.basis, i.name_vi, i.name_en) is distinct from (d.target, d.unit, d.basis, d.name_vi, d.name_en)
)
"""


NONE = "none"
"""A setting that names no province; an empty one means all."""
CERTIFICATE = "entity = 'certificate'"


def merge_indicators(connection: psycopg.Connection, touched: Mapping[str, Set[str]]) -> list[TableChange]:
    """Bring this month's figures and ranks up to date; `touched` names for each table the provinces whose records changed."""
    _begin_month(connection)
    everywhere = _published_provinces(connection) if one_value(connection, _IS_OLD) else set()
    provinces = everywhere.union(*touched.values())
    # A certificate is made of several rights and of what its parcels are: counted again where either changed.
    of_land = everywhere.union(touched.get("land_right", ()), touched.get("land_parcel", ()))
    for setting, codes in {"provinces": provinces, "certificate_provinces": of_land}.items():
        execute(connection, "select set_config(%s, %s, true)", (f"province_data.{setting}", ",".join(sorted(codes)) or NONE))
    of_records = f"{MONTH} and {COUNTED.format(source='records')} and province_code = any (array[{_listed(provinces)}]::text[])"
    changes = []
    if of_land:
        _count_certificates(connection, of_land)
    if provinces:
        changes.append(merge_report(connection, "indicator", within=of_records))
    # Look-ups of the last month are complete only now.
    of_ledgers = f"{COUNTED.format(source='ledger')} and province_code <> '00' and ({MONTH} or code like 'lookup%' and {LAST_MONTH})"
    changes.append(merge_report(connection, "indicator", "indicator_ledger", of_ledgers))
    changes.append(merge_report(connection, "indicator", "indicator_country", f"{MONTH} and province_code = '00'"))
    on_the_former_map = merge_report(connection, "indicator_old_province", within=f"({of_ledgers} or {of_records})")
    return [_together(changes), on_the_former_map, merge_report(connection, "indicator_rank", within=MONTH)]


def _count_certificates(connection: psycopg.Connection, provinces: Set[str]) -> None:
    theirs = f"{CERTIFICATE} and province_code = any (array[{_listed(provinces)}]::text[])"
    execute(connection, f"delete from warehouse.figure_count where {theirs}")
    execute(connection, f"insert into warehouse.figure_count select * from warehouse.int_figure__counted where {CERTIFICATE}")


def _listed(codes: Set[str]) -> str:
    return ", ".join(literal(code) for code in sorted(codes))


def _begin_month(connection: psycopg.Connection) -> None:
    """Count persons anew when the month has changed: ages and expiry dates are as of its first day."""
    if execute(connection, _NEXT_MONTH).rowcount == 0:
        return
    execute(connection, "delete from warehouse.figure_count where entity = 'person'")
    execute(connection, "insert into warehouse.figure_count select * from warehouse.int_figure__counted where entity = 'person'")


_NEXT_MONTH = """
update warehouse.counted_month c set month = today.month
from (select date_trunc('month', current_setting('province_data.today')::date)::date as month) today
where c.month <> today.month
"""


def _published_provinces(connection: psycopg.Connection) -> set[str]:
    rows = execute(connection, "select distinct province_code from published.indicator where province_code <> '00'").fetchall()
    return {str(row[0]) for row in rows}


def _together(changes: list[TableChange]) -> TableChange:
    return TableChange("indicator", sum(c.inserted for c in changes), sum(c.updated for c in changes), sum(c.deleted for c in changes))
