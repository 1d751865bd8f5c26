"""Build the warehouse from what is validated: run dbt in a process of its own, and say what it did without any value.

Only private schemas change. A build follows the change; it starts from nothing when the models themselves changed.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from province_data.contract.catalog import Catalog
from province_data.dbt_child import Hearer, read_results, run_dbt
from province_data.errors import PublicationError
from province_data.store.builds import ModelRun
from province_data.store.database import connected, execute, identifier, one_value

_REMEMBER_PROJECT = """
insert into warehouse.built_project (fingerprint) values (%s) on conflict (only_one) do update set fingerprint = excluded.fingerprint
"""


@dataclass(frozen=True)
class BuildResult:
    """What a build did; `is_skipped` when nothing had been touched since the last one."""

    is_skipped: bool
    is_full: bool
    seconds: float
    models: tuple[ModelRun, ...] = ()


def build(dsn: str, project: Path, target_path: Path, full_refresh: bool = False, hear: Hearer = lambda run: None) -> BuildResult:
    """Bring the warehouse up to date with `validated`; PublicationError names the model that failed.

    `project` is the dbt project folder. `target_path` keeps dbt's parsed project, which makes the next start quicker,
    and its logs; `hear` is told of every model and test when it begins and ends. A failed build leaves whole tables behind:
    every model commits alone and goes on from there next time.
    """
    started = time.perf_counter()
    fingerprint = _fingerprint(project)
    with connected(dsn, "province-data-build") as connection:
        made_by = _made_by(connection)
        is_full = full_refresh or made_by.models != fingerprint.models
        has_new_lists = made_by.seeds != fingerprint.seeds
        if not is_full and not has_new_lists and not _has_work(connection):
            return BuildResult(True, False, time.perf_counter() - started)
        if is_full:
            execute(connection, "delete from warehouse.built_project")
    target_path.mkdir(parents=True, exist_ok=True)
    (target_path / "run_results.json").unlink(missing_ok=True)
    finished = run_dbt(dsn, project, target_path, *_arguments(is_full, has_new_lists), hear=hear)
    models = tuple(read_results(target_path))
    for one in models:
        hear(one)
    _demand_success(finished, models, target_path)
    with connected(dsn, "province-data-build") as connection, connection.transaction():
        execute(connection, "update warehouse.build_state set checked_load_id = load_id where checked_load_id <> load_id")
        execute(connection, _REMEMBER_PROJECT, (f"{fingerprint.models} {fingerprint.seeds}",))
    return BuildResult(False, is_full, time.perf_counter() - started, models)


def sources_yaml(catalog: Catalog) -> str:
    """Write the contracts' tables as dbt sources; `models/sources.yml` is this text, and a test compares them."""
    lines = ["# Written from the contracts; do not edit. One source table per table of a dataset.", "version: 2", "", "sources:"]
    lines += ["  - name: validated", "    schema: validated", '    description: "Trạng thái hiện hành đã kiểm tra."', "    tables:"]
    for contract in catalog.contracts.values():
        for table in contract.tables:
            described = _quoted(f"{table.title.vi}. {table.grain.vi}. {table.grain.en}.")
            lines += [f"      - name: {table.stem}", f"        description: {described}", "        columns:"]
            for column in table.columns:
                lines += [f"          - name: {column.name}", f"            description: {_quoted(column.title.vi)}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@dataclass(frozen=True)
class Fingerprint:
    """What decides the rows: SQL and configuration, not descriptions; and apart from it the declared lists, which rebuild nothing."""

    models: str = ""
    seeds: str = ""


def _fingerprint(project: Path) -> Fingerprint:
    models, seeds = hashlib.sha256(), hashlib.sha256()
    for path in sorted([project / "dbt_project.yml", *(project / "macros").rglob("*.sql"), *(project / "models").rglob("*.sql")]):
        models.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for path in sorted((project / "seeds").glob("*.csv")):
        content = path.read_bytes()
        models.update(path.name.encode() + content.partition(b"\n")[0])
        seeds.update(content)
    return Fingerprint(models.hexdigest(), seeds.hexdigest())


def _made_by(connection: psycopg.Connection) -> Fingerprint:
    row = execute(connection, "select fingerprint from warehouse.built_project").fetchone()
    return Fingerprint(*str(row[0]).split(" ")) if row else Fingerprint()


def _has_work(connection: psycopg.Connection) -> bool:
    """Say whether a table was touched by a load that the warehouse does not hold, or holds without having passed its tests."""
    if one_value(connection, "select exists (select from warehouse.build_state where checked_load_id <> load_id)"):
        return True
    known = execute(connection, "select dataset, table_name, min(load_id) from warehouse.build_state group by 1, 2").fetchall()
    for dataset, table, load_id in known:
        stem = identifier("validated", f"{dataset}__{table}")
        touched = (
            f"select exists (select from {stem} where _load_id > %s)"
            " or exists (select from validated._removed where dataset = %s and table_name = %s and load_id > %s)"
        )
        if one_value(connection, touched, (load_id, dataset, table, load_id)):
            return True
    return False


def describe(dsn: str, project: Path, target_path: Path) -> Path:
    """Write the models, their columns, tests, owners and uses as one page that needs no server; returns the page."""
    target_path.mkdir(parents=True, exist_ok=True)
    (target_path / "run_results.json").unlink(missing_ok=True)
    _demand_success(run_dbt(dsn, project, target_path, "docs", "generate", "--static"), (), target_path)
    return target_path / "static_index.html"


def _arguments(is_full: bool, has_new_lists: bool) -> list[str]:
    arguments = ["build", "--exclude-resource-type", "unit_test", "--fail-fast"]
    # Views are as the last full build left them: the same models made them.
    arguments += ["--full-refresh"] if is_full else ["--exclude", "config.materialized:view"]
    return arguments + ([] if is_full or has_new_lists else ["--exclude-resource-type", "seed"])


def _demand_success(returncode: int, models: tuple[ModelRun, ...], target_path: Path) -> None:
    for one in models:
        if one.status == "failed":
            raise PublicationError(
                f"the {one.kind} {one.name} failed: {one.message}",
                where=f"dbt, {target_path / 'build.log'}",
                expected="every model built and every test passed; nothing was published",
                next_step="mend the model or the records it names by load, then run the build again",
            )
    if returncode:
        where = str(target_path / "build.log")
        raise PublicationError("dbt ended before it could run a model", where=where, next_step="read the end of that file")
