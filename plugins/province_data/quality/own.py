"""Judge the rules over several records on one staged delivery alone, as if its province stated nothing else.

For what is not, or no longer, what a province states: a file that is tried before it is sent, a past snapshot that is judged again.
Rules that need another registry are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import SetCheck, Table
from province_data.quality.compile import record_key
from province_data.quality.scope import set_rules
from province_data.quality.set_rules import Bundle, bundled, judge_query, stated
from province_data.store.database import execute, one_value
from province_data.store.tables import safe_cast

OWN = "pg_temp"
"""The schema of the session, whose views show the one delivery in place of what the provinces state."""
NOTED = """
insert into ops.batch (batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, kind, commune_edition)
select t._batch_id, {dataset}, t._province_code, t._as_of, t._extracted_at, '', '', 'loaded', t._kind, t._edition
from staging.{stem} t where t._batch_id = {batch} limit 1 on conflict do nothing
"""
"""Rules ask the ledger by which list of communes a batch was written."""


@dataclass(frozen=True)
class OwnCount:
    """How a rule over several records fared in one delivery."""

    rule_id: str
    table: Table
    field: str
    evaluated: int
    failing: tuple[int, ...]
    """Record numbers, in order."""


def own_rules(catalog: Catalog, tables: Sequence[Table]) -> list[tuple[str, SetCheck]]:
    """The rules whose every condition on one of these tables needs these tables only."""
    concerned = [(rule.id, check) for rule, check in set_rules(catalog) if check.table in tables]
    foreign = {(rule_id, check.table) for rule_id, check in concerned if any(j.table not in tables for j in check.joins)}
    return [(rule_id, check) for rule_id, check in concerned if (rule_id, check.table) not in foreign]


def judge_own(connection: psycopg.Connection, catalog: Catalog, tables: Sequence[Table], batch_id: str) -> list[OwnCount]:
    """Judge one staged batch by the rules over several records of its own tables.

    A rule with several conditions applies to a record as often as its conditions do, but never to more records than there are: counted
    as a load counts it.
    """
    found: dict[tuple[str, Table], OwnCount] = {}
    with _as_stated(connection, tables, batch_id):
        staged = {t: int(str(one_value(connection, f"select count(*) from {stated(t, OWN)}"))) for t in tables}
        for bundle in bundled(own_rules(catalog, tables)):
            for one in _judge(connection, bundle):
                known = found.get((one.rule_id, one.table))
                failing = tuple(sorted({*one.failing, *(known.failing if known else ())}))
                evaluated = max(len(failing), min(one.evaluated + (known.evaluated if known else 0), staged[one.table]))
                found[one.rule_id, one.table] = OwnCount(one.rule_id, one.table, one.field, evaluated, failing)
    return list(found.values())


def _judge(connection: psycopg.Connection, bundle: Bundle) -> Iterator[OwnCount]:
    query = judge_query(bundle, incremental=False, schema=OWN)
    asked = ", ".join(
        f"coalesce(sum(evaluated_{n}), 0), array(select (f).row_number from judged j, unnest(j.failing_{n}) f order by 1)"
        for n, _ in enumerate(bundle.rules)
    )
    [figures] = execute(connection, f"with judged as materialized ({query}) select {asked} from judged").fetchall()
    for number, (rule_id, check) in enumerate(bundle.rules):
        rows = figures[2 * number + 1]
        yield OwnCount(rule_id, bundle.table, check.field, int(str(figures[2 * number])), tuple(rows) if isinstance(rows, list) else ())


@contextmanager
def _as_stated(connection: psycopg.Connection, tables: Sequence[Table], batch_id: str) -> Iterator[None]:
    """Show a staged batch in the form of the views of what is stated, in the schema of the session; nothing of it outlives the block."""
    with connection.transaction(force_rollback=True):
        for table in tables:
            columns = ", ".join(f"{safe_cast(c)} as {c.name}" for c in table.columns)
            technical = (
                f"t._province_code as province_code, t._batch_id, t._row_number, {record_key(table)} as _record_key,"
                " 0::bigint as _load_id, false as _refused, t._as_of"
            )
            source = f"staging.{table.stem} t where t._batch_id = {literal(batch_id)}"
            execute(connection, f"create temp view stated_{table.stem} as select {columns}, {technical} from {source}")
            execute(connection, NOTED.format(dataset=literal(table.dataset), stem=table.stem, batch=literal(batch_id)))
        yield
