"""A small catalogue, as far as the mails need one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from province_data.errors import ContractError


@dataclass(frozen=True)
class OneRule:
    """A rule with its words."""

    sentence_vi: str
    sentence_en: str
    severity: str
    advice_vi: str = "Sửa tại nguồn."
    advice_en: str = "Correct it at the source."


class Declarations:
    """A small catalogue."""

    rules: ClassVar = {
        "LAN-002": OneRule("Mã thửa là duy nhất.", "A parcel code is unique.", "critical"),
        "LAN-040": OneRule("Số giấy tờ đủ 12 số.", "An ID has 12 digits.", "error"),
        "LAN-090": OneRule("Nên có tọa độ.", "Coordinates are there.", "info"),
        "DLV-004": OneRule(
            "Tệp có đủ cột của hợp đồng.", "A file has the contract's columns.", "critical", "Sửa dòng tiêu đề.", "Mend the header."
        ),
    }

    def title(self, dataset: str) -> tuple[str, str]:
        return {"land": ("Đất đai", "Land"), "tax": ("Thuế", "Tax"), "population": ("Dân cư", "Population")}[dataset]

    def rule(self, rule_id: str) -> OneRule:
        if rule_id not in self.rules:
            raise ContractError(f"unknown rule {rule_id!r}")
        return self.rules[rule_id]

    def table_title(self, dataset: str, table: str) -> str:
        return table.capitalize()

    def field_title(self, dataset: str, table: str, field: str) -> str:
        return field

    def field_form(self, dataset: str, table: str, field: str) -> str:
        return ""

    @property
    def dimensions(self) -> Sequence[tuple[str, str, str]]:
        return [("correct", "đúng", "correct"), ("sufficient", "đủ", "sufficient"), ("live", "sống", "live")]
