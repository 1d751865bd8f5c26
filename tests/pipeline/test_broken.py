"""Deliveries that are wrong, or merely surprising: each has the outcome it must have, and nothing else moves."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation import NOW, Installation, read_csv

BROKEN = Path(__file__).resolve().parents[1] / "deliveries" / "broken"
CASES = {row["delivery"]: row for row in read_csv(BROKEN / "expected.csv")}
NOT_TAKEN = ("refused", "waiting")


def rules_found(installation: Installation) -> set[str]:
    """Return the rules that have an open finding which is more than a figure."""
    return {str(r) for (r,) in installation.ask("select distinct rule_id from quality.finding where severity <> 'info'")}


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if case["expected"] == "refuse"])
def test_a_wrong_delivery_is_refused_by_name(installation: Installation, name: str) -> None:
    result = installation.run(BROKEN / name)
    refused = [line for line in result.lines if line.status in NOT_TAKEN]
    assert result.is_refused
    assert len(refused) == 1
    for rule_id in CASES[name]["rule_ids"].split():
        assert rule_id in str(refused[0].reason), name
        assert rule_id in rules_found(installation), name
    accepted = sum(line.published for line in result.lines if line.status == "published")
    assert installation.ask("select (select count(*) from published.land_parcel) + (select count(*) from published.land_right)") == [
        (accepted,)
    ]
    assert installation.ask(
        "select bool_and(delivered = published + quarantined + unreadable + duplicate + superseded) from ops.batch"
    ) == [(True,)]


@pytest.mark.parametrize("name", [n for n, case in CASES.items() if case["expected"] == "accept"])
def test_a_surprising_but_valid_delivery_is_taken(installation: Installation, name: str) -> None:
    result = installation.run(BROKEN / name)
    assert not result.is_refused
    [(parcels, rights)] = installation.ask(
        "select (select count(*) from published.land_parcel), (select count(*) from published.land_right)"
    )
    assert (parcels, rights) == (58, 72), name
    for rule_id in CASES[name]["rule_ids"].split():
        assert rule_id in rules_found(installation)


def test_numeric_cells_fail_by_row(installation: Installation) -> None:
    result = installation.run(BROKEN / "xlsx_numeric_ids")
    [line] = result.lines
    assert line.status == "published"
    assert line.quarantined > 0
    assert set(CASES["xlsx_numeric_ids"]["rule_ids"].split()) <= rules_found(installation)


def test_a_refusal_names_file_line_and_field(installation: Installation) -> None:
    [line] = installation.run(BROKEN / "renamed_column").lines
    assert "thua_dat.csv" in str(line.reason)
    assert "line 1" in str(line.reason)
    assert "so_thua" in str(line.reason)


def test_nothing_is_written_outside_the_landing_folder(installation: Installation, tmp_path: Path) -> None:
    installation.run(BROKEN / "zip_path_traversal")
    assert list(tmp_path.rglob("outside.csv")) == []


def test_the_next_good_delivery_goes_through(installation: Installation) -> None:
    installation.run(BROKEN / "wrong_sha256")
    result = installation.run(BROKEN / "reordered_columns", NOW.replace(hour=5))
    assert [line.status for line in result.lines] == ["published"]
    assert installation.ask("select count(*) from quality.finding where table_name = '' and status = 'open'") == [(0,)]


def test_what_was_published_stands_when_the_next_delivery_is_refused(installation: Installation) -> None:
    installation.run(BROKEN / "reordered_columns")
    before = installation.ask("select md5(string_agg(p::text, '' order by p::text)) from published.land_parcel p")
    result = installation.run(BROKEN / "truncated_file", NOW.replace(hour=5))
    assert result.is_refused
    assert installation.ask("select md5(string_agg(p::text, '' order by p::text)) from published.land_parcel p") == before
