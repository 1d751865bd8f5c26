"""The dbt project: its sources are the contracts', its calculations are right, and what it publishes is described."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import yaml

from province_data.build import build, describe, sources_yaml
from province_data.contract.catalog import read_catalog
from province_data.dbt_child import dbt_environment
from province_data.errors import PublicationError
from province_data.store import embedded
from province_data.store.builds import builds_of, model_lines, noted
from province_data.store.database import connected
from province_data.store.ledger import open_load
from province_data.store.migrate import migrate

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PLANTED = "NGUYỄN THỊ BÍ MẬT"


@pytest.fixture
def migrated(database_dsn: str, project: Path) -> str:
    """Give a migrated database without a record."""
    with connected(database_dsn) as connection:
        migrate(connection, read_catalog(project / "expectations"), NOW)
    return database_dsn


@pytest.fixture(scope="module")
def manifest(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Parse the project from nothing, with every deprecation an error; gives what dbt knows of it."""
    target = tmp_path_factory.mktemp("parsed")
    strict = ["--no-partial-parse", "--warn-error-options", '{"error": ["Deprecations"]}']
    run_dbt(embedded.dsn(database_server, "postgres"), Path(__file__).resolve().parents[2], target, "parse", *strict)
    read: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return read


def run_dbt(dsn: str, project: Path, target: Path, *arguments: str) -> str:
    command = [sys.executable, "-P", "-m", "province_data.dbt_child", *arguments]
    command += ["--project-dir", str(project / "dbt_project"), "--profiles-dir", str(project / "dbt_project")]
    command += ["--target-path", str(target), "--log-path", str(target), "--no-version-check"]
    finished = subprocess.run(command, env=dbt_environment(dsn), capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def models(project: Path, folder: str) -> dict[str, dict[str, object]]:
    found = {}
    for path in sorted((project / "dbt_project" / "models" / folder).rglob("*.yml")):
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]:
            found[model["name"]] = model
    return found


def test_sources_are_written_from_the_contracts(project: Path) -> None:
    written = (project / "dbt_project/models/sources.yml").read_text(encoding="utf-8")
    assert written == sources_yaml(read_catalog(project / "expectations")), "write it anew with province_data.build.sources_yaml"


def test_the_calculations_hold_and_the_models_are_described_on_one_page(migrated: str, project: Path, tmp_path: Path) -> None:
    build(migrated, project / "dbt_project", tmp_path)
    output = run_dbt(migrated, project, tmp_path, "test", "--select", "test_type:unit")
    assert re.search(r"PASS=\d+ WARN=0 ERROR=0", output)
    assert int(re.findall(r"PASS=(\d+)", output)[-1]) >= 6
    page = describe(migrated, project / "dbt_project", tmp_path)
    assert json.dumps("Công dân của tỉnh, đã che định danh").strip('"') in page.read_text(encoding="utf-8")


def test_dbt_ends_when_the_build_that_started_it_is_killed(migrated: str, project: Path, tmp_path: Path) -> None:
    started = "import sys, pathlib; from province_data.build import build; build(sys.argv[1], *map(pathlib.Path, sys.argv[2:]))"
    command = [sys.executable, "-c", started, migrated, str(project / "dbt_project"), str(tmp_path)]
    waits = "select exists (select from pg_stat_activity where application_name = 'province-data-build' and wait_event_type = 'Lock')"
    with psycopg.connect(migrated) as holder, psycopg.connect(migrated, autocommit=True) as watcher:
        holder.execute("lock table validated.population__person")
        with subprocess.Popen(command) as build_step:
            while watcher.execute(waits).fetchone() == (False,):
                assert build_step.poll() is None
                time.sleep(0.05)
            children = psutil.Process(build_step.pid).children()
            build_step.kill()
        assert children
        _, alive = psutil.wait_procs(children, timeout=30)
        assert alive == []


def test_a_mart_has_the_columns_and_the_words_of_its_published_table(migrated: str, project: Path) -> None:
    marts = models(project, "marts") | models(project, "reporting")
    with psycopg.connect(migrated) as connection:
        for name, model in marts.items():
            table = re.sub(r"^(mart|rpt)_", "", name).removesuffix("_country").removesuffix("_ledger")
            columns = connection.execute(
                "select attname::text, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute"
                " where attrelid = %s::regclass and attnum > 0 and attname not in ('quality_flag', 'published_from') order by attnum",
                (f"published.{table}",),
            ).fetchall()
            declared = [(c["name"], c["data_type"], c["description"]) for c in model["columns"] if c["name"] != "_load_id"]  # type: ignore[attr-defined]
            published = [(n, kind.replace("timestamp with time zone", "timestamptz").replace(",", ", ")) for n, kind, _ in columns]
            assert [(n, kind.replace(",", ", ").replace(",  ", ", ")) for n, kind, _ in declared] == published, name
            assert [text for *_, text in declared] == [text for *_, text in columns], name
            assert connection.execute("select obj_description(%s::regclass)", (f"published.{table}",)).fetchone() is not None


