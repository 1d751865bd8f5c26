"""The gate closes for broken identifiers, unreadable records, shrunken snapshots, and rules that could not be judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from province_data.contract.catalog import read_catalog
from province_data.contract.model import Contract
from province_data.gate import TableSize, decide_gate, out_of_band
from province_data.quality.verdicts import RuleCount

SHRUNKEN = [TableSize("person", 5, 1000)]


@pytest.fixture
def contract(project: Path) -> Contract:
    """Give a contract whose gate closes above 5 % and holds a snapshot below 60 %."""
    return read_catalog(project / "expectations").contract("population")


def count(failed: int, staged: int = 1000, rule_id: str = "POP-002") -> list[RuleCount]:
    """Say how one rule fared."""
    return [RuleCount("b", "person", rule_id, staged, staged, failed)]


@pytest.mark.parametrize(("failed", "status"), [(0, "open"), (49, "open"), (50, "open"), (51, "refused"), (1000, "refused")])
def test_the_gate_closes_just_above_its_threshold(contract: Contract, failed: int, status: str) -> None:
    assert decide_gate(contract, "snapshot", count(failed), [], 1000, 0, []).status == status


def test_a_province_reads_numbers_as_it_writes_them(contract: Contract) -> None:
    refused = decide_gate(contract, "snapshot", count(114, 1475), [], 1475, 0, [])
    assert refused.reason_vi == "DLV-010: 114/1.475 bản ghi (7,7 %) vi phạm POP-002, vượt ngưỡng 5 %"
    held = decide_gate(contract, "snapshot", count(0), [], 5, 0, SHRUNKEN)
    assert held.reason_vi == "DLV-008: bản đầy đủ có 5 bản ghi, lần trước 1.000; dưới 60 % phải chờ xác nhận"


def test_a_rule_outside_the_gate_never_closes_it(contract: Contract) -> None:
    assert decide_gate(contract, "snapshot", count(1000, rule_id="POP-013"), [], 1000, 0, []).status == "open"


def test_an_error_is_never_a_pass(contract: Contract) -> None:
    verdict = decide_gate(contract, "snapshot", count(0), ["POP-010"], 1000, 0, [])
    assert verdict.status == "error"
    assert "POP-010" in str(verdict.reason)


@pytest.mark.parametrize(("delivered", "kind", "status"), [(600, "snapshot", "open"), (599, "snapshot", "held"), (5, "changes", "open")])
def test_only_a_shrunken_snapshot_is_held(contract: Contract, delivered: int, kind: str, status: str) -> None:
    assert decide_gate(contract, kind, count(0), [], delivered, 0, [TableSize("person", delivered, 1000)]).status == status


def test_a_snapshot_that_lost_one_of_its_tables_is_held(contract: Contract) -> None:
    sizes = [TableSize("parcel", 1000, 1000), TableSize("right", 0, 500)]
    verdict = decide_gate(contract, "snapshot", count(0), [], 1000, 0, sizes)
    assert verdict.status == "held"
    assert "of right" in str(verdict.reason)


def test_a_snapshot_out_of_the_band_is_told_of(contract: Contract) -> None:
    sizes = [TableSize("a", 890, 1000), TableSize("b", 900, 1000), TableSize("c", 1110, 1000), TableSize("d", 3, 10)]
    assert decide_gate(contract, "snapshot", count(0), [], 2903, 0, sizes).status == "open"
    assert [s.table for s in out_of_band(sizes)] == ["a", "c"]


def test_too_many_unreadable_records_close_the_gate(contract: Contract) -> None:
    assert decide_gate(contract, "snapshot", count(0), [], 1000, 50, []).status == "open"
    assert decide_gate(contract, "snapshot", count(0), [], 1000, 51, []).status == "refused"


def test_a_person_lets_through_what_is_held_and_nothing_else(contract: Contract) -> None:
    assert decide_gate(contract, "snapshot", count(0), [], 5, 0, SHRUNKEN, is_confirmed=True).status == "open"
    assert decide_gate(contract, "snapshot", count(51), [], 5, 0, SHRUNKEN, is_confirmed=True).status == "refused"
    assert decide_gate(contract, "snapshot", count(0), ["POP-010"], 5, 0, SHRUNKEN, is_confirmed=True).status == "error"
