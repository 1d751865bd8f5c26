"""Find what a load concerns of a set rule, so that a small change is judged at a small cost.

A change concerns a rule only in the columns that the rule reads: whoever gave a new telephone number is not judged anew
by the rules on deaths. `quality.touched_<table>` holds every touched record as it was and as it is; two images that
agree in the columns read cancel out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import psycopg

from province_data.contract.conditions import literal
from province_data.contract.model import Join, SetCheck, Table
from province_data.quality.set_rules import Bundle, conditions, match, stated, touched
from province_data.store.database import execute, one_value

ALIAS = re.compile(r"\b([a-z]\w*)\.")
WORD = re.compile(r"\w+")
UNSHOWN = """
select j.rule_id, j.dataset, j.table_name, j.province_code, j.record_key from quality.set_scope j where not exists (
    select from quality.set_verdict v where v.rule_id = j.rule_id and v.dataset = j.dataset and v.table_name = j.table_name
        and v.province_code = j.province_code and v.record_key = j.record_key)
"""
"""Open findings that were judged again and are not among the verdicts."""
STATED = ("_batch_id", "_row_number", "_load_id", "_refused", "_as_of")
"""What the view of stated records tells of a record beside its columns, province and key."""


def find_affected(connection: psycopg.Connection, bundle: Bundle) -> bool:
    """Collect in the temporary table `affected` what has to be judged again: records or keys of groups that changed, or whose evidence did.

    The groups and registers (windows) of changed records follow as a whole. Says whether there is anything. Needs a transaction. What
    changed is counted before the way from there is planned: it is mostly nothing, and the server would expect much.
    """
    keys = ", ".join(bundle.source.group) or "province_code, _record_key"
    execute(connection, f"create temp table reached on commit drop as select {keys} from {stated(bundle.table)} where false")
    for changed, reached in _ways(bundle).items():
        execute(connection, f"create temp table changed on commit drop as {changed}")
        if one_value(connection, "select exists (select from changed)"):
            execute(connection, "analyze changed")
            for query in dict.fromkeys(reached):
                execute(connection, f"insert into reached {query}")
        execute(connection, "drop table changed")
    execute(connection, f"create temp table affected on commit drop as select distinct {keys} from reached")
    execute(connection, "drop table reached")
    execute(connection, "analyze affected")
    return bool(one_value(connection, "select exists (select from affected)"))


def _ways(bundle: Bundle) -> dict[str, list[str]]:
    """SQL of what changed (as `changed`) -> the queries that lead from there to what it concerns."""
    table, source = bundle.table, bundle.source
    if source.group:
        return {_changed(table, [source], only_new="_batch_id" in source.group): [f"select {', '.join(source.group)} from changed"]}
    found = {_changed(table, [check for _, check in bundle.rules]): ["select province_code, _record_key from changed"]}
    if not source.window:
        for _, check in bundle.rules:
            for join in check.joins:
                found.setdefault(_changed(join.table, [check]), []).append(_affected_by(check, join))
    return found


def scope_query(bundle: Bundle, incremental: bool) -> str:
    """Name every open finding of a record that was judged again: the judgement may resolve it.

    Without `incremental`, and for rules over registers, those are all findings of the rules; else those of the records
    and groups in `affected`, and of records that left their group or are gone.
    """
    table, group = bundle.table, bundle.source.group
    ids = ", ".join(literal(rule_id) for rule_id in bundle.rule_ids)
    named = "select f.rule_id, f.dataset, f.table_name, f.province_code, f.record_key from quality.finding f"
    of_table = f"f.dataset = {literal(table.dataset)} and f.table_name = {literal(table.name)}"
    found = f"where f.status = 'open' and f.rule_id in ({ids}) and {of_table}"
    if not incremental or bundle.source.window:
        return f"{named} {found}"
    same = "x.province_code = f.province_code and x._record_key = f.record_key"
    if not group:
        return f"{named} {found} and exists (select from affected x where {same})"
    in_group = " and ".join(f"a.{c} = x.{c}" for c in group)
    return (
        f"{named} {found} and exists (select from ({_changed(table, [bundle.source])}) x where {same})\n"
        f"union {named} join {stated(table)} x on {same} join affected a on {in_group} {found}"
    )


def unshown_query(bundle: Bundle) -> str:
    """Find the records, or the keys of their groups, whose finding of the bundle's only rule was judged again and is not shown any more."""
    table, group, (rule_id,) = bundle.table, bundle.source.group, bundle.rule_ids
    unshown = (
        f"select distinct province_code, record_key as _record_key from ({UNSHOWN}) u"
        f" where rule_id = {literal(rule_id)} and dataset = {literal(table.dataset)} and table_name = {literal(table.name)}"
    )
    if not group:
        return unshown
    keys = ", ".join(f"x.{c}" for c in group)
    return f"select distinct {keys} from {stated(table)} x join ({unshown}) o using (province_code, _record_key)"


def _changed(table: Table, checks: Sequence[SetCheck], *, only_new: bool = False) -> str:
    """SQL of the touched records whose images differ in what the checks read, with those columns.

    What occurs as often among the new images as among the old ones is as it was before the load, whatever happened between. A
    rule on a delivery as a whole looks at the new images only: a record that leaves does not change what a delivery was.
    """
    words = {word for check in checks for condition in conditions(check) for word in WORD.findall(condition)}
    read = [name for name in (*(c.name for c in table.columns), *STATED) if name in words]
    columns = ", ".join(["province_code", "_record_key", *read])
    differs = "count(*) filter (where _is_new) <> count(*) filter (where not _is_new)"
    return f"select {columns} from {touched(table)}{' where _is_new' if only_new else ''} group by {columns} having {differs}"


def _affected_by(check: SetCheck, join: Join) -> str:
    """Go from changed evidence to the records it speaks of, by the conditions that join them; a superset where these need more."""
    path = _path(check, join)
    tables = [f"{'changed' if j is join else stated(j.table)} {j.alias}" for j in path]
    known = {j.alias for j in path}
    others = {j.alias for j in check.joins} - known
    met = [match(j if not others & set(ALIAS.findall(j.where or "")) else replace(j, where=None)) for j in path]
    return f"select r.province_code, r._record_key from {', '.join([*tables, f'{stated(check.table)} r'])} where {' and '.join(met)}"


def _path(check: SetCheck, join: Join) -> list[Join]:
    """The join itself and the joins whose columns it needs, nearest first."""
    path = [join]
    for step in path:
        for alias in (ours.split(".")[0] for _, ours in step.on if "." in ours):
            path += [j for j in check.joins if j.alias == alias and j not in path]
    return path
