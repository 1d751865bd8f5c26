"""Choose the colours of the mails.

Told apart by people who do not see red and green (teal, light amber, dark brick differ in brightness too), readable
on a light page and on the dark one that some readers make of it, and never alone: a mark and a number go with each.
"""

from __future__ import annotations

from province_data.mail.model import Colour, Verdict

INK = {
    "page": "#eceff2",
    "card": "#fcfcfb",
    "text": "#1f2a33",
    "muted": "#5a6772",
    "line": "#d8dee3",
    "track": "#e2e7eb",
    "link": "#1d5f8a",
}
PAINT = {Colour.GREEN: "#2a8c7c", Colour.YELLOW: "#dba328", Colour.RED: "#a8392c", Colour.GREY: "#98a3ad"}
MARK = {Colour.GREEN: "●", Colour.YELLOW: "▲", Colour.RED: "■", Colour.GREY: "–"}
CHIP = {
    Verdict.PUBLISHED: ("#dcefe9", "#14574b"),
    Verdict.PARTLY_PUBLISHED: ("#fbefd0", "#664700"),
    Verdict.HELD: ("#f9e2c8", "#6e3c00"),
    Verdict.REFUSED: ("#f6ddd9", "#7c2117"),
    Verdict.NOTHING_CAME: ("#e4e0ee", "#443468"),
    Verdict.UNFINISHED: ("#f9e2c8", "#6e3c00"),
    Verdict.WAITING: ("#e3e8ec", "#3c4a55"),
    Verdict.SUPERSEDED: ("#e3e8ec", "#3c4a55"),
    Verdict.DUPLICATE: ("#e3e8ec", "#3c4a55"),
}
"""Background and text of a verdict's label."""
