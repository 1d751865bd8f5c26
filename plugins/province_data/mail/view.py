"""Turn a dataset's report into the words and numbers of one language, ready to be printed by a template."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from province_data.mail.figures import bar_width, change, day, percent, whole
from province_data.mail.model import Colour, DatasetReport, DimensionScore, RuleLine, Verdict
from province_data.mail.reason import LABELS_EN, LABELS_VI
from province_data.mail.wording import VI, Wording

RULES_SHOWN = 5
ANSWERED = (Verdict.PUBLISHED, Verdict.PARTLY_PUBLISHED)
LINE_LIMIT = 400
REASON_LABELS = {text: name for labels in (LABELS_VI, LABELS_EN) for name, text in labels.items()}
"""How the lines of a reason begin, in either language -> the label they get in the mail."""
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True)
class DimensionView:
    """One bar with its numbers."""

    name: str
    other_name: str
    colour: Colour
    number: str
    change: str
    filled: int
    """Filled part of the bar, in whole percent."""
    detail: str
    testable: bool


@dataclass(frozen=True)
class RuleView:
    """One failing rule."""

    rule_id: str
    severity: str
    severity_label: str
    sentence: str
    share: str
    advice: str


@dataclass(frozen=True)
class CountView:
    """A number with its label; `shown` is False for a zero that tells nothing."""

    label: str
    number: str
    shown: bool = True


@dataclass(frozen=True)
class DatasetView:
    """One dataset in one language."""

    title: str
    as_of: str
    verdict: Verdict
    verdict_label: str
    outcome: str
    incident: str
    """Empty, or how many identifiers are wrong: a critical incident."""
    reason: tuple[tuple[str, str], ...]
    """(label, text), in the order what, where, expected, next step."""
    todo: str
    standing: str
    bundle: str
    score: str
    change: str
    colour: Colour
    counts: tuple[CountView, ...]
    dimensions: tuple[DimensionView, ...]
    findings: tuple[CountView, ...]
    rules: tuple[RuleView, ...]
    more_rules: str
    normalisations: tuple[tuple[str, str], ...]


def dataset_view(report: DatasetReport, words: Wording) -> DatasetView:
    """Say one dataset's report in one language."""
    reason = reason_lines(_in(words, report.reason_vi, report.reason_en) or report.reason_vi or report.reason_en, words)
    return DatasetView(
        title=plain(_in(words, report.title_vi, report.title_en)),
        as_of=day(report.as_of) if report.as_of else "",
        verdict=report.verdict,
        verdict_label=words.verdict[report.verdict],
        outcome=_outcome(report, words),
        incident=_incident(report, words),
        reason=reason,
        todo="" if _says_next_step(reason, words) else words.todo[report.verdict],
        standing=_standing(report, words),
        bundle=_bundle(report, words),
        score=percent(report.score, words.notation),
        change=overall_change(report, words),
        colour=report.colour,
        counts=_counts(report, words),
        dimensions=tuple(_dimension(d, words) for d in report.dimensions),
        findings=_findings(report, words),
        rules=tuple(_rule(line, words) for line in report.worst[:RULES_SHOWN]),
        more_rules=_more_rules(report, words),
        normalisations=tuple(
            (plain(_in(words, n.name_vi, n.name_en)), words.label["records"].format(count=whole(n.records, words.notation)))
            for n in report.normalisations
        ),
    )


def overall_change(report: DatasetReport, words: Wording) -> str:
    """Write how the overall score moved, over the dimensions tested both times."""
    scores = report.comparable_scores
    return "" if scores is None else change(*scores, words.notation)


def plain(text: str) -> str:
    """Make one line of a text: no control or direction-changing characters, no line breaks."""
    return " ".join(CONTROL.sub(" ", text).split())[:LINE_LIMIT]


def capital(text: str) -> str:
    """Begin with a capital, unless the first word is a name of a file or a column."""
    first = text.split(" ", 1)[0]
    return text[:1].upper() + text[1:] if first.isalpha() and first.islower() else text


def reason_lines(reason: str, words: Wording) -> tuple[tuple[str, str], ...]:
    """Split a reason into its labelled lines; a line that names no part continues the one before."""
    found: list[tuple[str, str]] = []
    for line in filter(None, (plain(part) for part in reason.splitlines())):
        head, colon, rest = line.partition(":")
        label = REASON_LABELS.get(head.strip().lower()) if colon else None
        if label:
            found.append((words.label[label], rest.strip() if label == "where" else capital(rest.strip())))
        elif found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {line}")
        else:
            found.append((words.label["what"], capital(line)))
    return tuple(found)


