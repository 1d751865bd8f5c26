"""Write the declared rules into the ledger: what they are now, every version they had, and what cannot be checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.model import Rule
from province_data.store.database import execute

WRITE_RULE = """
insert into quality.rule (
    rule_id, dimension, severity, sentence_vi, sentence_en, basis, state, version, declared_severity, is_identifier
) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
on conflict (rule_id) do update set dimension = excluded.dimension, severity = excluded.severity, sentence_vi = excluded.sentence_vi,
    sentence_en = excluded.sentence_en, basis = excluded.basis, state = excluded.state, version = excluded.version,
    declared_severity = excluded.declared_severity, is_identifier = excluded.is_identifier
"""
WEIGH_AGAIN = """
update quality.finding f set severity = r.severity
from quality.rule r where f.status = 'open' and r.rule_id = f.rule_id and r.state <> 'retired' and f.severity <> r.severity
"""
"""A rule that goes on trial, or comes off it, weighs otherwise from now on, also where it has findings already."""


def write_rule_book(connection: psycopg.Connection, catalog: Catalog, now: datetime) -> None:
    """Bring the ledger's list of rules to what is declared; versions are only ever added."""
    execute(connection, "delete from quality.correction_term")
    for severity, days in catalog.standard.correction_days.items():
        execute(connection, "insert into quality.correction_term values (%s, %s)", (str(severity), days))
    rules = {**catalog.rules, **catalog.retired}
    execute(connection, "delete from quality.rule where rule_id <> all(%s)", (list(rules),))
    identifiers = catalog.standard.identifiers
    with connection.cursor() as cursor:
        cursor.executemany(
            WRITE_RULE,
            [
                (r.id, r.dimension, str(r.severity), r.sentence.vi, r.sentence.en, r.basis, *_standing(r), r.id in identifiers)
                for r in rules.values()
            ],
        )
        cursor.executemany(
            "insert into quality.rule_version values (%s, %s, %s, %s, %s, %s) on conflict do nothing",
            [(r.id, r.version, str(r.state), str(r.declared or r.severity), catalog.rule_set, now) for r in rules.values()],
        )
    if execute(connection, WEIGH_AGAIN).rowcount:
        execute(connection, "delete from ops.published_state where entity = 'quality_flag'")  # The next publication compares every flag.
    _write_not_checked(connection, catalog)


def _standing(rule: Rule) -> tuple[str, str, str]:
    return str(rule.state), rule.version, str(rule.declared or rule.severity)


def _write_not_checked(connection: psycopg.Connection, catalog: Catalog) -> None:
    execute(connection, "delete from quality.not_checked")
    datasets = dict(_families(catalog))
    with connection.cursor() as cursor:
        cursor.executemany(
            "insert into quality.not_checked values (%s, %s, %s, %s, %s)",
            [(n.id, datasets.get(n.id[:3]), n.dimension, str(n.severity), n.reason) for n in catalog.not_checked.values()],
        )


def _families(catalog: Catalog) -> Iterator[tuple[str, str]]:
    """Tell which family of rules is declared in the folder of one dataset."""
    for family in {rule_id[:3] for rule_id in catalog.rules}:
        homes = {r.where.split("/")[0] for r in catalog.rules.values() if r.id[:3] == family} & set(catalog.contracts)
        if len(homes) == 1:
            yield family, homes.pop()
