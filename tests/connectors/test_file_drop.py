"""A folder of deliveries: what is yielded, what waits, and what is never opened."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from province_data.connectors import connect
from province_data.connectors.file_drop import pull
from province_data.connectors.request import Pulled, PullRequest
from province_data.contract.catalog import read_catalog
from province_data.errors import ContractError, SourceError
from province_data.pull import source_of
from province_data.settings import Settings

Order = Callable[..., PullRequest]
LONG_AGO = 1_700_000_000


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    folder.mkdir()
    return folder


def deliver(drop: Path, day: str, province: str, *, manifest: bool = True, changed: float = LONG_AGO) -> Path:
    folder = drop / day / province
    folder.mkdir(parents=True)
    for name in ("thua_dat.csv", *(["manifest.json"] if manifest else [])):
        (folder / name).write_text("x")
        os.utime(folder / name, (changed, changed))
    os.utime(folder, (changed, changed))
    return folder


def names(pulled: Iterator[Pulled]) -> list[str]:
    return [f"{one.folder.parent.name}/{one.folder.name}" for one in pulled]


def pull_with_error(request: PullRequest) -> tuple[list[str], SourceError]:
    found: list[Pulled] = []
    with pytest.raises(SourceError) as raised:
        found.extend(pull(request))
    return names(iter(found)), raised.value


def test_deliveries_come_in_the_order_of_day_and_province(drop: Path, order: Order) -> None:
    for day, province in (("2026-11-01", "19"), ("2026-10-31", "52"), ("2026-10-31", "04"), ("2026-10-31", "24")):
        deliver(drop, day, province)
    pulled = list(pull(order(f"file://{drop}")))
    assert names(iter(pulled)) == ["2026-10-31/04", "2026-10-31/24", "2026-10-31/52", "2026-11-01/19"]
    assert pulled[0] == Pulled(drop / "2026-10-31" / "04", (drop / "2026-10-31" / "04").as_uri(), None, "04")


def test_the_sample_deliveries_are_found(deliveries: Path, order: Order) -> None:
    assert names(pull(order(f"file://{deliveries}/tax"))) == ["2026-10-31/19", "2026-10-31/24", "2026-10-31/52"]


def test_only_the_provinces_asked_for_are_yielded(drop: Path, order: Order) -> None:
    for province in ("19", "24"):
        deliver(drop, "2026-10-31", province)
    assert names(pull(order(str(drop), only=frozenset({"24"})))) == ["2026-10-31/24"]


@pytest.mark.parametrize("form", ["{}", "file://{}", "file://localhost{}", "FILE://{}"])
def test_the_folder_may_be_written_as_path_or_uri(form: str, drop: Path, order: Order) -> None:
    deliver(drop, "2026-10-31", "24")
    uri = form.format(drop)
    assert names(connect(uri)(order(uri))) == ["2026-10-31/24"]


def test_a_relative_folder_and_a_name_with_blanks_are_found(drop: Path, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(drop / "hồ sơ đất", "2026-10-31", "24")
    monkeypatch.chdir(drop.parent)
    assert names(pull(order("file://drop/hồ sơ đất"))) == ["2026-10-31/24"]
    assert names(pull(order(f"file://{drop}/h%E1%BB%93%20s%C6%A1%20%C4%91%E1%BA%A5t"))) == ["2026-10-31/24"]


def test_a_missing_folder_says_what_to_do(tmp_path: Path, order: Order) -> None:
    found, error = pull_with_error(order(f"file://{tmp_path}/nowhere"))
    assert found == []
    assert "does not exist" in error.what
    assert error.where.endswith("/nowhere")
    assert error.next_step


def test_an_empty_folder_yields_nothing(drop: Path, order: Order) -> None:
    assert names(pull(order(str(drop)))) == []


def test_a_delivery_without_manifest_is_yielded_once_it_is_at_rest(drop: Path, order: Order) -> None:
    deliver(drop, "2026-10-31", "24", manifest=False)
    assert names(pull(order(str(drop)))) == ["2026-10-31/24"]


def test_a_delivery_without_manifest_waits_while_it_still_changes(drop: Path, order: Order) -> None:
    request = order(str(drop), options={"stable_seconds": "60"})
    moment = request.now.timestamp()
    deliver(drop, "2026-10-31", "24", manifest=False, changed=moment - 59)
    assert names(pull(request)) == []
    later = replace(request, now=datetime.fromtimestamp(moment + 1, request.now.tzinfo))
    assert names(pull(later)) == ["2026-10-31/24"]


def test_a_delivery_with_manifest_is_complete_at_once(drop: Path, order: Order) -> None:
    request = order(str(drop))
    deliver(drop, "2026-10-31", "24", changed=request.now.timestamp())
    assert names(pull(request)) == ["2026-10-31/24"]


@pytest.mark.parametrize("name", ["population", "2026-13-01", "20261031", "2026-10-31 (2)"])
def test_a_folder_not_called_after_a_day_is_named_and_the_others_come(name: str, drop: Path, order: Order) -> None:
    deliver(drop, "2026-10-31", "24")
    deliver(drop, name, "24")
    found, error = pull_with_error(order(f"file://{drop}"))
    assert found == ["2026-10-31/24"]
    assert "not called after a day" in str(error)
    assert name in str(error)


def test_a_connection_may_name_the_folder_of_all_datasets(deliveries: Path, project: Path, tmp_path: Path) -> None:
    contract = read_catalog(project / "expectations").contract("tax")
    settings = Settings(home=tmp_path, project=project, connections={"tax": f"file://{deliveries}"})
    assert source_of(settings, contract, None) == (deliveries / "tax").resolve().as_uri()


@pytest.mark.parametrize("address", ["https://registry.example/api", "postgresql://reader@registry.example/registry", "ftp://somewhere"])
def test_an_address_given_by_hand_is_asked_as_it_is(address: str, project: Path, tmp_path: Path) -> None:
    contract = read_catalog(project / "expectations").contract("tax")
    assert source_of(Settings(home=tmp_path, project=project), contract, address) == address


def test_loose_files_and_hidden_folders_are_not_deliveries(drop: Path, order: Order) -> None:
    deliver(drop, "2026-10-31", "24")
    deliver(drop, "2026-10-31", ".24.uploading")
    deliver(drop, ".pulling-x", "24")
    (drop / "schema.sql").write_text("x")
    (drop / "2026-10-31" / "note.txt").write_text("x")
    assert names(pull(order(str(drop)))) == ["2026-10-31/24"]


def link_file(folder: Path, outside: Path) -> None:
    (folder / "more.csv").symlink_to(outside)


def link_manifest(folder: Path, outside: Path) -> None:
    (folder / "manifest.json").unlink()
    (folder / "manifest.json").symlink_to(outside)


def hard_link(folder: Path, outside: Path) -> None:
    os.link(outside, folder / "more.csv")


def pipe(folder: Path, outside: Path) -> None:
    os.mkfifo(folder / "more.csv")


def broken_link(folder: Path, outside: Path) -> None:
    (folder / "more.csv").symlink_to(outside.with_name("gone"))


def name_with_line_break(folder: Path, outside: Path) -> None:
    (folder / "a\nERROR forged line.csv").write_text("x")


def name_written_backwards(folder: Path, outside: Path) -> None:
    (folder / "thua_dat\u202evsc.exe").write_text("x")


def name_that_is_no_text(folder: Path, outside: Path) -> None:
    (folder / os.fsdecode(b"thua_\xff.csv")).write_text("x")


@pytest.mark.parametrize(
    "spoil",
    [link_file, link_manifest, hard_link, pipe, broken_link, name_with_line_break, name_written_backwards, name_that_is_no_text],
)
def test_an_unsafe_delivery_is_refused_and_the_others_come(
    spoil: Callable[[Path, Path], None], drop: Path, tmp_path: Path, order: Order
) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("secret")
    spoil(deliver(drop, "2026-10-31", "19"), outside)
    deliver(drop, "2026-10-31", "24")
    found, error = pull_with_error(order(str(drop)))
    assert found == ["2026-10-31/24"]
    assert "2026-10-31/19" in error.where
    assert "\n" not in error.where
    assert error.next_step


@pytest.mark.parametrize("depth", ["day", "province"])
def test_a_linked_folder_is_refused(depth: str, drop: Path, tmp_path: Path, order: Order) -> None:
    real = deliver(tmp_path / "elsewhere", "2026-10-31", "19")
    deliver(drop, "2026-11-01", "24")
    link = drop / "2026-10-31" if depth == "day" else drop / "2026-11-01" / "19"
    link.symlink_to(real.parent if depth == "day" else real)
    found, error = pull_with_error(order(str(drop)))
    assert found == ["2026-11-01/24"]
    assert link.name in error.where


def test_several_unsafe_deliveries_are_named_together(drop: Path, tmp_path: Path, order: Order) -> None:
    for province in ("19", "24"):
        pipe(deliver(drop, "2026-10-31", province), tmp_path)
    _, error = pull_with_error(order(str(drop)))
    assert error.what.startswith("2 ")
    assert "/19/" in error.where
    assert "/24/" in error.where


def test_a_device_is_refused(drop: Path, order: Order) -> None:
    folder = deliver(drop, "2026-10-31", "24")
    try:
        os.mknod(folder / "more.csv", 0o600 | 0o020000, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("making a device needs more rights than this account has")
    found, _ = pull_with_error(order(str(drop)))
    assert found == []


def test_a_folder_that_cannot_be_read_is_named(drop: Path, order: Order) -> None:
    folder = deliver(drop, "2026-10-31", "24")
    deliver(drop, "2026-10-31", "52")
    folder.chmod(0)
    try:
        if os.access(folder, os.R_OK):
            pytest.skip("this account may read everything")
        found, error = pull_with_error(order(str(drop)))
    finally:
        folder.chmod(0o700)
    assert found == ["2026-10-31/52"]
    assert "cannot be read" in error.what


def test_a_folder_removed_before_its_turn_is_named(drop: Path, order: Order) -> None:
    deliver(drop, "2026-10-31", "19")
    gone = deliver(drop, "2026-10-31", "24")
    walk = pull(order(str(drop)))
    next(walk)
    shutil.rmtree(gone)
    with pytest.raises(SourceError, match="cannot be read"):
        next(walk)


@pytest.mark.parametrize("options", [{"stabel_seconds": "5"}, {"stable_seconds": "soon"}, {"stable_seconds": "-1"}])
def test_a_wrong_option_is_refused_by_name(options: dict[str, str], drop: Path, order: Order) -> None:
    with pytest.raises(ContractError, match=next(iter(options))):
        list(pull(order(str(drop), options=options)))


@pytest.mark.parametrize("uri", ["ftp://10.0.0.1/x", "s3://bucket/key", "javascript://x", "://x"])
def test_an_unknown_scheme_is_refused_without_showing_the_address(uri: str) -> None:
    with pytest.raises(SourceError) as raised:
        connect(uri)
    assert "postgresql://" in raised.value.expected
    assert uri not in raised.value.text()