def _in(words: Wording, vietnamese: str, english: str) -> str:
    return vietnamese if words is VI else english


def _outcome(report: DatasetReport, words: Wording) -> str:
    told = words.label["answers"] if report.is_answer and report.verdict in ANSWERED else words.outcome[report.verdict]
    return told.format(
        silent=whole(report.duplicate + report.superseded, words.notation),
        published=whole(report.published, words.notation),
        delivered=whole(report.delivered, words.notation),
        returned=whole(report.returned, words.notation),
    )


def _incident(report: DatasetReport, words: Wording) -> str:
    wrong = report.identifiers_wrong
    return words.label["incident"].format(count=whole(wrong, words.notation)) if wrong else ""


def to_mend(reports: Sequence[DatasetReport], words: Wording) -> str:
    """Say how many records of all datasets are to be mended and by when; empty when none is."""
    bundles = [r.bundle for r in reports if r.bundle is not None]
    if not bundles:
        return ""
    count = whole(sum(b.records for b in bundles), words.notation)
    return words.label["to_mend"].format(count=count, due=day(min(b.due_on for b in bundles)))


def _says_next_step(reason: tuple[tuple[str, str], ...], words: Wording) -> bool:
    return any(label == words.label["next_step"] for label, _ in reason)


def _standing(report: DatasetReport, words: Wording) -> str:
    if report.verdict in (Verdict.PUBLISHED, Verdict.PARTLY_PUBLISHED):
        return ""
    if report.standing_as_of is None:
        return words.label["nothing_standing"]
    return words.label["standing"].format(day=day(report.standing_as_of))


def _bundle(report: DatasetReport, words: Wording) -> str:
    found = report.bundle
    if found is None:
        return ""
    count = whole(found.records, words.notation)
    return words.label["bundle"].format(count=count, folder=plain(found.folder), due=day(found.due_on))


def _counts(report: DatasetReport, words: Wording) -> tuple[CountView, ...]:
    main = {"delivered": report.delivered, "published": report.published, "quarantined": report.quarantined}
    rare = {"unreadable": report.unreadable, "duplicate": report.duplicate, "superseded": report.superseded}
    if not any((main | rare).values()):
        return ()
    return tuple(
        CountView(words.label[name], whole(number, words.notation), shown=name in main or number > 0)
        for name, number in (main | rare).items()
    )


def _dimension(score: DimensionScore, words: Wording) -> DimensionView:
    testable = score.score is not None
    counted = words.label["failed_of"].format(failed=whole(score.failed, words.notation), evaluated=whole(score.evaluated, words.notation))
    beside = {"waived": score.waived, "lawful": score.lawful, "rules_not_testable": score.not_testable}
    counted += "".join(f" · {words.label[name].format(count=whole(n, words.notation))}" for name, n in beside.items() if n)
    return DimensionView(
        name=capital(plain(_in(words, score.name_vi, score.name_en))),
        other_name=plain(_in(words, score.name_en, score.name_vi)),
        colour=score.colour,
        number=percent(score.score, words.notation),
        change=change(score.previous, score.score, words.notation),
        filled=0 if score.score is None else bar_width(score.score),
        detail=counted if testable else words.label["not_testable"],
        testable=testable,
    )


def _findings(report: DatasetReport, words: Wording) -> tuple[CountView, ...]:
    numbers = {"new": report.new, "persisting": report.persisting, "resolved": report.resolved}
    if not any(numbers.values()):
        return ()
    return tuple(CountView(words.label[name], whole(number, words.notation)) for name, number in numbers.items())


def _rule(line: RuleLine, words: Wording) -> RuleView:
    share = words.label["records_failed"].format(failed=whole(line.failed, words.notation), evaluated=whole(line.evaluated, words.notation))
    return RuleView(
        rule_id=plain(line.rule_id),
        severity=line.severity,
        severity_label=words.severity[line.severity],
        sentence=plain(_in(words, line.sentence_vi, line.sentence_en)),
        share=words.label["rule_error"] if line.is_error else share,
        advice="" if line.is_error else plain(_in(words, line.advice_vi, line.advice_en)),
    )


def _more_rules(report: DatasetReport, words: Wording) -> str:
    left = len(report.worst) - RULES_SHOWN
    return words.label["more_rules"].format(count=whole(left, words.notation)) if left > 0 else ""
