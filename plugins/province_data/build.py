"""Build the warehouse from what is validated: run dbt in a process of its own, and say what it did without any value.

Only private schemas change. A build follows the change; it starts from nothing when the models themselves changed.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict

from province_data.contract.catalog import Catalog
from province_data.errors import PublicationError
from province_data.store.database import connected, execute, identifier, one_value

SESSION = (
    "-c default_transaction_isolation=repeatable\\ read",
    "-c work_mem=128MB",
    "-c maintenance_work_mem=256MB",
    "-c enable_mergejoin=off",
    "-c jit=off",
)
"""One snapshot for every model: a load that ends meanwhile is wholly in it or wholly left for the next build.

Without merge joins nothing large is ever sorted: models join big tables to small ones, or few keys to an index.
"""


_REMEMBER_PROJECT = """
insert into warehouse.built_project (fingerprint) values (%s) on conflict (only_one) do update set fingerprint = excluded.fingerprint
"""


@dataclass(frozen=True)
class ModelRun:
    """One model or test of a build."""

    name: str
    status: str
    seconds: float


@dataclass(frozen=True)
class BuildResult:
    """What a build did; `is_skipped` when nothing had been touched since the last one."""

    is_skipped: bool
    is_full: bool
    seconds: float
    models: tuple[ModelRun, ...] = ()


def build(dsn: str, project: Path, target_path: Path, full_refresh: bool = False) -> BuildResult:
    """Bring the warehouse up to date with `validated`; PublicationError names the model that failed.

    `project` is the dbt project folder. `target_path` keeps dbt's parsed project, which makes the next start quicker,
    and its logs. A failed build leaves whole tables behind: every model commits alone and goes on from there next time.
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
    finished = _run_dbt(dsn, project, target_path, is_full, has_new_lists)
    models = tuple(_results(target_path))
    _demand_success(finished, target_path)
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


# --- the child process ----------------------------------------------------------------------------------------------


def describe(dsn: str, project: Path, target_path: Path) -> Path:
    """Write the models, their columns, tests, owners and uses as one page that needs no server; returns the page."""
    target_path.mkdir(parents=True, exist_ok=True)
    (target_path / "run_results.json").unlink(missing_ok=True)
    _demand_success(_dbt(dsn, project, target_path, "docs", "generate", "--static"), target_path)
    return target_path / "static_index.html"


def _run_dbt(dsn: str, project: Path, target_path: Path, is_full: bool, has_new_lists: bool) -> int:
    arguments = ["build", "--exclude-resource-type", "unit_test", "--fail-fast"]
    # Views are as the last full build left them: the same models made them.
    arguments += ["--full-refresh"] if is_full else ["--exclude", "config.materialized:view"]
    arguments += [] if is_full or has_new_lists else ["--exclude-resource-type", "seed"]
    return _dbt(dsn, project, target_path, *arguments)


def _dbt(dsn: str, project: Path, target_path: Path, *arguments: str) -> int:
    quiet = ["--quiet", "--log-level-file", "info", "--no-version-check"]
    places = [
        "--project-dir",
        str(project),
        "--profiles-dir",
        str(project),
        "--target-path",
        str(target_path),
        "--log-path",
        str(target_path),
    ]
    command = [sys.executable, "-P", "-m", "province_data.build", *arguments, *quiet, *places]
    with (target_path / "build.log").open("ab") as log:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=dbt_environment(dsn), check=False).returncode


def dbt_environment(dsn: str) -> dict[str, str]:
    """Give the child its address and nothing else of ours; what libpq would fill in is filled in here."""
    with psycopg.connect(dsn) as connection:
        known = connection.info
        address = {"HOST": known.host, "PORT": str(known.port), "USER": known.user, "DBNAME": known.dbname}
        password = known.password
    address["SSLMODE"] = str(conninfo_to_dict(dsn).get("sslmode", "prefer"))
    fixed = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(Path(__file__).parents[1]), "PGOPTIONS": " ".join(SESSION)}
    secret = {"DBT_ENV_SECRET_PROVINCE_DATA_PASSWORD": password}
    return fixed | {f"PROVINCE_DATA_DBT_{name}": value for name, value in address.items()} | secret


def _results(target_path: Path) -> Iterator[ModelRun]:
    for result in _raw_results(target_path):
        yield ModelRun(str(result["unique_id"]).split(".")[2], str(result["status"]), float(str(result["execution_time"])))


def _raw_results(target_path: Path) -> Sequence[Mapping[str, object]]:
    path = target_path / "run_results.json"
    if not path.exists():
        return ()
    results: Sequence[Mapping[str, object]] = json.loads(path.read_text(encoding="utf-8"))["results"]
    return results


def _demand_success(returncode: int, target_path: Path) -> None:
    for result in _raw_results(target_path):
        if result["status"] in ("error", "fail", "runtime error"):
            kind, _, name = str(result["unique_id"]).split(".")[:3]
            raise PublicationError(
                f"the {kind} {name} failed: {_without_values(str(result['message']))}",
                where=f"dbt, {target_path / 'build.log'}",
                expected="every model built and every test passed; nothing was published",
                next_step="mend the model or the records it names by load, then run the build again",
            )
    if returncode:
        where = str(target_path / "build.log")
        raise PublicationError("dbt ended before it could run a model", where=where, next_step="read the end of that file")


def _without_values(message: str) -> str:
    """Keep the first lines: the child already dropped the driver's details."""
    return " ".join(line.strip() for line in message.splitlines()[:2])


def _quiet_driver() -> None:
    """Make the driver's errors carry SQLSTATE and names only, before anything logs them."""
    driver = importlib.import_module("psycopg2")

    class NamesOnly(driver.extensions.cursor):  # type: ignore[misc,name-defined,unused-ignore]
        def execute(self, query: object, variables: object = None) -> None:
            try:
                super().execute(query, variables)
            except driver.DatabaseError as error:
                raise type(error)(_names_in(error)) from None

    driver.connect = functools.partial(driver.connect, cursor_factory=NamesOnly)  # type: ignore[attr-defined,unused-ignore]


def _names_in(error: object) -> str:
    diagnostic = getattr(error, "diag", None)
    state = str(getattr(error, "pgcode", None) or "no connection")
    fields = ("schema_name", "table_name", "column_name", "constraint_name")
    names = [str(value) for field in fields if (value := getattr(diagnostic, field, None))]
    # Class 42 (syntax, unknown name) quotes our own SQL, never a row.
    text = [str(getattr(diagnostic, "message_primary", ""))] if state.startswith("42") else []
    return ", ".join([f"SQLSTATE {state}", *names, *text])


def _main(arguments: Sequence[str]) -> int:
    _quiet_driver()
    from dbt.cli.main import dbtRunner

    return 0 if dbtRunner().invoke(list(arguments)).success else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
