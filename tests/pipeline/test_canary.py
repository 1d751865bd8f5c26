"""Nothing of a citizen gets out of the tables that may hold it: not into logs, mails, ledgers, scores, or files left behind."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import pytest
from seeded import seed

from canaries import contents_of, files_of, sightings
from deliveries import copy_clean
from installation import Installation
from province_data.store import embedded


def test_nothing_of_a_citizen_gets_out(
    installation: Installation,
    database_server: embedded.EmbeddedServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    caplog.set_level(logging.DEBUG)
    numbers = seed(copy_clean(tmp_path / "seeded"))
    result = installation.run(tmp_path / "seeded")
    said = capfd.readouterr()
    told = {"output": f"{said.out}{said.err}{caplog.text}".encode(), "answer": repr(result).encode()}
    told["server log"] = database_server.log.read_bytes()
    places = told | contents_of(installation.dsn) | files_of(installation.settings.home, scratch)

    statuses = {line.status for line in result.lines}
    assert {"published", "refused"} <= statuses
    kept_apart = str(installation.ask("select t::text from quarantine.population__person t")).encode()
    assert sightings(kept_apart, numbers) == {"name", "street", "number"}
    assert len(places) > 60
    assert {name: kinds for name, content in places.items() if (kinds := sightings(content, numbers))} == {}
