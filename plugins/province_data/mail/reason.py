"""Explain a refusal in both languages: the rule, what happened, where, what was expected, what to do next.

The ledger holds reasons as text, in a short form (`DLV-002: what [file, line 3, field x]; expected: …`, several joined
by `; `) or in the long form of an error. What it says in English only is completed in the rule's own Vietnamese words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from province_data.mail.declared import DeclaredNames, DeclaredRule, find_rule

LABELS_EN = {"what": "what happened", "detail": "details", "where": "where", "expected": "expected", "next_step": "next step"}
LABELS_VI = {"what": "chuyện gì đã xảy ra", "detail": "chi tiết", "where": "ở đâu", "expected": "yêu cầu", "next_step": "việc cần làm"}

NEXT = re.compile(r"; (?=(?:[A-Z]{3}-[0-9]{3}|refused): )|\n(?=(?:[A-Z]{3}-[0-9]{3}|refused): )")
SHORT = re.compile(
    r"(?:(?P<rule_id>[A-Z]{3}-[0-9]{3}|refused): )?(?P<what>.*?)(?: \[(?P<where>[^\[\]]*)\])?(?:; expected: (?P<expected>.*))?", re.DOTALL
)
LONG = re.compile(r"\s*(where|expected|next step): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Reason:
    """A refusal in its parts; what is not known is empty."""

    rule_id: str = ""
    what: str = ""
    detail: str = ""
    where: str = ""
    expected: str = ""
    next_step: str = ""


def read_reasons(text: str) -> tuple[Reason, ...]:
    """Take the text of a refusal apart."""
    return tuple(_read(part) for part in NEXT.split(text.strip()) if part)


def write_reasons(reasons: Sequence[Reason], labels: Mapping[str, str]) -> str:
    """Write a refusal as lines, each beginning with its label."""
    lines: list[str] = []
    for reason in reasons:
        what = f"{reason.what} ({reason.rule_id})" if reason.rule_id else reason.what
        parts = {"what": what, "detail": reason.detail, "where": reason.where, "expected": reason.expected, "next_step": reason.next_step}
        lines += [f"{labels[name]}: {text}" for name, text in parts.items() if text]
    return "\n".join(lines)


def explain(reason: str, reason_vi: str, found: Reason, catalog: DeclaredNames) -> tuple[str, str]:
    """Write a refusal in Vietnamese and in English.

    `found` is what the ledger knows of it besides: the rule that was broken and the place, used where the text has none.
    """
    english = [_complete(one, found) for one in read_reasons(reason or reason_vi)]
    vietnamese = read_reasons(reason_vi) if reason_vi else ()
    rules = [find_rule(one.rule_id, catalog) for one in english]
    if len(vietnamese) != len(english):
        vietnamese = (*vietnamese[:1], *english[len(vietnamese[:1]) :])
    said_vi = [_in_vietnamese(vi, en, rule) for vi, en, rule in zip(vietnamese, english, rules, strict=True)]
    said_en = [replace(one, next_step=one.next_step or (rule.advice_en if rule else "")) for one, rule in zip(english, rules, strict=True)]
    return write_reasons(_once(said_vi), LABELS_VI), write_reasons(_once(said_en), LABELS_EN)


def place_in_vietnamese(where: str) -> str:
    """Name a place in Vietnamese: `file, line 3, field x`."""
    words = {"line": "dòng", "record": "bản ghi", "field": "trường", "byte": "byte"}
    return re.sub(r"(?<=, )(line|record|field|byte)(?= )", lambda match: words[match[1]], where)


def _read(text: str) -> Reason:
    first, *rest = text.splitlines()
    match = SHORT.fullmatch(first)
    found = {name: value or "" for name, value in match.groupdict().items()} if match else {"what": first}
    if found.get("rule_id") == "refused":
        found["rule_id"] = ""
    for line in rest:
        part = LONG.fullmatch(line)
        if part:
            found[part[1].replace(" ", "_")] = part[2]
        else:
            found["what"] += f" {line.strip()}"
    return Reason(**found)


def _complete(said: Reason, found: Reason) -> Reason:
    return replace(said, rule_id=said.rule_id or found.rule_id, where=said.where or found.where)


def _in_vietnamese(said: Reason, english: Reason, rule: DeclaredRule | None) -> Reason:
    """Say it in Vietnamese; the English place is the more exact one."""
    where = place_in_vietnamese(english.where or said.where)
    next_step = rule.advice_vi if rule else ""
    if said.what != english.what or rule is None:
        requirement = " – ".join(filter(None, (rule.sentence_vi if rule else "", english.expected)))
        return Reason(english.rule_id, said.what, "", where, requirement, next_step)
    detail = "; ".join(filter(None, (english.what, english.expected)))
    return Reason(english.rule_id, f"Chưa đạt yêu cầu: {rule.sentence_vi}", detail, where, "", next_step)


def _once(reasons: Sequence[Reason]) -> list[Reason]:
    """Say the same next step only at the last of several reasons."""
    later = {r.next_step for r in reasons[1:]}
    return [replace(r, next_step="") if place + 1 < len(reasons) and r.next_step in later else r for place, r in enumerate(reasons)]
