"""Read rules files into typed rules; a misspelt key, expectation or column is an error naming file and line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from province_data.contract.checks import read_checks
from province_data.contract.located import Located, read_yaml
from province_data.contract.model import Check, Example, NotChecked, RowCheck, Rule, Severity, Standard, Table, Text
from province_data.contract.state import RuleState
from province_data.errors import ContractError

RULE_ID = re.compile(r"[A-Z]{3}-[0-9]{3}")
META_KEYS = ("vi", "en", "state", "severity", "threshold", "basis", "group", "advice", "examples", "checks")
SAID_KEYS = ("vi", "en", "basis", "group", "advice", "examples")
"""What may be said otherwise without judging otherwise."""


def read_rules(path: Path, tables: Mapping[str, Table], standard: Standard, home_table: Table | None) -> tuple[Rule, ...]:
    """Read one rules file.

    `tables` are all known tables by `dataset.table`; `home_table` is the table a `<table>.rules.yml` belongs to,
    None for the common and the cross-dataset file.
    """
    named = _named(path, standard)
    return tuple(_rule(chapter, rule_id, dimension, tables, standard, home_table) for dimension, chapter, rule_id in named)


def _named(path: Path, standard: Standard) -> Iterator[tuple[str, Located, str]]:
    """Walk a file of rules: (dimension, its chapter, rule id)."""
    top = read_yaml(path)
    top.only([d.code for d in standard.dimensions])
    for dimension in top:
        chapter = top.demand(dimension, dict)
        yield from ((dimension, chapter, rule_id) for rule_id in chapter)


def _rule(chapter: Located, rule_id: str, dimension: str, tables: Mapping[str, Table], standard: Standard, home: Table | None) -> Rule:
    if not RULE_ID.fullmatch(rule_id):
        raise ContractError(f"{rule_id!r} is not a rule id", where=chapter.where(rule_id), expected="for example POP-004")
    part = chapter.demand(rule_id, dict)
    severity, state = _severity(part), _state(part)
    return Rule(
        id=rule_id,
        dimension=dimension,
        sentence=Text(part.demand("vi"), part.demand("en")),
        advice=_advice(part, standard),
        severity=Severity.INFO if state is RuleState.SHADOW else severity,
        threshold=part.demand("threshold"),
        basis=part.demand("basis"),
        checks=_checks(part, tables, home),
        examples=_examples(part),
        where=chapter.where(rule_id),
        version=_version(part, dimension),
        state=state,
        declared=severity,
    )


def _state(part: Located) -> RuleState:
    written = part.optional("state") or RuleState.ACTIVE
    if written not in RuleState.__members__.values():
        raise ContractError(f"unknown state {written!r}", where=part.where("state"), expected=", ".join(RuleState))
    return RuleState(written)


def _version(part: Located, dimension: str) -> str:
    """Fingerprint what judges and how much it counts; another wording or example is the same rule."""
    judged = {key: value for key, value in part.items() if key not in SAID_KEYS}
    return hashlib.sha256(json.dumps([dimension, judged], sort_keys=True, default=str).encode()).hexdigest()[:8]


def _severity(part: Located) -> Severity:
    severity = part.demand("severity")
    if severity not in Severity.__members__.values():
        raise ContractError(f"unknown severity {severity!r}", where=part.where("severity"), expected=", ".join(Severity))
    return Severity(severity)


def read_not_checked(path: Path, standard: Standard) -> tuple[NotChecked, ...]:
    """Read the rules that are listed with the reason why deliveries cannot be judged by them."""
    found = []
    for dimension, chapter, rule_id in _named(path, standard):
        part = chapter.demand(rule_id, dict)
        part.only(("vi", "en", "severity", "threshold", "basis", "reason"))
        sentence = Text(part.demand("vi"), part.demand("en"))
        told = (part.demand("threshold"), part.demand("basis"), part.demand("reason"), chapter.where(rule_id))
        found.append(NotChecked(rule_id, dimension, sentence, _severity(part), *told))
    return tuple(found)


def _advice(part: Located, standard: Standard) -> Text:
    own = part.optional("advice", dict)
    if own is not None:
        own.only(("vi", "en"))
        return Text(own.demand("vi"), own.demand("en"))
    group = part.demand("group")
    if group not in standard.advice:
        raise ContractError(f"unknown error group {group!r}", where=part.where("group"), expected=", ".join(standard.advice))
    return standard.advice[group]


def _checks(part: Located, tables: Mapping[str, Table], home: Table | None) -> tuple[Check, ...]:
    written = part.optional("checks", list)
    if written is None:
        inline = Located({k: v for k, v in part.items() if k not in META_KEYS})
        inline.path, inline.lines = part.path, part.lines
        written = [inline]
    else:
        part.only(META_KEYS)
    checks = [check for one in written for check in read_checks(one, tables, home)]
    if any(isinstance(c, RowCheck) for c in checks) and not all(isinstance(c, RowCheck) for c in checks):
        raise ContractError(
            "a rule is judged on the batch or on stated records, not on both",
            where=part.where(),
            expected="conditions of one kind; `set: true` makes a plain condition one on stated records",
        )
    if not checks:
        raise ContractError("the rule checks nothing", where=part.where(), expected="a condition on at least one column")
    return tuple(checks)


def _examples(part: Located) -> tuple[Example, ...]:
    found = []
    for one in part.optional("examples", list) or []:
        one.only(("holds", "fails"))
        if len(one) != 1:
            raise ContractError("an example either holds or fails", where=one.where(), expected="{holds: {…}} or {fails: {…}}")
        [(verdict, rows)] = one.items()
        found.append(Example(verdict == "holds", _rows(one, rows)))
    return tuple(found)


def _rows(one: Located, rows: Any) -> tuple[Mapping[str, object], ...]:
    listed: Sequence[Any] = rows if isinstance(rows, list) else [rows]
    if not all(isinstance(row, dict) for row in listed):
        raise ContractError("the rows of an example are not mappings", where=one.where(), expected="{column: value, …}")
    return tuple(dict(row) for row in listed)
