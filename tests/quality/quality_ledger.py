"""A ledger without a pipeline: a few lines put a batch and its findings into it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ledger:
    """A ledger that forgets everything after the test."""

    connection: psycopg.Connection
    dataset: str = "land"
    province: str = "24"

    def batch(self, batch_id: str, load_id: int) -> None:
        """Enter an accepted snapshot of a load."""
        self.connection.execute(
            "insert into ops.load (load_id, started_at, rule_set) overriding system value values (%s, %s, 'r') on conflict do nothing",
            (load_id, NOW),
        )
        self.connection.execute(
            "insert into ops.batch (batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, kind, sequence_no,"
            " load_id, decided_at) values (%s, %s, %s, %s, %s, '', '', 'validated', 'snapshot', %s, %s, %s)",
            (batch_id, self.dataset, self.province, NOW.date(), NOW, load_id, load_id, NOW),
        )

    def result(self, batch_id: str, rule_id: str, evaluated: int, failed: int, table: str = "parcel", load_id: int = 1) -> None:
        """Enter how a rule fared, with one open finding for each failing record."""
        self.connection.execute(
            "insert into quality.rule_result (batch_id, dataset, rule_id, province_code, evaluated, failed, not_applicable, outcome,"
            " table_name, load_id) values (%s, %s, %s, %s, %s, %s, 0, 'failed', %s, %s)",
            (batch_id, self.dataset, rule_id, self.province, evaluated, failed, table, load_id),
        )
        for number in range(failed):
            self.connection.execute(
                "insert into quality.finding (dataset, table_name, rule_id, dimension, severity, province_code, record_key, field,"
                " batch_id, row_number, first_seen_at, last_seen_at, first_load_id, last_load_id, commune_code)"
                " select %s, %s, rule_id, dimension, severity, %s, %s, 'x', %s, %s, %s, %s, %s, %s, '07333' from quality.rule"
                " where rule_id = %s",
                (self.dataset, table, self.province, f"{rule_id}-{number}", batch_id, number + 1, NOW, NOW, load_id, load_id, rule_id),
            )

    def ask(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """Ask the ledger."""
        return self.connection.execute(query.encode(), parameters or None).fetchall()
