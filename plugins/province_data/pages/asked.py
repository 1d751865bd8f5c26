"""What a page is asked for, and what it answers with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from province_data.contract.catalog import Catalog
from province_data.contract.model import Text
from province_data.errors import ContractError
from province_data.mail.wording import EN, VI, Wording
from province_data.pages.wording import say

PROVINCE = "select name from reference.province where code = %s"


@dataclass(frozen=True)
class Asked:
    """One request: who is asked, in which language, about what."""

    connection: psycopg.Connection
    catalog: Catalog
    home: Path
    now: datetime
    language: str
    path: Mapping[str, str]
    query: Mapping[str, str]

    @property
    def words(self) -> Wording:
        """The words that the mails use too, with the notation of numbers."""
        return EN if self.language == "en" else VI

    @property
    def datasets(self) -> list[str]:
        """All datasets in the order of their declaration."""
        return list(self.catalog.contracts)

    def say(self, key: str, **filled: object) -> str:
        """Give a text of the pages in the language asked for."""
        return say(key, self.language, **filled)

    def pick(self, text: Text) -> str:
        """Choose the language of a declared text."""
        return text.en if self.language == "en" else text.vi

    def province_name(self, code: str) -> str:
        """Name a province; ContractError for a code that no province has."""
        row = self.connection.execute(PROVINCE.encode(), (code,)).fetchone()
        if row is None:
            raise ContractError(f"no province has the code {code!r}", expected="one of the 34 codes")
        return str(row[0])


@dataclass(frozen=True)
class Answer:
    """A template, its title, and what it is filled with."""

    template: str
    title: str
    filled: Mapping[str, object]
