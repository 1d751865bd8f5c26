"""Compile rules over single records into SQL: one condition per rule, one pass per table.

The same condition feeds Great Expectations and the verdict pass, so that both can be compared rule by rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import KeyCheck, KeyPart, RowCheck, Rule, Table

DUPLICATE_KEYS = "staging.duplicate_key"


@dataclass(frozen=True)
class CompiledRule:
    """A rule on one staging table, as SQL over its text columns (alias `t`)."""

    rule: Rule
    field: str
    """The column of the rule's first condition; the one Great Expectations is told about."""
    applies: str
    bad: str
    tag: str
    """SQL giving `RULE-ID:column` of the first broken condition, NULL when none is."""
    check: RowCheck | None
    """The only condition, when there is just one: it may be a native expectation."""


def compile_rules(catalog: Catalog, table: Table) -> tuple[CompiledRule, ...]:
    """Compile every rule that judges single records of `table`, and its key rule."""
    compiled = (_compile(rule, checks) for rule, checks in catalog.row_checks(table))
    return (*compiled, *(_compile_key(rule, check) for rule, check in catalog.key_checks(table)))


def _compile_key(rule: Rule, check: KeyCheck) -> CompiledRule:
    repeated = f"select d.batch_id, d.row_number from {DUPLICATE_KEYS} d where d.table_name = {literal(check.table.stem)}"
    bad = _both(check.when, f"(_batch_id, _row_number) in ({repeated})")
    tag = f"case when {bad} then {literal(f'{rule.id}:{check.field}')} end"
    return CompiledRule(rule, check.field, key_applies(check), bad, tag, None)


def _compile(rule: Rule, checks: Sequence[RowCheck]) -> CompiledRule:
    applies = _any([c.when for c in checks])
    broken = [(c.field, _both(c.when, c.bad)) for c in checks]
    tag = " ".join(f"when {bad} then {literal(f'{rule.id}:{field}')}" for field, bad in broken)
    only = checks[0] if len(checks) == 1 else None
    return CompiledRule(rule, checks[0].field, applies, _any([bad for _, bad in broken]), f"case {tag} end", only)


def _any(conditions: Sequence[str]) -> str:
    unique = list(dict.fromkeys(conditions))
    return unique[0] if len(unique) == 1 else "(" + " or ".join(f"({c})" for c in unique) + ")"


def _both(when: str, bad: str) -> str:
    return f"({bad})" if when == "true" else f"(({when}) and ({bad}))"


def record_key(table: Table, alias: str = "t") -> str:
    """SQL of the record key: the key columns as sent, joined with `|`, an empty column as nothing."""
    return " || '|' || ".join(_key_part(part, alias) for part in table.key)


def _key_part(part: KeyPart, alias: str) -> str:
    options = []
    for columns in part.alternatives[:-1]:
        options.append(" || '|' || ".join(f"{alias}.{c}" for c in columns))
    last = " || '|' || ".join(f"coalesce({alias}.{c}, '')" for c in part.alternatives[-1])
    return f"coalesce({', '.join([*options, last])})" if options else f"({last})"


def record_commune(table: Table, alias: str = "t") -> str:
    """SQL of the commune a record belongs to, NULL when its code is in no list: a wrong code must not become a place."""
    if table.commune is None:
        return "null::text"
    code = f"{alias}.{table.commune}"
    return f"case when {code} in (select code from reference.commune_any) then {code} end"


def key_filled(table: Table, prefix: str = "") -> str:
    """SQL that is true when every part of the record key is filled; `prefix` is an alias with its dot."""
    parts = []
    for part in table.key:
        parts.append("(" + " or ".join("(" + " and ".join(f"{prefix}{c} is not null" for c in a) + ")" for a in part.alternatives) + ")")
    return " and ".join(parts)


def key_applies(check: KeyCheck, prefix: str = "") -> str:
    """SQL that is true for the records whose key the check speaks of."""
    filled = key_filled(check.table, prefix)
    return filled if check.when == "true" else f"{filled} and ({check.when})"


def verdict_query(table: Table, compiled: Sequence[CompiledRule]) -> str:
    """One pass over the batch: each record that breaks a rule, with the tags of the rules it breaks."""
    broken = "\n or ".join(c.bad for c in compiled) or "false"
    tags = ",\n ".join(c.tag for c in compiled)
    return (
        f"select t._batch_id, t._row_number, t._province_code, {record_key(table)} as _record_key,\n"
        f" {record_commune(table)} as _commune, array_remove(array[{tags}]::text[], null) as tags\n"
        f"from staging.{table.stem} t\nwhere {broken}"
    )


def applies_query(table: Table, compiled: Sequence[CompiledRule], source: str = "") -> tuple[str, tuple[str, ...]]:
    """Count, per batch and commune, the records each distinct condition applies to; returns the query and its conditions.

    The records are those that are staged, or those of `source`.
    """
    conditions = tuple(dict.fromkeys(c.applies for c in compiled))
    counts = ",\n ".join(f"count(*) filter (where {c})" for c in conditions)
    place = f"coalesce({record_commune(table)}, '')"
    return (
        f"select t._batch_id, {place}, count(*), array[{counts}]::bigint[]\nfrom {source or f'staging.{table.stem}'} t group by 1, 2",
        conditions,
    )
