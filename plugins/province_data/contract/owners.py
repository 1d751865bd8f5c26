"""Find out which registry owns an item: a doubt that a province does not share goes to that registry's authority.

Source: NĐ 278/2025/NĐ-CP Art. 5 (one owner per item); Luật Hộ tịch Art. 60 (civil-status facts).
"""

from __future__ import annotations

from collections.abc import Mapping

from province_data.contract.located import Located
from province_data.contract.model import Rule, SetCheck, Table
from province_data.errors import ContractError

Owners = Mapping[tuple[str, str], str]


def read_owners(part: Located) -> dict[tuple[str, str], str]:
    """Read `owners` of the standard: table -> owning dataset -> columns."""
    found = {}
    for table in part:
        for owner, columns in part.demand(table, dict).items():
            found.update({(table, str(column)): owner for column in columns})
    return found


def demand_known(owners: Owners, tables: Mapping[str, Table]) -> None:
    """Refuse an owner, table or column that is not declared; a project without these datasets needs none of them."""
    datasets = {t.dataset for t in tables.values()}
    for (name, column), owner in owners.items():
        table = tables.get(name)
        if table is not None and owner in datasets and table.column(column) is None:
            raise ContractError(
                f"owners names the unknown column {name}.{column}", where="standard.yml", expected="a column of the contract"
            )


def owner_of(owners: Owners, rule: Rule | None, dataset: str, table: str, field: str) -> str:
    """Name the dataset whose authority decides: the declared owner, else the other registry of the rule, else the own one."""
    declared = owners.get((f"{dataset}.{table}", field))
    if declared is not None:
        return declared
    for check in rule.checks if rule else ():
        if isinstance(check, SetCheck) and (check.table.dataset, check.table.name) == (dataset, table):
            others = [j.table.dataset for j in check.joins if j.table.dataset != dataset]
            if others:
                return others[0]
    return dataset
