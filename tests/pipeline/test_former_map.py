"""The example deliveries on both maps: what is told of the 63 former provinces is what is told of the 34."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from installation import Installation, copy_sample
from province_data.store import embedded

TODAY = "select code, province_code, numerator, denominator from published.indicator where province_code <> '00' and commune_code is null"
FORMER = "select code, province_code, sum(numerator)::bigint, sum(denominator)::bigint from published.indicator_old_province group by 1, 2"
WANTED = """
select distinct i.nso_code_after_2025_07, i.nso_code_before_2025_07, d.code
from reference.id_province_code i cross join warehouse.indicator_definition d
where i.nso_code_after_2025_07 in ('19', '24', '52') order by 1, 2, 3
"""
SHOWN = """
select province_code, old_province_code, code from published.indicator_old_province where old_province_code is not null order by 1, 2, 3
"""
BY_COMMUNE = """
select rule_id, province_code, sum(evaluated)::bigint, sum(failed)::bigint from quality.commune_result
where rule_id <> 'XDS-018' group by 1, 2 order by 1, 2
"""
BY_RULE = """
select rule_id, province_code, evaluated, failed from quality.rule_result
where rule_id in ('XDS-008', 'XDS-023', 'XDS-029') order by 1, 2
"""
MARRIAGES = "select province_code, count(*) from quality.stated_civil_status__event where event_kind = 'KH' group by 1 order by 1"
ASKED = "select province_code, sum(evaluated)::bigint from quality.commune_result where rule_id = 'XDS-018' group by 1 order by 1"


@pytest.fixture(scope="module")
def loaded(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an installation that has loaded the example deliveries."""
    made, _, remove = copy_sample(database_server, tmp_path_factory.mktemp("former"), Path(__file__).resolve().parents[2])
    try:
        yield made
    finally:
        remove()


def codes(installation: Installation, query: str) -> set[str]:
    return {str(code) for (code,) in installation.ask(query)}


def test_the_former_provinces_add_up_to_todays_for_every_indicator_that_can_be_split(loaded: Installation) -> None:
    today, former = loaded.ask(TODAY), loaded.ask(FORMER)
    not_split = codes(loaded, "select distinct code from published.indicator_old_province where not is_split")
    assert not_split == codes(loaded, "select code from warehouse.indicator_definition where not_split_because is not null")
    expected = [(code, province, None, None) if code in not_split else (code, province, n, d) for code, province, n, d in today]
    assert sorted(map(str, former)) == sorted(map(str, expected))


def test_every_declared_indicator_is_on_both_maps(loaded: Installation) -> None:
    declared = codes(loaded, "select code from warehouse.indicator_definition")
    assert {str(row[0]) for row in loaded.ask(TODAY)} == declared
    assert loaded.ask(SHOWN) == loaded.ask(WANTED)


def test_agreement_with_population_by_commune_is_what_the_rules_counted(loaded: Installation) -> None:
    assert loaded.ask(BY_COMMUNE) == loaded.ask(BY_RULE)
    # A marriage is asked about both parties, their names and birth dates, and is one marriage.
    assert loaded.ask(ASKED) == loaded.ask(MARRIAGES)
