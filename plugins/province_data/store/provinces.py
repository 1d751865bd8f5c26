"""Ask the list of provinces."""

from __future__ import annotations

import psycopg

from province_data.errors import ContractError
from province_data.store.database import one_value


def demand_province(connection: psycopg.Connection, code: str) -> None:
    """ContractError when `code` is none of the 34 provinces."""
    if one_value(connection, "select 1 from reference.province where code = %s", (code,)) is None:
        raise ContractError(f"unknown province {code!r}", expected="a two-digit code of the 34 provinces")
