"""Steps called one by one, as a scheduler calls them: nothing is forgotten between them, and nothing is done twice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from installation import NOW, Installation
from province_data import steps
from province_data.store.database import connected
from province_data.store.ledger import open_load

BROKEN = Path(__file__).resolve().parents[1] / "deliveries" / "broken"
LATER = NOW + timedelta(minutes=5)
LOADS = "select l.status, (select count(*) from ops.mail m where m.province_code = '19') from ops.load l"


@pytest.mark.parametrize("name", ["wrong_sha256", "renamed_column"])
def test_a_load_of_which_nothing_was_accepted_is_reported_without_a_build(installation: Installation, name: str) -> None:
    """One is turned away at the door, the other when it is read; the clock's next look at the mails tells of both."""
    due = steps.pull_dataset(installation.settings, "land", str(BROKEN / name), NOW, caller="ingest_land/run")
    assert installation.ask(LOADS) == [("running", 0)]
    for one in due:
        steps.send_waiting(installation.settings, NOW)
        assert installation.ask(LOADS) == [("running", 0)], "it was told of before it was decided"
        steps.load_batch(installation.settings, one["batch_id"], NOW)
    steps.send_waiting(installation.settings, LATER)
    assert installation.ask(LOADS) == [("done", 1)]


def test_a_run_is_spared_only_when_a_later_build_left_nothing_to_do(installation: Installation) -> None:
    settings = installation.settings
    assert not steps.is_taken_up(settings, NOW, LATER)
    steps.build_and_publish(settings, LATER)
    assert steps.is_taken_up(settings, NOW, LATER)
    assert not steps.is_taken_up(settings, LATER, LATER), "an event as old as the build may have missed it"
    with connected(installation.dsn) as connection:
        open_load(connection, "rules", LATER)
        connection.execute("update ops.load set status = 'judged'")
    assert not steps.is_taken_up(settings, NOW, LATER), "a report waits"
