"""JSON lines: paths, keys nobody declared, and lines that are no records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from province_data.errors import ContractError, FormatError
from province_data.formats.dialect import Conversion, Field, Limits

from .reading import ALWAYS_EXACT, ALWAYS_FAST, JSON, fields_of, places, read

FLAT = fields_of("so", "ten", "nam")
NESTED = fields_of("so", "nguoi.ten", "nguoi.ma", "cha.ten", "thayDoi.moi")


@pytest.fixture(params=[ALWAYS_FAST, ALWAYS_EXACT], ids=["fast", "exact"])
def limits(request: pytest.FixtureRequest) -> Limits:
    found: Limits = request.param
    return found


@pytest.mark.parametrize("style", [{"separators": (",", ":")}, {}, {"ensure_ascii": False}, {"indent": None, "separators": (", ", ":")}])
def test_objects_are_flattened_by_path(tmp_path: Path, limits: Limits, style: dict[str, object]) -> None:
    records: list[object] = [
        {"so": "01", "nguoi": {"ten": 'Đặng "A" \\', "ma": None}, "cha": {"ten": "B\n"}, "thayDoi": {}},
        {"cha": None, "so": 2026},
        {"so": True, "thayDoi": {"moi": ""}},
        {},
    ]
    content = "\r\n".join(json.dumps(r, **style) for r in records).encode()  # type: ignore[arg-type]
    rows, report = read(tmp_path, content, JSON, NESTED, limits=limits)
    assert rows == [["01", 'Đặng "A" \\', "", "B\n", ""], ["2026", "", "", "", ""], ["true", "", "", "", ""], [""] * 5]
    assert report.unreadable == ()


@pytest.mark.parametrize("number", ["27087134320", "0", "-7", "1e11", "21.5874600", "1.0", "123456789012345678901234567890", "-0", "1E+2"])
def test_numbers_stay_as_they_were_written(tmp_path: Path, limits: Limits, number: str) -> None:
    rows, _ = read(tmp_path, f'{{"so":{number},"ten":"x"}}\n{{"so": {number} }}\n'.encode(), JSON, FLAT, limits=limits)
    assert [r[0] for r in rows] == [number, number]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('{"so":"1","moi":"x"}', "moi"),
        ('{"so":"1","moi":null}', "moi"),
        ('{"so":"1","nguoi":{"ten":"x","tuoi":1}}', "nguoi.tuoi"),
        ('{"so":"1","nguoi":{"tuoi":null}}', "nguoi.tuoi"),
        ('{"so":{"le":"1"}}', "so.le"),
        ('{"So":"1"}', "So"),
        ('{"so":"1","moi" :"x"}', "moi"),
        ('{"so":"1","":"x"}', "(a name of 0 characters)"),
        ('{"so":"1","049084932114":"x"}', "(a name of 12 characters)"),
    ],
)
def test_a_key_the_contract_does_not_name_is_refused_on_any_line(tmp_path: Path, limits: Limits, line: str, key: str) -> None:
    content = '{"so":"0"}\n\n' + '{"so":"1","nguoi":{"ten":"x"}}\n' * 50 + line + '\n{"so":"2"}\n'
    with pytest.raises(FormatError) as refused:
        read(tmp_path, content.encode(), JSON, NESTED, limits=limits, name="ho_tich.ndjson")
    assert refused.value.rule_id == "DLV-004"
    assert refused.value.what == f"the key {key} is not in the contract"
    assert refused.value.where == "ho_tich.ndjson, line 53"


BROKEN = [
    ('{"so":"1"', "not JSON"),
    ('{"so":"1"} x', "not JSON"),
    ('{"so":"1"}{"so":"2"}', "not JSON"),
    ('{"so":"1"},', "not JSON"),
    ('{"so":"1",}', "not JSON"),
    ('{"so":"1", }', "not JSON"),
    ('{"so":"1",  }', "not JSON"),
    ('{"nguoi":{"ten":"1",}}', "not JSON"),
    ("{'so':'1'}", "not JSON"),
    ('{"so":01}', "not JSON"),
    ('{"so":"\\x"}', "not JSON"),
    ('{"so":"a\tb"}', "not JSON"),
    ('\x0b{"so":"1"}', "not JSON"),
    ("\ufeff" + '{"so":"1"}', "not JSON"),
    ("", ""),
    ('{"so":NaN}', "NaN"),
    ('{"so":-Infinity}', "NaN"),
    ('{"so":"1","so":"2"}', "stands twice"),
    ('{"so":null,"so":null}', "stands twice"),
    ('{"nguoi":{"ten":"1","ten":"1"}}', "stands twice"),
    ('{"moi":"1","moi":"1"}', "stands twice"),
    ('{"so":["1"]}', "a list, not a single value"),
    ('{"so":{}}', "an object, not a single value"),
    ('{"nguoi":"x"}', "not an object"),
    ('{"nguoi":[]}', "not an object"),
    ('{"so":5,"nguoi":{"ten":[":",":"]}}', "a list, not a single value"),
    ('{"so":"x","thayDoi":{"moi" :[":"]}}', "a list, not a single value"),
    ("[1]", "the line is a list"),
    ('[{"so":"1"}]', "the line is a list"),
    ('"x"', "the line is a string or number"),
    ("5", "the line is a string or number"),
    ("null", "the line is null"),
    ("true", "the line is true or false"),
    ('{"so":"a\\u0000b"}', "U+0000"),
    ('{"so":"\\ud800"}', "surrogate"),
    ('{"so":' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
    ('{"so":' * 5_000 + "1" + "}" * 5_000, "nested too deeply"),
]


@pytest.mark.parametrize(("line", "reason"), BROKEN, ids=range(len(BROKEN)))
def test_a_line_that_is_no_record_is_listed_with_its_reason(tmp_path: Path, limits: Limits, line: str, reason: str) -> None:
    content = '{"so":"0"}\r\n \n' + line + '\n{"so":"2","nguoi":{"ten":"x"}}\n'
    rows, report = read(tmp_path, content.encode(), JSON, NESTED, limits=limits)
    assert [r[0] for r in rows] == ["0", "2"]
    if line:
        assert places(report) == [(2, 3)]
        assert reason in report.unreadable[0].reason


def test_a_reason_does_not_hold_the_value(tmp_path: Path) -> None:
    lines = ['{"so":"049084932114" "ten":1}', '{"049084932114":1,"049084932114":2}', '{"so":[049084932114]}']
    _, report = read(tmp_path, "\n".join(lines).encode(), JSON, FLAT)
    assert len(report.unreadable) == 3
    assert "049084932114" not in "".join(u.reason for u in report.unreadable)


def test_numbers_beside_misleading_text_stay_as_they_were_written(tmp_path: Path, limits: Limits) -> None:
    lines = ['{"so" :1.50,"ten":":5,"}', '{"so":"a","ten":":"}', '{"so":1.50,"ten":"\\":"}', '{"so":"},\\"","ten":1.50}']
    rows, _ = read(tmp_path, "\n".join(lines[:1]).encode(), JSON, FLAT, limits=limits)
    assert rows == [["1.50", ":5,", ""]]
    rows, _ = read(tmp_path, "\n".join(lines).encode(), JSON, FLAT, limits=limits)
    assert [r[:2] for r in rows] == [["1.50", ":5,"], ["a", ":"], ["1.50", '":'], ['},"', "1.50"]]


def test_values_are_converted_by_path(tmp_path: Path, limits: Limits) -> None:
    fields = [Field("a", "x.dienTich", Conversion.DECIMAL_COMMA), Field("b", "ngay", Conversion.DATE_DMY)]
    rows, _ = read(tmp_path, b'{"x":{"dienTich":"1.234,5"},"ngay":"09/10/2018"}\n', JSON, fields, limits=limits)
    assert rows == [["1,234.5", "2018-10-09"]]


def test_one_field_is_enough(tmp_path: Path, limits: Limits) -> None:
    rows, report = read(tmp_path, b'{"so":"\\\\."}\n{}\n{"so":""}\n', JSON, fields_of("so"), limits=limits)
    assert (rows, report.written) == ([["\\."], [""], [""]], 3)


def test_an_empty_file_has_no_records(tmp_path: Path) -> None:
    assert read(tmp_path, b"", JSON, FLAT)[0] == []


def test_keys_with_quotes_and_slashes_are_only_names(tmp_path: Path, limits: Limits) -> None:
    names = ["it's", 'say "so"', "a/b", "x~y", "c;drop table", "block"]
    record = {n: None if n == "x~y" else n.upper() for n in names}
    rows, _ = read(tmp_path, json.dumps(record).encode() + b"\n", JSON, fields_of(*names), limits=limits)
    assert rows == [[record[n] or "" for n in names]]


def test_a_path_that_leads_through_a_field_is_a_mistake_in_the_contract(tmp_path: Path) -> None:
    for paths in (("a", "a.b"), ("a.b", "a"), ("a", "a")):
        with pytest.raises(ContractError):
            read(tmp_path, b"{}", JSON, fields_of(*paths))
