"""Put together what the ledger counted and what the catalogue says: one report per province, and the centre's digest."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from province_data.errors import PublicationError
from province_data.mail.declared import DeclaredNames, DeclaredRule, find_rule
from province_data.mail.figures import VIETNAM
from province_data.mail.ledger import FindingRow, Ledger, NormalisationRow, OutcomeRow, PlaceRow, RuleRow, ScoreRow
from province_data.mail.model import (
    DatasetReport,
    Digest,
    DigestRow,
    DimensionScore,
    Normalisation,
    ProvinceReport,
    Returned,
    RuleLine,
    Sign,
    Verdict,
)
from province_data.mail.reason import Reason, explain

Row = TypeVar("Row", ScoreRow, RuleRow, NormalisationRow)
VERDICTS = {
    "published": Verdict.PUBLISHED, "refused": Verdict.REFUSED, "held": Verdict.HELD, "waiting": Verdict.WAITING,
    "duplicate": Verdict.DUPLICATE, "superseded": Verdict.SUPERSEDED, "error": Verdict.UNFINISHED,
    "landed": Verdict.UNFINISHED, "loaded": Verdict.UNFINISHED, "validated": Verdict.UNFINISHED,
}  # fmt: skip
"""What the ledger's status of a batch or an arrival means to its province."""
WEIGHT = {"critical": 0, "error": 1, "warning": 2}
"""Severities in their order; `info` is a figure only and is in no mail."""
ANSWERS = (" (trả lời)", " (answers)")
"""Told from a delivery of the dataset itself by its title."""
NORMALISATIONS = {
    "nfc": ("Unicode dựng sẵn (NFC)", "composed Unicode (NFC)"),
    "unicode": ("Unicode dựng sẵn (NFC)", "composed Unicode (NFC)"),
    "whitespace": ("Khoảng trắng thừa", "surplus spaces"),
    "tone_mark": ("Vị trí dấu thanh", "placement of tone marks"),
    "letter_case": ("Chữ hoa, chữ thường", "letter case"),
    "date": ("Cách viết ngày", "form of dates"),
    "decimal": ("Dấu thập phân", "decimal mark"),
}


@dataclass(frozen=True)
class Silence:
    """A delivery that was due in a load and did not come; `reason` may say since when it is due."""

    dataset: str
    province_code: str
    load_id: int
    reason: str = ""
    reason_vi: str = ""


def assemble(
    ledger: Ledger, catalog: DeclaredNames, page_url: str | None, now: datetime, silences: Sequence[Silence]
) -> tuple[list[ProvinceReport], Digest | None]:
    """Make the reports of some loads; without a delivery and without a silence there is nothing to tell."""
    shelf = _Shelf(ledger, catalog)
    told = [(o.province_code, o.load_id, shelf.delivered(o)) for o in ledger.outcomes]
    told += [(s.province_code, s.load_id, shelf.silent(s)) for s in silences]
    if not told:
        return [], None
    names = {p.code: p.name for p in ledger.provinces}
    grouped: dict[str, list[tuple[int, DatasetReport]]] = defaultdict(list)
    for code, load_id, dataset in told:
        grouped[code].append((load_id, dataset))
    provinces = [
        ProvinceReport(
            province_code=code,
            province_name=names.get(code, f"Tỉnh {code}"),
            as_of=_newest((d for _, d in found), now),
            load_id=max(load_id for load_id, _ in found),
            created_at=now,
            datasets=tuple(d for _, d in found),
            page_url=_page(page_url, code),
        )
        for code, found in sorted(grouped.items())
    ]
    signs = tuple(Sign(names.get(s.province_code, s.province_code), catalog.title(s.dataset)[0], s.kind, s.records) for s in ledger.signs)
    return provinces, _digest(provinces, signs, page_url, now)


def _digest(provinces: Sequence[ProvinceReport], signs: tuple[Sign, ...], page_url: str | None, now: datetime) -> Digest:
    rows = tuple(DigestRow(p.province_code, p.province_name, d) for p in provinces for d in p.datasets)
    load_id = max(p.load_id for p in provinces)
    return Digest(max(p.as_of for p in provinces), load_id, now, rows, _page(page_url, ""), signs)


def _newest(datasets: Iterable[DatasetReport], now: datetime) -> date:
    return max((d.as_of for d in datasets if d.as_of is not None), default=now.astimezone(VIETNAM).date())


def _page(page_url: str | None, code: str) -> str | None:
    return None if page_url is None else page_url.replace("{province}", code)


