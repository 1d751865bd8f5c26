"""Read the settings and the clock where the program meets the world; everything inside is handed both."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from rich.console import Console

from province_data.settings import Settings, read_settings

NARROWEST = 112
"""Below this the closing table would lose figures; a narrower terminal wraps its lines instead."""
console = Console(highlight=False)
if console.width < NARROWEST:
    console = Console(highlight=False, width=NARROWEST)
complaints = Console(stderr=True, highlight=False)


def settings() -> Settings:
    """Read the settings of this process."""
    return read_settings(os.environ)


def now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


def say(text: str) -> None:
    """Tell the person at the terminal how far the work is."""
    console.print(f"[dim]{datetime.now().astimezone():%H:%M:%S}[/dim] {text}")
