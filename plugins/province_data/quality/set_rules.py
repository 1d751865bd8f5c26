"""Compile rules over several records or datasets into SQL on what the provinces state at present.

A *stated* record is the newest word of a province on a thing, refused records included: a land holder exists in
population even while the citizen's own record waits for correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from province_data.contract.conditions import literal
from province_data.contract.model import Join, KeyCheck, SetCheck, Table

IDENTITY = "(r._batch_id, r._row_number, r._record_key)::quality.record_id"


LEDGER = "quality"
"""The schema whose views show what all provinces state."""


def stated(table: Table, schema: str = LEDGER) -> str:
    """The view of all stated records of a table, typed; a session may have made its own in another schema."""
    return f"{schema}.stated_{table.stem}"


def touched(table: Table) -> str:
    """The records of a table that this load brought, changed or removed: new and old images."""
    return f"quality.touched_{table.stem}"


def evidence_datasets(check: SetCheck) -> tuple[str, ...]:
    """The datasets without which the check cannot be tested, its own not counted."""
    return tuple(dict.fromkeys(j.table.dataset for j in _present(check) if j.table.dataset != check.table.dataset))


@dataclass(frozen=True)
class Bundle:
    """Set rules over the same records and joins: one statement judges them, so that a further rule costs no further scan."""

    rules: tuple[tuple[str, SetCheck], ...]
    """(rule id, condition)"""

    @property
    def rule_ids(self) -> tuple[str, ...]:
        """The rules, each once: a rule may have several conditions."""
        return tuple(dict.fromkeys(rule_id for rule_id, _ in self.rules))

    @property
    def table(self) -> Table:
        """The table whose records are judged."""
        return self.source.table

    @property
    def source(self) -> SetCheck:
        """The condition that says which records are read and what is joined: the same for all."""
        return self.rules[0][1]


def bundled(rules: Sequence[tuple[str, SetCheck]]) -> tuple[Bundle, ...]:
    """Put rules together that read the same; a rule over groups or windows stays alone."""
    found: dict[object, list[tuple[str, SetCheck]]] = {}
    for number, (rule_id, check) in enumerate(rules):
        alone = number if check.group or check.window else None
        found.setdefault((check.table.stem, _present(check), alone), []).append((rule_id, check))
    return tuple(Bundle(tuple(together)) for together in found.values())


def judge_query(bundle: Bundle, incremental: bool, schema: str = LEDGER) -> str:
    """Count the records each rule applies to and collect those that break it, per province.

    Returns rows of (province_code, evaluated_0, failing_0, evaluated_1, …), `failing_n` an array of records (batch,
    row, key). With `incremental`, only the records or groups in the temporary table `affected` are judged; see
    affected.py. `schema` holds the views of what is stated.
    """
    source = bundle.source
    is_shared = len(bundle.rules) > 1
    counts = []
    for number, (_, check) in enumerate(bundle.rules):
        applies = f"({check.when}) and " if is_shared else ""
        evaluated = f" filter (where {check.when})" if is_shared else ""
        counts.append(f"count(*){evaluated} as evaluated_{number}")
        counts.append(f"array_agg({IDENTITY}) filter (where {applies}{_broken(check, schema)}) as failing_{number}")
    some = " or ".join(dict.fromkeys(f"({check.when})" for _, check in bundle.rules))
    where = " and ".join([f"({some})", *_testable(source)])
    return (
        f"/* {', '.join(bundle.rule_ids)} */ {_groups(source, incremental, schema)}select r.province_code,\n "
        + ",\n ".join(counts)
        + f"\nfrom {_records(source, incremental, schema)} r\n{_joins(source, schema)}\nwhere {where}\ngroup by r.province_code"
    )


def search_query(bundle: Bundle) -> str:
    """Search everything stated for the records that break the bundle's only rule; the result has the form of judge_query's.

    The search is planned by itself: what breaks a rule is rare, and an order that suits the counting must not decide how it is found.
    """
    source = bundle.source
    where = " and ".join([_suspected_and_not_excused(source), *_testable(source)])
    return (
        f"/* {', '.join(bundle.rule_ids)} */ {_groups(source, False) or 'with '}{', ' if source.group else ''}found as materialized (\n"
        f"select r.province_code, {IDENTITY} as record\nfrom {_records(source, False)} r\n{_joins(source)}\nwhere {where}\n)\n"
        "select province_code, count(*) as evaluated_0, array_agg(record) as failing_0 from found group by province_code"
    )


def failing_query(bundle: Bundle) -> str:
    """Take the failing records out of `judged`, the result of judge_query: one row for each rule and record."""
    table = bundle.table
    arrays = ", ".join(
        f"({literal(rule_id)}, {literal(check.field)}, j.failing_{number})" for number, (rule_id, check) in enumerate(bundle.rules)
    )
    return (
        f"select distinct b.rule_id, {literal(table.dataset)}, {literal(table.name)}, j.province_code,"
        " x.batch_id, x.row_number, x.record_key, b.field\n"
        f"from judged j cross join lateral (values {arrays}) b (rule_id, field, failing), unnest(b.failing) as x"
    )


def is_dated(check: SetCheck) -> bool:
    """Say whether the verdict on an untouched record may change because the day of the delivery moved on."""
    return any("_as_of" in condition for condition in conditions(check))


def conditions(check: SetCheck) -> list[str]:
    """All SQL that a declaration gives for a check."""
    said = [check.when, check.bad, check.group_where or "", check.having or "", *(j.where or "" for j in check.joins)]
    said += [*check.group, *(name for j in check.joins for pair in j.on for name in pair)]
    return [*said, *(check.measures or {}).values(), *(check.window or {}).values()]


def uniqueness(check: KeyCheck) -> SetCheck:
    """The key rule over all provinces: nobody else may state a record under the same key."""
    from province_data.quality.compile import key_applies

    return SetCheck(
        check.table,
        check.field,
        key_applies(check, "r."),
        "r._in_group",
        group=("_record_key",),
        group_where=key_applies(check, "s."),
        having="count(*) > 1",
    )


def _present(check: SetCheck) -> tuple[Join, ...]:
    """The joins that bring evidence, without those that excuse."""
    return tuple(j for j in check.joins if not j.absent)


def _joins(check: SetCheck, schema: str = LEDGER) -> str:
    return "\n".join(f"left join {stated(j.table, schema)} {j.alias} on {match(j)}" for j in _present(check))


def _testable(check: SetCheck) -> list[str]:
    return [
        f"r.province_code = any (array(select c.province_code from quality.coverage c where c.dataset = {literal(d)}))"
        for d in evidence_datasets(check)
    ]


def asked(ours: str) -> str:
    """SQL of the side of a join that is not its evidence: a column of the record, unless it says whose it is."""
    return ours if "." in ours else f"r.{ours}"


def match(join: Join) -> str:
    """SQL of the condition under which evidence belongs to a record."""
    on = [f"{join.alias}.{theirs} = {asked(ours)}" for theirs, ours in join.on]
    return " and ".join([*on, f"({join.where})"] if join.where else on)


def _broken(check: SetCheck, schema: str = LEDGER) -> str:
    """The condition first: excuses are looked up one by one, for the few records that need one."""
    return " and ".join([f"({check.bad})", *_excuses(check, schema)])


def _excuses(check: SetCheck, schema: str = LEDGER) -> list[str]:
    return [f"not exists (select from {stated(j.table, schema)} {j.alias} where {match(j)})" for j in check.joins if j.absent]


def _suspected_and_not_excused(check: SetCheck) -> str:
    """The rule as a filter: inside CASE excuses stay behind all else, or the planner would ask every record for one first."""
    suspected = f"({check.when}) and ({check.bad})"
    excuses = _excuses(check)
    return f"{suspected} and case when {suspected} then {' and '.join(excuses)} end" if excuses else suspected


def _groups(check: SetCheck, incremental: bool, schema: str = LEDGER) -> str:
    if not check.group:
        return ""
    keys = ", ".join(f"s.{c}" for c in check.group)
    measures = "".join(f", {sql} as {name}" for name, sql in (check.measures or {}).items())
    filled = " and ".join(f"s.{c} is not null" for c in check.group)
    where = filled + (f" and ({check.group_where})" if check.group_where else "")
    if incremental:
        where += f" and ({keys}) in (select * from affected)"
    having = f" having {check.having}" if check.having else ""
    return f"with groups as (select {keys}{measures} from {stated(check.table, schema)} s where {where} group by {keys}{having})\n"


def _records(check: SetCheck, incremental: bool, schema: str = LEDGER) -> str:
    table = stated(check.table, schema)
    if check.window:
        computed = ", ".join(f"{sql} as {name}" for name, sql in check.window.items())
        return f"(select s.*, {computed} from {table} s)"
    if check.group:
        on = " and ".join(f"g.{c} = s.{c}" for c in check.group)
        names = "".join(f", g.{name}" for name in (check.measures or {}))
        in_group = f"g.{check.group[0]} is not null as _in_group"
        return f"(select s.*{names}, {in_group} from {table} s left join groups g on {on}{_group_scope(check, incremental)})"
    if incremental:
        return f"(select s.* from {table} s join affected a on a.province_code = s.province_code and a._record_key = s._record_key)"
    return table


def _group_scope(check: SetCheck, incremental: bool) -> str:
    if not incremental:
        return ""
    keys: Sequence[str] = [f"s.{c}" for c in check.group]
    return f" where ({', '.join(keys)}) in (select * from affected)"
