"""Notice what makes a score better without making the data better; a signal changes no score, a person looks at it.

Three signs, each by statistics or findings that are there anyway: one value suddenly fills a column; records with open
findings vanish; many findings are closed by one and the same value. The limits below are our own choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import Table
from province_data.store.database import execute

LEAST_RECORDS = 20
"""Fewer records are nobody's method."""
RISE = 0.1
"""A value is suspicious when its share of the column has grown by this much since the snapshot before, and has doubled."""
VANISHED_SHARE = 0.3
SAME_SHARE = 0.8
"""Of the findings of a rule that a load closed."""
VARIED_FROM = 50
"""A column with fewer different values is a code list, where equal corrections are no wonder."""

PROFILE = """
insert into quality.column_profile
select %(batch)s, %(table)s, s.attname, coalesce(s.most_common_freqs[1], 0), s.null_frac,
    s.n_distinct < 0 or s.n_distinct >= %(varied)s
from pg_stats s where s.schemaname = 'staging' and s.tablename = %(partition)s and left(s.attname, 1) <> '_'
on conflict (batch_id, table_name, field) do update set top_share = excluded.top_share, empty_share = excluded.empty_share,
    is_varied = excluded.is_varied
"""
DEFAULT_VALUE = """
with mine as (
    select b.batch_id, b.load_id, b.dataset, b.province_code, p.batch_id as earlier_id
    from ops.batch b
    cross join lateral (
        select e.batch_id from ops.batch e
        where e.dataset = b.dataset and e.province_code = b.province_code and e.kind = 'snapshot' and e.load_id < b.load_id
            and e.status in ('validated', 'published')
        order by e.sequence_no desc, e.decided_at desc limit 1
    ) p
    where b.load_id = any(%(loads)s) and b.kind = 'snapshot' and b.status in ('validated', 'published')
)
insert into quality.signal (load_id, dataset, province_code, table_name, kind, field, records, of_records, share_before, seen_at)
select m.load_id, m.dataset, m.province_code, c.table_name, 'default_value', c.field, round(c.top_share * t.delivered), t.delivered,
    e.top_share, %(now)s
from mine m
join quality.column_profile c on c.batch_id = m.batch_id
join quality.column_profile e on e.batch_id = m.earlier_id and e.table_name = c.table_name and e.field = c.field
join ops.batch_table t on t.batch_id = m.batch_id and t.table_name = c.table_name
where c.top_share >= e.top_share + %(rise)s and c.top_share >= 2 * e.top_share and c.top_share * t.delivered >= %(least)s
on conflict do nothing
"""
CLOSED = """
with closed as (
    select f.dataset, f.province_code, f.rule_id, f.field, f.record_key, f.resolved_load_id as load_id,
        exists (select from {stated} s where s.province_code = f.province_code and s._record_key = f.record_key) as is_there
    from quality.finding f
    where f.resolved_load_id = any({loads}) and f.status = 'resolved' and f.dataset = {dataset} and f.table_name = {table}
        and f.record_key <> '' and f.severity <> 'info'
),
vanished as (
    insert into quality.signal (load_id, dataset, province_code, table_name, kind, records, of_records, seen_at)
    select load_id, dataset, province_code, {table}, 'vanished', count(distinct record_key) filter (where not is_there),
        count(distinct record_key), {now}
    from closed group by 1, 2, 3
    having count(distinct record_key) filter (where not is_there) >= greatest({least}, {vanished} * count(distinct record_key))
    on conflict do nothing
),
mended as (
    select c.load_id, c.dataset, c.province_code, c.rule_id, c.field, to_jsonb(s) ->> c.field as value
    from closed c join {stated} s on s.province_code = c.province_code and s._record_key = c.record_key
    where exists (select from quality.column_profile p where p.batch_id = s._batch_id and p.table_name = {table} and p.field = c.field
        and p.is_varied)
),
counted as (
    select load_id, dataset, province_code, rule_id, field, value, count(*) as n, sum(count(*)) over same as of_all
    from mended where value is not null group by 1, 2, 3, 4, 5, 6
    window same as (partition by load_id, dataset, province_code, rule_id, field)
)
insert into quality.signal (load_id, dataset, province_code, table_name, kind, rule_id, field, records, of_records, seen_at)
select load_id, dataset, province_code, {table}, 'same_correction', rule_id, field, max(n), max(of_all), {now}
from counted group by load_id, dataset, province_code, rule_id, field
having max(n) >= greatest({least}, {same} * max(of_all))
on conflict do nothing
"""


def profile_batch(connection: psycopg.Connection, tables: Sequence[Table], batch_id: str) -> None:
    """Keep the server's own statistics of a batch that is staged: they were taken when it was loaded, no table is read again."""
    for table in tables:
        given = {"batch": batch_id, "table": table.name, "partition": f"{table.stem}__{batch_id}", "varied": VARIED_FROM}
        connection.execute(PROFILE.encode(), given)


def note_signals(connection: psycopg.Connection, catalog: Catalog, load_ids: Sequence[int], now: datetime) -> None:
    """Write the signals of some loads that are judged; writing again changes nothing."""
    given = {"loads": list(load_ids), "now": now, "rise": RISE, "least": LEAST_RECORDS}
    connection.execute(DEFAULT_VALUE.encode(), given)
    loads = f"array[{', '.join(str(int(load_id)) for load_id in load_ids)}]::bigint[]"
    moment = f"timestamptz {literal(now.isoformat())}"
    for table in catalog.tables:
        names = {"dataset": literal(table.dataset), "table": literal(table.name), "stated": f"quality.stated_{table.stem}"}
        limits = {"least": LEAST_RECORDS, "vanished": VANISHED_SHARE, "same": SAME_SHARE}
        execute(connection, CLOSED.format(loads=loads, now=moment, **names, **limits))
