"""A cell never runs as a formula, and what was done to it is undone exactly."""

from __future__ import annotations

import random

import pytest

from province_data.corrections.inert import bare, inert

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1", "''@x", '=HYPERLINK("http://x.example")']
PLAIN = ["", "'", "'Ông A", "12", "a=b", "Nguyễn Văn A", " =1", "024=1", "''"]


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_begins_with_an_apostrophe(text: str) -> None:
    assert inert(text).startswith("'")
    assert bare(inert(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert inert(text) == text
    assert bare(text) == text


@pytest.mark.parametrize("seed", range(50))
def test_every_text_comes_back_as_it_was(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        text = "".join(chance.choices("'=+-@\t\r\n a1;,\"ạ＝", k=chance.randint(0, 6)))
        assert bare(inert(text)) == text, f"seed {seed}"
        assert inert(text)[:1] not in tuple("=+-@\t\r\n＝"), f"seed {seed}"
