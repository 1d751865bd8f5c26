"""What travels through the pipeline: a manifest, a delivery that arrived, a batch that is worked on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path


class Kind(StrEnum):
    """What a delivery holds: everything of the province, what changed since the previous number, or answers to findings.

    Corrections come from the province, not from the agency's system: they have numbers of their own, and a statement
    of the agency stays the newest one.
    """

    SNAPSHOT = "snapshot"
    CHANGES = "changes"
    CORRECTIONS = "corrections"


@dataclass(frozen=True)
class ManifestFile:
    """One table's content in one delivered file (or member of an archive, or sheet of a workbook)."""

    name: str
    table: str
    sha256: str
    bytes: int
    records: int
    encoding: str
    member: str | None
    control_totals: Mapping[str, Decimal]
    """Column as sent -> sum of its well-formed values."""


@dataclass(frozen=True)
class Manifest:
    """The sender's own account of a delivery; written last, so its presence means complete."""

    dataset: str
    as_of: date
    province_code: str
    sequence_no: int
    kind: Kind
    extracted_at: datetime
    commune_edition: str
    files: tuple[ManifestFile, ...]


@dataclass(frozen=True)
class Delivery:
    """A delivery whose bytes are safe in the landing zone.

    `batch_id` comes from the bytes: the same bytes always give the same id.
    """

    batch_id: str
    manifest: Manifest
    landed: Mapping[str, Path]
    """File name -> its content-addressed path in the landing zone."""
    source_uri: str


@dataclass(frozen=True)
class LoadedBatch:
    """A batch that lies in staging, counted."""

    batch_id: str
    delivery_id: str
    province_code: str
    kind: str
    as_of: str
    delivered: int
    unreadable: int


def restated_id(batch_id: str, sequence_no: int) -> str:
    """Give the id of content that is stated again under a newer number: a batch of its own, made of the same bytes."""
    return hashlib.sha256(f"{batch_id}|{sequence_no}".encode()).hexdigest()[:16]
