"""The pages as somebody who is logged in opens them, and the ledger they show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from fastapi import FastAPI
from fastapi.testclient import TestClient

PROJECT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Site:
    """The pages, opened by somebody who is logged in, and the ledger they show."""

    dsn: str
    application: FastAPI
    visitor: TestClient
    home: Path

    def ask(self, query: str, *parameters: object) -> list[tuple[object, ...]]:
        """Ask the ledger."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            return connection.execute(query.encode(), parameters or None).fetchall()

    def page(self, path: str, language: str = "vi", status: int = 200) -> str:
        """Open a page."""
        answer = self.visitor.get(path, headers={"Cookie": f"quality_language={language}"}, follow_redirects=False)
        assert answer.status_code == status, path
        return answer.text

    def addresses(self) -> list[str]:
        """List one address of every kind of page, and all of those that show single findings."""
        batches = [f"/batches/{b}" for (b,) in self.ask("select batch_id from ops.batch order by 1")]
        singles = [f"/inbox/{p}/{d}/{r}" for p, d, r in self.ask("select distinct province_code, dataset, rule_id from quality.finding")]
        rules = [f"/rules/{r}" for (r,) in self.ask("select distinct rule_id from quality.finding")]
        provinces = [f"/provinces/{p}" for (p,) in self.ask("select distinct province_code from ops.batch")]
        datasets = [f"/datasets/{d}" for (d,) in self.ask("select distinct dataset from ops.batch")]
        fixed = ["/", "/?dimension=clean", "/inbox", "/rules", "/rules/CIV-022", "/lineage", "/runs/ingest_land/a", "/runs/ingest_land/b"]
        return [*fixed, "/provinces/01", *provinces, *datasets, *rules, *batches, *singles]
