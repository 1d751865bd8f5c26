"""A run that is killed at any moment and run again ends where an undisturbed run ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from installation import Installation, loaded_sample
from province_data.store import embedded

CLEAN = Path(__file__).resolve().parents[2] / "examples" / "deliveries"
MOMENTS = ("pulling and landing", "loading", "validating", "judging the rules", "building the warehouse", "writing the reports")
END = """
select 'finding', md5(string_agg(concat_ws('|', dataset, table_name, rule_id, province_code, record_key, occurrence, status), ','
    order by dataset, table_name, rule_id, province_code, record_key, occurrence)) from quality.finding
union all
select 'batch', md5(string_agg(concat_ws('|', batch_id, status, delivered, published, quarantined, unreadable, duplicate), ','
    order by batch_id)) from ops.batch
union all
select 'score', md5(string_agg(concat_ws('|', batch_id, dimension, score), ',' order by batch_id, dimension)) from quality.score
union all
select 'person', count(*)::text from published.person
union all
select 'parcel', count(*)::text from published.land_parcel
union all
select 'event', count(*)::text from published.civil_event
"""


def start_run(installation: Installation) -> subprocess.Popen[str]:
    """Start `province-data run` in a process group of its own."""
    environment = {
        **os.environ,
        "PROVINCE_DATA_HOME": str(installation.settings.home),
        "PROVINCE_DATA_DSN": installation.dsn,
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "200",
    }
    command = [sys.executable, "-c", "from province_data.cli import main; main()", "run", "--source", str(CLEAN)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)


@pytest.mark.timeout(600)
def test_killed_at_every_step_and_run_again_gives_the_same_end(
    installation: Installation, database_server: embedded.EmbeddedServer, project: Path
) -> None:
    for moment in MOMENTS:
        with start_run(installation) as run:
            assert run.stdout is not None
            for line in run.stdout:
                if moment in line:
                    os.killpg(run.pid, signal.SIGKILL)
                    break
            run.stdout.read()
    installation.run(CLEAN)
    undisturbed = loaded_sample(database_server, project).installation
    assert dict(installation.ask(END)) == dict(undisturbed.ask(END))
    assert installation.ask(
        "select count(*) from ops.batch where delivered <> published + quarantined + unreadable + duplicate + superseded"
    ) == [(0,)]
