"""Publishing: what provinces read changes in one step, follows every change, and names nobody."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from registry import COMMUNES, NOW, SECRET, SPLIT_COMMUNE, Registry, citizen_id, copy_of, person, warn, write

from province_data.build import build
from province_data.errors import PublicationError
from province_data.publish import Publication, publish
from province_data.store import embedded

COUNTS = (
    "select (select count(*) from published.person), (select count(*) from published.household),"
    " (select count(*) from published.land_right)"
)
PLACES = "select string_agg(tableoid::text || ctid::text, ',' order by tableoid, ctid) from published.person"
"""Where rows lie: one that is written again lies elsewhere."""


def rebuild(registry: Registry, *, full: bool = False) -> None:
    build(registry.dsn, registry.project / "dbt_project", registry.target, full)


def withdraw(registry: Registry, province: str) -> None:
    """Leave the warehouse as a build would after every citizen of a province was held."""
    registry.do(
        "with gone as (delete from warehouse.dim_person where province_code = %s returning province_code, _record_key)"
        " insert into warehouse.change_log select 'person', province_code, _record_key, null, 2, true from gone",
        province,
    )
    registry.do("update warehouse.figure_count set records = 0 where entity = 'person' and province_code = %s", province)
    registry.do("update warehouse.build_state set load_id = 2, checked_load_id = 2 where entity = 'person'")


def test_every_publishable_record_is_published(shared: Registry) -> None:
    tables = {
        "person": 18,
        "residence": 18,
        "household": 6,
        "land_parcel": 6,
        "land_right": 9,
        "civil_event": 6,
        "taxpayer": 9,
        "land_tax": 3,
    }
    assert {table: shared.one(f"select count(*) from published.{table}") for table in tables} == tables


def test_publishing_again_changes_nothing_and_is_no_publication(shared: Registry) -> None:
    before, publications = shared.one(PLACES), shared.one("select count(*) from ops.publication")
    result = publish(shared.dsn, SECRET, NOW)
    assert (result.changed, result.publication_id, result.tables) == (0, None, ())
    assert shared.one(PLACES) == before
    assert shared.one("select count(*) from ops.publication") == publications


def test_a_build_with_nothing_new_does_not_start(shared: Registry) -> None:
    assert build(shared.dsn, shared.project / "dbt_project", shared.target).is_skipped


@pytest.fixture(scope="module")
def second(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[tuple[Registry, Publication, object]]:
    """Publish a second load: changed, new, removed, moved, held and restated citizens, each where the tests look."""
    with copy_of(database_server, template) as registry:
        places = registry.one(PLACES.replace("published.person", "published.person_19"))
        with psycopg.connect(registry.dsn, autocommit=True) as connection:
            write(connection, "population__person", "24", person("24", 7, household_no="2400000001"), load_id=2, number=7)
        registry.do(CHANGE.format("marital_status = '2'"), citizen_id("24", 2))
        registry.do(CHANGE.format("household_no = '2400000001', relation_to_head = '02'"), citizen_id("24", 5))
        registry.do("delete from validated.population__person where _record_key = %s", citizen_id("24", 6))
        registry.do("insert into validated._removed values ('population', 'person', '24', %s, 2)", citizen_id("24", 6))
        registry.do(CHANGE.format("_held_by = '{XDS-001}'"), citizen_id("52", 1))
        registry.do("update validated.population__person set household_no = null, _load_id = 2 where household_no = '5200000004'")
        registry.do("insert into validated._removed values ('population', 'person', '52', %s, 2)", citizen_id("52", 2))
        registry.do(CHANGE.format("marital_status = '4'"), citizen_id("52", 2))
        rebuild(registry)
        yield registry, publish(registry.dsn, SECRET, NOW), places


CHANGE = "update validated.population__person set {}, _load_id = 2 where _record_key = %s"
Second = tuple[Registry, Publication, object]


def test_a_change_reaches_its_rows_and_no_other(second: Second) -> None:
    registry, result, places = second
    changes = {c.table: (c.inserted, c.updated, c.deleted) for c in result.tables}
    # New: 24/7. Changed: 24/2, 24/5, 52/2 and the three who left their household. Gone: 24/6 removed, 52/1 held.
    assert changes["person"] == (1, 6, 2)
    assert changes["household"] == (0, 3, 1)
    assert changes["residence"] == (1, 0, 2)
    assert set(changes) == {"person", "household", "residence", "indicator"}
    assert registry.one(PLACES.replace("published.person", "published.person_19")) == places
    assert registry.ask("select province_code, count(*) from published.person where marital_status = '2' group by 1") == [("24", 1)]


def test_households_follow_their_members(second: Second) -> None:
    households = "select household_no, head_state, member_count from published.household where province_code = %s order by 1"
    assert second[0].ask(households, "24") == [("2400000001", "one", 5), ("2400000004", "one", 1)]
    assert second[0].ask(households, "52") == [("5200000001", "none", 2)]


def test_a_held_record_is_nowhere_behind_the_hold(second: Second) -> None:
    assert second[0].one("select count(*) from warehouse.dim_person where personal_id = %s", citizen_id("52", 1)) == 0
    assert second[0].one("select count(*) from published.person where province_code = '52'") == 5


def test_a_key_that_is_removed_and_stated_again_before_the_build_stays(second: Second) -> None:
    assert second[0].one("select count(*) from published.person where province_code = '52' and marital_status = '4'") == 1


def test_what_has_been_acted_upon_is_forgotten(second: Second) -> None:
    assert second[0].one("select count(*) from warehouse.change_log") == 0


def test_the_figures_kept_of_communes_are_those_counted_from_nothing(second: Second) -> None:
    kept, counted = (
        second[0].ask(f"select * from warehouse.{of} where records > 0 order by 1, 2, 3, 4")
        for of in ("figure_count", "int_figure__counted")
    )
    assert kept == counted
    assert ("person", "24", COMMUNES["24"], "living", 6) in kept


def test_a_released_record_comes_back(second: Second) -> None:
    registry = second[0]
    registry.do("update validated.population__person set _held_by = null, _load_id = 3 where _record_key = %s", citizen_id("52", 1))
    rebuild(registry)
    publish(registry.dsn, SECRET, NOW)
    assert registry.one("select count(*) from published.person where province_code = '52'") == 6
    assert registry.ask("select head_state, member_count from published.household where province_code = '52'") == [("one", 3)]


def test_a_build_from_nothing_publishes_only_differences(registry: Registry) -> None:
    registry.do("delete from validated.population__person where _record_key = %s", citizen_id("52", 6))
    before = registry.one(PLACES.replace("published.person", "published.person_24"))
    rebuild(registry, full=True)
    result = publish(registry.dsn, SECRET, NOW)
    assert {c.table: (c.inserted, c.updated, c.deleted) for c in result.tables if c.table == "person"} == {"person": (0, 0, 1)}
    assert registry.one(PLACES.replace("published.person", "published.person_24")) == before


def test_readers_see_the_old_state_until_everything_is_there(registry: Registry) -> None:
    old, seen = registry.ask(COUNTS), []
    withdraw(registry, "24")

    def look(connection: psycopg.Connection, publication_id: int) -> int:
        assert publication_id > 0
        seen.append(connection.execute(COUNTS.encode()).fetchall())
        seen.append(registry.ask(COUNTS))
        return 0

    publish(registry.dsn, SECRET, NOW, after=look)
    assert seen == [[(12, 6, 9)], old]
    assert registry.ask(COUNTS) == [(12, 6, 9)]


def test_a_reader_who_began_before_keeps_one_state_of_all_tables(registry: Registry) -> None:
    withdraw(registry, "24")
    with psycopg.connect(registry.dsn) as reader:
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        before = reader.execute(COUNTS.encode()).fetchall()
        assert publish(registry.dsn, SECRET, NOW).changed > 0
        assert reader.execute(COUNTS.encode()).fetchall() == before


def test_what_fails_in_the_ledger_undoes_the_publication(registry: Registry) -> None:
    def fail(connection: psycopg.Connection, publication_id: int) -> int:
        raise PublicationError("the ledger does not add up")

    withdraw(registry, "24")
    with pytest.raises(PublicationError, match="does not add up"):
        publish(registry.dsn, SECRET, NOW, after=fail)
    assert registry.one("select count(*) from published.person") == 18
    assert publish(registry.dsn, SECRET, NOW).changed > 0
    assert registry.one("select count(*) from published.person") == 12


def test_a_run_that_lost_its_lease_publishes_nothing(registry: Registry) -> None:
    withdraw(registry, "24")
    registry.do(
        "insert into ops.lease (name, token, holder, taken_at) values ('warehouse', 8, 'somebody', %s)"
        " on conflict (name) do update set token = excluded.token",
        NOW,
    )
    with pytest.raises(PublicationError, match="taken over"):
        publish(registry.dsn, SECRET, NOW, 7)
    assert registry.one("select count(*) from published.person") == 18
    assert publish(registry.dsn, SECRET, NOW, 8).changed > 0


def test_a_reader_holding_a_table_delays_nobody(registry: Registry) -> None:
    withdraw(registry, "24")
    with psycopg.connect(registry.dsn) as reader:
        reader.execute("select * from published.person")
        assert publish(registry.dsn, SECRET, NOW).changed > 0


def test_rows_of_an_unfinished_build_are_not_published(registry: Registry) -> None:
    registry.do("update warehouse.build_state set checked_load_id = 0 where entity = 'person'")
    with pytest.raises(PublicationError, match="did not end well"):
        publish(registry.dsn, SECRET, NOW)
    rebuild(registry)
    assert publish(registry.dsn, SECRET, NOW).changed == 0


def test_a_residence_comes_and_goes_with_what_the_citizen_states(registry: Registry) -> None:
    states = "update validated.population__person set temp_commune = %s, temp_from = %s, temp_to = %s, _load_id = %s where _record_key = %s"
    shown = (
        "select r.residence_kind, r.is_main, r.commune_code, r.start_date::text, r.end_date::text from published.residence r"
        " join published.person p using (province_code, person_key) where p.personal_id_masked = '*********001'"
        " and province_code = '24' order by 1"
    )
    others = registry.one("select string_agg(tableoid::text || ctid::text, ',' order by ctid) from published.residence_19")
    permanent = ("permanent", True, COMMUNES["24"], None, None)
    registry.do(states, COMMUNES["52"], "2026-01-02", "2027-01-01", 2, citizen_id("24", 1))
    rebuild(registry)
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.ask(shown) == [permanent, ("temporary", False, COMMUNES["52"], "2026-01-02", "2027-01-01")]
    registry.do(states, None, None, None, 3, citizen_id("24", 1))
    rebuild(registry)
    publish(registry.dsn, SECRET, NOW)
    assert registry.ask(shown) == [permanent]
    past = "select residence_kind, published_from, published_until from published.residence_history"
    assert registry.ask(past) == [("temporary", 2, 3)]
    registry.do("delete from validated.population__person where _record_key = %s", citizen_id("24", 1))
    registry.do("insert into validated._removed values ('population', 'person', '24', %s, 4)", citizen_id("24", 1))
    rebuild(registry)
    publish(registry.dsn, SECRET, NOW)
    assert registry.ask(shown) == []
    assert registry.one("select count(*) from published.residence") == 17
    assert registry.one("select string_agg(tableoid::text || ctid::text, ',' order by ctid) from published.residence_19") == others


def test_a_short_secret_is_refused(shared: Registry) -> None:
    with pytest.raises(PublicationError, match="too short"):
        publish(shared.dsn, "short", NOW)


def test_no_clear_identifier_phone_or_address_is_published(shared: Registry) -> None:
    columns = shared.ask(
        "select c.oid::regclass::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid"
        " where c.relnamespace = 'published'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition and a.attnum > 0"
        " and a.atttypid = 'text'::regtype and a.attname not like '%\\_key'"
    )
    assert len(columns) > 80
    planted = r"\d{12}|0900000000|@|đường Mẫu|Nguyễn Văn Mẫu|NGUYỄN VĂN MẪU|HỘ KINH DOANH"
    found = [f"{t}.{c}" for t, c in columns if shared.one(f'select count(*) from {t} where "{c}" ~ %s', planted)]
    assert found == []
    keys = shared.ask("select distinct length(person_key) from published.person union select length(taxpayer_key) from published.taxpayer")
    assert keys == [(32,)]


def test_keys_join_a_person_through_all_registries(shared: Registry) -> None:
    query = """
        select p.personal_id_masked, h.member_count, r.parcel_code is not null, l.class_group, e.event_kind, t.taxpayer_kind, x.amount_vnd
        from published.person p
        join published.household h using (province_code, household_key)
        join published.land_right r on r.holder_key = p.person_key
        join published.land_parcel l on l.parcel_key = r.parcel_key
        join published.civil_event e on e.father_key = p.person_key
        join published.taxpayer t on t.owner_key = p.person_key and t.taxpayer_key = p.person_key
        join published.land_tax x on x.taxpayer_key = t.taxpayer_key
        where p.province_code = '24'
    """
    assert shared.ask(query) == [("*********001", 3, True, "1", "KS", "1", 11370)]


def test_organisations_are_named_and_persons_are_not(shared: Registry) -> None:
    query = "select taxpayer_kind, tax_code_masked, organisation_name from published.taxpayer where province_code = '24' order by 1"
    assert shared.ask(query) == [("1", "*********001", None), ("2", "*********002", None), ("3", "9924000001", "CÔNG TY MẪU")]


def test_a_divided_commune_is_left_open_and_never_guessed(shared: Registry) -> None:
    query = (
        "select distinct commune_code, commune_name, old_commune_code, commune_method from published.civil_event where event_kind = 'KH'"
    )
    assert shared.ask(query) == [(None, None, SPLIT_COMMUNE, "split_unresolved")]
    assert shared.ask("select distinct commune_method from published.person") == [("same_edition",)]


def test_open_warnings_are_written_beside_the_record_and_taken_away_again(registry: Registry) -> None:
    warn(registry, "24", citizen_id("24", 1), "POP-030", "POP-016")
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    flagged = "select province_code, quality_flag from published.person where quality_flag is not null"
    assert registry.ask(flagged) == [("24", "POP-016 POP-030")]
    registry.do("update quality.finding set status = 'resolved'")
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.ask(flagged) == []


def test_warnings_are_compared_from_the_oldest_load_that_still_runs(registry: Registry) -> None:
    flagged = "select string_agg(quality_flag, ',' order by quality_flag) from published.person where province_code = '24'"
    later = "update quality.finding set first_load_id = 10, last_load_id = 10 where rule_id = %s"
    registry.do("update ops.load set status = 'done'")
    warn(registry, "24", citizen_id("24", 1), "POP-016")
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.one("select load_id from ops.published_state where entity = 'quality_flag'") == 9
    registry.do("insert into ops.load (started_at, rule_set) select now(), 'test' from generate_series(10, 11)")
    registry.do("update ops.load set status = 'done' where load_id = 11")
    for number, rule in ((2, "POP-030"), (3, "POP-031")):
        warn(registry, "24", citizen_id("24", number), rule)
        registry.do(later, rule)
        assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.one(flagged) == "POP-016,POP-030,POP-031"
    registry.do("update ops.load set status = 'done'")
    registry.do("update quality.finding set status = 'resolved', resolved_load_id = 11 where rule_id = 'POP-016'")
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.one("select load_id from ops.published_state where entity = 'quality_flag'") == 11
    warn(registry, "24", citizen_id("24", 4), "POP-032")
    assert publish(registry.dsn, SECRET, NOW).changed == 0
    assert registry.one(flagged) == "POP-030,POP-031"


def test_freshness_tells_the_newest_published_batch(registry: Registry) -> None:
    def settle(connection: psycopg.Connection, publication_id: int) -> int:
        return connection.execute("update ops.batch set status = 'published' where status = 'validated'").rowcount

    assert publish(registry.dsn, SECRET, NOW, after=settle).changed > 0
    assert registry.one("select count(*) from published.freshness") == 12
    assert publish(registry.dsn, SECRET, NOW, after=settle).changed == 0


def test_the_lists_of_units_are_compared_only_when_a_list_is_new(registry: Registry) -> None:
    named = "select name from published.admin_unit where edition = '2025' and level = 'commune' and code = '07210'"
    before = registry.one(named)
    registry.do("update reference.admin_unit set name = name || ' thử' where edition = '2025' and level = 'commune' and code = '07210'")
    assert publish(registry.dsn, SECRET, NOW).changed == 0
    registry.do("update reference.list_version set sha256 = 'another' where list_name = 'admin_unit'")
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.one(named) == f"{before} thử"
    assert publish(registry.dsn, SECRET, NOW).changed == 0


def test_the_ledger_counts_what_changed(shared: Registry) -> None:
    [row] = shared.ask("select load_id, rows_inserted, rows_updated, rows_deleted from ops.publication")
    total = shared.one("select sum(rows_inserted) from ops.publication_table")
    assert row == (1, total, 0, 0)
    assert shared.one("select rows_inserted from ops.publication_table where table_name = 'person'") == 18


def test_a_dataset_that_brings_only_its_models_is_published_and_protected(registry: Registry) -> None:
    registry.do(
        "create table warehouse.dim_school as select '24'::text as province_code, 'S1'::text as _record_key, 'Trường Mẫu'::text as name,"
        " 2::bigint as _load_id"
    )
    registry.do(
        "create view warehouse.mart_school as select province_code, warehouse.keyed_hash(_record_key) as school_key, name, _load_id"
        " from warehouse.dim_school"
    )
    registry.do("comment on column warehouse.mart_school.name is 'Tên trường'")
    registry.do(
        "insert into warehouse.build_state (entity, dataset, table_name, relation, is_grouped, load_id, checked_load_id)"
        " values ('school', 'education', 'school', 'dim_school', false, 2, 2)"
    )
    assert publish(registry.dsn, SECRET, NOW).changed == 1
    assert registry.ask("select province_code, name, quality_flag from published.school") == [("24", "Trường Mẫu", None)]
    assert registry.ask("select description from published.data_dictionary where table_name = 'school' and column_name = 'name'") == [
        ("Tên trường",)
    ]
    assert registry.one("select count(*) from pg_policies where schemaname = 'published' and tablename = 'school'") == 36
