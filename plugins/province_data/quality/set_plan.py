"""Choose for each set rule how much a load makes necessary: nothing, what it concerns, what breaks the rule by now, or everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.model import Rule, SetCheck, Table
from province_data.quality.crowds import Crowds
from province_data.quality.scope import set_rules
from province_data.quality.set_rules import Bundle, bundled, evidence_datasets, is_dated, touched
from province_data.quality.standing import STANDS
from province_data.store.database import execute

FULL_FROM_SHARE = 0.2
"""Above this share of touched records judging everything is cheaper than judging what is affected."""
BEFORE = f"""
select distinct on (dataset, province_code) dataset, province_code, batch_id
from ops.batch where {STANDS} and load_id <> all(%(loads)s) order by dataset, province_code, sequence_no desc, decided_at desc
"""
"""The batch of each province and dataset that stood before some loads."""

Named = tuple[str, str, str]
"""(rule id, table stem, province)"""


class Extent(Enum):
    """How much of what is stated a rule is judged on."""

    WHOLE = "everything"
    AFFECTED = "what the load concerns"
    FAILING = "everything, only to find what breaks the rule by now"


@dataclass(frozen=True)
class Plan:
    """A condition of a rule that has to be judged, and how much of it."""

    rule: Rule
    check: SetCheck
    extent: Extent


def make_plans(connection: psycopg.Connection, catalog: Catalog, load_ids: Sequence[int], crowds: Crowds) -> Iterator[Plan]:
    """Plan the judgement of every set rule that the loads concern.

    A rule that a province has no count of from before is judged on everything: it is new, or its evidence is.
    """
    fresh = _fresh_datasets(connection)
    share = {t: _touched_share(connection, t) for t in catalog.tables}
    moved_on = _moved_on(connection, load_ids)
    provinces, counted = _provinces(connection, load_ids), _counted(connection, load_ids)
    for rule, declared in set_rules(catalog):
        check = crowds.kept_out(declared)
        dataset, involved = check.table.dataset, {check.table, *(j.table for j in check.joins)}
        is_known = all((rule.id, check.table.stem, province) in counted for province in provinces.get(dataset, ()))
        is_new = not is_known or bool(fresh & {dataset, *evidence_datasets(check)}) or crowds.concern(check)
        if is_new or any(share[t] > FULL_FROM_SHARE for t in involved):
            yield Plan(rule, check, Extent.WHOLE)
        elif dataset in moved_on and is_dated(check):
            yield Plan(rule, check, Extent.FAILING)
        elif any(share[t] > 0 for t in involved):
            yield Plan(rule, check, Extent.AFFECTED)


def bundle_plans(plans: Sequence[Plan]) -> list[tuple[Bundle, Extent]]:
    """Put plans together that read the same, the dearest first; what only has to fail is found alone, so that indexes help."""
    by_extent = {extent: [(p.rule.id, p.check) for p in plans if p.extent is extent] for extent in Extent}
    alone = [(Bundle((one,)), Extent.FAILING) for one in by_extent[Extent.FAILING]]
    whole, affected = ([(bundle, e) for bundle in bundled(by_extent[e])] for e in (Extent.WHOLE, Extent.AFFECTED))
    return [*whole, *alone, *affected]


def _fresh_datasets(connection: psycopg.Connection) -> set[str]:
    """Name the datasets that a province delivers for the first time."""
    rows = execute(
        connection,
        "select distinct c.dataset from quality.coverage c join ops.load l on l.load_id = c.since_load_id where l.status = 'running'",
    ).fetchall()
    return {str(dataset) for (dataset,) in rows}


def _provinces(connection: psycopg.Connection, load_ids: Sequence[int]) -> dict[str, list[str]]:
    """List, for each dataset, the provinces that had delivered it before some loads."""
    found: dict[str, list[str]] = {}
    for dataset, province, _ in execute(connection, BEFORE, {"loads": list(load_ids)}).fetchall():
        found.setdefault(str(dataset), []).append(str(province))
    return found


def _counted(connection: psycopg.Connection, load_ids: Sequence[int]) -> set[Named]:
    """Name the rules, tables and provinces of which something was counted before some loads."""
    rows = execute(
        connection,
        f"select r.rule_id, r.dataset || '__' || r.table_name, r.province_code from quality.rule_result r"
        f" join ({BEFORE}) b using (batch_id)",
        {"loads": list(load_ids)},
    ).fetchall()
    return {(str(rule), str(stem), str(province)) for rule, stem, province in rows}


def _moved_on(connection: psycopg.Connection, load_ids: Sequence[int]) -> set[str]:
    """Name the datasets of which a province has told a later day than before."""
    rows = execute(
        connection,
        """
        select distinct b.dataset from ops.batch b
        where b.load_id = any(%s) and b.status = 'validated' and b.kind <> 'corrections' and b.as_of > all (
            select e.as_of from ops.batch e
            where e.dataset = b.dataset and e.province_code = b.province_code and e.status in ('validated', 'published')
                and e.kind <> 'corrections' and e.load_id <> all(%s)
        )
        """,
        (list(load_ids), list(load_ids)),
    ).fetchall()
    return {str(dataset) for (dataset,) in rows}


def _touched_share(connection: psycopg.Connection, table: Table) -> float:
    row = execute(
        connection,
        f"select (select count(*) from {touched(table)}) / 2.0,"
        f" (select coalesce(sum(greatest(c.reltuples, 0)), 0) from pg_inherits i join pg_class c on c.oid = i.inhrelid where"
        f" i.inhparent = 'validated.{table.stem}'::regclass)",
    ).fetchone()
    images, base = (float(str(v)) for v in row or (0, 0))
    return images / max(base, 1.0)
