"""Find what a load concerns of a set rule, so that a small change is judged at a small cost.

A change concerns a rule only in the columns that the rule reads: whoever gave a new telephone number is not judged anew
by the rules on deaths. `quality.touched_<table>` holds every touched record as it was and as it is; two images that
agree in the columns read cancel out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from province_data.contract.conditions import literal
from province_data.contract.model import Join, SetCheck, Table
from province_data.quality.set_rules import Bundle, conditions, match, stated, touched

ALIAS = re.compile(r"\b([a-z]\w*)\.")
WORD = re.compile(r"\w+")
STATED = ("_batch_id", "_row_number", "_load_id", "_refused", "_as_of")
"""What the view of stated records tells of a record beside its columns, province and key."""


def affected_query(bundle: Bundle) -> str:
    """Find the records, or the keys of groups, that have to be judged again: those that changed and those whose evidence did.

    The groups and registers (windows) of changed records follow as a whole. The result belongs into a temporary table
    `affected`, analysed: knowing how few they are, the server looks the rest up by index.
    """
    table, source = bundle.table, bundle.source
    if source.group:
        keys = ", ".join(f"x.{c}" for c in source.group)
        return f"select distinct {keys} from {_changed(table, [source])} x"
    own = f"select x.province_code, x._record_key from {_changed(table, [check for _, check in bundle.rules])} x"
    if source.window:
        return own
    theirs = [_affected_by(check, j) for _, check in bundle.rules for j in check.joins]
    return "\nunion\n".join(dict.fromkeys([own, *theirs]))


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
        f"{named} {found} and exists (select from {_changed(table, [bundle.source])} x where {same})\n"
        f"union {named} join {stated(table)} x on {same} join affected a on {in_group} {found}"
    )


def _changed(table: Table, checks: Sequence[SetCheck]) -> str:
    """SQL of the touched records whose images differ in what the checks read, with those columns.

    What occurs as often among the new images as among the old ones is as it was before the load, whatever happened between.
    """
    words = {word for check in checks for condition in conditions(check) for word in WORD.findall(condition)}
    read = [name for name in (*(c.name for c in table.columns), *STATED) if name in words]
    columns = ", ".join(["province_code", "_record_key", *read])
    differs = "count(*) filter (where _is_new) <> count(*) filter (where not _is_new)"
    return f"(select {columns} from {touched(table)} group by {columns} having {differs})"


def _affected_by(check: SetCheck, join: Join) -> str:
    """Go from changed evidence to the records it speaks of, by the conditions that join them; a superset where these need more."""
    path = _path(check, join)
    tables = [f"{_changed(j.table, [check]) if j is join else stated(j.table)} {j.alias}" for j in path]
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
