"""Publish which records name a citizen by a former number: the links of grade C, as far as `link` had come.

Linking runs beside a publication, so a link is shown by the publication after the one that showed its record.
"""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.store.database import execute, one_value
from province_data.store.publication import Entity, TableChange, merge_rows

TABLE = "old_number_link"

# What links say is collated "C"; the published table has the database's default, and its indexes could not be searched otherwise.
_MADE = """
select province_code, warehouse.keyed_hash(source || '|' || record_key || '|' || role) as link_key, split_part(source, '__', 1) as dataset,
    split_part(source, '__', 2) as table_name, warehouse.keyed_hash(record_key) as record_key, role,
    warehouse.keyed_hash(person_id) as person_key
from (
    select l.source collate "default" as source, l.province_code collate "default" as province_code,
        l.record_key collate "default" as record_key, l.role collate "default" as role, l.person_id collate "default" as person_id
    from warehouse.person_link l where l.grade = 'C' and l.person_province_code = l.province_code and {chosen}
) named
"""
_CHOSEN = "(l.province_code, l.record_key) in (select r.province_code, r.record_key from pg_temp.relinked r)"
_WITHIN = "(province_code, record_key) in (select r.province_code, warehouse.keyed_hash(r.record_key) from pg_temp.relinked r)"


def merge_old_numbers(connection: psycopg.Connection, entities: Sequence[Entity]) -> TableChange:
    """Bring the published links of touched records to what `link` wrote; all of them after a rebuild, a rollback or a full linking."""
    is_whole = any(entity.since < 0 for entity in entities)
    if not is_whole and one_value(connection, "select not exists (select from warehouse.link_change)"):
        return TableChange(TABLE)
    execute(connection, "create temp table relinked (source text, province_code text, record_key text) on commit drop")
    # Taken, not read: what is linked while this runs stays for the next publication.
    taken = "delete from warehouse.link_change returning *"
    execute(connection, f"with taken as ({taken}) insert into pg_temp.relinked select distinct * from taken")
    if is_whole or one_value(connection, "select exists (select from pg_temp.relinked where record_key is null)"):
        return merge_rows(connection, TABLE, _MADE.format(chosen="true"))
    execute(connection, "analyze pg_temp.relinked")
    return merge_rows(connection, TABLE, _MADE.format(chosen=_CHOSEN), _WITHIN)
