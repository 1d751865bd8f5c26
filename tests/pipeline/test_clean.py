"""A clean delivery raises no alarm."""

from __future__ import annotations

from pathlib import Path

from installation import Installation

CLEAN = Path(__file__).resolve().parents[1] / "deliveries" / "clean"


def test_clean_deliveries_have_no_finding_that_matters(installation: Installation) -> None:
    result = installation.run(CLEAN)
    assert {line.status for line in result.lines} == {"published"}
    alarms = installation.ask("select rule_id, count(*) from quality.finding where severity <> 'info' group by 1 order by 1")
    assert alarms == []
    assert sum(line.quarantined for line in result.lines) == 0
