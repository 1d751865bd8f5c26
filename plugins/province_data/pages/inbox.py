"""The inbox: what is open, whose it is and since when; then finding by finding, never with the key of a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from province_data.contract.model import KeyCheck, RowCheck, Rule, SetCheck
from province_data.contract.owners import owner_of
from province_data.errors import ContractError
from province_data.pages.asked import Answer, Asked
from province_data.pages.findings import ROWS_SHOWN, Group, Place, groups, singles

SEVERITIES = ("critical", "error", "warning", "info")
PROVINCES = "select code, name from reference.province order by code"
SEPARATOR = "~"


def show_inbox(asked: Asked) -> Answer:
    """Show open findings by province, dataset and rule, the oldest first."""
    dataset, province, severity = (asked.query.get(name, "") for name in ("dataset", "province", "severity"))
    chosen = [asked.catalog.contract(dataset).dataset] if dataset else asked.datasets
    if province:
        asked.province_name(province)
    if severity and severity not in SEVERITIES:
        raise ContractError(f"no severity {severity!r}", expected=", ".join(SEVERITIES))
    found = groups(asked.connection, chosen, province, severity, _read_place(asked.query.get("after", "")))
    shown = found[:ROWS_SHOWN]
    filled = {
        "groups": [(one, owners_of(asked, one.dataset, one.rule_id), _due(one)) for one in shown],
        "titles": {d: asked.pick(asked.catalog.contract(d).title) for d in asked.datasets},
        "provinces": asked.connection.execute(PROVINCES.encode()).fetchall(),
        "severities": SEVERITIES,
        "chosen": {"dataset": dataset, "province": province, "severity": severity},
        "next": _write_place(shown[-1]) if len(found) > ROWS_SHOWN else "",
        "today": asked.now,
    }
    return Answer("inbox", asked.say("inbox"), filled)


def show_singles(asked: Asked) -> Answer:
    """Show the open findings of one rule in one dataset of one province."""
    contract = asked.catalog.contract(asked.path["dataset"])
    rule = asked.catalog.rule(asked.path["rule"])
    province = asked.path["province"]
    name = asked.province_name(province)
    after = asked.query.get("after", "")
    if after and not (after.isdigit() and len(after) <= 18):
        raise ContractError("no such place in the list", expected="the number of a finding")
    found = singles(asked.connection, contract, province, rule.id, int(after or 0))
    filled = {
        "rule": rule,
        "province": province,
        "name": name,
        "contract": contract,
        "findings": found[:ROWS_SHOWN],
        "owners": owners_of(asked, contract.dataset, rule.id),
        "tables": {t.name: t for t in contract.tables},
        "next": str(found[ROWS_SHOWN - 1].finding_id) if len(found) > ROWS_SHOWN else "",
        "today": asked.now,
    }
    return Answer("singles", f"{rule.id} · {name}", filled)


def owners_of(asked: Asked, dataset: str, rule_id: str) -> str:
    """Name the authorities that own what a rule looks at in a dataset."""
    rule = asked.catalog.rules.get(rule_id)
    owners = [owner_of(asked.catalog.standard.owners, rule, dataset, *place) for place in _places(rule, dataset)]
    named = dict.fromkeys(owners or [dataset])
    return ", ".join(asked.pick(asked.catalog.contract(d).owner) for d in named if d in asked.catalog.contracts)


def _places(rule: Rule | None, dataset: str) -> Sequence[tuple[str, str]]:
    checks = [c for c in (rule.checks if rule else ()) if isinstance(c, RowCheck | SetCheck | KeyCheck)]
    return [(c.table.name, c.field) for c in checks if c.table.dataset == dataset]


def _due(one: Group) -> datetime | None:
    return one.oldest_at + timedelta(days=one.days) if one.days is not None and one.oldest_at else None


def _write_place(one: Group) -> str:
    assert one.oldest_at is not None
    return SEPARATOR.join((one.oldest_at.isoformat(), one.dataset, one.province_code, one.rule_id))


def _read_place(text: str) -> Place:
    if not text:
        return Place()
    try:
        at, dataset, province, rule = text.split(SEPARATOR)
        return Place(datetime.fromisoformat(at), dataset, province, rule)
    except ValueError:
        raise ContractError("no such place in the list", expected="the address a page gave") from None
