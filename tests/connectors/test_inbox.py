"""Delivery folders appear complete or not at all, also when a pull is killed or runs twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from province_data.batch import Kind, Manifest
from province_data.connectors.inbox import MeasuredFile, describe_file, seal, unfinished_folder
from province_data.connectors.request import business_date

MOMENT = datetime.fromisoformat("2026-11-01T01:10:00+07:00")


def deliver(inbox: Path, text: bytes) -> Path:
    with unfinished_folder(inbox, "tax") as folder:
        with MeasuredFile(folder / "a.csv") as out:
            out.write(text)
        written = describe_file(out, "a.csv", "a", text.count(b"\n"))
        return seal(folder, inbox, Manifest("tax", date(2026, 10, 31), "24", 7, Kind.SNAPSHOT, MOMENT, "2025", (written,)))


def tree(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_a_sealed_delivery_says_what_it_holds(tmp_path: Path) -> None:
    folder = deliver(tmp_path, b"one\ntwo\n")
    assert tree(tmp_path) == ["tax", "tax/2026-10-31", "tax/2026-10-31/24", *(f"tax/2026-10-31/24/{n}" for n in ("a.csv", "manifest.json"))]
    (file,) = json.loads((folder / "manifest.json").read_bytes())["files"]
    assert (file["bytes"], file["records"]) == (8, 2)


def test_a_failed_pull_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk full"), unfinished_folder(tmp_path, "tax") as folder:  # noqa: PT012
        (folder / "a.csv").write_text("x")
        raise OSError("disk full")
    assert tree(tmp_path) == ["tax"]


def test_a_newer_delivery_takes_the_place_of_one_that_was_not_landed(tmp_path: Path) -> None:
    deliver(tmp_path, b"old\n")
    folder = deliver(tmp_path, b"new\n")
    assert (folder / "a.csv").read_bytes() == b"new\n"
    assert len(tree(tmp_path)) == 5


def test_deliveries_made_at_the_same_time_are_never_mixed(tmp_path: Path) -> None:
    texts = [f"{number}\n".encode() * 1000 for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda text: deliver(tmp_path, text), texts))
    folder = tmp_path / "tax" / "2026-10-31" / "24"
    text = (folder / "a.csv").read_bytes()
    assert text in texts
    assert json.loads((folder / "manifest.json").read_bytes())["files"][0]["bytes"] == len(text)
    assert len(tree(tmp_path)) == 5


def hold_unfinished(inbox: Path, ready: Connection) -> None:
    with unfinished_folder(inbox, "tax") as folder:
        (folder / "a.csv").write_text("x")
        ready.send(folder.name)
        signal.pause()


def test_what_a_killed_pull_left_is_removed_but_not_what_a_living_one_fills(tmp_path: Path) -> None:
    here, there = multiprocessing.Pipe()
    pull = multiprocessing.get_context("spawn").Process(target=hold_unfinished, args=(tmp_path, there))
    pull.start()
    there.close()  # so that a pull that dies too early is an error here and not an endless wait
    assert pull.pid
    name = here.recv()
    with unfinished_folder(tmp_path, "tax"):
        assert (tmp_path / "tax" / name / "a.csv").exists()
    os.kill(pull.pid, signal.SIGKILL)
    pull.join()
    assert (tmp_path / "tax" / name / "a.csv").exists()
    with unfinished_folder(tmp_path, "tax"):
        assert not (tmp_path / "tax" / name).exists()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-01T00:00:00+07:00", "2026-10-31"),
        ("2026-10-31T17:00:00+00:00", "2026-10-31"),
        ("2026-11-01T00:00:01+07:00", "2026-11-01"),
        ("2026-10-31T23:59:59+07:00", "2026-10-31"),
        ("2026-03-01T00:00:00+07:00", "2026-02-28"),
    ],
)
def test_the_state_at_midnight_is_that_of_the_day_that_ended(moment: str, day: str) -> None:
    assert business_date(datetime.fromisoformat(moment)) == date.fromisoformat(day)
