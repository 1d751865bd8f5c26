"""Nothing of a citizen gets out of the tables that may hold it: not into logs, mails, ledgers, scores, or files left behind."""

from __future__ import annotations

import logging
import re
import tempfile
from pathlib import Path

import psycopg
import pytest
from canaries import seed, sightings

from deliveries import copy_clean
from installation import Installation
from province_data.store import embedded

MAY_HOLD = ("staging", "quarantine", "validated", "warehouse", "reference")
RECORDS = (
    "published.person", "published.household", "published.land_parcel", "published.land_right", "published.civil_event",
    "published.taxpayer", "published.land_tax", "published.residence", "published.commune_work_list",
)  # fmt: skip
"""What readers see of records, each province its own; the same tables' past beside them."""
PAST = "_(history|versions|as_of)$"
KEYS = ("quality.finding", "published.my_findings", "quality.set_verdict", "quality.set_scope")
"""Tables that name a record by its key, and by nothing else."""
TABLES = """
select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and n.nspname <> all(%s)
    and n.nspname <> 'information_schema' and left(n.nspname, 3) <> 'pg_' order by 1
""".replace("'%I.%I'", "'%%I.%%I'")


def contents_of(dsn: str) -> dict[str, bytes]:
    """Read every table and view that must not hold a citizen, record keys left out."""
    found: dict[str, bytes] = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select set_config('province_data.as_of', max(publication_id)::text, false) from published.publication")
        for (table,) in connection.execute(TABLES, (list(MAY_HOLD),)).fetchall():
            name = str(table)
            present = re.sub(PAST, "", name)
            if present in RECORDS or name.startswith(("quality.touched_", "quality.stated_")):
                continue
            row = "to_jsonb(t) - 'record_key'" if name in KEYS else "to_jsonb(t)"
            rows = connection.execute(f"select ({row})::text from {name} t".encode()).fetchall()
            found[name] = "\n".join(str(value) for (value,) in rows).encode()
    return found


def files_of(home: Path, *others: Path) -> dict[str, bytes]:
    """Read every file left behind, but what was received and the provinces' own folders of what they have to mend."""
    bundles = [home / "outbox" / province for province in ("19", "24", "52")]
    allowed = [home / "landing", home / "secret", *bundles]
    files = [f for folder in (home, *others) for f in folder.rglob("*") if f.is_file()]
    return {str(f): f.read_bytes() for f in files if not any(f.is_relative_to(folder) for folder in allowed)}


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
