"""Run dbt in a process of its own and hear of every model and test as it begins and ends; no value of a record leaves it.

The child says one line of JSON for each beginning and end, on a pipe of its own: what dbt prints goes to a log.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from province_data.store.builds import ModelRun

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
PIPE = "--pipe="
"""The child's first word may be this and the number of the pipe; dbt never sees it."""
FAILED = ("error", "fail", "runtime error")
ENDED = {"success": "done", "pass": "done", "warn": "done", "skipped": "skipped"} | dict.fromkeys(FAILED, "failed")
"""dbt's words for how a node ended, in ours."""
TOLD_OF = tuple(f'{{"id": "{kind}.' for kind in ("model", "seed", "test"))
"""How the lines begin that are heard; the project's own statements before and after are no models."""
Hearer = Callable[[ModelRun], None]


def run_dbt(dsn: str, project: Path, target_path: Path, *arguments: str, hear: Hearer | None = None) -> int:
    """Run one dbt command to its end and return its exit code; `hear` is told of every model and test at once."""
    quiet = ["--quiet", "--log-level-file", "info", "--no-version-check"]
    places = ["--project-dir", project, "--profiles-dir", project, "--target-path", target_path, "--log-path", target_path]
    reading, writing = os.pipe()
    program = [sys.executable, "-P", "-m", "province_data.dbt_child", f"{PIPE}{writing}"]
    command = [*program, *arguments, *quiet, *(str(place) for place in places)]
    with (target_path / "build.log").open("ab") as log, os.fdopen(reading, encoding="utf-8") as lines:
        # Nothing is ever said on its input: that it ends tells the child that we were killed.
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=dbt_environment(dsn), pass_fds=(writing,))
        os.close(writing)
        try:
            for line in lines:
                if hear is not None and line.startswith(TOLD_OF):
                    hear(_model_run(json.loads(line)))
            return child.wait()
        except BaseException:
            child.kill()
            child.wait()
            raise


def read_results(target_path: Path) -> Iterator[ModelRun]:
    """Read how each model and test of the last command ended, those that were skipped too."""
    path = target_path / "run_results.json"
    if not path.exists():
        return
    nodes = json.loads((target_path / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    for result in json.loads(path.read_text(encoding="utf-8"))["results"]:
        if result["unique_id"].partition(".")[0] not in ("model", "seed", "test"):
            continue
        node = nodes.get(result["unique_id"], {})
        yield _model_run(
            {
                "id": result["unique_id"], "path": node.get("path", ""), "status": result["status"], "seconds": result["execution_time"],
                "rows": (result.get("adapter_response") or {}).get("rows_affected"), "failures": result.get("failures"),
                "message": result.get("message"), "tested": node.get("attached_node") or _first_of(node),
            }
        )  # fmt: skip


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


def _first_of(node: Mapping[str, Any]) -> str:
    """Name what a test without a model of its own looks at first."""
    return next(iter((node.get("depends_on") or {}).get("nodes") or [""])) if node.get("resource_type") == "test" else ""


def _model_run(told: Mapping[str, Any]) -> ModelRun:
    kind, _, name = str(told["id"]).split(".")[:3]
    status = ENDED.get(str(told["status"]), "running")
    layer = str(told.get("path") or "").partition("/")[0] if kind == "model" else {"seed": "seeds"}.get(kind, "")
    started = datetime.fromisoformat(told["started"]) if told.get("started") else None
    rows = int(told["rows"]) if str(told.get("rows") or "").isdigit() else None
    failures = int(told["failures"] or 0) if kind == "test" and told.get("failures") is not None else None
    model = str(told.get("tested") or "").rpartition(".")[2] if kind == "test" else name
    message = without_values(str(told.get("message") or "")) if status == "failed" else ""
    seconds = None if told.get("seconds") is None else float(told["seconds"])
    return ModelRun(name, status, seconds, kind, layer, model, started, rows, failures, message)


def without_values(message: str) -> str:
    """Keep the first lines: the child already dropped the driver's details."""
    return " ".join(line.strip() for line in message.splitlines()[:2])


# --- inside the child -----------------------------------------------------------------------------------------------


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


def _teller(pipe: int) -> Callable[[Any], None]:
    words = os.fdopen(pipe, "w", encoding="utf-8", buffering=1)

    def tell(event: Any) -> None:
        if event.info.name not in ("NodeStart", "NodeFinished"):
            return
        node = event.data.node_info
        if node.materialized == "ephemeral":  # becomes a part of the others' statements and does nothing by itself
            return
        told = {"id": node.unique_id, "path": node.node_path, "status": "running", "started": node.node_started_at}
        if event.info.name == "NodeFinished":
            result = event.data.run_result
            answered = dict(result.adapter_response) if result.adapter_response else {}
            told |= {"status": result.status, "seconds": result.execution_time, "rows": _number(answered.get("rows_affected"))}
            told |= {"message": result.message, "failures": result.num_failures}
        words.write(json.dumps(told) + "\n")

    return tell


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _end_with_parent() -> None:
    """Wait for the end of the input and stop at once: a build that nobody hears of would meet the next one in the same tables."""
    os.read(0, 1)
    os._exit(1)


def _main(arguments: Sequence[str]) -> int:
    _quiet_driver()
    from dbt.cli.main import dbtRunner

    first, *rest = arguments
    if not first.startswith(PIPE):
        return 0 if dbtRunner().invoke(list(arguments)).success else 1
    threading.Thread(target=_end_with_parent, daemon=True).start()
    return 0 if dbtRunner(callbacks=[_teller(int(first.removeprefix(PIPE)))]).invoke(rest).success else 1


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
