"""Say in SQL when a record breaks an expectation; the meaning is Great Expectations' own.

Every condition is paired with the condition under which the rule applies, so that an empty column is
"not applicable" and never "passed".
"""

from __future__ import annotations

from collections.abc import Mapping

from province_data.contract.model import Column, ColumnType
from province_data.errors import ContractError

NATIVE_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "expect_column_values_to_not_be_null": (),
    "expect_column_values_to_match_regex": ("regex",),
    "expect_column_values_to_not_match_regex": ("regex",),
    "expect_column_values_to_be_in_set": ("value_set",),
    "expect_column_values_to_not_be_in_set": ("value_set",),
    "expect_column_value_lengths_to_be_between": ("min_value", "max_value"),
    "expect_column_value_lengths_to_equal": ("value",),
}


def literal(value: object) -> str:
    """Write a value as an SQL text literal."""
    return "'" + str(value).replace("'", "''") + "'"


def native_condition(expectation: str, column: str, arguments: Mapping[str, object], where: str) -> tuple[str, str]:
    """Return (when it applies, when it is bad) for one of GX's own expectations; ContractError for an unknown one."""
    if expectation not in NATIVE_ARGUMENTS:
        raise ContractError(f"unknown expectation {expectation!r}", where=where, expected=f"one of: {', '.join(NATIVE_ARGUMENTS)}")
    needed = NATIVE_ARGUMENTS[expectation]
    if set(arguments) != set(needed):
        raise ContractError(f"{expectation} has the wrong arguments", where=where, expected=f"with: {', '.join(needed) or 'nothing'}")
    applies = f"{column} is not null"
    match expectation:
        case "expect_column_values_to_not_be_null":
            return "true", f"{column} is null"
        case "expect_column_values_to_match_regex":
            return applies, f"{column} !~ {literal(arguments['regex'])}"
        case "expect_column_values_to_not_match_regex":
            return applies, f"{column} ~ {literal(arguments['regex'])}"
        case "expect_column_values_to_be_in_set":
            return applies, f"{column} not in {_listed(arguments['value_set'])}"
        case "expect_column_values_to_not_be_in_set":
            return applies, f"{column} in {_listed(arguments['value_set'])}"
        case "expect_column_value_lengths_to_equal":
            return applies, f"length({column}) <> {_whole(arguments['value'])}"
        case _:
            return applies, f"length({column}) not between {_whole(arguments['min_value'])} and {_whole(arguments['max_value'])}"


def castable_condition(column: Column) -> str:
    """Say when a text cannot become the column's type."""
    name = column.name
    match column.type:
        case ColumnType.DATE:
            return f"not reference.is_date({name})"
        case ColumnType.PARTIAL_DATE:
            return f"not reference.is_partial_date({name})"
        case ColumnType.TIMESTAMP:
            return f"not reference.is_timestamp({name})"
        case ColumnType.INTEGER:
            return f"not (length({name}) <= 9 and reference.is_integer({name}))"
        case ColumnType.MONEY:
            return f"not (length({name}) <= 18 and reference.is_integer({name}))"
        case ColumnType.DECIMAL | ColumnType.DOUBLE:
            return f"not (length({name}) <= 20 and reference.is_decimal({name}))"
        case ColumnType.TEXT:
            return "false"


def _listed(values: object) -> str:
    if not isinstance(values, list) or not values:
        raise ContractError("value_set is not a list of values", expected="[a, b, c]")
    return "(" + ", ".join(literal(v) for v in values) + ")"


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise ContractError("a length is not a whole number")
    return value
