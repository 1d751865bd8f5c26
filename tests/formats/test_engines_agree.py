"""The fast way and the exact way give the same bytes, and the slow readers of these tests agree with both."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path

import pytest

from province_data.errors import FormatError
from province_data.formats import blocks
from province_data.formats.delimited import delimited
from province_data.formats.dialect import LIMITS, Conversion, Dialect, Field, Limits, ReadReport
from province_data.formats.engine import Engine
from province_data.formats.form import Form
from province_data.formats.header import in_order
from province_data.formats.json_lines import json_lines
from province_data.formats.read import stream_records

from .reading import ALWAYS_EXACT, JSON, SEMICOLON, fields_of, places, read, rows_of, slow_delimited, slow_json

WIDE = [Field("a", "a"), Field("b", "b", Conversion.DECIMAL_COMMA), Field("c", "c", Conversion.DATE_DMY), Field("d", "d")]
PIECES = [
    '"',
    '""',
    ";",
    "\n",
    "\r\n",
    "\r",
    "1",
    "12,5",
    "09/10/2018",
    "ă",
    " ",
    ";;;",
    "\n1;2;3;4\n",
    '\n"x";"y";"z";""\n',
    "\\.",
    "\\",
    "",
]
TINY = Limits(block=64, record=32, field=32, fast_from=1)


def fast(form: Form, content: bytes, scratch: Path) -> bytes | None:
    """Read one block the fast way, if it can be proven and the engine agrees."""
    proof = form.proof(content)
    if proof is None:
        return None
    with Engine(scratch) as engine:
        path = engine.submit(content, proof.job).result()
        return path.read_bytes() if path else None


def run(path: Path, dialect: Dialect, fields: list[Field], limits: Limits) -> tuple[list[list[str]], ReadReport | str]:
    pieces: list[bytes] = []
    try:
        report: ReadReport | str = stream_records(path, dialect, fields, (), pieces.append, path.parent, limits=limits)
    except FormatError as refused:
        return [], refused.text()
    return rows_of(b"".join(pieces)), report


@pytest.mark.parametrize("seed", range(4))
def test_any_delimited_text_is_read_alike(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    chance = random.Random(seed)
    form = delimited(SEMICOLON, in_order(WIDE))
    for _ in range(60):
        text = "".join(chance.choices(PIECES, k=chance.randint(1, 30)))
        slow = slow_delimited(text, ";", 4)
        exact = form.exact(text.encode(), LIMITS, last=True)
        assert exact.written + len(exact.unreadable) == len(slow), repr(text)
        assert [u.record_number for u in exact.unreadable] == [n for n, r in enumerate(slow, 1) if r is None], repr(text)
        quick = fast(form, text.encode(), tmp_path)
        assert quick is None or rows_of(quick) == rows_of(exact.csv), repr(text)
        assert quick is None or not exact.unreadable, repr(text)


def well_formed(chance: random.Random, end: str) -> str:
    values = ["", "1", "12,5", "1.5", "09/10/2018", "2018-10-09", "Đặng Thị", " x ", "a,b", "\\.", "'", "#", "NULL", "\u00a0", "\x7f", "-"]
    quoted = ["x;y", 'say ""so""', f"two{end}lines", "", '""', "tab\t", "plain"]

    def value() -> str:
        return f'"{chance.choice(quoted)}"' if chance.random() < 0.3 else chance.choice(values)

    return "".join(";".join(value() for _ in range(4)) + end for _ in range(chance.randint(1, 40)))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_well_formed_text_is_always_read_fast_and_alike(tmp_path: Path, end: str) -> None:
    seed = random.randrange(1 << 32)
    print("seed", seed)
    chance = random.Random(seed)
    form = delimited(SEMICOLON, in_order(WIDE))
    for _ in range(25):
        text = well_formed(chance, end)[: -len(end) if chance.random() < 0.2 else None]
        exact = form.exact(text.encode(), LIMITS, last=True)
        quick = fast(form, text.encode(), tmp_path)
        assert quick is not None, repr(text)
        assert rows_of(quick) == rows_of(exact.csv), repr(text)
        assert not exact.unreadable


@pytest.mark.parametrize("seed", range(3))
def test_any_json_is_read_alike(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    chance = random.Random(seed)
    fields = fields_of("a", "b", "n.x", "n.y")
    parts = ['"a":', '"b":', '"n":', '"x":', '"z":', '"v"', '"q\\""', "1", "1.5", "null", "true", "{", "}"]
    parts += ["[", "]", ",", " ", "\n", "\\", ":"]
    good = ['{"a":"v","b":1}\n', '{"n":{"x":"v","y":null}}\n', '{"a": "v"}\n', '{"b":"\\u0110"}\n', "{}\n"]
    form = json_lines(fields)
    for _ in range(25):
        odd = "".join(chance.choices(parts, k=chance.randint(0, 8)))
        lines = [*chance.choices(good, k=chance.randint(1, 5)), odd + "\n"]
        chance.shuffle(lines)
        path = tmp_path / "f"
        path.write_text("".join(lines), encoding="utf-8")
        quick, slow = run(path, JSON, fields, dataclasses.replace(LIMITS, fast_from=1)), run(path, JSON, fields, ALWAYS_EXACT)
        assert quick == slow, repr(lines)
    for line in good:
        assert fast(form, line.encode(), tmp_path) == form.exact(line.encode(), LIMITS, last=True).csv, line


def test_blocks_of_any_size_give_the_same(tmp_path: Path) -> None:
    chance = random.Random(7)
    text = "a;b;c;d\n" + "".join(well_formed(chance, "\n") + chance.choice(["", "short\n", '1;"x"y;2;3\n', "\n"]) for _ in range(6))
    path = tmp_path / "f"
    path.write_text(text, encoding="utf-8", newline="")
    whole = run(path, SEMICOLON, WIDE, ALWAYS_EXACT)
    for size in (200, 333, 1000):
        assert run(path, SEMICOLON, WIDE, Limits(block=size, record=100, field=100, fast_from=1)) == whole


def test_json_blocks_of_any_size_give_the_same(tmp_path: Path) -> None:
    lines = [json.dumps({"a": str(i), "b": i if i % 7 else None}) if i % 11 else "broken" for i in range(60)]
    path = tmp_path / "f"
    path.write_text("\n".join(lines), encoding="utf-8")
    fields = fields_of("a", "b")
    whole = run(path, JSON, fields, ALWAYS_EXACT)
    assert isinstance(whole[1], ReadReport)
    assert places(whole[1]) == [(i + 1, i + 1) for i in range(0, 60, 11)]
    for size in (64, 100, 1000):
        assert run(path, JSON, fields, dataclasses.replace(TINY, block=size)) == whole


def test_an_engine_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"a;b;c;d\n" + b"1;2,5;09/10/2018;4\n" * 50
    expected = read(tmp_path, content, SEMICOLON, WIDE, limits=ALWAYS_EXACT)
    monkeypatch.setattr("province_data.formats.delimited.copy_to", lambda *_: "select no such thing")
    assert read(tmp_path, content, SEMICOLON, WIDE, limits=TINY) == expected
    monkeypatch.setattr("province_data.formats.delimited.copy_to", lambda query, _: f"select 1 from ({query}) limit 1")
    assert read(tmp_path, content, SEMICOLON, WIDE, limits=TINY) == expected


def test_nothing_is_left_in_the_scratch_folder_even_when_the_database_fails(tmp_path: Path) -> None:
    class Down(Exception):
        pass

    def write(_: bytes) -> None:
        raise Down

    path, scratch = tmp_path / "f", tmp_path / "scratch"
    scratch.mkdir()
    path.write_bytes(b"a;b;c;d\n" + b"1;2;3;4\n" * 5000)
    with pytest.raises(Down):
        stream_records(path, SEMICOLON, WIDE, (), write, scratch, limits=dataclasses.replace(TINY, block=4000))
    assert list(scratch.iterdir()) == []


def test_the_engine_reaches_nothing_outside_its_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("x\n", encoding="utf-8")
    seen = []

    def job(cursor: object, source: Path, target: Path) -> bool:
        seen.append(source)
        cursor.execute(f"select * from read_csv('{secret}')")  # type: ignore[attr-defined]
        return True

    inner = tmp_path / "scratch"
    inner.mkdir()
    with Engine(inner) as engine:
        assert engine.submit(b"x", job).result() is None
    assert seen


def test_the_samples_are_read_fast(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    original = blocks._collect

    def counted(reading: blocks.Reading, keep: int) -> None:
        asked.extend(answer.result() is not None for _, _, answer in reading.waiting)
        original(reading, keep)

    monkeypatch.setattr(blocks, "_collect", counted)
    for path in sorted(project.glob("tests/deliveries/clean/*/*/*/*")):
        kind = next((d for end, d in KINDS.items() if path.name.endswith(end)), None)
        if kind is not None:
            names = names_in(path, kind)
            assert isinstance(run(path, kind, fields_of(*names), dataclasses.replace(LIMITS, fast_from=1))[1], ReadReport)
    assert asked
    assert all(asked)


KINDS = {"dat.csv": SEMICOLON, "dung.csv": SEMICOLON, "thue.csv": Dialect("delimited"), ".ndjson": JSON, ".gz": JSON}


def names_in(path: Path, dialect: Dialect) -> list[str]:
    from province_data.formats.json_keys import paths_in
    from province_data.formats.read import _window

    if dialect.format == "json_lines":
        return paths_in(_window(path, dialect, "f"))
    return path.read_text(encoding="utf-8-sig").split("\n", 1)[0].rstrip("\r").split(dialect.delimiter)


def test_flat_json_agrees_with_the_standard_library(tmp_path: Path) -> None:
    lines = [b'{"a":"1","b":"x"}', b"", b'{"a":"2"', b'{"b":"\\u0110"}', b"[]", b" "]
    rows, report = read(tmp_path, b"\n".join(lines), JSON, fields_of("a", "b"))
    slow = slow_json(b"\n".join(lines), ["a", "b"])
    assert rows == [r for r in slow if r is not None]
    assert [n for n, _ in places(report)] == [n for n, r in enumerate(slow, 1) if r is None]
