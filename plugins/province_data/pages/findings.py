"""Read findings without ever counting them: what was counted when a load was reported, and single ones page by page.

No record key leaves this module: it may be a person's number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import psycopg

from province_data.contract.model import Contract, Table
from province_data.pages.session import rows_of

ROWS_SHOWN = 50

TALLIES = """
select t.dataset, t.province_code, t.load_id, t.rule_id, t.new, t.persisting, t.resolved, t.oldest_at
from unnest(%(datasets)s::text[]) d(dataset) cross join (select code collate "default" as code from reference.province) p
cross join lateral (
    select c.* from quality.finding_tally c
    where c.dataset = d.dataset and c.province_code = p.code and (%(rule)s = '' or c.rule_id = %(rule)s) and c.load_id = (
        select max(n.load_id) from quality.finding_tally n where n.dataset = d.dataset and n.province_code = p.code
    )
) t
where %(province)s in ('', p.code)
"""
"""The newest count of every dataset and province; the row without a rule is the sum.

Codes of the lists are compared as the ledger's are: no index is searched by another collation.
"""

COURSE = """
select dataset, province_code, load_id, rule_id, new, persisting, resolved, oldest_at
from quality.finding_tally
where province_code = %(province)s and dataset = any(%(datasets)s) and rule_id = '' and load_id = any(%(loads)s)
"""

COMMUNES = """
select t.commune_code, coalesce(c.name, '') as name, t.findings
from quality.commune_tally t left join reference.commune c on c.edition = %(edition)s and c.code = t.commune_code
where t.province_code = %(province)s and t.dataset = %(dataset)s
order by t.findings desc, t.commune_code
"""

GROUPS = f"""
select g.*, r.severity, r.sentence_vi, r.sentence_en, p.name as province_name, c.days
from ({TALLIES}) g
join quality.rule r on r.rule_id = g.rule_id
join reference.province p on p.code = g.province_code
left join quality.correction_term c on c.severity = r.severity
where g.new + g.persisting > 0 and %(severity)s in ('', r.severity)
    and (g.oldest_at, g.dataset, g.province_code, g.rule_id)
        > (coalesce(%(after_at)s, '-infinity'::timestamptz), %(after_dataset)s, %(after_province)s, %(after_rule)s)
order by g.oldest_at, g.dataset, g.province_code, g.rule_id
limit %(limit)s
"""

SINGLE = """
select f.finding_id, f.table_name, f.field, f.severity, f.first_seen_at, f.last_seen_at, f.batch_id, f.reopened,
    (f.first_seen_at at time zone 'Asia/Ho_Chi_Minh')::date + t.days as due_on, a.answer, {commune} as commune
from quality.finding f
left join quality.correction_term t on t.severity = f.severity
left join lateral (
    select a.answer from quality.answer a where a.finding_id = f.finding_id and a.answered_at is not null
    order by a.answered_at desc, a.answer_id desc limit 1
) a on true
where f.dataset = %(dataset)s and f.table_name = %(table)s and f.rule_id = %(rule)s and f.province_code = %(province)s
    and f.status = 'open' and (f.record_key, f.occurrence) > (
        coalesce((select k.record_key from quality.finding k where k.finding_id = %(after)s), ''),
        coalesce((select k.occurrence from quality.finding k where k.finding_id = %(after)s), -1)
    )
