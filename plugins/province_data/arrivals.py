"""Receive pulled deliveries: land their bytes and enter them into the ledger, due, refused or waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import PurePath

import psycopg

from province_data.connectors.request import Pulled, Watermark
from province_data.contract.model import Contract
from province_data.land import Arrival, Problem, land_folder
from province_data.quality.findings import record_delivery_finding
from province_data.settings import Settings
from province_data.store.database import execute
from province_data.store.ledger import open_load
from province_data.store.ledger_deliveries import is_known, record_delivery


def province_names(connection: psycopg.Connection) -> dict[str, str]:
    """Read the provinces of today: code -> name."""
    return {
        str(code): str(name) for code, name in execute(connection, "select code, name from reference.province order by code").fetchall()
    }


def province_codes(connection: psycopg.Connection) -> tuple[str, ...]:
    """Read the codes of the provinces of today."""
    return tuple(province_names(connection))


def watermarks(connection: psycopg.Connection, dataset: str) -> dict[str, Watermark]:
    """Say how far each province has been read: only what was admitted moves the mark."""
    rows = execute(
        connection,
        "select province_code, max(high_watermark), max(sequence_no) from ops.delivery where dataset = %s and status in ('admitted',"
        " 'duplicate') and kind <> 'corrections' group by 1",
        (dataset,),
    ).fetchall()
    return {str(p): Watermark(mark if isinstance(mark, datetime) else None, int(str(number))) for p, mark, number in rows}


def receive(connection: psycopg.Connection, settings: Settings, contract: Contract, pulled: Pulled, now: datetime, rule_set: str) -> None:
    """Land one delivery folder and enter it; a delivery seen before changes nothing."""
    arrival = land_folder(pulled.folder, pulled.source_uri, contract, settings.home / "landing", now)
    if is_known(connection, arrival.delivery_id):
        return
    if arrival.manifest and not _is_of_a_province(connection, arrival.province_code, arrival.manifest.commune_edition):
        arrival = replace(arrival, problems=(*arrival.problems, _of_no_province(arrival.province_code, arrival.manifest.commune_edition)))
    with connection.transaction():
        if arrival.problems:
            _enter_refused(connection, arrival, now, rule_set)
        else:
            record_delivery(connection, _delivery_row(arrival, "due", now, pulled.high_watermark))
            _forget_waiting(connection, arrival)


def _is_of_a_province(connection: psycopg.Connection, code: str, edition: str) -> bool:
    known = "select from reference.admin_unit where level = 'province' and code = %s and edition = %s"
    return execute(connection, known, (code, edition)).fetchone() is not None


def _of_no_province(code: str, edition: str) -> Problem:
    """Say that nobody can answer for a delivery: its province is none of the list that it names."""
    many, since = ("34", "since") if edition == "2025" else ("63", "before")
    what = f"there is no province {code} in the list of {many} provinces {since} 1 July 2025, which the manifest names"
    expected = f"a province code of the list {edition}"
    what_vi = f"không có tỉnh mã {code} trong danh mục {many} tỉnh, thành phố {'từ' if edition == '2025' else 'trước'} ngày 01/07/2025"
    return Problem("ADM-001", "manifest.json", None, "province_code", what, expected, what_vi)


def _delivery_row(arrival: Arrival, status: str, now: datetime, high_watermark: datetime | None = None) -> dict[str, object]:
    manifest = arrival.manifest
    return {
        "delivery_id": arrival.delivery_id,
        "batch_id": arrival.batch_id,
        "dataset": arrival.dataset,
        "province_code": arrival.province_code,
        "as_of": manifest.as_of if manifest else arrival.as_of,
        "sequence_no": manifest.sequence_no if manifest else None,
        "kind": str(manifest.kind) if manifest else "unknown",
        "records": sum(f.records for f in manifest.files) if manifest else 0,
        "source_uri": arrival.source_uri,
        "received_at": now,
        "status": status,
        "high_watermark": high_watermark,
    }


ENTER_REFUSED = """
insert into ops.batch as b (
    batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, declared, delivered, quarantined,
    sequence_no, kind, load_id, reason, reason_vi, decided_at
) values (
    %(batch_id)s, %(dataset)s, %(province_code)s, %(as_of)s, %(received_at)s, %(sha256)s, %(source_uri)s, %(status)s,
    %(records)s, %(records)s, %(records)s, %(sequence_no)s, %(kind)s, %(load_id)s, %(reason)s, %(reason_vi)s, %(received_at)s
)
on conflict (batch_id) do update set load_id = excluded.load_id, reason = excluded.reason, reason_vi = excluded.reason_vi
where b.status not in ('validated', 'published')
"""


def _enter_refused(connection: psycopg.Connection, arrival: Arrival, now: datetime, rule_set: str) -> None:
    """Enter a delivery that cannot be worked on, with a finding for every reason."""
    status = "waiting" if arrival.is_waiting else "refused"
    row = {
        **_delivery_row(arrival, status, now),
        "load_id": open_load(connection, rule_set, now),
        "reason": "; ".join(p.text for p in arrival.problems),
        "reason_vi": "; ".join(f"{p.rule_id}: {p.what_vi} [{p.file}]" for p in arrival.problems),
    }
    record_delivery(connection, row)
    connection.execute(ENTER_REFUSED.encode(), {**row, "sha256": arrival.content_sha256})
    _write_problems(connection, arrival, row, now)


def _write_problems(connection: psycopg.Connection, arrival: Arrival, row: dict[str, object], now: datetime) -> None:
    key, load_id = f"{row['as_of']}|{row['sequence_no'] or ''}", int(str(row["load_id"]))
    for problem in arrival.problems:
        if problem.rule_id:
            place = (PurePath(problem.file).name, problem.field, problem.line)
            record_delivery_finding(
                connection, arrival.dataset, arrival.province_code, key, problem.rule_id, place, arrival.batch_id, load_id, now
            )


def _forget_waiting(connection: psycopg.Connection, arrival: Arrival) -> None:
    """A delivery that was waiting for its manifest has come: close the wait."""
    execute(
        connection,
        "update ops.batch set status = 'superseded' where dataset = %s and province_code = %s and as_of = %s and status = 'waiting'",
        (arrival.dataset, arrival.province_code, arrival.as_of),
    )
    execute(
        connection,
        "update ops.delivery set status = 'superseded' where dataset = %s and province_code = %s and as_of = %s and status = 'waiting'",
        (arrival.dataset, arrival.province_code, arrival.as_of),
    )


def refused_loads(connection: psycopg.Connection, now: datetime) -> list[int]:
    """Close the loads of deliveries that were refused on arrival and return them: they are reported too."""
    rows = execute(
        connection,
        "update ops.load l set status = 'judged', finished_at = %s where status = 'running' and exists (select 1 from ops.delivery d"
        " where d.load_id = l.load_id and d.status in ('refused', 'waiting'))"
        " and not exists (select 1 from ops.batch b where b.load_id = l.load_id and b.status in ('landed', 'loaded', 'validated'))"
        " returning load_id",
        (now,),
    ).fetchall()
    return [int(str(i)) for (i,) in rows]
