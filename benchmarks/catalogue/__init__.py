"""The catalogue of errors: one planted defect or more for each rule that deliveries can express, and traps that break none."""

from __future__ import annotations

from benchmarks.catalogue import across, audit, civil, land, population, tax, text, traps
from benchmarks.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *text.ENTRIES,
    *population.ENTRIES,
    *civil.ENTRIES,
    *land.ENTRIES,
    *tax.ENTRIES,
    *across.ENTRIES,
    *audit.ENTRIES,
    *traps.ENTRIES,
    *audit.TRAPS,
)
WHOLE = land.WHOLE
"""Kinds that damage a whole delivery: each wants a province of its own."""
