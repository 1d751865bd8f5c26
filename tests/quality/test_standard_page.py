"""The page of the standard lists every rule, is never stale, and its queries run."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from province_data.contract.catalog import read_catalog
from province_data.quality.standard_page import standard_page
from province_data.store.migrate import migrate

ALL_RULES = 329
QUERY = re.compile(r"```sql\n(.*?)```", re.DOTALL)


def test_the_page_in_docs_is_what_the_declarations_say(project: Path) -> None:
    page = standard_page(read_catalog(project / "expectations"))
    stale = "docs/standard.md is stale: province-data contract page > docs/standard.md"
    assert (project / "docs" / "standard.md").read_text(encoding="utf-8") == page, stale


def test_every_rule_of_the_standard_is_judged_or_listed_with_a_reason(project: Path) -> None:
    catalog = read_catalog(project / "expectations")
    assert len(catalog.rules) + len(catalog.not_checked) == ALL_RULES
    headings = re.findall(r"^### ([A-Z]{3}-[0-9]{3})$", standard_page(catalog), re.MULTILINE)
    assert sorted(headings) == sorted([*catalog.rules, *catalog.not_checked])


def test_every_query_of_the_page_is_one_the_server_understands(project: Path, database: psycopg.Connection) -> None:
    catalog = read_catalog(project / "expectations")
    migrate(database, catalog, datetime(2026, 11, 1, tzinfo=UTC))
    queries = QUERY.findall(standard_page(catalog))
    statements = [s for query in queries for s in query.split(";\n") if s.strip()]
    assert len(statements) > len(queries)
    for statement in statements:
        database.execute(f"explain {_without_comments(statement)}".encode())


def _without_comments(statement: str) -> str:
    return re.sub(r"^\s*--.*$", "", statement, flags=re.MULTILINE)