class _Shelf:
    """Hold the ledger's rows sorted by what they belong to."""

    def __init__(self, ledger: Ledger, catalog: DeclaredNames) -> None:
        self.catalog = catalog
        self.scores = _by_batch(ledger.scores)
        self.rules = _by_batch(ledger.rules)
        self.normalisations = _by_batch(ledger.normalisations)
        self.places = {p.batch_id: p for p in ledger.places}
        self.findings = {(f.dataset, f.province_code, f.load_id): f for f in ledger.findings}
        self.newest = {(o.dataset, o.province_code): o.load_id for o in sorted(ledger.outcomes, key=lambda o: o.load_id)}
        self.bundles = {(b.dataset, b.province_code): Returned(b.records, b.folder, b.due_on) for b in ledger.bundles if b.due_on}
        self.standing = {(s.dataset, s.province_code): s.as_of for s in ledger.standing}

    def delivered(self, row: OutcomeRow) -> DatasetReport:
        title_vi, title_en = self.catalog.title(row.dataset)
        reason_vi, reason_en = explain(row.reason, row.reason_vi, _found(self.places.get(row.batch_id)), self.catalog)
        found = self.findings.get((row.dataset, row.province_code, row.load_id))
        counted = FindingRow(row.dataset, row.province_code, row.load_id, 0, 0, 0) if found is None else found
        return DatasetReport(
            dataset=row.dataset, title_vi=title_vi + ANSWERS[0] * row.is_answer, title_en=title_en + ANSWERS[1] * row.is_answer,
            verdict=_verdict(row), as_of=row.as_of,
            reason_vi=reason_vi, reason_en=reason_en,
            delivered=row.delivered, published=row.published, quarantined=row.quarantined, unreadable=row.unreadable,
            duplicate=row.duplicate, superseded=row.superseded,
            dimensions=_dimensions(self.scores.get(row.batch_id, []), self.catalog),
            new=counted.new, persisting=counted.persisting, resolved=counted.resolved,
            worst=_worst(self.rules.get(row.batch_id, []), self.catalog),
            normalisations=tuple(_normalisation(n) for n in self.normalisations.get(row.batch_id, [])),
            standing_as_of=self.standing.get((row.dataset, row.province_code)),
            bundle=self._bundle(row),
            is_answer=row.is_answer,
            identifiers_wrong=sum(s.identifier_failed for s in self.scores.get(row.batch_id, [])),
        )  # fmt: skip

    def _bundle(self, row: OutcomeRow) -> Returned | None:
        """Tell of what was handed back once, at the newest of several deliveries."""
        pair = (row.dataset, row.province_code)
        return self.bundles.get(pair) if self.newest[pair] == row.load_id else None

    def silent(self, silence: Silence) -> DatasetReport:
        title_vi, title_en = self.catalog.title(silence.dataset)
        standing = self.standing.get((silence.dataset, silence.province_code))
        return DatasetReport(
            silence.dataset, title_vi, title_en, Verdict.NOTHING_CAME, reason_vi=silence.reason_vi, reason_en=silence.reason,
            standing_as_of=standing,
        )  # fmt: skip


def _by_batch(rows: Sequence[Row]) -> Mapping[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.batch_id].append(row)
    return grouped


def _verdict(row: OutcomeRow) -> Verdict:
    if row.status not in VERDICTS:
        raise PublicationError(f"unknown batch status {row.status!r}", where=f"batch {row.batch_id}", expected=", ".join(VERDICTS))
    verdict = VERDICTS[row.status]
    return Verdict.PARTLY_PUBLISHED if verdict is Verdict.PUBLISHED and row.quarantined + row.unreadable > 0 else verdict


def _dimensions(scores: Sequence[ScoreRow], catalog: DeclaredNames) -> tuple[DimensionScore, ...]:
    """List every word of the standard, the untestable too; none where nothing was judged at all."""
    if not scores:
        return ()
    known = {s.dimension: s for s in scores}
    found = []
    for code, name_vi, name_en in catalog.dimensions:
        row = known.get(code, ScoreRow("", code, 0, 0, None, None))
        found.append(
            DimensionScore(
                code, name_vi, name_en, row.score, row.evaluated, row.failed, row.previous, row.waived, row.lawful, row.not_testable
            )
        )
    return tuple(found)


def _worst(rows: Sequence[RuleRow], catalog: DeclaredNames) -> tuple[RuleLine, ...]:
    lines = [_rule_line(row, find_rule(row.rule_id, catalog)) for row in rows]
    ranked = [line for line in lines if line.severity in WEIGHT]
    return tuple(sorted(ranked, key=lambda x: (WEIGHT[x.severity], -x.failed, x.rule_id)))


def _rule_line(row: RuleRow, rule: DeclaredRule | None) -> RuleLine:
    if rule is None:
        return RuleLine(row.rule_id, "warning", row.rule_id, row.rule_id, row.failed, row.evaluated, "", "", row.is_error)
    return RuleLine(
        row.rule_id, str(rule.severity), rule.sentence_vi, rule.sentence_en, row.failed, row.evaluated, rule.advice_vi, rule.advice_en,
        row.is_error,
    )  # fmt: skip


def _found(place: PlaceRow | None) -> Reason:
    return Reason() if place is None else Reason(rule_id=place.rule_id, where=_place(place))


def _place(place: PlaceRow) -> str:
    parts = [place.file, f"line {place.line}" if place.line else "", f"field {place.field}" if place.field else ""]
    return ", ".join(filter(None, parts))


def _normalisation(row: NormalisationRow) -> Normalisation:
    name_vi, name_en = NORMALISATIONS.get(row.kind, (row.kind.replace("_", " "), row.kind.replace("_", " ")))
    return Normalisation(name_vi, name_en, row.records)
