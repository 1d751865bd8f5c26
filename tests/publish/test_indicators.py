"""Indicators: counted by month for provinces and communes, stated with targets, ranked, and on the map of 63 provinces."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
from registry import COMMUNES, NOW, SECRET, Registry, citizen_id

from province_data.build import build
from province_data.publish import publish

DECEMBER = datetime(2026, 12, 2, 2, 0, tzinfo=UTC)
FIGURES = "select province_code, numerator, denominator, value, unit from published.indicator where code = %s and commune_code is null"


def test_indicators_count_a_province_and_the_country(shared: Registry) -> None:
    query = FIGURES + " and province_code in ('24', '00') order by 1"
    assert shared.ask(query, "persons") == [("00", 18, None, 18, "bản ghi"), ("24", 6, None, 6, "bản ghi")]
    assert [row[1:] for row in shared.ask(query, "parcels_clean")] == [(None, None, None, "%"), (1, 2, 50, "%")]
    assert [row[1:] for row in shared.ask(query, "certificates_clean")] == [(None, None, None, "%"), (1, 2, 50, "%")]
    assert [row[1:] for row in shared.ask(query, "card_share")] == [(18, 18, 100, "%"), (6, 6, 100, "%")]
    assert [row[1:4] for row in shared.ask(query, "tax_codes_clean")] == [(None, None, None), (1, 2, 50)]
    [(_, communes, of_all, *_)] = shared.ask(FIGURES + " and province_code = '24'", "communes_with_parcels")
    assert (communes, of_all) == (1, shared.one("select count(*) from reference.commune where edition = '2025' and province_code = '24'"))


def test_the_figures_of_communes_add_up_to_the_former_provinces(shared: Registry) -> None:
    communes = "select commune_code, numerator, old_province_code from published.indicator where code = 'persons' and province_code = '24'"
    assert shared.ask(communes + " and commune_code is not null") == [(COMMUNES["24"], 6, "27")]
    former = "select old_province_code, old_province_name, statement, value, communes, is_split from published.indicator_old_province"
    former += " where province_code = '24' and code = %s order by 1"
    assert shared.ask(former, "card_share") == [
        ("24", "Tỉnh Bắc Giang", "0/0", None, 0, True),
        ("27", "Tỉnh Bắc Ninh", "6/6 = 100,0 %", 100, 1, True),
    ]
    all_of_them = shared.one("select count(*) from reference.commune where edition = '2025' and province_code = '24'")
    covered = [str(row[2]).split(" ")[0].split("/") for row in shared.ask(former, "communes_with_parcels")]
    assert [int(numerator) for numerator, _ in covered] == [0, 1]
    assert sum(int(denominator) for _, denominator in covered) == all_of_them


def test_what_lies_in_a_divided_commune_counts_in_its_former_province(shared: Registry) -> None:
    former = "select old_province_code, numerator, communes from published.indicator_old_province where province_code = '24' and code = %s"
    assert shared.ask(former + " order by 1", "civil_events") == [("01", 1, 0), ("24", 0, 0), ("27", 1, 1)]
    assert shared.ask(FIGURES + " and province_code = '24'", "civil_events") == [("24", 2, None, 2, "bản ghi")]


def test_what_cannot_be_split_is_on_the_former_map_with_the_reason(shared: Registry) -> None:
    shown = "select old_province_code, value, numerator, statement, is_split from published.indicator_old_province where code = %s"
    assert shared.ask(shown + " and province_code = '24' order by 1", "tasks_done") == [
        ("24", None, None, None, False),
        ("27", None, None, None, False),
    ]
    reasons = "select distinct basis from published.indicator_old_province where province_code = '24' and code = %s"
    assert shared.ask(reasons, "tasks_done") == [("Không chia được theo tỉnh cũ: nhiệm vụ giao cho cả tỉnh hiện nay",)]
    # A map that is read by a province shows no other one's.
    with psycopg.connect(shared.dsn, autocommit=True) as connection:
        connection.execute("set role province_19")
        assert connection.execute("select distinct province_code from published.indicator_old_province").fetchall() == [("19",)]


def test_a_group_of_fewer_than_ten_is_not_shown_of_the_country(registry: Registry) -> None:
    shown = {}
    registry.do("delete from published.indicator where code = 'parcels_clean' and province_code <> '24'")
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute("select set_config('province_data.today', %s, false)", (NOW.date().isoformat(),))
        for numerator, denominator in ((0, 100), (1, 100), (9, 100), (10, 100), (90, 100), (91, 100), (100, 100), (0, 9)):
            connection.execute(
                "update published.indicator set numerator = %s, denominator = %s where code = 'parcels_clean' and commune_code is null",
                (numerator, denominator),
            )
            found = connection.execute("select numerator from warehouse.rpt_indicator_country where code = 'parcels_clean'").fetchall()
            [(shown[numerator, denominator],)] = found
    assert shown == {
        (0, 100): 0, (1, 100): None, (9, 100): None, (10, 100): 10, (90, 100): 90, (91, 100): None, (100, 100): 100, (0, 9): None,
    }  # fmt: skip


def test_a_month_that_is_over_keeps_its_figures_and_the_next_one_is_compared_with_it(registry: Registry) -> None:
    assert publish(registry.dsn, SECRET, NOW).changed == 0
    registry.do("update validated.population__person set card_expiry_date = '2026-11-30' where _record_key = %s", citizen_id("24", 2))
    registry.do("update validated.population__person set _load_id = 2 where _record_key = %s", citizen_id("24", 2))
    build(registry.dsn, registry.project / "dbt_project", registry.target)
    publish(registry.dsn, SECRET, DECEMBER)
    assert publish(registry.dsn, SECRET, DECEMBER).changed == 0
    trend = (
        "select to_char(period, 'MM'), statement, change, target, is_reached, is_quarter_end, country_value, ranked"
        " from published.indicator_trend where code = 'card_share' and province_code = %s order by period"
    )
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute("set role province_24")
        assert [tuple(map(str, row)) for row in connection.execute(trend.encode(), ("24",)).fetchall()] == [
            ("11", "6/6 = 100,0 %", "None", "98.00", "True", "False", "100.00", "None"),
            ("12", "5/6 = 83,3 %", "-16.67", "98.00", "False", "True", "None", "None"),
        ]
        assert connection.execute(trend.encode(), ("19",)).fetchall() == []
    assert registry.one("select count(distinct period) from published.indicator where code = 'card_share' and province_code = '52'") == 2


def test_a_new_target_reaches_every_province_without_a_build_from_nothing(registry: Registry) -> None:
    registry.do("update warehouse.indicator_definition set target = 50 where code = 'parcels_clean'")
    registry.do("update warehouse.task set done_on = '2026-11-01' where province_code = '24'")
    publish(registry.dsn, SECRET, NOW)
    reached = "select distinct province_code, is_reached from published.indicator where code = %s and province_code <> '00' order by 1"
    assert registry.ask(reached, "parcels_clean") == [("19", True), ("24", True), ("52", True)]
    assert registry.ask(reached, "tasks_done") == [("19", False), ("24", True), ("52", False)]
