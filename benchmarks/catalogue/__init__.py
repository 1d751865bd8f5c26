"""The catalogue of errors: one planted defect or more for each rule that deliveries can express, and traps that break none."""

from __future__ import annotations

from benchmarks.catalogue import across, civil, land, population, tax, text, traps, variants, variants_land
from benchmarks.catalogue.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *text.ENTRIES,
    *population.ENTRIES,
    *civil.ENTRIES,
    *land.ENTRIES,
    *tax.ENTRIES,
    *across.ENTRIES,
    *variants.ENTRIES,
    *variants_land.ENTRIES,
    *traps.ENTRIES,
    *variants_land.TRAPS,
)
WHOLE = land.WHOLE
"""Kinds that damage a whole delivery: each wants a province of its own."""
