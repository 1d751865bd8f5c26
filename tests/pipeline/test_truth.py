"""Every rule meets its planted defects in made-up provinces, and the traps that must not fail; nothing else is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.truth import (
    NO_LONGER_A_PROVINCE,
    Answers,
    arrives_as_changes,
    arrives_packed,
    compare,
    judge,
    plant,
    plant_unknown_province,
    project_with_open_gates,
    spread,
)

from installation import make_installation
from province_data.contract.catalog import read_catalog
from province_data.contract.model import DeliveryCheck
from province_data.store import embedded

PROVINCES = ("01", "79")
"""The second comes as a sound snapshot and a day later as changes."""
SCALE = 0.0003


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, Path]:
    made, delivered = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("delivered")
    due = Answers()
    for number, (code, entries) in enumerate(spread(PROVINCES, 1).items()):
        changes, packed = arrives_as_changes(number, PROVINCES), arrives_packed(number)
        plant(made / code, code, SCALE, entries, due, delivered, as_changes=changes, packed=packed)
    plant_unknown_province(made / "unknown", "96", SCALE / 10, delivered)
    return due, delivered


def test_every_judged_rule_is_planted(answers: tuple[Answers, Path], project: Path) -> None:
    rules = read_catalog(project / "expectations").rules.values()
    judged = {r.id for r in rules if any(not isinstance(c, DeliveryCheck) for c in r.checks)}
    assert not judged - {label[4] for label in answers[0].must}


def test_planted_defects_are_found_and_no_trap_is_taken_for_one(
    answers: tuple[Answers, Path], database_server: embedded.EmbeddedServer, tmp_path: Path
) -> None:
    due, delivered = answers
    (tmp_path / "project").mkdir()
    installation, remove = make_installation(database_server, tmp_path / "home", project_with_open_gates(tmp_path / "project"))
    try:
        _, missed, alarms = compare(due, judge(installation.settings, delivered))
        unknown = "select distinct status, split_part(reason, ':', 1) from ops.batch where province_code = %s"
        refused = installation.ask(unknown, NO_LONGER_A_PROVINCE)
        told = installation.ask("select count(*) from quality.finding where rule_id = 'ADM-001' and table_name = ''")
    finally:
        remove()
    assert (refused, told) == ([("refused", "ADM-001")], [(4,)])
    assert not missed, {name: sorted({label[4] for label in labels}) for name, labels in missed.items()}
    assert not alarms, alarms
