"""Hold contracts and standard against the rules they name: a gate, an identifier or an excuse must be what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from province_data.contract.conditions import castable_condition
from province_data.contract.model import Contract, RowCheck, Rule, Severity, Standard, Table
from province_data.contract.state import RuleState
from province_data.errors import ContractError


def demand_sound(contracts: Mapping[str, Contract], rules: Mapping[str, Rule], standard: Standard) -> None:
    """Refuse a gate without its rule and an excuse that reaches too far.

    Identifiers of rules that this project does not have are left out: a project of other datasets needs none of them.
    """
    for rule in rules.values():
        _demand_typed(rule)
    for contract in contracts.values():
        for rule_id in contract.gate.rules:
            _demand_active(contract, rules, rule_id)
        for table in contract.tables:
            for rule_id in _excused(contract, table):
                _demand_excusable(table, rules.get(rule_id), rule_id, standard)


def _demand_typed(rule: Rule) -> None:
    """A text that has no value of its type would stop the load: the rule that keeps it out may not rest."""
    if rule.state is not RuleState.ACTIVE and any(guards_type(check) for check in rule.checks):
        raise ContractError(f"{rule.id} guards the type of a value and is {rule.state}", where=rule.where, expected="an active rule")


def guards_type(check: object) -> bool:
    """Say whether a condition keeps out texts that cannot become a value of their column."""
    column = check.table.column(check.field) if isinstance(check, RowCheck) else None
    return column is not None and isinstance(check, RowCheck) and check.bad == castable_condition(column)


def _demand_active(contract: Contract, rules: Mapping[str, Rule], rule_id: str) -> None:
    where = f"{contract.dataset}/contract.yml"
    if rule_id not in rules:
        raise ContractError(f"the gate of {contract.dataset} names the undeclared rule {rule_id}", where=where)
    if rules[rule_id].state is not RuleState.ACTIVE:
        raise ContractError(
            f"the gate of {contract.dataset} names {rule_id}, which is {rules[rule_id].state}", where=where, expected="an active rule"
        )


def _excused(contract: Contract, table: Table) -> Iterator[str]:
    lawful = table.lawful
    if lawful is None:
        return
    holder = contract.table(lawful.of) if lawful.of else table
    if holder is None or holder.column(lawful.column) is None or table.key[: len(holder.key)] != holder.key:
        raise ContractError(
            f"the lawful states of {table.dataset}.{table.name} cannot be looked up",
            where=f"{table.dataset}/contract.yml",
            expected="a column of the table, or of a table whose key begins this one's",
        )
    yield from (rule_id for _, rule_id in lawful.excuses)


def _demand_excusable(table: Table, rule: Rule | None, rule_id: str, standard: Standard) -> None:
    """An identifier or a critical rule is never excused, else a state would hide what must not be published."""
    where = f"{table.dataset}/contract.yml"
    if rule is None:
        raise ContractError(f"a lawful state excuses the undeclared rule {rule_id}", where=where)
    if rule_id in standard.identifiers or Severity.CRITICAL in (rule.declared, rule.severity):
        raise ContractError(f"a lawful state excuses {rule_id}", where=where, expected="no critical rule and none on an identifier")
