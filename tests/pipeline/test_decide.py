"""A person decides about held batches: each choice is written once, takes effect, and leaves every record accounted for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from deliveries import copy_clean, read_persons, write_persons
from installation import NOW, Installation, make_installation
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


def test_the_centre_is_asked_by_one_mail_with_the_link(held: Installation) -> None:
    batch, link = batch_of(held, "24"), "https://pages.example/dags/decide_held/runs/r/tasks/ask/required_actions"
    assert [steps.ask_by_mail(held.settings, batch, link, LATER) for _ in range(2)] == [1, 0]
    [(code, subject, plain)] = held.ask("select province_code, subject, plain from ops.mail_letter where topic = 'held-' || %s", batch)
    assert code == "00"
    assert str(subject).startswith("Cần quyết định trước 10:00 03/11/2026: Bắc Ninh · dân cư · tạm giữ")
    assert link in str(plain)
    assert len(list((held.settings.home / "outbox").glob(f"*/00-*-held-{batch}.eml"))) == 1


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
    [(told,)] = held.ask("select load_id from ops.batch where batch_id = %s", batch_of(held, "19"))
    assert steps.tell_decision(held.settings, int(str(told)), LATER) == 2
    [(status, reason)] = held.ask("select status, reason_vi from ops.batch where batch_id = %s", batch_of(held, "19"))
    assert status == "refused"
    letters = "select plain from ops.mail_letter where province_code = '19' order by load_id desc limit 1"
    assert "trả lại nơi gửi: thiếu xã" in str(reason) and "thiếu xã" in str(held.ask(letters))  # noqa: PT018 - one thought
    assert held.ask(ROWS, "19") == before


def test_published_means_the_ordinary_path_and_only_the_newest_can_be(held: Installation, tmp_path: Path) -> None:
    write_persons(tmp_path / "third", "52", "2026-11-02", 120, "snapshot", read_persons("52")[:-1])
    write_persons(tmp_path / "third", "19", "2026-11-03", 121, "changes", read_persons("19")[:1])
    cut = write_persons(tmp_path / "third", "24", "2026-11-03", 121, "snapshot", read_persons("24"))
    (cut / "citizens.ndjson.gz").write_bytes(b"cut")
    assert decide(held, "24", Choice.PUBLISH) is True
    assert decide(held, "24", Choice.PUBLISH) is False
    result = held.run(tmp_path / "third", NOW.replace(day=3), datasets=["population"])
    assert {(line.province_code, line.status) for line in result.lines} == {
        ("19", "refused"),
        ("24", "refused"),
        ("24", "published"),
        ("52", "published"),
    }
    [(published,)] = held.ask("select published from ops.batch where batch_id = %s", batch_of(held, "24"))
    assert held.ask(ROWS, "24") == [(published,)]
    with pytest.raises(ContractError, match="delivered anew"):
        decide(held, "52", Choice.PUBLISH)
    assert held.ask(COUNTS) == [(9, True)]
    assert steps.held_batches(held.settings, LATER) == []
    assert held.ask("select choice, decided_by, decided_at from ops.decision order by 1") == [
        ("publish", "an", LATER),
        ("return", "an", LATER),
    ]
    assert held.ask("select count(*) from quality.finding where rule_id = 'DLV-008' and status = 'open' and province_code = '24'") == [(0,)]


def test_what_was_refused_is_read_again_from_landing_but_not_what_came_broken(held: Installation) -> None:
    """After the runs above: 19 was returned and then left a gap, 24 came cut."""
    asked = ("population", ["19", "24"], None, LATER)
    assert [(o.province_code, o.sequence_no) for o in steps.replay(held.settings, *asked, tries=True)] == [("19", 119), ("19", 121)]
    due = "select province_code, sequence_no from ops.delivery where status = 'due' order by 1, 2"
    assert held.ask(due) == []
    gap = steps.replay(held.settings, "population", ["19"], date(2026, 11, 3), LATER)
    assert [o.sequence_no for o in gap] == [121]
    assert held.ask(due) == [("19", 121)]
    with pytest.raises(ContractError, match="nothing was refused"):
        steps.replay(held.settings, "population", ["52"], None, LATER)


def test_a_data_subjects_answer_lies_beside_the_request_and_only_there(held: Installation) -> None:
    person = read_persons("24")[0]["soDinhDanh"]
    folder = held.settings.home / "requests"
    folder.mkdir()
    (folder / "don-so-7.txt").write_text(f"{person}\n")
    assert steps.trace_request(held.settings, "don-so-7", LATER) > 0
    answer = folder / "don-so-7.json"
    assert person in answer.read_text()
    assert (answer.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    for name in (str(person), f"don-{person}", "../don", "khac"):
        with pytest.raises(ContractError) as caught:
            steps.trace_request(held.settings, name, LATER)
        assert str(person) not in str(caught.value)