def test_every_warehouse_model_enforces_its_contract_and_describes_each_column(project: Path) -> None:
    for name, model in (models(project, "warehouse") | models(project, "marts")).items():
        assert model["config"]["contract"] == {"enforced": True}, name  # type: ignore[index]
        columns = model["columns"]
        assert all(c["description"] and c["data_type"] for c in columns), name  # type: ignore[attr-defined]


def test_every_warehouse_model_says_what_it_is_made_from(project: Path) -> None:
    declared = set(read_catalog(project / "expectations").contracts)
    for path in sorted((project / "dbt_project/models/warehouse").glob("*.sql")):
        [dataset] = re.findall(r"'dataset': '(\w+)'", path.read_text(encoding="utf-8"))
        assert dataset in declared, path.name


def test_only_staging_reads_what_is_validated(project: Path) -> None:
    readers = [p for p in (project / "dbt_project/models").rglob("*.sql") if "source('validated'" in p.read_text(encoding="utf-8")]
    assert {p.parts[-3] for p in readers} == {"staging"}


LAYERS = {
    "staging": {"validated", "ops"},
    "intermediate": {"staging", "intermediate", "warehouse", "reference"},
    "warehouse": {"staging", "intermediate", "reference"},
    "marts": {"warehouse"},
    "reporting": {"warehouse", "intermediate", "reporting", "seeds", "reference", "published", "quality", "ops"},
}


def layer(manifest: dict[str, Any], unique_id: str) -> str:
    if unique_id.startswith("source."):
        return str(manifest["sources"][unique_id]["schema"])
    return "seeds" if unique_id.startswith("seed.") else str(manifest["nodes"][unique_id]["fqn"][1])


def test_a_model_reads_only_what_its_layer_may_read(manifest: dict[str, Any]) -> None:
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    read = [(node["name"], node["fqn"][1], layer(manifest, parent)) for node in models for parent in node["depends_on"]["nodes"]]
    assert {own for _, own, _ in read} == set(LAYERS)
    assert [(name, source) for name, own, source in read if source not in LAYERS[own]] == []


def test_what_is_published_is_public_and_used_and_everything_has_an_owner(manifest: dict[str, Any]) -> None:
    models = {node["unique_id"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}
    shown = {key for key, node in models.items() if node["fqn"][1] in ("marts", "reporting")}
    assert {models[key]["access"] for key in shown} == {"public"}
    assert {node["access"] for node in models.values() if node["fqn"][1] == "staging"} == {"private"}
    used = {parent for exposure in manifest["exposures"].values() for parent in exposure["depends_on"]["nodes"]}
    assert used == shown
    assert [node["name"] for node in models.values() if node["fqn"][1] in ("staging", "warehouse", "reporting") and not node["group"]] == []
    assert [node["name"] for node in models.values() if not node["description"]] == []


def test_a_failing_model_is_named_with_its_sqlstate_and_without_a_value(migrated: str, project: Path, tmp_path: Path) -> None:
    with psycopg.connect(migrated, autocommit=True) as connection:
        connection.execute("create table validated.land__right_24 partition of validated.land__right for values in ('24')")
        connection.execute("create table validated.land__parcel_24 partition of validated.land__parcel for values in ('24')")
        row = "'24', 'k', 'b', 1, md5('')::uuid, 1, '1e20', %s"
        names = "province_code, _record_key, _batch_id, _row_number, _row_hash, _load_id, area_m2, address"
        connection.execute(f"insert into validated.land__parcel ({names}) values ({row})".encode(), (PLANTED,))
    with connected(migrated) as connection:
        load_id = open_load(connection, "rules", NOW)
        with (
            pytest.raises(PublicationError, match=r"dim_land_parcel failed: .*SQLSTATE 22003") as caught,
            noted(connection, load_id, "dag/run", NOW) as notebook,
        ):
            build(migrated, project / "dbt_project", tmp_path, hear=notebook.note)
        [kept] = builds_of(connection, "dag/run")
        lines = model_lines(connection, kept.build_id)
    assert (kept.status, kept.load_id) == ("failed", load_id)
    [broken] = [line for line in lines if line.status == "failed"]
    assert (broken.layer, broken.model) == ("warehouse", "dim_land_parcel")
    assert "SQLSTATE 22003" in broken.message
    assert {line.status for line in lines if line is not broken} <= {"done", "skipped"}
    assert PLANTED not in str(lines)
    written = [
        p.read_text(encoding="utf-8", errors="replace")
        for p in (tmp_path / "build.log", tmp_path / "dbt.log", tmp_path / "run_results.json")
    ]
    assert [text for text in [str(caught.value), *written] if PLANTED in text] == []
    with psycopg.connect(migrated) as connection:
        assert connection.execute("select count(*) from warehouse.built_project").fetchone() == (0,)
