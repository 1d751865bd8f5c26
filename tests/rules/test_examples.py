"""Judge every rule by its own examples on a real PostgreSQL, and throw garbage at all of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from province_data.contract.catalog import read_catalog
from province_data.contract.conditions import castable_condition
from province_data.contract.model import ColumnType, DeliveryCheck, Example, RowCheck, Rule, Table
from province_data.quality.affected import find_affected
from province_data.quality.compile import CompiledRule, applies_query, compile_rules, record_key, verdict_query
from province_data.quality.scope import set_rules
from province_data.quality.set_rules import Bundle, bundled, judge_query, search_query, stated, touched
from province_data.quality.verdicts import find_duplicate_keys
from province_data.store import embedded
from province_data.store.migrate import migrate

CATALOG = read_catalog(Path(__file__).resolve().parents[2] / "expectations")
TABLES = {f"{t.dataset}.{t.name}": t for t in CATALOG.tables}
COMPILED = {(c.rule.id, t.stem): c for t in CATALOG.tables for c in compile_rules(CATALOG, t)}
BUNDLES = bundled([(rule.id, check) for rule, check in set_rules(CATALOG)])
RULES = [r for r in CATALOG.rules.values() if not all(isinstance(c, DeliveryCheck) for c in r.checks)]
CASES = [
    pytest.param(rule, example, id=f"{rule.id} {'holds' if example.holds else 'fails'} {number}")
    for rule in RULES
    for number, example in enumerate(rule.examples, 1)
]
BATCH = {
    "_batch_id": "example", "_province_code": "24", "_as_of": "2026-10-31",
    "_extracted_at": "2026-11-01T01:10:00+07:00", "_edition": "2025", "_kind": "snapshot",
}  # fmt: skip
GARBAGE = (
    "", " ", "x", "0", "-1", "12", "1e400", "NaN", "7.90901E+10", "99999999999999999999", "012345678901", "024090012345",
    "2026-10-31", "2026-13-45", "0000-00-00", "1990", "1990-1", "31/12/1990", "9999-12-31", "2026-10-31T25:00:00+07:00",
    "2026-10-31T01:10:00+07:00", "07333", "7333", "1", "2", "00", "KS", "KH", "KT", "LH", "CN", "GH", "NC", "TD", "hoTen",
    "Nguyễn", "\u00d0\u0300", "😀" * 20, "'\"\\%s{}", "a\nb", "w7er87fpgd50", "1,5",
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(database_server: embedded.EmbeddedServer) -> Iterator[psycopg.Connection]:
    """One migrated database for all examples; each test takes back what it wrote."""
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute("create database rule_examples")
        try:
            with psycopg.connect(embedded.dsn(database_server, "rule_examples"), autocommit=True) as connection:
                migrate(connection, CATALOG, datetime(2026, 11, 1, tzinfo=UTC))
                for table in CATALOG.tables:
                    connection.execute(f"create table staging.{table.stem}__example partition of staging.{table.stem} default".encode())
                covered = "insert into quality.coverage (dataset, province_code, since_load_id, as_of) values (%s, %s, 1, %s)"
                for dataset in CATALOG.contracts:
                    connection.execute(covered, (dataset, BATCH["_province_code"], BATCH["_as_of"]))
                yield connection
        finally:
            server.execute("drop database rule_examples with (force)")


def run(connection: psycopg.Connection, query: str) -> list[tuple[object, ...]]:
    return connection.execute(query.encode()).fetchall()


def state(connection: psycopg.Connection, table: Table, number: int, row: Mapping[str, object]) -> None:
    """Put a record where row rules look (staging) and where set rules look (what is stated)."""
    values = {**BATCH, **{k: v for k, v in row.items() if k != "_table"}, "_row_number": number}
    names, given = sql.SQL(", ").join(map(sql.Identifier, values)), sql.SQL(", ").join(sql.Literal(v) for v in values.values())
    connection.execute(sql.SQL("insert into {} ({}) values ({})").format(sql.Identifier("staging", table.stem), names, given))
    columns = ", ".join(c.name for c in table.columns)
    copied = f"{columns}, province_code, _record_key, _batch_id, _row_number, _load_id, _rule_ids, _stage"
    selected = f"{columns}, _province_code, {record_key(table)}, _batch_id, _row_number, 1, '{{}}', 'record'"
    source = f"staging.{table.stem} t where _row_number = {number}"
    connection.execute(f"insert into quarantine.{table.stem} ({copied}) select {selected} from {source}".encode())


def state_all(connection: psycopg.Connection, rule: Rule, example: Example) -> Table:
    """Put all rows of an example into the database and give the table of the first, the judged one."""
    home = next(c.table for c in rule.checks if not isinstance(c, DeliveryCheck))
    tables = [TABLES[str(row["_table"])] if "_table" in row else home for row in example.rows]
    for number, (table, row) in enumerate(zip(tables, example.rows, strict=True), 1):
        state(connection, table, number, row)
    for table in set(tables):
        find_duplicate_keys(connection, table)
        connection.execute(f"insert into {touched(table)} select *, true from {stated(table)}".encode())
    return tables[0]


def breaks_row_rule(connection: psycopg.Connection, compiled: CompiledRule, table: Table) -> tuple[bool, bool]:
    asked = f"coalesce({compiled.applies}, false), coalesce({compiled.bad}, false)"
    [(applies, bad)] = run(connection, f"select {asked} from staging.{table.stem} t where _row_number = 1")
    return bool(applies), bool(bad)


def breaks_set_rule(connection: psycopg.Connection, rule: Rule, table: Table, incremental: bool) -> tuple[bool, bool]:
    evaluated, failing = 0, list[int]()
    for bundle in (b for b in BUNDLES if b.table == table and rule.id in dict(b.rules)):
        if incremental:
            connection.execute("drop table if exists affected")
            find_affected(connection, bundle)
        for number in (n for n, (rule_id, _) in enumerate(bundle.rules) if rule_id == rule.id):
            asked = f"evaluated_{number}, (select array_agg((f).row_number) from unnest(failing_{number}) f)"
            for count, records in run(connection, f"select {asked} from ({judge_query(bundle, incremental)}) j"):
                evaluated += int(str(count))
                failing += records if isinstance(records, list) else []
    return evaluated > 0, 1 in failing


def found_by_search(connection: psycopg.Connection, rule: Rule, table: Table) -> bool:
    alone = [Bundle(((rule.id, check),)) for b in BUNDLES if b.table == table for rule_id, check in b.rules if rule_id == rule.id]
    asked = "select (f).row_number from ({}) j, unnest(failing_0) f"
    return any((1,) in run(connection, asked.format(search_query(bundle))) for bundle in alone)


JUDGED: dict[tuple[str, int], tuple[bool, bool]] = {}
"""What was judged already, by rule and example: two tests ask."""


def judge(connection: psycopg.Connection, rule: Rule, example: Example) -> tuple[bool, bool]:
    """Say whether the rule applies to the judged record and whether the record breaks it."""
    place = (rule.id, rule.examples.index(example))
    if place not in JUDGED:
        JUDGED[place] = judge_anew(connection, rule, example)
    return JUDGED[place]


def judge_anew(connection: psycopg.Connection, rule: Rule, example: Example) -> tuple[bool, bool]:
    with connection.transaction(force_rollback=True):
        table = state_all(connection, rule, example)
        compiled = COMPILED.get((rule.id, table.stem))
        row = breaks_row_rule(connection, compiled, table) if compiled else (False, False)
        whole, touched_only = (breaks_set_rule(connection, rule, table, incremental) for incremental in (False, True))
        assert whole == touched_only, "judging what a load touched must find what judging everything finds"
        assert whole[1] == found_by_search(connection, rule, table), "searching must find what judging everything finds"
        return row[0] or whole[0], row[1] or whole[1]


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_is_judged_as_it_says(warehouse: psycopg.Connection, rule: Rule, example: Example) -> None:
    applies, broken = judge(warehouse, rule, example)
    assert broken is not example.holds
    assert applies or not broken


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.id)
def test_a_rule_is_explained_by_an_example_that_holds_and_one_that_fails(warehouse: psycopg.Connection, rule: Rule) -> None:
    assert any(not e.holds for e in rule.examples), "no failing example"
    assert any(judge(warehouse, rule, e)[0] for e in rule.examples if e.holds), "no holding example to which the rule applies"


HOUSEHOLDS = [
    pytest.param([("pre-2025", "00004"), ("pre-2025", "00004")], False, id="one old commune"),
    pytest.param([("pre-2025", "00004"), ("pre-2025", "00007")], True, id="two old communes"),
    pytest.param([("pre-2025", "00634"), ("2025", "00622")], False, id="an old commune that was split, and one of its parts"),
    pytest.param([("2025", "00622"), ("pre-2025", "00634")], False, id="a part, and the old commune it was split from"),
    pytest.param([("pre-2025", "00634"), ("2025", "00622"), ("2025", "09886")], True, id="two parts of one old commune"),
    pytest.param([("pre-2025", "00634"), ("2025", "00004")], True, id="an old commune, and one that nothing of it went to"),
    pytest.param([("pre-2025", "07315"), ("2025", "07333")], False, id="a commune and the one it was merged into"),
    pytest.param([("pre-2025", "07315"), ("pre-2025", "07333")], True, id="two old communes that are one today"),
    pytest.param([("pre-2025", "99999"), ("2025", "00004")], False, id="a code of no list is not compared"),
]


@pytest.mark.parametrize(("homes", "is_broken"), HOUSEHOLDS)
def test_members_of_a_household_live_together_whatever_list_their_communes_are_of(
    warehouse: psycopg.Connection, homes: Sequence[tuple[str, str]], is_broken: bool
) -> None:
    person, rule = TABLES["population.person"], CATALOG.rule("POP-031")
    with warehouse.transaction(force_rollback=True):
        for edition in ("2025", "pre-2025"):
            warehouse.execute(
                "insert into ops.batch (batch_id, dataset, province_code, as_of, received_at, sha256, source_uri, status, kind,"
                " commune_edition) values (%s, 'population', '24', %s, %s, '', '', 'validated', 'changes', %s)",
                (edition, BATCH["_as_of"], BATCH["_extracted_at"], edition),
            )
        for number, (edition, commune) in enumerate(homes, 1):
            member = {"personal_id": f"02409000000{number}", "household_no": "2400000001", "perm_commune": commune, "life_status": "1"}
            state(warehouse, person, number, {**member, "_batch_id": edition})
        warehouse.execute(f"insert into {touched(person)} select *, true from {stated(person)}".encode())
        assert [breaks_set_rule(warehouse, rule, person, incremental)[1] for incremental in (False, True)] == [is_broken] * 2
        assert found_by_search(warehouse, rule, person) is is_broken


def test_every_typed_column_is_guarded_by_a_refusing_rule() -> None:
    """What such a rule lets pass becomes a typed value; anything else would stop the load."""
    checks = [c for r in CATALOG.rules.values() if r.severity.refuses for c in r.checks if isinstance(c, RowCheck)]
    guarded = {(c.table.stem, c.field) for c in checks if (column := c.table.column(c.field)) and c.bad == castable_condition(column)}
    typed = {(t.stem, c.name) for t in CATALOG.tables for c in t.columns if c.type != ColumnType.TEXT}
    assert typed <= guarded


def garbage_rows(table: Table, chance: random.Random, count: int) -> Iterator[dict[str, object]]:
    for _ in range(count):
        yield {c.name: chance.choice(GARBAGE) if chance.random() < 0.8 else None for c in table.columns}


@pytest.fixture
def seed() -> int:
    value = random.SystemRandom().randrange(2**32)
    print(f"seed {value}")
    return value


def pour(connection: psycopg.Connection, tables: Sequence[Table], chance: random.Random) -> None:
    for table in tables:
        for number, row in enumerate(garbage_rows(table, chance, 60), 1):
            state(connection, table, number, row)
        find_duplicate_keys(connection, table)


def test_no_condition_raises_on_garbage(warehouse: psycopg.Connection, seed: int) -> None:
    with warehouse.transaction(force_rollback=True):
        pour(warehouse, CATALOG.tables, random.Random(seed))
        for table in CATALOG.tables:
            compiled = compile_rules(CATALOG, table)
            run(warehouse, verdict_query(table, compiled))
            run(warehouse, applies_query(table, compiled)[0])
            for one in compiled:
                run(warehouse, f"select count(*) from staging.{table.stem} t where {one.bad}")
        for bundle in BUNDLES:
            run(warehouse, judge_query(bundle, incremental=False))


def test_a_change_concerns_only_the_rules_that_read_what_changed(warehouse: psycopg.Connection) -> None:
    person = TABLES["population.person"]
    by_head = next(b for b in BUNDLES if "POP-032" in b.rule_ids)
    with warehouse.transaction(force_rollback=True):
        touch(warehouse, person, {"phone": "0912345678"}, {"phone": "0987654321"})
        assert not affected(warehouse, by_head)
        touch(warehouse, person, {"household_no": "024-1"}, {"household_no": "024-2"})
        assert {str(group[0]) for group in affected(warehouse, by_head)} == {"024-1", "024-2"}


def test_a_record_that_leaves_a_delivery_does_not_change_what_the_delivery_was(warehouse: psycopg.Connection) -> None:
    parcel = TABLES["land.parcel"]
    of_delivery = next(b for b in BUNDLES if "LAN-061" in b.rule_ids)
    with warehouse.transaction(force_rollback=True):
        touch(warehouse, parcel, {"_batch_id": "old", "parcel_code": "w7er87fpgd50"}, {"_batch_id": "new", "parcel_code": "w7er87fpgd50"})
        assert affected(warehouse, of_delivery) == [("new",)]


def test_two_records_under_one_key_do_not_cancel_out(warehouse: psycopg.Connection) -> None:
    person = TABLES["population.person"]
    unique = next(b for b in BUNDLES if "POP-006" in b.rule_ids)
    with warehouse.transaction(force_rollback=True):
        touch(warehouse, person, None, {"personal_id": "024090012345"})
        touch(warehouse, person, None, {"personal_id": "024090012345"})
        assert affected(warehouse, unique) == [("024090012345",)]


def affected(connection: psycopg.Connection, bundle: Bundle) -> list[tuple[object, ...]]:
    """What has to be judged again by the rules of a bundle."""
    connection.execute("drop table if exists affected")
    find_affected(connection, bundle)
    return run(connection, "select * from affected")


def touch(connection: psycopg.Connection, table: Table, old: Mapping[str, object] | None, new: Mapping[str, object]) -> None:
    """Let a load have changed a record, as merging a batch notes it."""
    citizen = {"personal_id": "024090012345", "full_name": "Lê Văn An"}
    key = {name: value for name, value in citizen.items() if table.column(name)}
    for image, is_new in ((old, False), (new, True)):
        if image is not None:
            state(connection, table, 1, {**key, **image})
            connection.execute(f"insert into {touched(table)} select *, {is_new} from {stated(table)}".encode())
            connection.execute(f"delete from quarantine.{table.stem}; delete from staging.{table.stem}".encode())
