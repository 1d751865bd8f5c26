"""A person decides about held batches: each choice is written once, takes effect, and leaves every record accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import NOW, Installation, make_installation

from deliveries import copy_clean, read_persons, write_persons
from province_data import steps
from province_data.decide import Choice, Wish
from province_data.errors import ContractError
from province_data.store import embedded

PROVINCES = ("19", "24", "52")
LATER = NOW.replace(day=2)
COUNTS = "select count(*), bool_and(delivered = published + quarantined + unreadable + duplicate + superseded) from ops.batch"
ROWS = "select count(*) from published.person where province_code = %s"


@pytest.fixture(scope="module")
def held(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an installation in which the newest snapshot of every province has a third of the citizens."""
    folder = tmp_path_factory.mktemp("held")
    made, remove = make_installation(database_server, folder / "home", Path(__file__).resolve().parents[2])
    try:
        made.run(copy_clean(folder / "first"), datasets=["population"])
        for province in PROVINCES:
            records = read_persons(province)
            write_persons(folder / "second", province, "2026-11-01", 119, "snapshot", records[: len(records) // 3])
        made.run(folder / "second", LATER, datasets=["population"])
        yield made
    finally:
        remove()


def batch_of(held: Installation, province: str) -> str:
    """Find the shrunken batch of a province."""
    [(batch,)] = held.ask("select batch_id from ops.batch where province_code = %s and sequence_no = 119", province)
    return str(batch)


def decide(held: Installation, province: str, choice: Choice, reason: str = "đã đối chiếu") -> bool:
    """Decide about a province's shrunken batch; says whether that is new."""
    return steps.decide(held.settings, Wish(batch_of(held, province), choice, reason, "an"), LATER).is_new


def test_a_snapshot_much_smaller_than_the_last_is_held_and_listed_with_what_stands(held: Installation) -> None:
    stands = "select count(*) from ops.batch b where status = 'published' and published = (select count(*) from published.person p where"
    assert held.ask(f"{stands} p.province_code = b.province_code)") == [(3,)]
    waiting = steps.held_batches(held.settings, LATER)
    assert [one.province_code for one in waiting] == list(PROVINCES)
    assert all(0 < 2 * one.delivered < one.stands_delivered for one in waiting)
    card = steps.scorecard(held.settings, waiting[1].batch_id, LATER)
    assert "Bắc Ninh" in card
    assert f"| {waiting[1].delivered} |" in card
    assert "DLV-008" in card


def test_a_choice_without_a_reason_or_with_a_persons_number_is_not_taken(held: Installation) -> None:
    for reason in (" ", "công dân 024 090 000 001 đã chết"):
        with pytest.raises(ContractError):
            decide(held, "24", Choice.PUBLISH, reason)
    assert held.ask("select count(*) from ops.decision where batch_id = %s", batch_of(held, "24")) == [(0,)]


def test_returned_means_refused_and_told_and_what_is_published_stands(held: Installation) -> None:
    before = held.ask(ROWS, "19")
    assert decide(held, "19", Choice.RETURN, "thiếu xã") is True
    assert decide(held, "19", Choice.RETURN, "thiếu xã") is False
    with pytest.raises(ContractError, match="decided already: return, by an"):
        decide(held, "19", Choice.PUBLISH)
    steps.send_reports(held.settings, LATER)
    [(status, reason)] = held.ask("select status, reason_vi from ops.batch where batch_id = %s", batch_of(held, "19"))
    assert status == "refused"
    letters = "select plain from ops.mail_letter where province_code = '19' order by load_id desc limit 1"
    assert "trả lại nơi gửi: thiếu xã" in str(reason) and "thiếu xã" in str(held.ask(letters))  # noqa: PT018 - one thought
    assert held.ask(ROWS, "19") == before


def test_published_means_the_ordinary_path_and_only_the_newest_can_be(held: Installation, tmp_path: Path) -> None:
    write_persons(tmp_path / "third", "52", "2026-11-02", 120, "snapshot", read_persons("52")[:-1])
    assert decide(held, "24", Choice.PUBLISH) is True
    assert decide(held, "24", Choice.PUBLISH) is False
    result = held.run(tmp_path / "third", NOW.replace(day=3), datasets=["population"])
    assert {line.province_code: line.status for line in result.lines} == {"24": "published", "52": "published"}
    [(published,)] = held.ask("select published from ops.batch where batch_id = %s", batch_of(held, "24"))
    assert held.ask(ROWS, "24") == [(published,)]
    with pytest.raises(ContractError, match="delivered anew"):
        decide(held, "52", Choice.PUBLISH)
    assert held.ask(COUNTS) == [(7, True)]
    assert steps.held_batches(held.settings, LATER) == []
    assert held.ask("select choice, decided_by, decided_at from ops.decision order by 1") == [
        ("publish", "an", LATER),
        ("return", "an", LATER),
    ]
    assert held.ask("select count(*) from quality.finding where rule_id = 'DLV-008' and status = 'open' and province_code = '24'") == [(0,)]
