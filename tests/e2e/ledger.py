"""What the warehouse's ledger and Airflow's own database say after a step."""

from __future__ import annotations

from typing import Any

import psycopg
from tests.e2e.site import Airflow, warehouse_of


def in_warehouse(airflow: Airflow, query: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Ask the ledger."""
    with psycopg.connect(warehouse_of(airflow.settings)) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def in_airflows_database(airflow: Airflow, statement: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Move Airflow's clock: change the moment that it waits for, in its own database."""
    return airflow.kept(statement, *parameters)


def letters(airflow: Airflow, topic: str = "") -> list[tuple[str, str, str]]:
    """Read the mails whose topic begins so: province, subject, text without its line breaks."""
    query = "select province_code, subject, plain from ops.mail_letter where topic like %s order by created_at"
    return [(code, subject, " ".join(text.split())) for code, subject, text in in_warehouse(airflow, query, f"{topic}%")]


def decisions(airflow: Airflow, province: str) -> list[tuple[Any, ...]]:
    """Read what was decided about a province's held batches."""
    query = (
        "select d.choice, d.decided_by, d.reason, b.status from ops.decision d join ops.batch b using (batch_id) where b.province_code = %s"
    )
    return in_warehouse(airflow, query, province)


def statuses(airflow: Airflow, day: str) -> set[str]:
    """Read what became of the register's deliveries as of a day."""
    found = in_warehouse(airflow, "select status from ops.batch where dataset = 'civil_status' and as_of = %s", day)
    return {status for (status,) in found}


def next_number(airflow: Airflow, province: str) -> int:
    """Give the number that the register expects on a province's next delivery."""
    query = "select max(sequence_no) from ops.delivery where dataset = 'civil_status' and province_code = %s"
    [(last,)] = in_warehouse(airflow, query, province)
    return int(last) + 1
