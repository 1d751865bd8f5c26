"""Bytes that are not the declared text, and gzip that is not whole."""

from __future__ import annotations

import dataclasses
import gzip
import zlib
from pathlib import Path

import pytest

from province_data.errors import FormatError
from province_data.formats.dialect import Limits
from province_data.formats.reasons import NOT_TEXT

from .reading import ALWAYS_EXACT, ALWAYS_FAST, JSON, SEMICOLON, fields_of, places, read

ABC = fields_of("a", "b", "c")


@pytest.fixture(params=[ALWAYS_FAST, ALWAYS_EXACT], ids=["fast", "exact"])
def limits(request: pytest.FixtureRequest) -> Limits:
    found: Limits = request.param
    return found


@pytest.mark.parametrize("bad", [b"\xff", b"\xc3", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\x80", b"\0"])
def test_a_bad_byte_costs_the_record_it_stands_in(tmp_path: Path, limits: Limits, bad: bytes) -> None:
    content = b'\xef\xbb\xbfa;b;c\r\n1;2;3\r\n"x\r\ny";5;6\r\n7;' + bad + b"Z;9\r\n1;2;3\r\n"
    rows, report = read(tmp_path, content, SEMICOLON, ABC, limits=limits, name="thua_dat.csv")
    assert rows == [["1", "2", "3"], ["x\r\ny", "5", "6"], ["1", "2", "3"]]
    assert (places(report), report.unreadable[0].reason) == ([(3, 5)], NOT_TEXT)


@pytest.mark.parametrize("bad", [b"\xff", b"\xe1\xba", b"\0"])
def test_a_bad_byte_in_json_costs_one_record_too(tmp_path: Path, limits: Limits, bad: bytes) -> None:
    rows, report = read(tmp_path, b'{"a":"1"}\n\n{"a":"' + bad + b'x"}\n{"a":"H\xc3\xa0"}\n', JSON, ABC, limits=limits, name="f")
    assert (rows, places(report), report.unreadable[0].reason) == ([["1", "", ""], ["Hà", "", ""]], [(2, 3)], NOT_TEXT)


def test_records_that_were_cut_off_before_a_bad_byte_are_told_of_as_such(tmp_path: Path, limits: Limits) -> None:
    _, report = read(tmp_path, b"a;b;c\n1;2;3\n\xff;2\n1;2\n1;2;3\n", SEMICOLON, ABC, limits=limits)
    assert [u.reason == NOT_TEXT for u in report.unreadable] == [True, False]


@pytest.mark.parametrize(("good", "bad"), [(0, 1), (3, 4), (100, 12)])
def test_a_file_in_another_encoding_is_refused_not_read_in_part(tmp_path: Path, limits: Limits, good: int, bad: int) -> None:
    content = b"a;b;c\n" + b"1;2;3\n" * good + "1;Nguyễn;3\n".encode("cp1258", errors="replace").replace(b"?", b"\xea") * bad
    with pytest.raises(FormatError) as refused:
        read(tmp_path, content, SEMICOLON, ABC, limits=limits, name="f")
    assert (refused.value.rule_id, refused.value.where) == ("TXT-001", f"f, line {good + 2}")


def test_a_header_with_a_bad_byte_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, b"a;b\xff;c\n1;2;3\n", SEMICOLON, ABC, name="f")
    assert (refused.value.rule_id, refused.value.where) == ("TXT-001", "f, line 1")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("dialect", [SEMICOLON, JSON])
def test_utf16_sent_as_utf8_is_refused(tmp_path: Path, encoding: str, dialect: object) -> None:
    content = 'a;b;c\n1;Hà;3\n{"a":"Hà"}\n'.encode(encoding)
    with pytest.raises(FormatError) as refused:
        read(tmp_path, content, dialect, ABC)  # type: ignore[arg-type]
    assert refused.value.rule_id == "TXT-001"


def test_a_bad_byte_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    content = "a;b;c\n1;2;3\n".encode("utf-16-le") + b"\x00\xdc\x0a\x00"
    with pytest.raises(FormatError) as refused:
        read(tmp_path, content, dataclasses.replace(SEMICOLON, encoding="utf-16-le"), ABC, name="f")
    assert (refused.value.rule_id, refused.value.where) == ("TXT-001", "f, line 3, byte 24")


@pytest.mark.parametrize("encoding", ["TCVN3", "zlib", "rot13", "idna"])
def test_an_encoding_that_is_not_read_is_refused(tmp_path: Path, encoding: str) -> None:
    with pytest.raises(FormatError) as refused:
        read(tmp_path, b"a;b;c\n", dataclasses.replace(SEMICOLON, encoding=encoding), ABC)
    assert refused.value.rule_id == "TXT-001"


def test_a_file_cut_within_a_character_has_one_unreadable_record(tmp_path: Path) -> None:
    rows, report = read(tmp_path, b"a;b;c\n1;2;3\n4;5;\xe1\xba", SEMICOLON, ABC)
    assert (rows, places(report)) == ([["1", "2", "3"]], [(2, 3)])
    rows, report = read(tmp_path, b'{"a":"1"}\n{"a":"\xe1\xba', JSON, ABC)
    assert (rows, places(report)) == ([["1", "", ""]], [(2, 2)])


def test_gzip_is_seen_by_its_content_not_its_name(tmp_path: Path) -> None:
    rows, _ = read(tmp_path, gzip.compress(b"a;b;c\n1;2;3\n"), SEMICOLON, ABC, name="no_ending")
    assert rows == [["1", "2", "3"]]


def test_gzip_of_several_members_is_one_text(tmp_path: Path) -> None:
    content = gzip.compress(b"a;b;c\n1;2") + gzip.compress(b";3\n4;5;6\n") + b"\0" * 512
    rows, _ = read(tmp_path, content, SEMICOLON, ABC)
    assert rows == [["1", "2", "3"], ["4", "5", "6"]]


def test_gzip_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress("".join(f'{{"a":"{zlib.crc32(bytes([i]))}"}}\n' for i in range(60)).encode())
    for length in range(2, len(whole)):
        with pytest.raises(FormatError):
            read(tmp_path, whole[:length], JSON, ABC)


def test_gzip_with_a_flipped_bit_or_a_tail_is_refused(tmp_path: Path) -> None:
    whole = bytearray(gzip.compress(b'{"a":"1"}\n' * 100))
    with pytest.raises(FormatError):
        read(tmp_path, bytes(whole) + b"tail", JSON, ABC)
    whole[len(whole) // 2] ^= 1
    with pytest.raises(FormatError):
        read(tmp_path, bytes(whole), JSON, ABC)


def test_a_gzip_bomb_is_stopped(tmp_path: Path) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join([packer.compress(b" " * (1 << 20)) for _ in range(100)]) + packer.flush()
    assert len(bomb) < 120_000
    with pytest.raises(FormatError, match="beyond all measure"):
        read(tmp_path, bomb, JSON, ABC)
