"""Find what stands in a province's newest scorecard: the last load of each dataset, whenever that was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

import psycopg

from province_data.errors import ContractError
from province_data.mail.assemble import assemble
from province_data.mail.declared import DeclaredNames
from province_data.mail.ledger import read_ledger
from province_data.mail.model import ProvinceReport

NEWEST = """
select distinct on (dataset) load_id from ops.batch
where province_code = %s and load_id is not null and kind <> 'corrections' and status not in ('landed', 'loaded', 'superseded')
order by dataset, load_id desc
"""
CALLED = """
select distinct on (code) code, type from reference.admin_unit
where level = 'province' and edition = '2025' and code = any(%(codes)s) and coalesce(valid_from, '-infinity') <= %(day)s
order by code, coalesce(valid_from, '-infinity') desc
"""
"""A province may become a city under central government: what it is called depends on the day."""


def newest_report(
    connection: psycopg.Connection, catalog: DeclaredNames, province: str, page_url: str | None, now: datetime
) -> ProvinceReport:
    """Report on the last load of every dataset of a province; ContractError when nothing of it was ever received."""
    load_ids = [int(number) for (number,) in connection.execute(NEWEST.encode(), (province,)).fetchall()]
    found = read_ledger(connection, load_ids)
    last: dict[str, int] = {}
    for outcome in found.outcomes:
        if outcome.province_code == province and not outcome.is_answer:
            last[outcome.dataset] = max(outcome.load_id, last.get(outcome.dataset, 0))
    mine = [o for o in found.outcomes if o.province_code == province and not o.is_answer and o.load_id == last[o.dataset]]
    reports, _ = assemble(replace(found, outcomes=mine), catalog, page_url, now, ())
    if not reports:
        raise ContractError(f"nothing was received of province {province} yet", expected="two digits of a province that has delivered")
    return reports[0]


def called(connection: psycopg.Connection, codes: Sequence[str], day: date) -> dict[str, str]:
    """Say what provinces are called before their names on a day: `tỉnh` or `thành phố`."""
    rows = connection.execute(CALLED.encode(), {"codes": list(codes), "day": day}).fetchall()
    return {str(code): str(kind) for code, kind in rows}
