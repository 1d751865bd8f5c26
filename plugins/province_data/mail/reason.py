"""Read and write the reason of a refusal: the rule, what happened, where, what was expected, what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

LINE = re.compile(
    r"(?:(?P<rule_id>[A-Z]{3}-[0-9]{3}|refused): )?(?P<what>.*?)(?: \[(?P<where>[^\[\]]*)\])?(?:; expected: (?P<expected>.*))?", re.DOTALL
)
"""The short form, one line: `DLV-002: what [file, line 3, field x]; expected: …`."""
PART = re.compile(r"\s*(where|expected|next step): (.*)", re.DOTALL)
"""A line of the long form, after the first."""


@dataclass(frozen=True)
class Reason:
    """A refusal in its parts; what is not known is empty."""

    rule_id: str = ""
    what: str = ""
    where: str = ""
    expected: str = ""
    next_step: str = ""


def read_reason(text: str) -> Reason:
    """Take a reason apart, in the short or the long form."""
    first, *rest = text.strip().splitlines() or [""]
    match = LINE.fullmatch(first)
    found = {name: value or "" for name, value in match.groupdict().items()} if match else {"what": first}
    if found.get("rule_id") == "refused":
        found["rule_id"] = ""
    for line in rest:
        part = PART.fullmatch(line)
        if part:
            found[part[1].replace(" ", "_")] = part[2]
        else:
            found["what"] += f" {line.strip()}"
    return Reason(**found)


def write_reason(reason: Reason, labels: Mapping[str, str]) -> str:
    """Write a reason as lines; `labels` name the parts after the first."""
    what = f"{reason.what} ({reason.rule_id})" if reason.rule_id else reason.what
    rest = {"where": reason.where, "expected": reason.expected, "next_step": reason.next_step}
    return "\n".join([what, *(f"{labels[name]}: {text}" for name, text in rest.items() if text)])


def in_vietnamese(where: str) -> str:
    """Name a place in Vietnamese: `file, line 3, field x`."""
    return re.sub(
        r"\bfield (?=\S)", "trường ", re.sub(r"\b(line|record) (?=[0-9])", lambda m: {"line": "dòng "}.get(m[1], "bản ghi "), where)
    )
