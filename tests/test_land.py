"""Landing keeps bytes unchanged under their own sha256 and says what is wrong with a delivery."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from province_data.contract.catalog import read_catalog
from province_data.contract.model import Contract
from province_data.land import Arrival, land_folder

NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)


@pytest.fixture
def contract(project: Path) -> Contract:
    """Give the contract of land."""
    return read_catalog(project / "expectations").contract("land")


@pytest.fixture
def folder(project: Path, tmp_path: Path) -> Path:
    """Give a good delivery that a test may damage."""
    target = tmp_path / "drop" / "2026-10-31" / "24"
    shutil.copytree(project / "tests" / "deliveries" / "clean" / "land" / "2026-10-31" / "24", target)
    return target


def land(folder: Path, contract: Contract, tmp_path: Path) -> Arrival:
    """Land a folder."""
    return land_folder(folder, folder.as_uri(), contract, tmp_path / "landing", NOW)


def rewrite(folder: Path, **keys: object) -> None:
    """Change keys of the manifest; None removes one."""
    path = folder / "manifest.json"
    manifest = {**json.loads(path.read_text(encoding="utf-8")), **keys}
    path.write_text(json.dumps({k: v for k, v in manifest.items() if v is not None}), encoding="utf-8")


def test_bytes_are_kept_unchanged_under_their_sha256(folder: Path, contract: Contract, tmp_path: Path) -> None:
    assert land(folder, contract, tmp_path).problems == ()
    content = (folder / "thua_dat.csv").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    kept = tmp_path / "landing" / digest[:2] / digest
    assert kept.read_bytes() == content
    assert not os.access(kept, os.W_OK) or os.geteuid() == 0
    assert kept.stat().st_mode & 0o222 == 0


def test_the_same_bytes_give_the_same_batch_and_another_byte_another(folder: Path, contract: Contract, tmp_path: Path) -> None:
    first = land(folder, contract, tmp_path)
    rewrite(folder, sequence_no=119)
    again = land(folder, contract, tmp_path)
    assert again.batch_id == first.batch_id
    assert again.delivery_id != first.delivery_id
    with (folder / "thua_dat.csv").open("ab") as out:
        out.write(b"\r\n")
    assert land(folder, contract, tmp_path).batch_id != first.batch_id


def test_a_delivery_without_manifest_waits(folder: Path, contract: Contract, tmp_path: Path) -> None:
    (folder / "manifest.json").unlink()
    arrival = land(folder, contract, tmp_path)
    assert arrival.is_waiting
    assert [p.rule_id for p in arrival.problems] == ["DLV-002"]


@pytest.mark.parametrize(
    ("keys", "rule_id"),
    [
        ({"province_code": "19"}, "DLV-002"),
        ({"as_of": "2026-10-30"}, "DLV-002"),
        ({"dataset": "tax"}, "DLV-002"),
        ({"commune_edition": None}, "ADM-014"),
        ({"kind": "whole"}, "DLV-002"),
        ({"extracted_at": "2026-11-01T01:10:00"}, "DLV-002"),
        ({"sequence_no": "118"}, "DLV-002"),
        ({"files": []}, "DLV-002"),
        ({"sequence_no": 10**30}, "DLV-002"),
        ({"extracted_at": "0001-01-01T00:00:00+14:00"}, "DLV-002"),
        ({"extracted_at": "2026-11-03T03:00:01Z"}, "DLV-007"),
        ({"extracted_at": "2026-10-30T16:59:59Z"}, "DLV-007"),
    ],
)
def test_a_wrong_manifest_is_refused_with_the_rule(
    folder: Path, contract: Contract, tmp_path: Path, keys: dict[str, object], rule_id: str
) -> None:
    rewrite(folder, **keys)
    assert rule_id in {p.rule_id for p in land(folder, contract, tmp_path).problems}


@pytest.mark.parametrize(
    ("keys", "rule_id"),
    [
        ({"records": 10**30}, "DLV-002"),
        ({"name": "thua\ndat.csv"}, "DLV-002"),
        ({"name": "folder"}, "DLV-002"),
        ({"member": "a\x00b"}, "DLV-002"),
        ({"encoding": 8}, "TXT-001"),
        ({"control_totals": {"dien_tich_m2": "sNaN"}}, "DLV-002"),
        ({"control_totals": {"dien_tich_m2": "Infinity"}}, "DLV-002"),
        ({"control_totals": {"dien_tich_m2": "1e999999"}}, "DLV-002"),
    ],
)
def test_a_wrong_entry_of_a_file_is_refused_with_the_rule(
    folder: Path, contract: Contract, tmp_path: Path, keys: dict[str, object], rule_id: str
) -> None:
    (folder / "folder").mkdir()
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][0].update(keys)
    rewrite(folder, files=manifest["files"])
    [problem] = land(folder, contract, tmp_path).problems
    assert problem.rule_id == rule_id
    assert "\n" not in problem.text


@pytest.mark.parametrize("content", ["[" * 100_000, '{"dataset": "land", "dataset": "land"}', '{"sequence_no": NaN}', " ", "[]"])
def test_a_manifest_that_is_no_object_is_refused(folder: Path, contract: Contract, tmp_path: Path, content: str) -> None:
    (folder / "manifest.json").write_text(content, encoding="utf-8")
    assert [p.rule_id for p in land(folder, contract, tmp_path).problems] == ["DLV-002"]


def test_a_checksum_in_capitals_is_a_checksum(folder: Path, contract: Contract, tmp_path: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][0]["sha256"] = manifest["files"][0]["sha256"].upper()
    rewrite(folder, files=manifest["files"])
    assert land(folder, contract, tmp_path).problems == ()


@pytest.mark.parametrize(("place", "key", "rule_id"), [(0, "sha256", "DLV-003"), (1, "sha256", "DLV-003"), (0, "bytes", "DLV-002")])
def test_each_declaration_of_an_archive_of_several_tables_is_held_against_it(
    project: Path, contract: Contract, tmp_path: Path, place: int, key: str, rule_id: str
) -> None:
    folder = tmp_path / "drop" / "2026-10-31" / "52"
    shutil.copytree(project / "examples" / "deliveries" / "land" / "2026-10-31" / "52", folder)
    assert land(folder, contract, tmp_path).problems == ()
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    assert files[0]["name"] == files[1]["name"]
    files[place][key] = "0" * 64 if key == "sha256" else 1
    rewrite(folder, files=files)
    assert [p.rule_id for p in land(folder, contract, tmp_path).problems] == [rule_id]


def test_a_delivery_from_the_far_future_is_refused(folder: Path, contract: Contract, tmp_path: Path) -> None:
    later = folder.parent.parent / "2026-11-09" / "24"
    shutil.copytree(folder, later)
    rewrite(later, as_of="2026-11-09", extracted_at="2026-11-10T01:10:00+07:00")
    assert [p.rule_id for p in land(later, contract, tmp_path).problems] == ["TXT-009", "DLV-007"]


def test_links_and_special_files_are_not_followed(folder: Path, contract: Contract, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x", encoding="utf-8")
    (folder / "thua_dat.csv").unlink()
    (folder / "thua_dat.csv").symlink_to(secret)
    assert land(folder, contract, tmp_path).problems
    (folder / "thua_dat.csv").unlink()
    os.mkfifo(folder / "thua_dat.csv")
    assert land(folder, contract, tmp_path).problems


def test_a_file_name_that_leads_elsewhere_is_refused(folder: Path, contract: Contract, tmp_path: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][0]["name"] = "../../thua_dat.csv"
    rewrite(folder, files=manifest["files"])
    assert [p.rule_id for p in land(folder, contract, tmp_path).problems] == ["DLV-002"]
