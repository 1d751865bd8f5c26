"""The laws of this code base, read off the tree: size, names, who may import whom, and what may not be committed."""

from __future__ import annotations

import ast
import fnmatch
import ipaddress
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "plugins" / "province_data"
VERBS = ("pull", "land", "load", "validate", "build", "publish", "report", "watch", "learn", "link")
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "process"}
FORBIDDEN_NAMES |= {"data", "info", "handler", "handlers", "common", "misc"}
# The only files that may know of the scheduler: they start and stop it, and nothing else.
SUPERVISION = "*airflow*"
CODE_BLOCK = re.compile(r"^ *```.*?^ *```$", re.DOTALL | re.MULTILINE)
TOLD_OF_IT = ("cli.py", "command/*", "supervise.py", "supervision/*")
# Where the outer world is asked for the time and the environment; everything below is given both.
EDGE = ("command/edge.py", "supervise.py", "supervision/*", SUPERVISION)


def sources(*folders: str) -> list[Path]:
    return sorted(p for folder in folders for p in (ROOT / folder).rglob("*.py") if "__pycache__" not in p.parts)


def at(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (n for n in ast.walk(tree(path)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def calls(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)


def is_edge(path: Path) -> bool:
    inside = path.relative_to(PACKAGE).as_posix()
    return any(fnmatch.fnmatch(inside, pattern) for pattern in EDGE)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT / "plugins").with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    return {module_name(p): p for p in sources("plugins/province_data")}


def imported(path: Path) -> set[str]:
    """Our own modules that `path` imports when it is loaded; what is imported only for types or inside a function makes no circle."""
    found: set[str] = set()
    todo: list[ast.AST] = list(tree(path).body)
    while todo:
        node = todo.pop()
        for_types = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        if for_types or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in modules() else node.module for alias in node.names}
        todo.extend(ast.iter_child_nodes(node))
    return {name for name in found if name in modules()}


@cache
def committed() -> list[Path]:
    """Text files that git keeps, or would keep; without git (an unpacked archive) the sources."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        answer = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return sources("plugins", "dags", "tests", "benchmarks")
    paths = [ROOT / name for name in answer.stdout.split("\0") if name]
    return [p for p in paths if p.is_file() and p.suffix not in {".xlsx", ".zip", ".gz", ".png", ".ico", ".ttf"}]


def lines_matching(pattern: str, *, but: tuple[str, ...] = ()) -> list[str]:
    wanted = re.compile(pattern)
    found = []
    for path in committed():
        if any(fnmatch.fnmatch(at(path), glob) for glob in but):
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{at(path)}:{number}" for number, line in enumerate(text.splitlines(), 1) if wanted.search(line)]
    return found


def test_no_module_is_longer_than_300_lines() -> None:
    sizes = {at(p): len(p.read_text(encoding="utf-8").splitlines()) for p in sources("plugins", "dags")}
    assert {name: size for name, size in sizes.items() if size > 300} == {}


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{at(p)}: {f.name} has {(f.end_lineno or 0) - f.lineno + 1}"
        for p in sources("plugins", "dags")
        for f in functions(p)
        if (f.end_lineno or 0) - f.lineno >= 40
    ]
    assert long == []


def test_no_name_says_nothing() -> None:
    files = [at(p) for p in sources("plugins", "dags") if FORBIDDEN_NAMES & {p.stem, p.parent.name}]
    named = [f"{at(p)}: {f.name}" for p in sources("plugins", "dags") for f in functions(p) if f.name.strip("_") in FORBIDDEN_NAMES]
    assert files + named == []


def test_imports_make_no_circle() -> None:
    rest = {name: imported(path) - {name} for name, path in modules().items()}
    while free := [name for name, needs in rest.items() if not needs & set(rest)]:
        for name in free:
            del rest[name]
    assert rest == {}


def test_verbs_do_not_import_each_other() -> None:
    verbs = {f"province_data.{verb}" for verb in VERBS}
    found = {name: sorted((imported(modules()[name]) & verbs) - {name}) for name in verbs & set(modules())}
    assert {name: others for name, others in found.items() if others} == {}


def test_the_core_does_not_know_the_scheduler() -> None:
    inner = [p for p in sources("plugins/province_data") if not fnmatch.fnmatch(p.name, SUPERVISION)]
    paths = [p for p in inner if not any(fnmatch.fnmatch(p.relative_to(PACKAGE).as_posix(), t) for t in TOLD_OF_IT)]
    assert [at(p) for p in paths if "airflow" in p.read_text(encoding="utf-8").lower()] == []


def test_the_scheduler_does_not_run_the_core_as_a_plugin() -> None:
    patterns = (ROOT / "plugins" / ".airflowignore").read_text(encoding="utf-8").split()
    assert {"province_data", "province_data/", "province_data/**", "province_data/*"} & set(patterns)


def test_the_time_is_passed_in() -> None:
    asked = [
        f"{at(p)}:{line} {call}"
        for p in sources("plugins/province_data")
        if not is_edge(p)
        for line, call in calls(p)
        if re.search(r"(^|\.)(datetime|date)\.(now|today|utcnow)$", call) or call == "time.time"
    ]
    assert asked == []


def test_the_environment_is_read_at_the_edge() -> None:
    inner = [p for p in sources("plugins/province_data") if not is_edge(p)]
    assert [at(p) for p in inner if re.search(r"\bos\.(environ|getenv)\b", p.read_text(encoding="utf-8"))] == []


def test_public_functions_and_modules_say_what_they_do() -> None:
    silent = [at(p) for p in sources("plugins", "dags") if p.stat().st_size and not ast.get_docstring(tree(p))]
    for path in sources("plugins", "dags"):
        named = [n for n in tree(path).body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        silent += [f"{at(path)}: {n.name}" for n in named if not n.name.startswith("_") and not ast.get_docstring(n)]
    assert silent == []


def test_no_exception_is_swallowed_unnamed() -> None:
    caught = [(p, n) for p in sources("plugins", "dags") for n in ast.walk(tree(p)) if isinstance(n, ast.ExceptHandler)]
    assert [f"{at(p)}:{n.lineno}" for p, n in caught if n.type is None] == []


def test_every_model_has_its_description_beside_it() -> None:
    models = sorted((ROOT / "dbt_project" / "models").rglob("*.sql"))
    assert models
    assert [at(p) for p in models if not p.with_suffix(".yml").is_file()] == []


def test_every_description_ends_in_a_grain() -> None:
    described = [p for p in sorted((ROOT / "dbt_project" / "models").rglob("*.yml")) if p.with_suffix(".sql").is_file()]
    assert [at(p) for p in described if not re.search(r"(?i)\bone row per\b", p.read_text(encoding="utf-8"))] == []


def test_no_path_of_a_machine_is_committed() -> None:
    places = {re.escape(str(ROOT)), re.escape(str(Path.home()))} - {"/"}
    folders = r"/(?:root|work|Users|home/(?!runner\b)\w+)/"
    assert lines_matching(rf"(?:^|[^\w./-])(?:{folders}|(?:{'|'.join(sorted(places))})\b)", but=("*.lock", "tests/test_laws.py")) == []


def test_no_package_index_is_committed() -> None:
    host = "|".join([r"pythonhosted\.org", r"py" + r"pi\.org", r"registry\.npm" + r"js", r"index-url +http", r"https?://\S+/simple\b"])
    assert lines_matching(host, but=("tests/test_laws.py",)) == []


def test_every_address_belongs_to_nobody() -> None:
    """Addresses in numbers are loopback, wild card, or of the ranges reserved for examples and private networks."""
    found = []
    for path in committed():
        if path.suffix in {".lock", ".svg", ".csv"}:
            continue
        for text in re.findall(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])", path.read_text(encoding="utf-8", errors="replace")):
            try:
                public = ipaddress.ip_address(text).is_global
            except ValueError:
                continue
            if public:
                found.append(f"{at(path)}: {text}")
    assert found == []


def test_locks_pin_every_package_with_hashes() -> None:
    for lock in sorted(ROOT.glob("requirements*.lock")):
        entries = re.split(r"(?m)^(?=[a-z0-9])", lock.read_text(encoding="utf-8"))[1:]
        assert len(entries) > 100
        assert [e.split()[0] for e in entries if "==" not in e.split()[0] or "--hash=sha256:" not in e] == [], lock.name
        assert not re.search(r"(?m)^(?!#).*https?://|^--", lock.read_text(encoding="utf-8")), lock.name


def test_the_tools_lock_holds_the_products_versions() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"(?m)^[a-z0-9._-]+==\S+", (ROOT / name).read_text(encoding="utf-8")))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
    assert pins("requirements.lock") <= pins("requirements-server.lock")


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_documents_name_commands_that_exist() -> None:
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8")))
    named = {(at(p), t) for p in documents() for t in re.findall(r"(?m)(?:^|`)make ([a-z][a-z-]*)", p.read_text(encoding="utf-8"))}
    assert ("README.md", "demo") in named
    assert ("README.md", "test") in named
    assert {(doc, t) for doc, t in named if t not in targets} == set()


def test_documents_name_program_commands_that_exist() -> None:
    from province_data.cli import cli

    commands = set(cli.commands)
    named = {(at(p), c) for p in documents() for c in re.findall(r"(?m)(?:^|`)province-data ([a-z][a-z-]+)", p.read_text(encoding="utf-8"))}
    assert {(doc, c) for doc, c in named if c not in commands} == set()


def test_documents_link_to_files_that_exist() -> None:
    links = [
        (p, link)
        for p in documents()
        for link in re.findall(r"\]\(([^)#\s]+)", CODE_BLOCK.sub("", p.read_text(encoding="utf-8")))
        if "://" not in link
    ]
    assert [f"{at(p)}: {link}" for p, link in links if not (p.parent / link).exists()] == []


def test_documents_list_every_setting() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    known = re.search(r"known = \{([^}]*)\}", (PACKAGE / "settings.py").read_text(encoding="utf-8"))
    assert known
    names = re.findall(r'"([A-Z_]+)"', known[1])
    assert [n for n in names if f"`PROVINCE_DATA_{n}`" not in text] == []


@pytest.mark.parametrize("name", ["Makefile", ".ci/run", "deploy/venv.sh", "deploy/lock.sh"])
def test_scripts_stop_at_the_first_error(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert "set -euo pipefail" in text or ".SHELLFLAGS := -euo pipefail" in text


def test_ci_runs_the_documents_test_command() -> None:
    lines = [line for line in (ROOT / ".ci/run").read_text(encoding="utf-8").splitlines() if line.strip()]
    assert lines[-1] == "make test || make again"
