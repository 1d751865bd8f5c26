"""Read `expectations/<dataset>/contract.yml` into the typed model; every mistake names its file and line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from province_data.contract.located import Located, read_yaml
from province_data.contract.measures import read_measures
from province_data.contract.model import Column, ColumnType, Contract, DialectSpec, Gate, KeyPart, Source, Table, Text
from province_data.contract.persons import PersonReference
from province_data.contract.state import LawfulStates
from province_data.errors import ContractError

NAME = re.compile(r"[a-z][a-z0-9_]*")
SENSITIVITIES = ("identifier", "personal", "sensitive", "none")
CONTRACT_KEYS = [
    "dataset",
    "vi",
    "en",
    "description",
    "owner",
    "steward",
    "legal_basis",
    "purpose",
    "source",
    "delivery",
    "dialect",
    "gate",
    "tables",
]
PERSON_COLUMNS = ("number", "name", "birth", "sex", "commune")
TABLE_KEYS = ["vi", "en", "grain", "file", "sheet", "remote", "updated_column", "province_sql", "commune", "dialect", "key", "columns"]
TABLE_KEYS += ["persons", "lawful_states", "measures"]
COLUMN_KEYS = ["column", "sent_as", "type", "mandatory", "sensitivity", "vi", "en", "form"]


def read_contract(path: Path) -> Contract:
    """Read one contract; its folder's name is the dataset's name."""
    top = read_yaml(path)
    top.only(CONTRACT_KEYS)
    dataset = top.demand("dataset")
    if dataset != path.parent.name or not NAME.fullmatch(dataset):
        raise ContractError(f"dataset {dataset!r} does not bear its folder's name", where=top.where("dataset"), expected=path.parent.name)
    delivery = top.demand("delivery", dict)
    delivery.only(("schedule", "deadline_hours", "commune_edition"))
    return Contract(
        dataset=dataset,
        title=Text(top.demand("vi"), top.demand("en")),
        description=_text(top, "description"),
        owner=_text(top, "owner"),
        steward=_text(top, "steward"),
        legal_basis=top.demand("legal_basis"),
        purpose=top.demand("purpose"),
        source=_source(top.demand("source", dict)),
        schedule=delivery.demand("schedule"),
        deadline_hours=delivery.demand("deadline_hours", int),
        commune_edition=delivery.demand("commune_edition"),
        gate=_gate(top.demand("gate", dict)),
        tables=_tables(dataset, top),
    )


def _text(top: Located, key: str) -> Text:
    pair = top.demand(key, dict)
    pair.only(("vi", "en"))
    return Text(pair.demand("vi"), pair.demand("en"))


def _source(part: Located) -> Source:
    options = {k: str(v) for k, v in part.items() if k not in ("connector", "connection")}
    return Source(part.demand("connector"), part.optional("connection"), options)


def _gate(part: Located) -> Gate:
    part.only(("rules", "max_failed_percent", "min_snapshot_percent"))
    return Gate(
        rules=tuple(part.demand("rules", list)),
        max_failed_percent=float(part.demand("max_failed_percent", (int, float))),
        min_snapshot_percent=float(part.demand("min_snapshot_percent", (int, float))),
    )


def _tables(dataset: str, top: Located) -> tuple[Table, ...]:
    tables = top.demand("tables", dict)
    common = top.demand("dialect", dict)
    return tuple(_table(dataset, name, tables.demand(name, dict), common) for name in tables)


def _table(dataset: str, name: str, part: Located, common: Located) -> Table:
    part.only(TABLE_KEYS)
    columns = tuple(_column(c) for c in part.demand("columns", list))
    _refuse_twins(part, columns)
    return Table(
        dataset=dataset,
        name=name,
        title=Text(part.demand("vi"), part.demand("en")),
        grain=_text(part, "grain"),
        file=part.demand("file"),
        sheet=part.optional("sheet"),
        remote=part.optional("remote"),
        updated_column=part.optional("updated_column"),
        province_sql=part.optional("province_sql"),
        commune=_commune(part, {c.name for c in columns}),
        dialect=_dialect({**common, **(part.optional("dialect", dict) or {})}),
        key=_key(part, {c.name for c in columns}),
        columns=columns,
        persons=tuple(_person(role, named, part, columns) for role, named in (part.optional("persons", dict) or {}).items()),
        lawful=_lawful(part),
        measures=read_measures(part.optional("measures", dict), frozenset(c.name for c in columns)),
    )


def _lawful(part: Located) -> LawfulStates | None:
    found = part.optional("lawful_states", dict)
    if found is None:
        return None
    found.only(("column", "of", "excuses"))
    excuses = found.demand("excuses", dict)
    pairs = tuple((state, str(rule_id)) for state in excuses for rule_id in excuses.demand(state, list))
    return LawfulStates(found.demand("column"), found.optional("of"), pairs)


def _commune(part: Located, names: set[str]) -> str | None:
    column: str | None = part.optional("commune")
    if column is not None and column not in names:
        raise ContractError(f"commune names an unknown column {column!r}", where=part.where("commune"))
    return column


def _dialect(keys: dict[str, Any]) -> DialectSpec:
    return DialectSpec(**{k: str(v) for k, v in keys.items()})


def _key(part: Located, names: set[str]) -> tuple[KeyPart, ...]:
    parts = []
    for item in part.demand("key", list):
        alternatives = item["first_of"] if isinstance(item, dict) else [[item]]
        for column in (c for alternative in alternatives for c in alternative):
            if column not in names:
                raise ContractError(f"the key names an unknown column {column!r}", where=part.where("key"))
        parts.append(KeyPart(tuple(tuple(a) for a in alternatives)))
    return tuple(parts)


def _person(role: str, named: Any, part: Located, columns: tuple[Column, ...]) -> PersonReference:
    """Read where a record names a person: `{number: …, name: …, birth: …, sex: …, commune: …, when: SQL}`."""
    if not isinstance(named, Located):
        raise ContractError(f"the person {role!r} is not a mapping", where=part.where("persons"), expected="{number: …, name: …}")
    named.only((*PERSON_COLUMNS, "when"))
    found = {key: named.optional(key) for key in PERSON_COLUMNS}
    for column in found.values():
        if column is not None and column not in {c.name for c in columns}:
            raise ContractError(f"the person {role!r} is in an unknown column {column!r}", where=named.where("number"))
    return PersonReference(role, **found, when=named.optional("when"))


def _column(part: Any) -> Column:
    if not isinstance(part, Located):
        raise ContractError("a column is not a mapping", expected="{column: …, sent_as: …, type: …}")
    part.only(COLUMN_KEYS)
    name, kind, sensitivity = part.demand("column"), part.demand("type"), part.demand("sensitivity")
    if not NAME.fullmatch(name):
        raise ContractError(f"{name!r} is not a column name", where=part.where("column"), expected="snake_case ASCII")
    if kind not in ColumnType.__members__.values():
        raise ContractError(f"unknown type {kind!r}", where=part.where("type"), expected=", ".join(ColumnType))
    if sensitivity not in SENSITIVITIES:
        raise ContractError(f"unknown sensitivity {sensitivity!r}", where=part.where("sensitivity"), expected=", ".join(SENSITIVITIES))
    title = Text(part.demand("vi"), part.demand("en"))
    form = part.optional("form") or ""
    return Column(name, part.demand("sent_as"), ColumnType(kind), part.demand("mandatory", bool), sensitivity, title, form)


def _refuse_twins(part: Located, columns: tuple[Column, ...]) -> None:
    for names in ([c.name for c in columns], [c.sent_as for c in columns]):
        twins = {n for n in names if names.count(n) > 1}
        if twins:
            raise ContractError(f"column declared twice: {', '.join(sorted(twins))}", where=part.where("columns"))
