"""Figures that everybody sees let nobody count somebody else's few: not directly, and not by taking one's own figures away."""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg
import pytest
from attacking import address_of
from registry import NOW, SECRET, Registry, citizen_id

from province_data.build import build
from province_data.publish import publish

SHOWN = "select numerator, denominator from warehouse.rpt_indicator_country where code = 'parcels_clean'"
Figures = dict[str, tuple[int, int]]
Shown = tuple[int | None, int | None]
HIDDEN: Shown = (None, None)


@pytest.fixture
def country(registry: Registry) -> Iterator[psycopg.Connection]:
    """Connect where the figures of the country are made, on the day of the publication."""
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute("select set_config('province_data.today', %s, false)", (NOW.date().isoformat(),))
        yield connection


def stated(country: psycopg.Connection, figures: Figures) -> Shown:
    """State the figures of three provinces; returns what is shown of the country."""
    for province, (numerator, denominator) in figures.items():
        country.execute(
            "update published.indicator set numerator = %s, denominator = %s"
            " where code = 'parcels_clean' and commune_code is null and province_code = %s",
            (numerator, denominator, province),
        )
    [row] = country.execute(SHOWN).fetchall()
    return row[0], row[1]


def is_telling(figures: Figures) -> bool:
    """Whether somebody can count fewer than ten: of the country, or of the others after taking away their own."""
    for without in ((0, 0), *figures.values()):
        counted = sum(n for n, _ in figures.values()) - without[0]
        of_all = sum(d for _, d in figures.values()) - without[1]
        if any(1 <= small <= 9 for small in (counted, of_all, of_all - counted)):
            return True
    return False


@pytest.mark.parametrize(
    ("figures", "shown"),
    [
        ({"19": (20, 40), "24": (1, 40), "52": (0, 40)}, HIDDEN),
        ({"19": (20, 40), "24": (1, 40), "52": (20, 40)}, (41, 120)),
        ({"19": (20, 40), "24": (0, 40), "52": (0, 40)}, (20, 120)),
        ({"19": (40, 40), "24": (39, 40), "52": (40, 40)}, HIDDEN),
        ({"19": (10, 50), "24": (10, 50), "52": (0, 3)}, (20, 103)),
        ({"19": (0, 0), "24": (10, 50), "52": (0, 3)}, HIDDEN),
    ],
)
def test_a_rest_below_ten_hides_the_figure_of_the_country(country: psycopg.Connection, figures: Figures, shown: Shown) -> None:
    assert stated(country, figures) == shown


def test_no_figure_of_the_country_leaves_a_small_rest_to_a_province(country: psycopg.Connection) -> None:
    seed = 20261129
    chance, hidden = random.Random(seed), 0
    for _ in range(150):
        figures: Figures = {}
        for province in ("19", "24", "52"):
            of_all = chance.choice([0, 1, 5, 9, 10, 11, 30, 500])
            figures[province] = (chance.choice([0, of_all, max(0, of_all - 1), of_all // 2, min(of_all, 1)]), of_all)
        shown = stated(country, figures)
        assert (shown == HIDDEN) == is_telling(figures), f"seed {seed}: {figures}"
        hidden += shown == HIDDEN
    assert 30 < hidden < 150, f"seed {seed}"


def seen_by(registry: Registry, own: str) -> dict[str, list[str]]:
    """Read all that a province may read of anybody: that there was a publication is told to all."""
    relations = registry.ask(
        "select c.oid::regclass::text from pg_class c where c.relnamespace in ('published'::regnamespace, 'quality'::regnamespace)"
        " and has_table_privilege('province_read', c.oid, 'select') and c.oid <> 'published.publication'::regclass order by 1"
    )
    with psycopg.connect(address_of(registry, own), autocommit=True) as reader:
        reader.execute("set province_data.as_of = '2026-12-31'")  # what views of the past ask for
        return {str(name): sorted(str(row) for row in reader.execute(f"select * from {name}".encode()).fetchall()) for (name,) in relations}


def test_a_rare_code_of_a_small_province_is_in_no_figure_others_see(field: Registry) -> None:
    """One citizen of province 19 gets a rare ethnic group, another state and another commune: nothing that province 24 reads changes."""
    before = seen_by(field, "24")
    assert sum(bool(rows) for rows in before.values()) > 20
    field.do(
        "update validated.population__person set ethnicity = '53', religion = '09', marital_status = '4', perm_address = 'elsewhere',"
        " _load_id = 7 where _record_key = %s",
        citizen_id("19", 3),
    )
    build(field.dsn, field.project / "dbt_project", field.target)
    assert publish(field.dsn, SECRET, NOW).changed > 0
    assert seen_by(field, "24") == before
