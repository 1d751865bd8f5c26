"""Keep the register of waivers: who let which rule rest, where, why and until when. Nothing is ever deleted from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import psycopg
from psycopg.rows import class_row

from province_data.contract.catalog import Catalog
from province_data.contract.model import KeyCheck, Rule, Severity
from province_data.contract.sound import guards_type
from province_data.errors import ContractError
from province_data.store.database import execute, one_value
from province_data.store.decisions import PERSONAL_NUMBER
from province_data.store.provinces import demand_province

LONGEST_DAYS = 366
"""A waiver is an exception with an end; what must rest for longer is a change of the rule."""
SHORTEST_REASON = 10
VIETNAM = timezone(timedelta(hours=7))
LISTED = """
select w.*, case when w.revoked_at is not null then 'revoked' when w.expires_on < %(today)s then 'expired' else 'in force' end as state,
    (select count(*) from quality.finding f where f.waiver_id = w.waiver_id and f.status = 'open') as findings
from quality.waiver w
where (%(all)s or (w.revoked_at is null and w.expires_on >= %(today)s))
order by w.dataset, w.province_code, w.rule_id, w.waiver_id
"""

OWN_COMMUNE = """
select 1 from reference.commune c left join reference.id_province_code p on p.nso_code_before_2025_07 = c.province_code
where c.code = %s and %s = case c.edition when '2025' then c.province_code else p.nso_code_after_2025_07 end
"""
COVERED = """
select count(*) from quality.finding f join quality.waiver w using (dataset, province_code, rule_id)
where w.waiver_id = %s and f.status = 'open' and (w.commune_code is null or w.commune_code = f.commune_code)
    and (w.record_key is null or w.record_key = f.record_key)
"""


@dataclass(frozen=True)
class Scope:
    """What a waiver reaches: one rule in one dataset of one province, or in one commune or on one record of it."""

    rule_id: str
    dataset: str
    province_code: str
    commune_code: str | None = None
    record_key: str | None = None


@dataclass(frozen=True)
class Waiver:
    """One line of the register."""

    waiver_id: int
    rule_id: str
    dataset: str
    province_code: str
    commune_code: str | None
    record_key: str | None
    reason: str
    approved_by: str
    lets_publish: bool
    granted_at: datetime
    expires_on: date
    revoked_at: datetime | None
    revoked_by: str | None
    state: str
    findings: int
    """Open findings that it covers now."""


def today(now: datetime) -> date:
    """Return the day in Vietnam, by which waivers run out."""
    return now.astimezone(VIETNAM).date()


def grant_waiver(
    connection: psycopg.Connection,
    catalog: Catalog,
    scope: Scope,
    reason: str,
    approved_by: str,
    expires_on: date,
    *,
    lets_publish: bool,
    now: datetime,
) -> int:
    """Enter a waiver and return its number; ContractError when it would reach what nobody may waive."""
    rule = catalog.rule(scope.rule_id)
    _demand_place(connection, catalog, rule, scope)
    _demand_grounds(reason, approved_by, expires_on, now)
    if lets_publish:
        _demand_publishable(catalog, rule)
    return int(
        str(
            one_value(
                connection,
                "insert into quality.waiver (rule_id, dataset, province_code, commune_code, record_key, reason, approved_by, lets_publish,"
                " granted_at, expires_on) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) returning waiver_id",
                (
                    *(scope.rule_id, scope.dataset, scope.province_code, scope.commune_code, scope.record_key),
                    *(reason.strip(), approved_by.strip(), lets_publish, now, expires_on),
                ),
            )
        )
    )


def revoke_waiver(connection: psycopg.Connection, waiver_id: int, revoked_by: str, now: datetime) -> None:
    """End a waiver now; its line stays in the register."""
    if len(revoked_by.strip()) < 3:
        raise ContractError("nobody is named", expected="--by with a name")
    done = execute(
        connection,
        "update quality.waiver set revoked_at = %s, revoked_by = %s where waiver_id = %s and revoked_at is null",
        (now, revoked_by.strip(), waiver_id),
    ).rowcount
    if not done:
        raise ContractError(f"no waiver {waiver_id} can be revoked", expected="a number of: province-data waive list")


def count_covered(connection: psycopg.Connection, waiver_id: int) -> int:
    """Count the open findings that a waiver reaches, whether they bear its mark yet or not."""
    return int(str(one_value(connection, COVERED, (waiver_id,))))


def list_waivers(connection: psycopg.Connection, now: datetime, *, everything: bool) -> Sequence[Waiver]:
    """List the waivers in force, or all there ever were."""
    with connection.cursor(row_factory=class_row(Waiver)) as cursor:
        return cursor.execute(LISTED.encode(), {"today": today(now), "all": everything}).fetchall()


def _demand_place(connection: psycopg.Connection, catalog: Catalog, rule: Rule, scope: Scope) -> None:
    catalog.contract(scope.dataset)
    judged = {check.table.dataset for check in rule.checks if hasattr(check, "table")}
    if judged and scope.dataset not in judged:
        raise ContractError(f"{rule.id} judges no record of {scope.dataset}", expected=f"one of: {', '.join(sorted(judged))}")
    if scope.commune_code and scope.record_key:
        raise ContractError("a waiver is for a commune or for a record, not for both", expected="--commune or --record")
    demand_province(connection, scope.province_code)
    own = (scope.commune_code, scope.province_code)
    if scope.commune_code and one_value(connection, OWN_COMMUNE, own) is None:
        raise ContractError(f"province {scope.province_code} has no commune {scope.commune_code!r}", expected="a five-digit code of a list")


def _demand_grounds(reason: str, approved_by: str, expires_on: date, now: datetime) -> None:
    if len(reason.strip()) < SHORTEST_REASON:
        raise ContractError("the reason says too little", expected=f"a sentence of at least {SHORTEST_REASON} characters")
    if len(approved_by.strip()) < 3:
        raise ContractError("nobody is named who approves", expected="--approved-by with name and office")
    if PERSONAL_NUMBER.search(f"{reason} {approved_by}"):
        raise ContractError("reason or name hold what may be a person's number", expected="words; one record is named by --record")
    days = (expires_on - today(now)).days
    if not 0 <= days <= LONGEST_DAYS:
        raise ContractError("the last day is past or too far away", expected=f"a day from today to {LONGEST_DAYS} days ahead")


def _demand_publishable(catalog: Catalog, rule: Rule) -> None:
    """What lets refused rows be published must be safe: never an identifier, a key, or a text that has no value of its type."""
    kept_apart = rule.severity is not Severity.ERROR or rule.id in catalog.standard.identifiers
    if kept_apart or any(isinstance(check, KeyCheck) or guards_type(check) for check in rule.checks):
        raise ContractError(
            f"records that break {rule.id} cannot be published",
            expected="a rule of severity error that guards neither an identifier, a key nor the type of a value",
            next_step="leave --publish out: the findings are counted apart, the records stay refused",
        )
