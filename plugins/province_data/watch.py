"""Notice silence by the clock: a source that sends nothing starts no run that could complain.

Source: NĐ 278/2025 Art. 13 (continuous monitoring); rule DLV-001, deadline per contract.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg

from province_data.contract.catalog import Catalog
from province_data.store.database import execute
from province_data.store.lateness import Silence


def find_silences(connection: psycopg.Connection, catalog: Catalog, now: datetime) -> list[Silence]:
    """List who is late; a province that never delivered a dataset is not late but absent, and is not listed."""
    rows = execute(
        connection,
        "select dataset, province_code, max(received_at) from ops.delivery where status in ('admitted', 'duplicate')"
        " and kind <> 'corrections' group by 1, 2"
        " order by 1, 2",
    ).fetchall()
    found = []
    for dataset, province, received in rows:
        if not isinstance(received, datetime) or dataset not in catalog.contracts:
            continue
        due = received + timedelta(hours=catalog.contracts[str(dataset)].deadline_hours)
        if due < now:
            found.append(Silence(str(dataset), str(province), received, due))
    return found
