"""Keep, for the rules that indicators state, to how many records of each commune they apply and how many break them.

A province is counted as a whole once; after that the records that a load touched are taken off as they were and added as they
are, so that the cost follows the change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.conditions import literal
from province_data.contract.model import SetCheck, Table
from province_data.quality.affected import ALIAS
from province_data.quality.set_rules import stated, touched
from province_data.store.database import execute

STATED_BY_INDICATORS = ("XDS-008", "XDS-018", "XDS-023", "XDS-029")
"""Whether births, marriages, land holders and tax codes are found in population."""
PLACES = {"civil_status__event": ("reg_commune", "case when r.reg_date < date '2025-07-01' then 'pre-2025' else '2025' end")}
"""Where a record lies, and what says by which list: a list, or the batch. An event lies where it was registered, by the list of its day."""
IS_PLACE = "in (select code from reference.commune_any)"
EDITION = "coalesce(b.commune_edition, case when {list} in ('pre-2025', '2025') then {list} end, '2025')"

# A province to which nothing applied may have come again from nothing, which no image of a record tells of.
UNCOUNTED = """
select c.province_code from quality.coverage c cross join unnest(%(rules)s::text[]) as r (rule_id)
left join quality.commune_result k
    on k.dataset = c.dataset and k.table_name = {table} and k.rule_id = r.rule_id and k.province_code = c.province_code
where c.dataset = {dataset}
group by c.province_code, r.rule_id
having count(k.rule_id) = 0 or sum(k.evaluated) = 0 and c.province_code = any (array(
    select b.province_code from ops.batch b where b.dataset = {dataset} and b.load_id = any(%(loads)s)))
"""
BEGIN = """
insert into quality.commune_result
select {dataset}, {table}, r, p, '', '2025', 0, 0 from unnest(%(rules)s::text[]) r, unnest(%(provinces)s::text[]) p
"""
COLUMNS = "dataset, table_name, rule_id, province_code, commune_code, commune_edition"
ADD = f"""
insert into quality.commune_result as k ({COLUMNS}, evaluated, failed)
with counted as materialized (
    select r.province_code, r.{{commune}} as commune, {{list}} as list, {{counts}} from {{records}} r where {{where}} group by 1, 2, 3
)
select {{dataset}}, {{table}}, x.rule_id, c.province_code, case when c.commune {IS_PLACE} then c.commune else '' end,
    {EDITION.format(list="c.list")}, sum(x.n), 0
from counted c left join ops.batch b on b.batch_id = c.list cross join lateral (values {{each}}) as x (rule_id, n)
group by 3, 4, 5, 6 having sum(x.n) <> 0
on conflict ({COLUMNS}) do update set evaluated = k.evaluated + excluded.evaluated
"""
ENDED = """
delete from quality.finding_place p using quality.finding f
where f.finding_id = p.finding_id and {found_in} and (f.status <> 'open'
    or (f.province_code, f.record_key) in (select t.province_code, t._record_key from {touched} t))
"""
PLACE = f"""
insert into quality.finding_place
select f.finding_id, case when r.commune {IS_PLACE} then r.commune else '' end, {EDITION.format(list="r.list")}
from quality.finding f
left join lateral (
    select r.{{commune}} as commune, {{list}} as list from {{stated}} r
    where r.province_code = f.province_code and r._record_key = f.record_key limit 1) r on true
left join ops.batch b on b.batch_id = r.list
where {{found_in}} and f.rule_id = any(%(rules)s) and f.status = 'open'
    and not exists (select from quality.finding_place p where p.finding_id = f.finding_id)
