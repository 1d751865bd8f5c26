"""Reports of made-up loads, one of each kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from province_data.mail.model import (
    DatasetReport,
    Digest,
    DigestRow,
    DimensionScore,
    Normalisation,
    ProvinceReport,
    RuleLine,
    Verdict,
)

NOW = datetime(2026, 10, 31, 23, 10, tzinfo=UTC)
"""Ten past six on 1 November in Vietnam."""
DAY = date(2026, 10, 31)
PAGE = "https://quality.example/provinces/24"
WORDS = (
    ("correct", "đúng", "correct"), ("sufficient", "đủ", "sufficient"), ("clean", "sạch", "clean"), ("live", "sống", "live"),
    ("unified", "thống nhất", "unified"), ("shared", "dùng chung", "shared"),
)  # fmt: skip
NAMES = {"population": ("Dân cư", "Population"), "land": ("Đất đai", "Land"), "tax": ("Thuế", "Tax")}
NAMES["civil_status"] = ("Hộ tịch", "Civil status")


def dimensions(*scores: tuple[str | None, str | None]) -> tuple[DimensionScore, ...]:
    """Make the six words from pairs (score, score before)."""
    return tuple(
        DimensionScore(
            code, vi, en,
            None if score is None else Decimal(score), 0 if score is None else 12_639, 0 if score is None else 1_248,
            None if before is None else Decimal(before),
        )
        for (code, vi, en), (score, before) in zip(WORDS, scores, strict=True)
    )  # fmt: skip


def rule(number: int, severity: str = "error", *, is_error: bool = False) -> RuleLine:
    """Make a failing rule."""
    return RuleLine(
        f"LAN-{number:03}", severity, f"Câu số {number} của chuẩn.", f"Sentence {number} of the standard.",
        1_000 + number, 4_213, f"Sửa theo cách {number}.", f"Correct in way {number}.", is_error,
    )  # fmt: skip


LAND = DatasetReport(
    dataset="land",
    title_vi="Đất đai",
    title_en="Land",
    verdict=Verdict.PARTLY_PUBLISHED,
    as_of=DAY,
    delivered=4_213,
    published=3_984,
    quarantined=212,
    unreadable=2,
    duplicate=10,
    superseded=5,
    dimensions=dimensions(("94.86", "95.1"), ("98.2", "98.2"), ("71.42", "80.3"), ("88", "86.2"), ("99.97", "99.97"), (None, None)),
    new=120,
    persisting=94,
    resolved=57,
    worst=(rule(6, "critical"), *(rule(n) for n in range(40, 45)), rule(50, "warning")),
    normalisations=(Normalisation("Khoảng trắng thừa", "Surplus spaces", 312),),
    standing_as_of=DAY,
)
CLEAN = replace(
    LAND, verdict=Verdict.PUBLISHED, published=4_213, quarantined=0, unreadable=0, duplicate=0, superseded=0, worst=(), normalisations=(),
    new=0, persisting=0, resolved=0, dimensions=dimensions(*[("100", "99.5")] * 6),
)  # fmt: skip
REFUSED = DatasetReport(
    dataset="land",
    title_vi="Đất đai",
    title_en="Land",
    verdict=Verdict.REFUSED,
    as_of=DAY,
    reason_vi="Tệp thiếu cột so_thua (DLV-004)\nở đâu: thua_dat.csv, dòng 1, trường so_thua\nyêu cầu: đủ cột của hợp đồng\n"
    "việc cần làm: sửa tên cột rồi gửi lại",
    reason_en="The column so_thua is missing (DLV-004)\nwhere: thua_dat.csv, line 1, field so_thua\nexpected: all columns of the contract\n"
    "next step: mend the header and send again",
    standing_as_of=date(2026, 9, 30),
)
HELD = replace(
    LAND, dataset="civil_status", title_vi="Hộ tịch", title_en="Civil status", verdict=Verdict.HELD, published=0, quarantined=4_196,
    reason_vi="bản đầy đủ có 4213 bản ghi, lần trước 9000", reason_en="the snapshot holds 4213 records, the last one 9000",
    standing_as_of=date(2026, 9, 30),
)  # fmt: skip
NOTHING = DatasetReport("tax", "Thuế", "Tax", Verdict.NOTHING_CAME, standing_as_of=date(2026, 10, 30))


def province(*datasets: DatasetReport, name: str = "Bắc Ninh", page: str | None = PAGE) -> ProvinceReport:
    """Make a province's report."""
    return ProvinceReport("24", name, DAY, 1_017, NOW, datasets, page)


def digest(provinces: int = 34) -> Digest:
    """Make the centre's digest with four datasets for each province, troubles in between."""
    rows = []
    for number in range(provinces):
        for place, (dataset, (vi, en)) in enumerate(NAMES.items()):
            kind = (REFUSED, HELD, NOTHING, LAND, CLEAN, LAND, LAND)[(number * 4 + place) % 7]
            rows.append(DigestRow(f"{number + 1:02}", f"Tỉnh số {number + 1}", replace(kind, dataset=dataset, title_vi=vi, title_en=en)))
    return Digest(DAY, 1_017, NOW, tuple(rows), PAGE)
