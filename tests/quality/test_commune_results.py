"""What indicators state of agreement with population is kept by commune, and follows a load as a count from nothing would."""

from __future__ import annotations

import random

import psycopg
import pytest
from quality_ledger import NOW, Ledger

from province_data.contract.catalog import Catalog
from province_data.quality.commune_results import STATED_BY_INDICATORS, keep_commune_results

COMMUNES = ("09286", "07210", "00007", "99999", None)
"""Of today, of today, one that was divided, in no list, not given."""
HOLDER = """
insert into validated.land__right (province_code, _record_key, commune, id_type, id_no, _batch_id, _row_number, _row_hash, _load_id)
values ('24', %s, %s, %s, %s, %s, %s, gen_random_uuid(), %s)
"""
IMAGES = "insert into quality.touched_land__right select s.*, %s from quality.stated_land__right s where s._record_key = any(%s)"
KEPT = """
select rule_id, commune_code, commune_edition, evaluated, failed from quality.commune_result
where evaluated > 0 or failed > 0 order by 1, 2, 3
"""


@pytest.fixture
def stated(ledger: Ledger) -> Ledger:
    """Give a ledger with the holders of a province's first delivery, of whom the load noted no image."""
    say = ledger.connection.execute
    ledger.batch("a", 1)
    say("insert into quality.coverage (dataset, province_code, since_load_id, as_of) values ('land', '24', 1, %s)", (NOW.date(),))
    say("create table validated.land__right_24 partition of validated.land__right for values in ('24')")
    for number in range(30):
        holder(ledger.connection, number, COMMUNES[number % 5], "a", 1)
    return ledger


def holder(connection: psycopg.Connection, number: int, commune: str | None, batch: str, load_id: int) -> None:
    """State a holder; every tenth has no number of a person."""
    id_no = "AB" if number % 10 == 9 else f"024090{number:06d}"
    connection.execute(HOLDER.encode(), (f"k{number}", commune, "CCCD", id_no, batch, number, load_id))


def unknown(connection: psycopg.Connection, number: int, load_id: int) -> None:
    """Say that a holder's number stands nowhere in population."""
    connection.execute(
        "insert into quality.finding (dataset, table_name, rule_id, dimension, severity, province_code, record_key, field, batch_id,"
        " row_number, first_seen_at, last_seen_at, first_load_id, last_load_id)"
        " select 'land', 'right', rule_id, dimension, severity, '24', %s, 'id_no', 'a', 1, %s, %s, %s, %s from quality.rule"
        " where rule_id = 'XDS-023'",
        (f"k{number}", NOW, NOW, load_id, load_id),
    )


def keep(ledger: Ledger, catalog: Catalog, load_id: int) -> None:
    """Do what the end of a load does."""
    keep_commune_results(ledger.connection, catalog, set(STATED_BY_INDICATORS), [load_id])
    ledger.connection.execute("truncate quality.touched_land__right")


def counted_anew(ledger: Ledger, catalog: Catalog) -> list[tuple[object, ...]]:
    """Count everything from nothing, and keep what was kept."""
    kept = ledger.ask("select * from quality.commune_result")
    ledger.connection.execute("delete from quality.commune_result")
    ledger.connection.execute("delete from quality.finding_place")
    keep(ledger, catalog, 99)
    anew = ledger.ask(KEPT)
    assert kept
    return anew


def test_a_first_delivery_is_counted_by_commune_and_list(stated: Ledger, catalog: Catalog) -> None:
    unknown(stated.connection, 0, 1)
    unknown(stated.connection, 3, 1)
    keep(stated, catalog, 1)
    assert stated.ask(KEPT) == [
        ("XDS-023", "", "2025", 9, 1),
        ("XDS-023", "00007", "2025", 6, 0),
        ("XDS-023", "07210", "2025", 6, 0),
        ("XDS-023", "09286", "2025", 6, 1),
    ]
    keep(stated, catalog, 1)
    assert sum(int(str(row[3])) for row in stated.ask(KEPT)) == 27


def test_counts_follow_changes_as_a_count_from_nothing_would(stated: Ledger, catalog: Catalog) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    draw, say = random.Random(seed), stated.connection.execute
    for number in range(0, 30, 4):
        unknown(stated.connection, number, 1)
    keep(stated, catalog, 1)
    for load_id in range(2, 6):
        batch = f"b{load_id}"
        stated.batch(batch, load_id)
        say("update ops.batch set commune_edition = %s where batch_id = %s", (draw.choice(["2025", "pre-2025"]), batch))
        touched = [f"k{number}" for number in draw.sample(range(40), 12)]
        say(IMAGES.encode(), (False, touched))
        for key in touched:
            say("delete from validated.land__right where _record_key = %s", (key,))
            if draw.random() < 0.7:
                holder(stated.connection, int(key[1:]), draw.choice(COMMUNES), batch, load_id)
        say(IMAGES.encode(), (True, touched))
        say(
            "update quality.finding set status = 'resolved' where record_key = any(%s)"
            " and record_key not in (select _record_key from validated.land__right)",
            (touched,),
        )
        say("update quality.finding set status = 'resolved' where record_key = %s", (f"k{draw.randrange(0, 30, 4)}",))
        keep(stated, catalog, load_id)
        kept = stated.ask(KEPT)
        assert kept == counted_anew(stated, catalog)
        assert stated.ask("select count(*) from quality.commune_result where evaluated < 0") == [(0,)]


def test_what_comes_again_after_nothing_stood_is_counted(stated: Ledger, catalog: Catalog) -> None:
    keep(stated, catalog, 1)
    stated.connection.execute(IMAGES.encode(), (False, [f"k{number}" for number in range(30)]))
    stated.connection.execute("delete from validated.land__right")
    keep(stated, catalog, 2)
    assert stated.ask(KEPT) == []
    stated.batch("c", 3)
    holder(stated.connection, 1, "09286", "c", 3)
    keep(stated, catalog, 3)
    assert stated.ask(KEPT) == [("XDS-023", "09286", "2025", 1, 0)]


def test_a_rule_that_was_not_planned_is_left_as_it_is(stated: Ledger, catalog: Catalog) -> None:
    keep_commune_results(stated.connection, catalog, {"XDS-024", "XDS-029"}, [1])
    assert stated.ask("select count(*) from quality.commune_result where rule_id = 'XDS-023'") == [(0,)]
