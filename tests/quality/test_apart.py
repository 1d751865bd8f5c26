"""What is counted apart: never a pass, never hidden, and it counts again when its reason ends."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from quality_ledger import NOW, Ledger

from province_data.contract.catalog import Catalog
from province_data.errors import ContractError
from province_data.quality.apart import count_apart, mark_apart
from province_data.quality.scores import write_scores
from province_data.quality.signals import note_signals
from province_data.quality.standing import count_standing
from province_data.store.waivers import Scope, count_covered, grant_waiver, list_waivers, revoke_waiver

LAST_DAY = date(2026, 11, 30)
REASON = "Hồ sơ gốc đang được Thanh tra giữ"


def grant(ledger: Ledger, catalog: Catalog, rule_id: str, *, record: str | None = None, publish: bool = False) -> int:
    scope = Scope(rule_id, ledger.dataset, ledger.province, record_key=record)
    return grant_waiver(ledger.connection, catalog, scope, REASON, "Nguyễn An", LAST_DAY, lets_publish=publish, now=NOW)


def score(ledger: Ledger, catalog: Catalog, dimension: str, days: int = 0) -> tuple[object, ...]:
    mark_apart(ledger.connection, catalog, NOW + timedelta(days=days))
    count_apart(ledger.connection, ["a"], [])
    write_scores(ledger.connection, ["a"], "r")
    columns = "evaluated, failed, waived, lawful, score, identifier_failed"
    [row] = ledger.ask(f"select {columns} from quality.score where batch_id = 'a' and dimension = %s", dimension)
    return row


def test_a_waived_finding_is_in_neither_numerator_nor_denominator(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-017", 10, 4)
    grant(ledger, catalog, "LAN-017", record="LAN-017-0")
    assert score(ledger, catalog, "clean") == (9, 3, 1, 0, Decimal("66.66"), 0)


def test_a_rule_of_which_everything_is_waived_has_no_score(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-017", 4, 4)
    grant(ledger, catalog, "LAN-017")
    assert score(ledger, catalog, "clean") == (0, 0, 4, 0, None, 0)


def test_a_waiver_that_has_run_out_or_was_revoked_counts_again(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-017", 10, 4)
    number = grant(ledger, catalog, "LAN-017")
    assert score(ledger, catalog, "clean", days=29)[2] == 4
    assert score(ledger, catalog, "clean", days=30) == (10, 4, 0, 0, Decimal("60.00"), 0)
    assert [w.findings for w in list_waivers(ledger.connection, NOW, everything=False)] == [0]
    assert score(ledger, catalog, "clean")[2] == 4
    revoke_waiver(ledger.connection, number, "Trần Bình", NOW)
    assert score(ledger, catalog, "clean") == (10, 4, 0, 0, Decimal("60.00"), 0)
    assert [w.state for w in list_waivers(ledger.connection, NOW, everything=True)] == ["revoked"]


def test_a_waiver_hides_no_wrong_identifier(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-002", 10, 2)
    grant(ledger, catalog, "LAN-002")
    assert score(ledger, catalog, "clean")[-1] == 2


@pytest.mark.parametrize("rule_id", ["LAN-006", "LAN-002", "LAN-013", "TXT-008"])
def test_no_waiver_publishes_an_identifier_a_key_or_what_has_no_type(ledger: Ledger, catalog: Catalog, rule_id: str) -> None:
    with pytest.raises(ContractError, match="cannot be published"):
        grant(ledger, catalog, rule_id, publish=True)


def test_a_waiver_names_no_person_and_no_commune_of_another_province(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-017", 10, 4)
    given = {"lets_publish": False, "now": NOW}
    own, foreign = (Scope("LAN-017", "land", "24", commune_code=code) for code in ("07333", "00004"))
    with pytest.raises(ContractError, match="no commune '00004'"):
        grant_waiver(ledger.connection, catalog, foreign, REASON, "Nguyễn An", LAST_DAY, **given)
    with pytest.raises(ContractError, match="a person's number"):
        grant_waiver(ledger.connection, catalog, own, "Chủ đất 024090 012345 vắng mặt", "Nguyễn An", LAST_DAY, **given)
    assert count_covered(ledger.connection, grant_waiver(ledger.connection, catalog, own, REASON, "Nguyễn An", LAST_DAY, **given)) == 4


def test_a_lawful_state_sets_apart_what_it_excuses_and_nothing_else(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-026", 10, 1, "right")
    ledger.result("a", "LAN-002", 10, 1)
    ledger.connection.execute("create table validated.p24 partition of validated.land__parcel for values in ('24')")
    ledger.connection.execute(
        "insert into validated.land__parcel (verification_state, province_code, _record_key, _batch_id, _row_number, _row_hash, _load_id)"
        " values ('MG', '24', 'LAN-002-0', 'a', 1, gen_random_uuid(), 1)"
    )
    ledger.connection.execute("update quality.finding set record_key = 'LAN-002-0|AB 123|024' where table_name = 'right'")
    assert score(ledger, catalog, "clean")[:4] == (19, 1, 0, 1)
    ledger.connection.execute("update validated.land__parcel set verification_state = 'VM'")
    assert score(ledger, catalog, "clean")[:4] == (20, 2, 0, 0)


def test_a_batch_that_repeats_what_was_said_keeps_its_faults(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "XDS-024", 100, 3, "right")
    ledger.result("a", "XDS-023", 90, 2, "right")
    ledger.batch("b", 2)
    ledger.connection.execute(
        "insert into quality.rule_result (batch_id, dataset, rule_id, province_code, evaluated, failed, not_applicable, outcome,"
        " table_name, load_id) values ('b', 'land', 'XDS-024', '24', 1, 0, 119, 'passed', 'right', 2)"
    )
    assert count_standing(ledger.connection, [2], ["XDS-023", "XDS-024"], ["XDS-024"]) == ["b"]
    judged = "select rule_id, evaluated, failed, not_applicable, outcome from quality.rule_result where batch_id = 'b' order by 1"
    assert ledger.ask(judged) == [("XDS-023", 90, 2, 0, "failed"), ("XDS-024", 100, 3, 20, "failed")]


def test_signs_of_a_flattered_score_are_noted_and_change_no_score(ledger: Ledger, catalog: Catalog) -> None:
    ledger.batch("a", 1)
    ledger.result("a", "LAN-013", 400, 60)
    ledger.result("a", "LAN-017", 400, 40)
    ledger.batch("b", 2)
    say = ledger.connection.execute
    say("create table validated.p24 partition of validated.land__parcel for values in ('24')")
    say(
        "insert into validated.land__parcel (legal_area_m2, province_code, _record_key, _batch_id, _row_number, _row_hash, _load_id)"
        " select 100, '24', 'LAN-013-' || n, 'b', n + 1, gen_random_uuid(), 2 from generate_series(0, 59) n"
    )
    say("update quality.finding set status = 'resolved', resolved_load_id = 2, field = 'legal_area_m2'")
    for batch, share in (("a", 0.05), ("b", 0.4)):
        say("insert into ops.batch_table values (%s, 'parcel', 400, 0)", (batch,))
        say("insert into quality.column_profile values (%s, 'parcel', 'legal_area_m2', %s, 0, true)", (batch, share))
    for _ in range(2):
        note_signals(ledger.connection, catalog, [2], NOW)
    assert ledger.ask("select kind, rule_id, field, records, of_records from quality.signal order by kind") == [
        ("default_value", "", "legal_area_m2", 160, 400),
        ("same_correction", "LAN-013", "legal_area_m2", 60, 60),
        ("vanished", "", "", 40, 100),
    ]
    assert ledger.ask("select count(*) from quality.score") == [(0,)]
