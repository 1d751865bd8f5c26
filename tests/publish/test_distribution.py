"""Province is the key by which every large table can be divided among machines; docs/scaling.md names what is not so."""

from __future__ import annotations

import re

from registry import PROJECT, Registry

LARGE = (
    r"^(published\.(person|household|residence|land_|civil_event|taxpayer)|validated\.|quarantine\."
    r"|warehouse\.(dim|fct|person_|figure)|quality\.(finding$|link))"
)
"""Tables whose rows grow with the number of citizens or records."""
DIVIDED = """
select c.oid::regclass::text as name, coalesce(pg_get_partkeydef(c.oid) = 'LIST (province_code)', false) as is_partitioned,
    exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'province_code' and not a.attisdropped) as has_province,
    (
        select array_agg(i.indexrelid::regclass::text order by 1) from pg_index i
        where i.indrelid = c.oid and i.indisunique and not exists (
            select from pg_attribute a where a.attrelid = c.oid and a.attnum = any (i.indkey) and a.attname = 'province_code'
        )
    ) as keys_without
from pg_class c
where c.relkind in ('r', 'p') and not c.relispartition and c.oid::regclass::text ~ %s
order by 1
"""
NOT_YET = {"quality.finding": ["quality.finding_pkey"]}
"""Large tables with a unique key without the province, as docs/scaling.md lists them."""


def test_every_large_table_can_be_divided_by_province(shared: Registry) -> None:
    tables = shared.ask(DIVIDED, LARGE)
    assert len(tables) > 20
    assert [name for name, _, has_province, _ in tables if not has_province] == []
    assert {name: keys for name, _, _, keys in tables if keys} == NOT_YET


def test_what_provinces_read_and_what_is_validated_is_partitioned_by_province(shared: Registry) -> None:
    tables = [(str(name), is_partitioned) for name, is_partitioned, _, _ in shared.ask(DIVIDED, LARGE)]
    flat = [name for name, is_partitioned in tables if not is_partitioned and re.match(r"published\.|validated\.(?!_)", name)]
    assert flat == []


def test_the_guide_names_what_is_not_divided(shared: Registry) -> None:
    guide = (PROJECT / "docs" / "scaling.md").read_text(encoding="utf-8")
    flat = [str(name) for name, is_partitioned, _, _ in shared.ask(DIVIDED, LARGE) if not is_partitioned]
    groups = {re.sub(r"(quarantine|validated)\..*", r"\1.", re.sub(r"warehouse\.(dim|fct)_.*", r"warehouse.\1_", name)) for name in flat}
    assert sorted(group for group in groups if f"`{group}" not in guide) == []


def test_a_published_row_that_changes_stays_on_its_page(shared: Registry) -> None:
    roomless = "select count(*) from pg_class where relnamespace = 'published'::regnamespace and relispartition and relkind = 'r' and {}"
    assert shared.one(roomless.format("reloptions is distinct from array['fillfactor=90']")) == 0
    assert int(str(shared.one(roomless.format("true")))) >= 7 * 35
