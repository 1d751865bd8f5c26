"""Find what is held about a record beyond the record itself: what is published of it, links, answers, what went back to its province."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import psycopg

from province_data.store.database import identifier
from province_data.store.erased_rows import KEYED

Rows = Sequence[Mapping[str, object]]
LINKS = """
select source, province_code, record_key, role, grade, method, name_match, date_match from warehouse.person_link
where number = %(key)s or person_id = %(key)s or record_key = %(key)s order by 1, 2, 3, 4
"""
ANSWERS = """
select a.dataset, a.province_code, f.record_key, f.rule_id, a.answer, a.note, a.forwarded_to, a.batch_id, a.answered_at
from quality.answer a join quality.finding f using (finding_id)
where f.record_key = %(key)s or %(key)s = any(string_to_array(f.record_key, '|')) order by a.answered_at, a.answer_id
"""
BUNDLES = """
select distinct b.province_code, b.dataset, b.folder, b.load_id, b.due_on
from quality.finding f join quality.reject_bundle b on b.province_code = f.province_code and b.dataset = f.dataset and b.findings > 0
    and b.load_id >= coalesce(f.opened_load_id, f.first_load_id) and (f.resolved_load_id is null or b.load_id < f.resolved_load_id)
where f.severity <> 'info' and (f.record_key = %(key)s or %(key)s = any(string_to_array(f.record_key, '|'))) order by b.load_id
"""
WAIVERS = """
select waiver_id, rule_id, dataset, province_code, reason, approved_by, granted_at, expires_on, revoked_at from quality.waiver
where record_key = %(key)s order by 1
"""
CANDIDATES = """
select source, province_code, role, grade, score, found_at from quality.link_candidate
where record_key = %(key)s or person_key = warehouse.keyed_hash(%(key)s) order by found_at
"""
ASKED = {"links": LINKS, "corrections": ANSWERS, "bundles": BUNDLES, "waivers": WAIVERS, "link candidates": CANDIDATES}


def further_traces(cursor: psycopg.Cursor[dict[str, object]], key: str) -> dict[str, Rows]:
    """Ask each place; the session must know the secret of the published keys. Heading -> rows, some empty."""
    found: dict[str, Rows] = {}
    for relation, keys in [(str(r["relation"]), r["keys"]) for r in cursor.execute(KEYED.encode()).fetchall()]:
        assert isinstance(keys, list)
        same = " or ".join(f"{identifier(str(k))} = warehouse.keyed_hash(%(key)s)" for k in keys)
        query = f"select to_jsonb(t) as published from published.{identifier(relation)} t where {same}"
        found[f"published · {relation}"] = [dict(r["published"]) for r in cursor.execute(query.encode(), {"key": key}).fetchall()]  # type: ignore[call-overload]
    for heading, query in ASKED.items():
        found[heading] = cursor.execute(query.encode(), {"key": key}).fetchall()
    return found