order by f.record_key, f.occurrence
limit %(limit)s
"""
"""In the order of the unique key of findings, so that each page costs the same however many there are."""
COMMUNE_OF = """(
    select coalesce(c.name, '') from reference.commune c
    where c.edition = %(edition)s and c.province_code = f.province_code and c.code = coalesce(
        (select v.{column} from validated.{stem} v where v.province_code = f.province_code and v._record_key = f.record_key),
        (select q.{column} from quarantine.{stem}__record q
            where q.province_code = f.province_code and q._record_key = f.record_key limit 1))
)"""
TABLE_OF = "select table_name from quality.finding where finding_id = %(after)s"


@dataclass(frozen=True)
class Tally:
    """How many findings of a rule (empty: of all) a dataset of a province has since its newest load."""

    dataset: str
    province_code: str
    load_id: int
    rule_id: str
    new: int
    persisting: int
    resolved: int
    oldest_at: datetime | None

    @property
    def open(self) -> int:
        """What is still to be mended."""
        return self.new + self.persisting


@dataclass(frozen=True)
class Commune:
    """Open findings of a dataset in one commune; without a name the commune is not known."""

    commune_code: str
    name: str
    findings: int


@dataclass(frozen=True)
class Group(Tally):
    """The open findings of one rule in one dataset of one province."""

    severity: str
    sentence_vi: str
    sentence_en: str
    province_name: str
    days: int | None


@dataclass(frozen=True)
class Single:
    """One open finding, without the key of its record."""

    finding_id: int
    table_name: str
    field: str
    severity: str
    first_seen_at: datetime
    last_seen_at: datetime
    batch_id: str
    reopened: int
    due_on: date | None
    answer: str | None
    commune: str | None


def tallies(connection: psycopg.Connection, datasets: Sequence[str], province: str = "", rule: str = "") -> Sequence[Tally]:
    """Read the newest counts, of all provinces or one, of all rules or one."""
    return rows_of(connection, Tally, TALLIES, {"datasets": list(datasets), "province": province, "rule": rule})


def course(connection: psycopg.Connection, datasets: Sequence[str], province: str, loads: Sequence[int]) -> dict[tuple[str, int], Tally]:
    """Read the sums after some loads of a province: (dataset, load) -> tally."""
    given = {"datasets": list(datasets), "province": province, "loads": list(loads)}
    return {(t.dataset, t.load_id): t for t in rows_of(connection, Tally, COURSE, given)}


def communes(connection: psycopg.Connection, contract: Contract, province: str) -> Sequence[Commune]:
    """Read the open findings of a dataset in a province by commune, the most first."""
    given = {"dataset": contract.dataset, "province": province, "edition": contract.commune_edition}
    return rows_of(connection, Commune, COMMUNES, given)


@dataclass(frozen=True)
class Place:
    """Where the page before ended; empty for the first page."""

    at: datetime | None = None
    dataset: str = ""
    province: str = ""
    rule: str = ""


def groups(connection: psycopg.Connection, datasets: Sequence[str], province: str, severity: str, after: Place) -> Sequence[Group]:
    """Read a page of the inbox, the oldest first, and one row more if there is a next page."""
    given = {
        "datasets": list(datasets),
        "province": province,
        "rule": "",
        "severity": severity,
        "after_at": after.at,
        "after_dataset": after.dataset,
        "after_province": after.province,
        "after_rule": after.rule,
        "limit": ROWS_SHOWN + 1,
    }
    return rows_of(connection, Group, GROUPS, given)


def singles(connection: psycopg.Connection, contract: Contract, province: str, rule: str, after: int) -> list[Single]:
    """Read a page of the open findings of one rule, and one row more if there is a next page.

    Table by table, because the findings are kept in the order of dataset, table, rule, province and record.
    """
    by_name: dict[str, Table | None] = {"": None} | {t.name: t for t in contract.tables}
    names = sorted(by_name)
    passed = connection.execute(TABLE_OF.encode(), {"after": after}).fetchone() if after else None
    begin = names.index(str(passed[0])) if passed and passed[0] in names else 0
    found: list[Single] = []
    for place, name in enumerate(names[begin:]):
        if len(found) <= ROWS_SHOWN:
            given: dict[str, object] = {"dataset": contract.dataset, "edition": contract.commune_edition, "table": name}
            given |= {"rule": rule, "province": province, "after": after if place == 0 else 0, "limit": ROWS_SHOWN + 1 - len(found)}
            found += rows_of(connection, Single, SINGLE.format(commune=_commune(by_name[name])), given)
    return found


def _commune(table: Table | None) -> str:
    return COMMUNE_OF.format(stem=table.stem, column=table.commune) if table and table.commune else "null"
