"""What a report says, before it has a language, a colour on a screen or an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

CENTRE = "00"
"""Stands where a province code would stand, in the digest for the national centre."""
GREEN_FROM, YELLOW_FROM = Decimal(90), Decimal(75)
"""National scoring method (CV 4856/BCA-TTDLQG): green from 90, yellow from 75, red below."""


class Verdict(StrEnum):
    """What became of one delivery, the gravest first."""

    REFUSED = "refused"
    NOTHING_CAME = "nothing_came"
    HELD = "held"
    UNFINISHED = "unfinished"
    """The fault is ours: a rule could not be judged, or a step failed."""
    WAITING = "waiting"
    PARTLY_PUBLISHED = "partly_published"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    PUBLISHED = "published"


class Colour(StrEnum):
    """How a score is shown; grey is for what could not be tested, which is never a pass."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


def colour_of(score: Decimal | None) -> Colour:
    """Colour a score between 0 and 100."""
    if score is None:
        return Colour.GREY
    if score >= GREEN_FROM:
        return Colour.GREEN
    return Colour.YELLOW if score >= YELLOW_FROM else Colour.RED


@dataclass(frozen=True)
class DimensionScore:
    """One word of the standard: its score now and in the batch before; None = could not be tested."""

    code: str
    name_vi: str
    name_en: str
    score: Decimal | None
    evaluated: int
    failed: int
    previous: Decimal | None
    waived: int = 0
    lawful: int = 0
    """Counted apart, like `waived`: neither passed nor failed."""
    not_testable: int = 0
    """Rules of this word that nothing delivered can be judged by."""

    @property
    def colour(self) -> Colour:
        """The colour of the present score."""
        return colour_of(self.score)


@dataclass(frozen=True)
class RuleLine:
    """One rule that records failed, or that could not be run (`is_error`)."""

    rule_id: str
    severity: str
    sentence_vi: str
    sentence_en: str
    failed: int
    evaluated: int
    advice_vi: str
    advice_en: str
    is_error: bool = False


@dataclass(frozen=True)
class Normalisation:
    """One way of writing that was unified on reading, without changing what it means."""

    name_vi: str
    name_en: str
    records: int


@dataclass(frozen=True)
class Returned:
    """What was handed back with a load: how much, in which folder below the outbox, and the first day it is due."""

    records: int
    folder: str
    due_on: date


@dataclass(frozen=True)
class DatasetReport:
    """One delivery of one dataset (or its absence), counted and judged.

    delivered = published + quarantined + unreadable + duplicate + superseded, always.
    """

    dataset: str
    title_vi: str
    title_en: str
    verdict: Verdict
    as_of: date | None = None
    reason_vi: str = ""
    """What, where, expected, next step: one line each; for a delivery that was refused, held or is awaited."""
    reason_en: str = ""
    delivered: int = 0
    published: int = 0
    quarantined: int = 0
    unreadable: int = 0
    duplicate: int = 0
    superseded: int = 0
    dimensions: tuple[DimensionScore, ...] = ()
    new: int = 0
    persisting: int = 0
    resolved: int = 0
    worst: tuple[RuleLine, ...] = ()
    """All failing rules, the gravest first; a mail shows the head."""
    normalisations: tuple[Normalisation, ...] = ()
    standing_as_of: date | None = None
    """Business date of what readers see now; None = nothing of this dataset has been published."""
    bundle: Returned | None = None
    """None = no record is to be mended."""
    is_answer: bool = False
    """The province's own answers to findings, which have no score."""
    identifiers_wrong: int = 0
    """Above zero a critical incident: identifiers have to be right in every record (CV 4856/BCA-TTDLQG)."""

    @property
    def returned(self) -> int:
        """How many records go back to the province: refused by a rule, or not readable."""
        return self.quarantined + self.unreadable

    @property
    def score(self) -> Decimal | None:
        """The mean of the dimensions that could be tested."""
        return mean([d.score for d in self.dimensions if d.score is not None])

    @property
    def colour(self) -> Colour:
        """The colour of the overall score."""
        return colour_of(self.score)

    @property
    def comparable_scores(self) -> tuple[Decimal, Decimal] | None:
        """The mean before and now over the dimensions tested both times."""
        pairs = [(d.previous, d.score) for d in self.dimensions if d.previous is not None and d.score is not None]
        before, now = mean([p for p, _ in pairs]), mean([s for _, s in pairs])
        return None if before is None or now is None else (before, now)


def mean(scores: list[Decimal]) -> Decimal | None:
    """Give the mean of some scores; None of none."""
    return sum(scores, Decimal(0)) / len(scores) if scores else None


@dataclass(frozen=True)
class ProvinceReport:
    """What one province is told after a load; grain: province × load."""

    province_code: str
    province_name: str
    as_of: date
    load_id: int
    created_at: datetime
    datasets: tuple[DatasetReport, ...]
    page_url: str | None = None


@dataclass(frozen=True)
class Sign:
    """How often a load made a province's score look better than the data may be; it changes no score."""

    province_name: str
    title_vi: str
    kind: str
    records: int


@dataclass(frozen=True)
class DigestRow:
    """One province × dataset in the digest."""

    province_code: str
    province_name: str
    dataset: DatasetReport


@dataclass(frozen=True)
class Digest:
    """What the national centre is told after a load."""

    as_of: date
    load_id: int
    created_at: datetime
    rows: tuple[DigestRow, ...]
    page_url: str | None = None
    signs: tuple[Sign, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """A PDF that goes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """A rendered report: the same news as HTML and as plain text.

    `province_code`, `load_id` and `topic` identify it: sent twice, it is still one mail.
    """

    province_code: str
    load_id: int
    created_at: datetime
    subject: str
    html: str
    text: str
    topic: str = ""
    """Empty for the report itself, `pdf` for the report with its printed form; else what the mail asks about."""
    attachment: Attachment | None = None
