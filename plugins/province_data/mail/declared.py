"""Say what the mails need of the catalogue: names, sentences, advice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from province_data.errors import ContractError


class DeclaredRule(Protocol):
    """What a mail says about a rule."""

    @property
    def sentence_vi(self) -> str:
        """The rule in Vietnamese."""

    @property
    def sentence_en(self) -> str:
        """The rule in English."""

    @property
    def severity(self) -> str:
        """critical, error, warning or info."""

    @property
    def advice_vi(self) -> str:
        """What the province does about it, in Vietnamese."""

    @property
    def advice_en(self) -> str:
        """What the province does about it, in English."""


class DeclaredNames(Protocol):
    """The part of the catalogue that the mails speak with."""

    def title(self, dataset: str) -> tuple[str, str]:
        """Name a dataset in Vietnamese and English."""

    def rule(self, rule_id: str) -> DeclaredRule:
        """Find a rule; ContractError when it is not declared."""

    @property
    def dimensions(self) -> Sequence[tuple[str, str, str]]:
        """The words of the standard in order: code, Vietnamese, English."""


def find_rule(rule_id: str, catalog: DeclaredNames) -> DeclaredRule | None:
    """Find a rule; None for one that is declared no more, whose counts an old load may still hold."""
    try:
        return catalog.rule(rule_id)
    except ContractError:
        return None
