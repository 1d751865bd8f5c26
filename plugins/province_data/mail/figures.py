"""Write numbers and dates as a Vietnamese or an English reader expects them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import ROUND_DOWN, Decimal

VIETNAM = timezone(timedelta(hours=7))
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Notation:
    """The separators of a language."""

    decimal: str
    thousands: str
    percent: str


VIETNAMESE = Notation(decimal=",", thousands=".", percent=" %")
ENGLISH = Notation(decimal=".", thousands=",", percent="%")


def shown(score: Decimal) -> Decimal:
    """Cut a score to one decimal.

    Never rounded up: 99.96 must not read as 100, nor 89.97 as 90 in the colour of 89.
    """
    return score.quantize(TENTH, rounding=ROUND_DOWN)


def whole(number: int, notation: Notation) -> str:
    """Write a count."""
    return f"{number:,}".replace(",", notation.thousands)


def number(score: Decimal | None, notation: Notation) -> str:
    """Write a score without its unit; a dash for what could not be tested."""
    return "–" if score is None else _decimal(shown(score), notation)


def percent(score: Decimal | None, notation: Notation) -> str:
    """Write a score; a dash for what could not be tested."""
    return number(score, notation) + ("" if score is None else notation.percent)


def change(before: Decimal | None, now: Decimal | None, notation: Notation) -> str:
    """Write the difference of two scores as they are shown; empty where there is nothing to compare."""
    if before is None or now is None:
        return ""
    step = shown(now) - shown(before)
    arrow = "↑" if step > 0 else "↓" if step < 0 else "±"
    return arrow + _decimal(abs(step), notation)


def bar_width(score: Decimal) -> int:
    """Give the filled part of a bar in whole percent; only exactly 0 is empty and only exactly 100 is full."""
    return 0 if score <= 0 else 100 if score >= 100 else max(1, min(99, int(score)))


def day(value: date) -> str:
    """Write a date the way both languages read it here: 31/10/2026."""
    return value.strftime("%d/%m/%Y")


def clock(value: datetime) -> str:
    """Write a moment in Vietnam's time: 07:05 01/11/2026."""
    return value.astimezone(VIETNAM).strftime("%H:%M %d/%m/%Y")


def _decimal(value: Decimal, notation: Notation) -> str:
    return f"{value:.1f}".replace(".", notation.decimal)
