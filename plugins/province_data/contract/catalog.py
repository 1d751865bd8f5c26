"""Everything that is declared, read once: contracts, rules, the standard."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

from province_data.contract.forms import expected_form
from province_data.contract.loader import read_contract
from province_data.contract.model import Contract, KeyCheck, NotChecked, RowCheck, Rule, SetCheck, Standard, Table, Text
from province_data.contract.owners import demand_known
from province_data.contract.rules import read_not_checked, read_rules
from province_data.contract.sound import demand_sound
from province_data.contract.standard import read_standard
from province_data.contract.state import RuleState
from province_data.contract.wording import read_wording
from province_data.errors import ContractError


@dataclass(frozen=True)
class Catalog:
    """All declarations of `expectations/`."""

    standard: Standard
    contracts: Mapping[str, Contract]
    rules: Mapping[str, Rule]
    not_checked: Mapping[str, NotChecked]
    """The other rules of the standard, each with the reason why deliveries cannot be judged by it."""
    retired: Mapping[str, Rule]
    """Rules that are judged no more; their findings close with the next load."""
    rule_set: str
    """Fingerprint of all declarations; a score states which one made it."""
    wording: Mapping[str, Text] = field(default_factory=dict)
    """Bases, thresholds and reasons that are declared in one language, in both."""

    def said(self, declared: str) -> Text:
        """Say a basis, a threshold or a reason in both languages; what is not listed reads the same in both."""
        return self.wording.get(declared, Text(declared, declared))

    def contract(self, dataset: str) -> Contract:
        """Find a contract; ContractError lists the datasets there are."""
        if dataset not in self.contracts:
            raise ContractError(f"unknown dataset {dataset!r}", expected=f"one of: {', '.join(self.contracts)}")
        return self.contracts[dataset]

    def title(self, dataset: str) -> tuple[str, str]:
        """Name a dataset in Vietnamese and English."""
        title = self.contract(dataset).title
        return title.vi, title.en

    def table_title(self, dataset: str, table: str) -> str:
        """Name a table in Vietnamese; by its own name when it is declared no more."""
        found = self.contract(dataset).table(table)
        return found.title.vi if found else table

    def field_title(self, dataset: str, table: str, field: str) -> str:
        """Name a column in Vietnamese, with its name as sent."""
        found = self.contract(dataset).table(table)
        column = found.column(field) if found else None
        return f"{column.title.vi} ({column.sent_as})" if column else field

    def field_form(self, dataset: str, table: str, field: str) -> str:
        """Say in Vietnamese how the sender writes a column; empty for plain text and for what is no column."""
        found = self.contract(dataset).table(table)
        column = found.column(field) if found else None
        return expected_form(column, found) if found and column else ""

    def rule(self, rule_id: str) -> Rule:
        """Find a rule; ContractError when it is not declared."""
        if rule_id not in self.rules:
            raise ContractError(f"unknown rule {rule_id!r}", expected="a rule id declared under expectations/")
        return self.rules[rule_id]

    @property
    def dimensions(self) -> Sequence[tuple[str, str, str]]:
        """The words of the standard in order: code, Vietnamese, English."""
        return [(d.code, d.name.vi, d.name.en) for d in self.standard.dimensions]

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """All tables of all datasets."""
        return tuple(t for c in self.contracts.values() for t in c.tables)

    def row_checks(self, table: Table) -> list[tuple[Rule, tuple[RowCheck, ...]]]:
        """The rules over single records of a table, each with its conditions."""
        found = [(r, tuple(c for c in r.checks if isinstance(c, RowCheck) and c.table == table)) for r in self.rules.values()]
        return [(r, checks) for r, checks in found if checks]

    def key_checks(self, table: Table) -> list[tuple[Rule, KeyCheck]]:
        """The rules that say the record key of a table must be unique."""
        return [(r, c) for r in self.rules.values() for c in r.checks if isinstance(c, KeyCheck) and c.table == table]

    @cached_property
    def set_checks(self) -> tuple[tuple[Rule, SetCheck], ...]:
        """The rules over several records or datasets."""
        return tuple((r, c) for r in self.rules.values() for c in r.checks if isinstance(c, SetCheck))


def read_catalog(folder: Path) -> Catalog:
    """Read all declarations below `folder`; the first mistake is an error naming file and line. Read once while no byte of them changes."""
    return _read(folder, _fingerprint(folder))


@lru_cache(maxsize=4)
def _read(folder: Path, fingerprint: str) -> Catalog:
    standard = read_standard(folder / "standard.yml")
    contracts = {p.parent.name: read_contract(p) for p in sorted(folder.glob("*/contract.yml"))}
    if not contracts:
        raise ContractError("no dataset is declared", where=str(folder), expected="<dataset>/contract.yml")
    tables = {f"{t.dataset}.{t.name}": t for c in contracts.values() for t in c.tables}
    demand_known(standard.owners, tables)
    rules: dict[str, Rule] = {}
    for path, home in _rules_files(folder, tables):
        for rule in read_rules(path, tables, standard, home):
            if rule.id in rules:
                raise ContractError(f"the rule {rule.id} is declared twice", where=f"{rules[rule.id].where} and {rule.where}")
            rules[rule.id] = rule
    not_checked = _not_checked(folder, standard, rules)
    retired = {i: r for i, r in rules.items() if r.state is RuleState.RETIRED}
    judged = {i: r for i, r in rules.items() if i not in retired}
    catalog = Catalog(standard, contracts, judged, not_checked, retired, fingerprint, read_wording(folder / "wording.yml"))
    demand_sound(catalog.contracts, rules, standard)
    return catalog


def _not_checked(folder: Path, standard: Standard, rules: Mapping[str, Rule]) -> dict[str, NotChecked]:
    path = folder / "not_checked.yml"
    found = {rule.id: rule for rule in read_not_checked(path, standard)} if path.exists() else {}
    for rule_id in found:
        if rule_id in rules:
            where = f"{rules[rule_id].where} and {found[rule_id].where}"
            raise ContractError(f"the rule {rule_id} is declared and listed as not checked", where=where, expected="one of both")
    return found


def _rules_files(folder: Path, tables: Mapping[str, Table]) -> list[tuple[Path, Table | None]]:
    found: list[tuple[Path, Table | None]] = [(p, None) for p in sorted(folder.glob("*.rules.yml"))]
    for path in sorted(folder.glob("*/*.rules.yml")):
        name = f"{path.parent.name}.{path.name.removesuffix('.rules.yml')}"
        if name not in tables:
            raise ContractError(f"rules for an undeclared table {name!r}", where=str(path.name), expected=", ".join(tables))
        found.append((path, tables[name]))
    return found


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
