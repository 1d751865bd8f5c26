"""A manifest of corrections names the one file that was filled in, and no table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from province_data.batch import Kind
from province_data.contract.catalog import read_catalog
from province_data.contract.manifest import parse_manifest
from province_data.errors import FormatError

FILE = {"name": "24-land-1.xlsx", "sha256": "0" * 64, "bytes": 1, "records": 3}
TOP: dict[str, Any] = {
    "dataset": "land", "as_of": "2026-11-05", "province_code": "24", "sequence_no": 1, "kind": "corrections",
    "extracted_at": "2026-11-05T08:00:00+07:00", "commune_edition": "2025", "files": [FILE],
}  # fmt: skip


def test_one_file_is_enough_for_a_dataset_of_two_tables(project: Path) -> None:
    manifest = parse_manifest(json.dumps(TOP).encode(), read_catalog(project / "expectations").contract("land"))
    assert manifest.kind is Kind.CORRECTIONS
    assert [f.name for f in manifest.files] == ["24-land-1.xlsx"]


@pytest.mark.parametrize("files", [[], [FILE, FILE], None, ["x"]])
def test_anything_but_one_file_is_refused(project: Path, files: object) -> None:
    with pytest.raises(FormatError, match="files does not name one file"):
        parse_manifest(json.dumps({**TOP, "files": files}).encode(), read_catalog(project / "expectations").contract("land"))


def test_a_snapshot_still_needs_every_table(project: Path) -> None:
    with pytest.raises(FormatError, match="unknown table"):
        parse_manifest(json.dumps({**TOP, "kind": "snapshot"}).encode(), read_catalog(project / "expectations").contract("land"))
