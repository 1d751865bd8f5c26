"""Read the condition part of a rule: over single records, over sets of records, on keys, on deliveries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase

from province_data.contract.conditions import castable_condition, native_condition
from province_data.contract.located import Located
from province_data.contract.model import Check, Column, DeliveryCheck, Join, KeyCheck, RowCheck, SetCheck, Table
from province_data.errors import ContractError

ROW_KEYS = ("record", "field", "fields", "types", "except", "when", "bad", "expect", "with", "castable")
SET_KEYS = ("record", "field", "when", "bad", "join", "absent", "group", "group_where", "measures", "having", "window", "set")
JOIN_KEYS = ("table", "on", "where")
QUALIFIED = re.compile(r"\b([a-z]\w*)\.(\w+)")
DELIVERY_KEYS = ("record", "field", "moves", "falls", "points", "days")
BLANKS = "U&' \\0009\\000A\\000D\\00A0\\200B\\3000'"
"""The characters that show nothing."""


def read_checks(part: Located, tables: Mapping[str, Table], home: Table | None) -> tuple[Check, ...]:
    """Read one condition; a pattern of columns gives one check per column."""
    if part.get("delivery"):
        part.only(("delivery",))
        return (_delivery_check(part, tables),)
    if part.get("unique_key"):
        part.only(("unique_key", "record", "field", "when"))
        table = _record(part, tables, home)
        return (KeyCheck(table, _field(part, table), part.optional("when") or "true"),)
    if any(key in part for key in ("join", "absent", "group", "window", "set")):
        return (_set_check(part, tables, home),)
    part.only(ROW_KEYS)
    return tuple(_row_check(part, table, column) for table, column in _columns(part, tables, home))


def _delivery_check(part: Located, tables: Mapping[str, Table]) -> DeliveryCheck:
    """Read what a delivery is compared by; `true` alone is a rule that landing and loading judge by themselves."""
    if part["delivery"] is True:
        return DeliveryCheck()
    said = part.demand("delivery", dict)
    said.only(DELIVERY_KEYS)
    asked = [key for key in DELIVERY_KEYS[2:] if key in said]
    if len(asked) != 1 or ("days" in said) == ("field" in said):
        raise ContractError(
            "a delivery is compared by one thing", where=part.where("delivery"), expected="a field and one of moves, falls, points; or days"
        )
    if "record" in said:
        _field(said, _record(said, tables, None))
    return DeliveryCheck(**said)


def _record(part: Located, tables: Mapping[str, Table], home: Table | None) -> Table:
    named = part.optional("record")
    if named is None and home is not None:
        return home
    if named not in tables:
        raise ContractError(f"unknown table {named!r}", where=part.where("record"), expected=f"one of: {', '.join(tables)}")
    return tables[named]


def _field(part: Located, table: Table) -> str:
    field: str = part.demand("field")
    if table.column(field) is None:
        raise ContractError(f"{table.dataset}.{table.name} has no column {field!r}", where=part.where("field"))
    return field


def _columns(part: Located, tables: Mapping[str, Table], home: Table | None) -> list[tuple[Table, Column]]:
    if "field" in part or "record" in part:
        table = _record(part, tables, home)
        patterns = [f"{table.dataset}.{table.name}.{f}" for f in part.get("fields", [part.get("field")])]
    else:
        prefix = f"{home.dataset}.{home.name}." if home else ""
        patterns = [prefix + f for f in part.demand("fields", list)]
    excluded, types = part.get("except", []), part.get("types")
    found = []
    for pattern in patterns:
        matching = [(t, c) for t in tables.values() for c in t.columns if fnmatchcase(f"{t.dataset}.{t.name}.{c.name}", pattern)]
        if not matching:
            raise ContractError(f"no column is called {pattern!r}", where=part.where("fields" if "fields" in part else "field"))
        found += [pair for pair in matching if pair not in found]
    wanted = [(t, c) for t, c in found if types is None or c.type in types]
    return [(t, c) for t, c in wanted if not any(fnmatchcase(f"{t.dataset}.{t.name}.{c.name}", e) for e in excluded)]


def _row_check(part: Located, table: Table, column: Column) -> RowCheck:
    name = column.name
    if part.get("castable"):
        return RowCheck(table, name, f"{name} is not null", castable_condition(column))
    expectation = part.optional("expect")
    if expectation is not None:
        if "when" in part or "bad" in part:
            raise ContractError(
                "a native expectation takes no condition", where=part.where("expect"), expected="expect + with, or when + bad"
            )
        arguments = part.optional("with", dict) or {}
        when, bad = native_condition(expectation, name, arguments, part.where("expect"))
        return RowCheck(table, name, when, bad, expectation, dict(arguments))
    when = part.optional("when") or f"{name} is not null"
    return RowCheck(table, name, _filled(when, name), _filled(part.demand("bad"), name))


def _filled(sql: str, column: str) -> str:
    """Name the column; `{missing}` is true for an empty one and for one that holds nothing but blanks."""
    missing = f"coalesce(btrim({column}, {BLANKS}), '') = ''"
    return " ".join(sql.split()).replace("{missing}", missing).replace("{value}", column)


def _set_check(part: Located, tables: Mapping[str, Table], home: Table | None) -> SetCheck:
    part.only(SET_KEYS)
    table = _record(part, tables, home)
    return SetCheck(
        table=table,
        field=_field(part, table),
        when=part.optional("when") or "true",
        bad=part.demand("bad"),
        joins=_joins(part, table, tables),
        group=tuple(part.optional("group", list) or ()),
        group_where=part.optional("group_where"),
        measures=part.optional("measures", dict),
        having=part.optional("having"),
        window=part.optional("window", dict),
    )


def _joins(part: Located, record: Table, tables: Mapping[str, Table]) -> tuple[Join, ...]:
    found: dict[str, Join] = {}
    for key in ("join", "absent"):
        written = part.optional(key, dict) or Located()
        for alias in written:
            found[alias] = _join(alias, written.demand(alias, dict), tables, {"": record, **_joinable(found)}, key == "absent")
    return tuple(found.values())


def _joinable(joins: Mapping[str, Join]) -> Mapping[str, Table]:
    return {alias: join.table for alias, join in joins.items() if not join.absent}


def _join(alias: str, part: Located, tables: Mapping[str, Table], known: Mapping[str, Table], absent: bool) -> Join:
    part.only(JOIN_KEYS)
    named = part.demand("table")
    if named not in tables:
        raise ContractError(f"unknown table {named!r}", where=part.where("table"), expected=f"one of: {', '.join(tables)}")
    on = part.demand("on", dict)
    for theirs, ours in on.items():
        if tables[named].column(theirs) is None or not all(_is_known(*read, known) for read in _read(ours)):
            raise ContractError(f"cannot join {named}.{theirs} on {ours}", where=part.where("on"), expected="columns of both tables")
    return Join(alias, tables[named], tuple(on.items()), part.optional("where"), absent)


def _read(ours: str) -> list[tuple[str, str]]:
    """The columns that the record's side of a join reads, with the alias they stand under: one, or those of an SQL expression over `r`."""
    if "(" not in ours:
        other, _, column = ours.rpartition(".")
        return [(other, column)]
    return [("" if alias == "r" else alias, column) for alias, column in QUALIFIED.findall(ours)] or [("", ours)]


def _is_known(alias: str, column: str, known: Mapping[str, Table]) -> bool:
    return alias in known and known[alias].column(column) is not None
