"""A rule may be on trial or retired; which version judged is known; no state excuses what nobody may excuse."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from province_data.contract.catalog import Catalog, read_catalog
from province_data.contract.model import Severity
from province_data.errors import ContractError


def with_change(project: Path, tmp_path: Path, file: str, old: str, new: str) -> Catalog:
    folder = tmp_path / "expectations"
    shutil.copytree(project / "expectations", folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return read_catalog(folder)


def test_a_rule_on_trial_is_judged_as_a_figure_and_says_what_it_will_weigh(project: Path, tmp_path: Path) -> None:
    before = read_catalog(project / "expectations")
    trial = with_change(project, tmp_path, "land/parcel.rules.yml", "  LAN-017:\n", "  LAN-017:\n    state: shadow\n")
    rule = trial.rule("LAN-017")
    assert (rule.severity, rule.declared, rule.severity.refuses) == (Severity.INFO, Severity.ERROR, False)
    assert rule.version != before.rule("LAN-017").version
    assert trial.rule("LAN-016").version == before.rule("LAN-016").version


def test_a_retired_rule_is_judged_no_more(project: Path, tmp_path: Path) -> None:
    catalog = with_change(project, tmp_path, "land/parcel.rules.yml", "  LAN-017:\n", "  LAN-017:\n    state: retired\n")
    assert "LAN-017" not in catalog.rules
    assert list(catalog.retired) == ["LAN-017"]


def test_another_wording_is_the_same_version(project: Path, tmp_path: Path) -> None:
    before = read_catalog(project / "expectations").rule("LAN-003")
    said = with_change(project, tmp_path, "land/parcel.rules.yml", "    vi: Mã phải bắt đầu", "    vi: Mã thửa phải bắt đầu").rule(
        "LAN-003"
    )
    assert (said.version, said.sentence_vi == before.sentence_vi) == (before.version, False)


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("land/parcel.rules.yml", "  LAN-002:\n", "  LAN-002:\n    state: shadow\n", "the gate of land names LAN-002, which is shadow"),
        ("common.rules.yml", "  TXT-008:\n", "  TXT-008:\n    state: retired\n", "TXT-008 guards the type of a value and is retired"),
        ("land/contract.yml", "[LAN-013, LAN-026,", "[LAN-002, LAN-026,", "a lawful state excuses LAN-002"),
        ("land/contract.yml", "[LAN-013, LAN-026,", "[LAN-999, LAN-026,", "excuses the undeclared rule LAN-999"),
        ("land/contract.yml", "      of: parcel\n", "      of: owner\n", "cannot be looked up"),
    ],
)
def test_what_would_hide_too_much_is_refused(project: Path, tmp_path: Path, file: str, old: str, new: str, told: str) -> None:
    with pytest.raises(ContractError, match=told):
        with_change(project, tmp_path, file, old, new)
