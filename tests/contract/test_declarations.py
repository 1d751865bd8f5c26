"""A mistake in a declaration is found when it is read, and its message names file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from province_data.contract.catalog import read_catalog
from province_data.errors import ContractError

RULE = """
clean:
  POP-002:
    vi: Số định danh gồm 12 chữ số.
    en: The personal ID has twelve digits.
    severity: critical
    threshold: "100%"
    basis: NĐ 137/2015
    group: format
    field: personal_id
    bad: length(personal_id) <> 12
"""


@pytest.fixture
def folder(tmp_path: Path, project: Path) -> Path:
    """Copy the declarations of one dataset, without any rule."""
    folder = tmp_path / "expectations"
    (folder / "population").mkdir(parents=True)
    shutil.copy(project / "expectations" / "standard.yml", folder)
    text = (project / "expectations" / "population" / "contract.yml").read_text(encoding="utf-8")
    lines = ["  rules: []" if line.startswith("  rules:") else line for line in text.splitlines()]
    (folder / "population" / "contract.yml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def write_rules(folder: Path, text: str) -> None:
    """Write the rules file of the person table."""
    (folder / "population" / "person.rules.yml").write_text(text.lstrip(), encoding="utf-8")


def complaint(folder: Path, text: str) -> str:
    """Return what reading the rules complains about."""
    write_rules(folder, text)
    with pytest.raises(ContractError) as caught:
        read_catalog(folder)
    return str(caught.value)


def test_a_sound_rule_is_read(folder: Path) -> None:
    write_rules(folder, RULE)
    assert list(read_catalog(folder).rules) == ["POP-002"]


@pytest.mark.parametrize(
    ("wrong", "right", "expected"),
    [
        ("severty: critical", "severity: critical", "'severity' is missing"),
        ("severity: grave", "severity: critical", "unknown severity 'grave'"),
        ("field: personal_ld", "field: personal_id", "no column is called"),
        ("group: shape", "group: format", "unknown error group 'shape'"),
        ("baad: length(personal_id) <> 12", "bad: length(personal_id) <> 12", "unknown key 'baad'"),
        ("expect: expect_column_values_to_match_regx", "bad: length(personal_id) <> 12", "unknown expectation"),
        ("  POP-2:", "  POP-002:", "is not a rule id"),
        ("cleen:", "clean:", "unknown key 'cleen'"),
    ],
)
def test_a_misspelt_word_names_file_and_line(folder: Path, wrong: str, right: str, expected: str) -> None:
    text = complaint(folder, RULE.replace(right, wrong))
    line = next(i for i, row in enumerate(RULE.lstrip().replace(right, wrong).splitlines(), 1) if wrong in row)
    assert expected in text
    assert "person.rules.yml" in text
    assert f"line {line}" in text or "severty" in wrong


def test_a_key_that_stands_twice_is_an_error(folder: Path) -> None:
    assert "stands twice" in complaint(folder, RULE + "    field: personal_id\n")


def test_a_rule_declared_in_two_files_is_an_error(folder: Path) -> None:
    (folder / "common.rules.yml").write_text(
        RULE.replace("field: personal_id", "record: population.person\n    field: personal_id").lstrip(), encoding="utf-8"
    )
    assert "declared twice" in complaint(folder, RULE)


def test_a_gate_that_names_an_unknown_rule_is_an_error(folder: Path) -> None:
    contract = folder / "population" / "contract.yml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("rules: []", "rules: [POP-999]"), encoding="utf-8")
    assert "POP-999" in complaint(folder, RULE)


def test_the_key_of_a_join_may_be_called_on(folder: Path) -> None:
    rule = RULE.replace(
        "    field: personal_id\n    bad: length(personal_id) <> 12\n",
        "    field: spouse_id\n    join: {p: {table: population.person, on: {personal_id: spouse_id}}}\n    bad: p.personal_id is null\n",
    )
    write_rules(folder, rule)
    [(_, check)] = read_catalog(folder).set_checks
    assert check.joins[0].on == (("personal_id", "spouse_id"),)


def test_every_declaration_of_the_product_is_sound(project: Path) -> None:
    catalog = read_catalog(project / "expectations")
    assert set(catalog.contracts) == {"population", "land", "civil_status", "tax"}
    assert len(catalog.rules) >= 120
