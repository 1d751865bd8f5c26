"""A source typed by hand is taken as it was meant, or refused at once with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from province_data.connectors.typed import read_typed
from province_data.errors import SourceRefused
from province_data.pull import shown_source

DECLARED = "https://client:s3cret@registry.example:8443/base"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "giao nộp" / "land" / "2026-10-31" / "24").mkdir(parents=True)
    (tmp_path / "giao nộp" / "tax").mkdir()
    return tmp_path / "giao nộp"


def refusal(typed: str, dataset: str = "land") -> SourceRefused:
    with pytest.raises(SourceRefused) as caught:
        read_typed(typed, dataset, None)
    return caught.value


@pytest.mark.parametrize(
    "form", ["{}", "  {} ", '"{}"', "'{}'\n", "{}/", "{}/land", "{}/land/", "file://{}", "FILE://{}", "file://localhost{}"]
)
def test_a_folder_is_taken_however_it_was_pasted(form: str, folder: Path) -> None:
    assert read_typed(form.format(folder), "land", None) == str(folder)


def test_an_escaped_address_of_a_folder_is_read(folder: Path) -> None:
    assert read_typed(folder.as_uri(), "land", None) == str(folder)


def test_a_lost_letter_is_answered_with_the_name_that_was_meant(folder: Path) -> None:
    error = refusal(f"{folder.parent}/giaonộp/land")
    assert error.what.startswith("không có thư mục này")
    assert str(folder.parent) in error.what
    assert str(folder) in error.next_step
    assert error.where == f"{folder.parent}/giaonộp/land"


def test_a_folder_like_no_other_is_answered_with_how_far_the_path_leads(folder: Path) -> None:
    error = refusal(f"{folder}/usb/2026/x")
    assert f"có đến {folder}" in error.what
    assert "chưa được gắn" in error.next_step


def test_every_other_slip_is_named(folder: Path) -> None:
    (folder / "land" / "note.txt").write_text("x")
    for typed, told in (
        ("giao-nop/land", "chưa đầy đủ"),
        ("", "chưa đầy đủ"),
        (f"{folder}/land/note.txt", "là một tệp"),
        (f"{folder}/land/2026-10-31/24", "quá sâu"),
        (f"{folder}/{'x' * 300}", "không đọc được thư mục"),
    ):
        assert told in refusal(typed).what, typed
    assert str(folder) in refusal(f"{folder}/land/2026-10-31").next_step


def test_a_folder_without_the_dataset_says_what_is_there(folder: Path) -> None:
    error = refusal(str(folder), "population")
    assert "không có thư mục con population" in error.what
    assert "land, tax" in error.next_step
    assert "population/2026-10-31/24/" in error.expected


def test_what_was_typed_forges_no_line_of_a_log(folder: Path) -> None:
    error = refusal(f"{folder}/a\nINFO: đã công bố\u202e")
    assert "\n" not in error.what + error.where + error.next_step
    assert "\u202e" not in error.what + error.where


def test_an_address_that_no_connector_knows_is_refused() -> None:
    assert "names no connector" in refusal("ftp://somewhere").what


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://registry.example:8443/other", "https://client:s3cret@registry.example:8443/other"),
        ("https://registry.example/other", "https://registry.example/other"),
        ("http://registry.example:8443/other", "http://registry.example:8443/other"),
        ("https://registry.example:8443.evil.example/other", "https://registry.example:8443.evil.example/other"),
        ("postgresql://reader@registry.example:8443/x", "postgresql://reader@registry.example:8443/x"),
    ],
)
def test_only_the_declared_server_gets_the_declared_password(typed: str, meant: str) -> None:
    assert read_typed(typed, "land", DECLARED) == meant


def test_a_source_is_shown_without_its_secret() -> None:
    assert shown_source(DECLARED) == "https://registry.example:8443/base"
    assert shown_source("postgresql://reader:x@h/db?password=y") == "postgresql://h/db"
    assert shown_source("file:///srv/giao%20n%E1%BB%99p/land") == "/srv/giao nộp/land"
    assert shown_source("/srv/giao nộp/land") == "/srv/giao nộp/land"
