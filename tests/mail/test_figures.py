"""Numbers are written for their reader and never flatter."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from province_data.mail.figures import ENGLISH, VIETNAMESE, bar_width, change, clock, number, percent, shown, whole
from province_data.mail.model import Colour, DatasetReport, Verdict, colour_of

from .examples import LAND, dimensions


def test_each_language_has_its_separators() -> None:
    assert (whole(1_234_567, VIETNAMESE), whole(1_234_567, ENGLISH)) == ("1.234.567", "1,234,567")
    assert (percent(Decimal("92.4"), VIETNAMESE), percent(Decimal("92.4"), ENGLISH)) == ("92,4 %", "92.4%")


def test_a_score_is_never_rounded_up() -> None:
    assert shown(Decimal("99.99")) == Decimal("99.9")
    assert percent(Decimal("89.97"), VIETNAMESE) == "89,9 %"
    assert percent(Decimal("100"), VIETNAMESE) == "100,0 %"


def test_what_could_not_be_tested_is_a_dash() -> None:
    assert (number(None, VIETNAMESE), percent(None, ENGLISH)) == ("–", "–")


@pytest.mark.parametrize(
    ("before", "now", "written"),
    [("93.7", "92.4", "↓1,3"), ("92.4", "93.7", "↑1,3"), ("92.44", "92.49", "±0,0"), ("92.49", "92.51", "↑0,1"), (None, "92.4", "")],
)
def test_a_change_is_the_difference_of_what_is_shown(before: str | None, now: str, written: str) -> None:
    assert change(None if before is None else Decimal(before), Decimal(now), VIETNAMESE) == written


@pytest.mark.parametrize(
    ("score", "colour"),
    [
        ("100", Colour.GREEN),
        ("90", Colour.GREEN),
        ("89.99", Colour.YELLOW),
        ("75", Colour.YELLOW),
        ("74.99", Colour.RED),
        ("0", Colour.RED),
    ],
)
def test_colours_change_at_the_national_thresholds(score: str, colour: str) -> None:
    assert colour_of(Decimal(score)) == colour


def test_what_could_not_be_tested_is_grey() -> None:
    assert colour_of(None) == Colour.GREY


@pytest.mark.parametrize(("score", "width"), [("0", 0), ("0.2", 1), ("50.9", 50), ("99.99", 99), ("100", 100)])
def test_only_a_whole_score_fills_a_bar(score: str, width: int) -> None:
    assert bar_width(Decimal(score)) == width


def test_the_clock_is_vietnams() -> None:
    assert clock(datetime(2026, 10, 31, 23, 10, tzinfo=UTC)) == "06:10 01/11/2026"


def test_the_overall_score_leaves_out_what_could_not_be_tested() -> None:
    assert LAND.score == (Decimal("94.86") + Decimal("98.2") + Decimal("71.42") + 88 + Decimal("99.97")) / 5


def test_the_overall_change_compares_only_dimensions_tested_both_times() -> None:
    pairs: list[tuple[str | None, str | None]] = [("80", "90"), ("100", None), (None, "100"), (None, None), ("60", "50"), (None, None)]
    report = DatasetReport("land", "Đất đai", "Land", Verdict.PUBLISHED, dimensions=dimensions(*pairs))
    assert report.comparable_scores == (Decimal(70), Decimal(70))
    assert report.score == Decimal(80)


def test_a_dataset_without_scores_has_no_overall_score() -> None:
    report = DatasetReport("land", "Đất đai", "Land", Verdict.REFUSED)
    assert (report.score, report.comparable_scores, report.colour) == (None, None, Colour.GREY)
