"""Count findings once for each load, by rule and by commune, so that nobody who looks later has to count them."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.contract.catalog import Catalog

CONCERNED = """
create temporary table concerned on commit drop as
select dataset, province_code, load_id from ops.batch where load_id = any(%(loads)s)
union select dataset, province_code, last_load_id from quality.finding where last_load_id = any(%(loads)s)
union select dataset, province_code, resolved_load_id from quality.finding where resolved_load_id = any(%(loads)s)
"""
"""A registry's news may open or close findings in another one, so batches alone do not say who is concerned."""

TALLY = """
insert into quality.finding_tally as t (dataset, province_code, load_id, rule_id, new, persisting, resolved, oldest_at)
select c.dataset, c.province_code, c.load_id, coalesce(f.rule_id, ''),
    count(f.finding_id) filter (where f.first_load_id = c.load_id),
    count(f.finding_id) filter (where f.first_load_id < c.load_id and (f.resolved_load_id is null or f.resolved_load_id > c.load_id)),
    count(f.finding_id) filter (where f.resolved_load_id = c.load_id),
    min(f.first_seen_at) filter (where f.status = 'open')
from concerned c
left join quality.finding f on f.dataset = c.dataset and f.province_code = c.province_code and f.first_load_id <= c.load_id
    and (f.resolved_load_id is null or f.resolved_load_id >= c.load_id)
group by grouping sets ((c.dataset, c.province_code, c.load_id, f.rule_id), (c.dataset, c.province_code, c.load_id))
having grouping(f.rule_id) = 1 or f.rule_id is not null
on conflict (dataset, province_code, load_id, rule_id) do update
    set new = excluded.new, persisting = excluded.persisting, resolved = excluded.resolved, oldest_at = excluded.oldest_at
"""
"""The row without a rule holds the sum and stands even when nothing is open, so the newest one always tells the present state."""

FORGET = """
delete from quality.commune_tally t using (select distinct dataset, province_code from concerned) c
where t.dataset = c.dataset and t.province_code = c.province_code
"""
COMMUNES = """
insert into quality.commune_tally (dataset, province_code, commune_code, findings, load_id)
select f.dataset, f.province_code, coalesce(m.code, ''), sum(f.findings), %(newest)s
from (
    select dataset, table_name, province_code, commune_code, count(*) as findings
    from quality.finding
    where status = 'open' and (dataset, province_code) in (select dataset, province_code from concerned)
    group by dataset, table_name, province_code, commune_code
) f
join unnest(%(datasets)s::text[], %(tables)s::text[], %(editions)s::text[]) t (dataset, name, edition)
    on t.dataset = f.dataset and t.name = f.table_name
left join reference.commune m on m.edition = t.edition and m.code = f.commune_code and m.province_code = f.province_code
group by 1, 2, 3
"""
"""Of the tables whose records lie in a commune; each finding knows its record's."""


def tally(connection: psycopg.Connection, catalog: Catalog, load_ids: Sequence[int]) -> None:
    """Count the findings of everybody whom some loads concern; counting again gives the same."""
    placed = [t for t in catalog.tables if t.commune is not None]
    given = {
        "loads": list(load_ids),
        "newest": max(load_ids),
        "datasets": [t.dataset for t in placed],
        "tables": [t.name for t in placed],
        "editions": [catalog.contract(t.dataset).commune_edition for t in placed],
    }
    with connection.transaction():
        connection.execute(CONCERNED.encode(), given)
        connection.execute(b"analyze concerned")
        connection.execute(TALLY.encode())
        connection.execute(FORGET.encode())
        connection.execute(COMMUNES.encode(), given)
