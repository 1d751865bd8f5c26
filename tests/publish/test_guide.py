"""The guide for provinces: every query in it runs with a province's rights."""

from __future__ import annotations

import re

import psycopg
import pytest
from registry import PROJECT, Registry

GUIDE = (PROJECT / "docs" / "provinces.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE, flags=re.DOTALL)


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_a_query_of_the_guide_runs_as_a_province(shared: Registry, number: int) -> None:
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        connection.execute("set role province_24")
        connection.execute(QUERIES[number].encode())


def test_the_guide_names_every_published_table(shared: Registry) -> None:
    names = shared.ask(
        "select relname::text from pg_class where relnamespace = 'published'::regnamespace"
        " and relkind in ('r', 'p', 'v') and not relispartition"
    )
    assert len(names) >= 13
    # The three companions of every table that has a history are named once.
    told = {re.sub(r"^.*_(as_of|versions|history)$", r"…_\1", str(name)) for (name,) in names}
    assert [name for name in sorted(told) if f"| `{name}` |" not in GUIDE] == []
