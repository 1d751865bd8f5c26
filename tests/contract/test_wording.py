"""What a rule rests on, asks for, or cannot be tested for is said in both languages; nobody reads English on a Vietnamese page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from province_data.contract.catalog import Catalog, read_catalog
from province_data.contract.wording import read_wording
from province_data.errors import ContractError

CITED = re.compile(r"(?:Bộ luật|Luật|NĐ|TT|QĐ|NQ|CV|KH)(?: [\w/&-]+)*")
"""A law or decree is called by the same name in both languages."""
FIGURE = re.compile(r"[≥≤±<>p]*[0-9.]+%?")
ENGLISH = re.compile(
    r"\b(?:the|of|and|is|are|not|our|ours|by|from|with|on|it|Art|items?|Law|Annex|list|limit|term|codes?|judgement|logic|practice"
    r"|template|campaign|verified|secondary|agreed|delivered|records?|hours?|days|months|persons|published|falling|band)\b",
    re.IGNORECASE,
)
VIETNAMESE = re.compile(r"[ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ]", re.IGNORECASE)


@pytest.fixture
def catalog(project: Path) -> Catalog:
    return read_catalog(project / "expectations")


def declared(catalog: Catalog) -> set[str]:
    """List every text of a rule that its page shows and that is declared in one language."""
    rules = [*catalog.rules.values(), *catalog.retired.values(), *catalog.not_checked.values()]
    return {text for rule in rules for text in (rule.basis, rule.threshold)} | {rule.reason for rule in catalog.not_checked.values()}


def test_what_a_vietnamese_page_shows_of_a_rule_is_vietnamese(catalog: Catalog) -> None:
    shown = {text: catalog.said(text).vi for text in declared(catalog)}
    assert {text: vi for text, vi in shown.items() if ENGLISH.search(vi)} == {}
    unsaid = [text for text in shown if text not in catalog.wording]
    assert [text for text in unsaid if not FIGURE.fullmatch(text) and not all(map(CITED.fullmatch, text.split("; ")))] == []


def test_each_text_is_said_in_the_language_it_is_not_declared_in(catalog: Catalog) -> None:
    assert set(catalog.wording) - declared(catalog) == set(), "said of a rule that is not declared so any more"
    for text, said in catalog.wording.items():
        assert text in (said.vi, said.en)
        assert said.vi != said.en
        assert VIETNAMESE.search(said.vi), text


def test_a_text_without_its_other_language_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "wording.yml").write_text('bases:\n  "logic": {vi: "Suy luận"}\n  "computed": {fr: "calculé"}\n', encoding="utf-8")
    with pytest.raises(ContractError, match=r"unknown key 'fr'"):
        read_wording(tmp_path / "wording.yml")
