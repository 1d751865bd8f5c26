"""Publish the lists of administrative units when they are new, or when every row is to be compared."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from province_data.store.database import execute, one_value
from province_data.store.publication import Entity, TableChange, merge_report

_LISTS = "list_name in ('admin_unit', 'commune_crosswalk')"
_IS_NEW = f"""
select exists (
    select from reference.list_version where {_LISTS} and (list_name, sha256) not in (select list_name, sha256 from ops.published_list)
)
"""
_NOTE = f"""
insert into ops.published_list select list_name, sha256 from reference.list_version where {_LISTS}
on conflict (list_name) do update set sha256 = excluded.sha256
"""


def merge_admin_units(connection: psycopg.Connection, entities: Sequence[Entity]) -> list[TableChange]:
    """Bring `published.admin_unit` to the lists in use; nothing is read where it shows them already."""
    compares_all = any(entity.since < 0 for entity in entities)
    if not compares_all and not one_value(connection, _IS_NEW):
        return []
    change = merge_report(connection, "admin_unit")
    execute(connection, _NOTE)
    return [change]
