"""Write beside each published record which warnings are open on it.

Findings come and go without the record changing. Compared are the records that a finding was opened, seen again or closed on since the last
publication, and those published anew on which one is open; all of them after a rebuild, and where waivers are in play,
which end by the clock.
"""

from __future__ import annotations

import psycopg

from province_data.contract.conditions import literal
from province_data.store.database import execute, identifier, one_value
from province_data.store.history import FROM, THIS
from province_data.store.publication import FLAG, Entity, TableChange, Target

MARK = "quality_flag"
"""The entry of `ops.published_state` that says up to which load the findings are shown."""
RAISED = "f.status = 'open' and (f.severity = 'warning' or f.waiver_id is not null)"

_JUDGED_UNTIL = """
select coalesce((select min(load_id) from ops.load where status = 'running') - 1, (select max(load_id) from ops.load), 0)
"""
_NOTE = "insert into ops.published_state values (%s, %s) on conflict (entity) do update set load_id = excluded.load_id"


def judged_until(connection: psycopg.Connection) -> int:
    """Say up to which load every finding is written; ask before the findings are read, as loads go on meanwhile."""
    return int(str(one_value(connection, _JUDGED_UNTIL)))


def note_flagged(connection: psycopg.Connection, until: int) -> None:
    """Remember how far findings are shown, so that the next publication looks at later ones only."""
    execute(connection, _NOTE, (MARK, until))


def merge_flags(connection: psycopg.Connection, entity: Entity) -> TableChange:
    """Bring the flags of one published table to what the findings say."""
    if entity.is_grouped:
        return TableChange(entity.name)
    target = Target.of(connection, entity.name)
    since = _flagged_until(connection, entity)
    wanted = _all_flags(entity) if since < 0 else _touched_flags(entity, since)
    same = f"old.province_code = wanted.province_code and old.{target.key} = wanted.key"
    look = f"select old.province_code, old.{target.key} as key, %s as flag, old as _before from {target.name} old"
    compared = f"{look % 'wanted.flag'} join wanted on {same} where old.{FLAG} is distinct from wanted.flag"
    if since < 0:
        compared += f" union all {look % 'null'} where old.{FLAG} is not null and not exists (select from wanted where {same})"
    changed = one_value(
        connection,
        f"with wanted as materialized ({wanted}), compared as materialized ({compared}),"
        f" written as (update {target.name} old set {FLAG} = new.flag, {FROM} = {THIS} from compared new"
        f" where old.province_code = new.province_code and old.{target.key} = new.key returning 1),"
        f" {target.closing('compared', '_before')} select count(*) from written",
    )
    return TableChange(entity.name, updated=int(str(changed)))


def _flagged_until(connection: psycopg.Connection, entity: Entity) -> int:
    """The load up to which the table's flags are right; -1 when every one must be compared."""
    waived = f"select exists (select from quality.waiver where dataset = {literal(entity.dataset)})"
    if entity.since < 0 or one_value(connection, waived):
        return -1
    found = one_value(connection, f"select load_id from ops.published_state where entity = {literal(MARK)}")
    return -1 if found is None else int(str(found))


def _all_flags(entity: Entity) -> str:
    return (
        "select f.province_code, warehouse.keyed_hash(f.record_key) as key, string_agg(distinct f.rule_id, ' ' order by f.rule_id) as flag"
        f" from quality.finding f where {_of_table(entity)} and {RAISED} group by f.province_code, f.record_key"
    )


def _touched_flags(entity: Entity, since: int) -> str:
    """The flag of every record that may have another one by now; none where nothing is open on it.

    A record published anew kept its flag, or has none yet: of those only the ones with an open warning can differ, which are few.
    """
    named = f"select f.province_code, f.record_key from quality.finding f where {_of_table(entity)}"
    mine = f"{_of_table(entity)} and f.province_code = %s.province_code and f.record_key = %s and {RAISED}"
    return (
        "select t.province_code, warehouse.keyed_hash(t.record_key) as key, r.flag"
        f" from ({named} and f.last_load_id > {since} union {named} and f.resolved_load_id > {since}"
        f" union select m.province_code, m._record_key from warehouse.{identifier(entity.relation)} m"
        f" cross join lateral (select from quality.finding f where {mine % ('m', 'm._record_key')} limit 1) raised"
        f" where m._load_id > {entity.since}) t"
        " left join lateral (select string_agg(distinct f.rule_id, ' ' order by f.rule_id) as flag from quality.finding f"
        f" where {mine % ('t', 't.record_key')}) r on true"
    )


def _of_table(entity: Entity) -> str:
    return f"f.dataset = {literal(entity.dataset)} and f.table_name = {literal(entity.table_name)}"