"""
FAILED = f"""
insert into quality.commune_result as k ({COLUMNS}, evaluated, failed)
select {{dataset}}, {{table}}, rule_id, province_code, commune_code, commune_edition, 0, sum(failed) from (
    select f.rule_id, f.province_code, p.commune_code, p.commune_edition, 1 as failed
    from quality.finding f join quality.finding_place p using (finding_id)
    where {{found_in}} and f.rule_id = any(%(rules)s) and f.status = 'open'
    union all
    select rule_id, province_code, commune_code, commune_edition, 0
    from quality.commune_result where {{of_table}} and rule_id = any(%(rules)s)
) found group by 3, 4, 5, 6
on conflict ({COLUMNS}) do update set failed = excluded.failed where k.failed <> excluded.failed
"""


def keep_commune_results(connection: psycopg.Connection, catalog: Catalog, planned: Set[str], load_ids: Sequence[int]) -> None:
    """Bring the counts of the rules that were `planned` to be judged up to date. Needs the findings and the images of this load.

    Belongs into the transaction that writes the findings and empties the images.
    """
    for table in catalog.tables:
        conditions = {rule: sql for rule, sql in _conditions(catalog, table).items() if rule in planned}
        if conditions:
            _keep(connection, table, conditions, load_ids)


def forget_commune_results(connection: psycopg.Connection, table: Table, provinces: str) -> None:
    """Let the next load count the provinces that the query `provinces` names as a whole."""
    execute(connection, f"delete from quality.commune_result where {_words(table)['of_table']} and province_code in ({provinces})")


def _conditions(catalog: Catalog, table: Table) -> Mapping[str, str]:
    """Rule id -> SQL over a stated record `r` of whether the rule applies; what only evidence can tell is left out."""
    found: dict[str, list[str]] = {}
    for rule, check in catalog.set_checks:
        if check.table == table and rule.id in STATED_BY_INDICATORS and _asks_the_record_only(check):
            found.setdefault(rule.id, []).append(f"({check.when})")
    return {rule: " or ".join(dict.fromkeys(said)) for rule, said in found.items()}


def _asks_the_record_only(check: SetCheck) -> bool:
    return not {join.alias for join in check.joins} & set(ALIAS.findall(check.when))


def _keep(connection: psycopg.Connection, table: Table, conditions: Mapping[str, str], load_ids: Sequence[int]) -> None:
    words, given = _words(table), {"rules": list(conditions), "loads": list(load_ids)}
    rows = connection.execute(UNCOUNTED.format(**words).encode(), given).fetchall()
    new = sorted({str(province) for (province,) in rows})
    listed = f"array[{', '.join(literal(province) for province in new)}]::text[]"
    images = "sum(case when r._is_new then 1 else -1 end)"
    execute(connection, _add(table, conditions, words["touched"], images, f"r.province_code <> all ({listed})"))
    if new:
        forget_commune_results(connection, table, f"select unnest({listed})")
        connection.execute(BEGIN.format(**words).encode(), {**given, "provinces": new})
        execute(connection, _add(table, conditions, words["stated"], "count(*)", f"r.province_code = any ({listed})"))
    for statement in (ENDED, PLACE, FAILED):
        connection.execute(statement.format(**words).encode(), given)


def _add(table: Table, conditions: Mapping[str, str], records: str, number: str, where: str) -> str:
    """SQL that adds up the records of a relation by commune and rule."""
    counts = ", ".join(f"coalesce({number} filter (where {sql}), 0) as n_{i}" for i, sql in enumerate(conditions.values()))
    each = ", ".join(f"({literal(rule)}, c.n_{i})" for i, rule in enumerate(conditions))
    return ADD.format(**_words(table), counts=counts, each=each, records=records, where=where)


def _words(table: Table) -> dict[str, str]:
    """What the statements above say of a table."""
    dataset, name = literal(table.dataset), literal(table.name)
    commune, by_list = PLACES.get(table.stem, (table.commune or "", "r._batch_id"))
    return {
        "dataset": dataset, "table": name, "of_table": f"dataset = {dataset} and table_name = {name}",
        "found_in": f"f.dataset = {dataset} and f.table_name = {name}", "touched": touched(table), "stated": stated(table),
        "commune": commune, "list": by_list,
    }  # fmt: skip
