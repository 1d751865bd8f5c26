"""Test every rule against planted defects: which are found, and what else is.

    python -m benchmarks.truth [--rows 100000] [--per 1,10,1000] [--provinces 01,24,52,79]

For each rate (defects of a kind per 100,000 rows) the catalogue of errors is planted into made-up provinces, each kind in one of them, the
product takes them in, and its findings are compared with the labels record by record and rule by rule.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.catalogue import ENTRIES, WHOLE
from benchmarks.catalogue.entry import Entry
from benchmarks.generate import LISTS, generate
from benchmarks.newcomers import Newcomers
from benchmarks.records import FILES, Province, Sent
from benchmarks.words import CENTRES
from benchmarks.world import Plan
from province_data.pipeline import run_all
from province_data.settings import Settings
from province_data.store import embedded

ROOT = Path(__file__).resolve().parents[1]
AS_OF = date(2026, 10, 31)
NOW = datetime(2026, 11, 1, 3, 0, tzinfo=UTC)
ROWS_AT_SCALE_1 = 5_900_000
CHANGED = 1_000_000_000
"""Added to the record numbers of a delivery of changes, to tell them from those of the snapshot before it."""
NO_LONGER_A_PROVINCE = "27"
console = Console(width=140)
Label = tuple[str, str, str, int, str]
"""dataset, table, province, record number, rule"""


@dataclass
class Answers:
    """What must be found and what may be."""

    must: dict[Label, str] = field(default_factory=dict)
    """Label -> the entry that planted it."""
    may: set[Label] = field(default_factory=set)
    rows: int = 0


def plant(
    folder: Path,
    code: str,
    scale: float,
    entries: Sequence[tuple[Entry, int]],
    answers: Answers,
    out: Path,
    *,
    as_changes: bool = False,
    packed: str = "",
) -> None:
    """Make a province, plant each entry so many times, write its deliveries to `out` and its labels into `answers`.

    With `as_changes` the province is sound the day before, and everything planted comes as changes. Land comes as files, or `packed`.
    """
    generate(Plan(code, scale, AS_OF, LISTS, 0.0, 0.0), folder, lambda _: None)
    province = Province(folder / "full", code, AS_OF)
    shutil.rmtree(folder)
    before = province.sent()
    if as_changes:
        province.write(out, as_of=AS_OF - timedelta(days=1), packed=packed)
    newcomers = Newcomers(province)
    told = [(entry, entry.expected(newcomers)) for entry, times in entries if not entry.late for _ in range(times)]
    province.number_books()
    told += [(entry, entry.expected(newcomers)) for entry, times in entries if entry.late for _ in range(times)]
    places = _deliver(province, before, out, as_changes, packed)
    for entry, expected in told:
        for row, rule in expected:
            table, number = places[id(row)]
            if rule.startswith("?"):
                answers.may.add((FILES[table][0], table, code, number, rule[1:]))
                continue
            answers.must[FILES[table][0], table, code, number, rule] = entry.name
            answers.may |= {(FILES[table][0], table, code, number, other) for other in entry.may}
    answers.rows += len(places)


def _deliver(province: Province, before: Sent, out: Path, as_changes: bool, packed: str) -> dict[int, tuple[str, int]]:
    """Write the province as one snapshot or as changes; returns the table and number of every record, by the identity of its row."""
    if not as_changes:
        province.write(out, packed=packed)
        return {id(row): (table, number) for table, rows in province.tables.items() for number, row in enumerate(rows, 1)}
    numbers = province.write_changes(out, before, packed=packed)
    return {
        id(row): (table, CHANGED + numbers[id(row)] if id(row) in numbers else before[table][row.key() or ()][1])
        for table, rows in province.tables.items()
        for row in rows
    }


def plant_unknown_province(folder: Path, code: str, scale: float, out: Path) -> None:
    """Deliver a sound province under the code it had before July 2025 and no longer has: nothing of it may be taken (ADM-001)."""
    generate(Plan(code, scale, AS_OF, LISTS, 0.0, 0.0), folder, lambda _: None)
    province = Province(folder / "full", code, AS_OF)
    shutil.rmtree(folder)
    province.code = NO_LONGER_A_PROVINCE
    province.write(out)


def spread(provinces: Sequence[str], times: int) -> dict[str, list[tuple[Entry, int]]]:
    """Give each kind to one of the provinces, to be planted so many times; traps go everywhere, and what damages a whole delivery alone."""
    given: dict[str, list[tuple[Entry, int]]] = {code: [(e, 1) for e in ENTRIES if e.is_everywhere] for code in provinces}
    for number, entry in enumerate(e for e in ENTRIES if not e.is_everywhere):
        given[provinces[number % len(provinces)]].append((entry, times))
    others = (code for code in CENTRES if code not in provinces)
    return given | {next(others): [(entry, 1)] for entry in WHOLE}


def arrives_packed(number: int) -> str:
    """Say how a province, by its place in the list, delivers land: as files, as a workbook, or as an archive."""
    return ("", "xlsx", "zip")[number % 3]


def arrives_as_changes(number: int, provinces: Sequence[str]) -> bool:
    """Say whether a province, by its place in the list, comes as a sound snapshot and then as changes: every second does."""
    return number % 2 == 1 and number < len(provinces)


@dataclass(frozen=True)
class Family:
    """How the rules of one group fared."""

    rules: int
    planted: int
    found: int
    false_alarms: int


def compare(answers: Answers, found: Counter[Label]) -> tuple[dict[str, Family], dict[str, list[Label]], dict[str, int]]:
    """Return figures per rule family, what was missed per entry, and false alarms per rule."""
    missed: dict[str, list[Label]] = defaultdict(list)
    for label, name in answers.must.items():
        if label not in found:
            missed[name].append(label)
    alarms = Counter(label[4] for label in found if label not in answers.must and label not in answers.may)
    families = {}
    for family in sorted({label[4][:3] for label in answers.must} | {rule[:3] for rule in alarms}):
        planted = [label for label in answers.must if label[4].startswith(family)]
        families[family] = Family(
            len({label[4] for label in planted}),
            len(planted),
            sum(label in found for label in planted),
            sum(n for rule, n in alarms.items() if rule.startswith(family)),
        )
    return families, dict(missed), dict(alarms)


FINDINGS = f"""
select f.dataset, f.table_name, f.province_code, f.row_number + case b.kind when 'changes' then {CHANGED} else 0 end, f.rule_id
from quality.finding f join ops.batch b using (batch_id) where f.table_name <> '' and f.status = 'open'
"""


def findings(dsn: str) -> Counter[Label]:
    """Read what the product found."""
    with psycopg.connect(dsn) as connection:
        return Counter((str(d), str(t), str(p), int(n), str(r)) for d, t, p, n, r in connection.execute(FINDINGS).fetchall())


def project_with_open_gates(folder: Path) -> Path:
    """Copy the standard and let no gate close: here a batch may be as bad as it is planted."""
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    for path in (folder / "expectations").glob("*/contract.yml"):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text(
            "".join("  max_failed_percent: 100\n" if "max_failed_percent" in line else line for line in lines), encoding="utf-8"
        )
    for name in ("dbt_project", "dags"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    return folder


class Judged(Exception):
    """Everything is judged; what would follow is not asked for here."""


def judge(settings: Settings, source: Path) -> Counter[Label]:
    """Load and judge deliveries as the product does, up to where it would build and publish; returns the findings."""

    def until_judged(step: str) -> None:
        if step.startswith("building the warehouse"):
            raise Judged

    try:
        run_all(settings, NOW, until_judged, source=str(source))
    except Judged:
        return findings(str(settings.dsn))
    raise RuntimeError("nothing was judged")


def measure(rows: int, per: int, provinces: Sequence[str], work: Path, keep: Path | None = None) -> dict[str, object]:
    """Plant at one rate, run the product, compare; returns the figures."""
    times = max(1, round(per * rows / 100_000))
    answers = Answers()
    scale = rows / ROWS_AT_SCALE_1 / len(provinces)
    for number, (code, entries) in enumerate(spread(provinces, times).items()):
        changes, packed = arrives_as_changes(number, provinces), arrives_packed(number)
        plant(work / "made", code, scale, entries, answers, work / "deliveries", as_changes=changes, packed=packed)
    plant_unknown_province(work / "made", "96", scale / 10, work / "deliveries")
    console.print(f"{per} per 100,000: {answers.rows:,} records, {len(answers.must):,} findings are due")
    home = work / "home"
    started = time.monotonic()
    try:
        server = embedded.ensure_running(home)
        embedded.ensure_database(server, "truth")
        dsn = embedded.dsn(server, "truth")
        settings = Settings(home=home, project=project_with_open_gates(work / "project"), dsn=dsn)
        found = judge(settings, work / "deliveries")
        families, missed, alarms = compare(answers, found)
    finally:
        embedded.stop(home)
    show(families, missed, alarms)
    if keep:
        listed = [
            *(("missed", answers.must[x], *x) for v in missed.values() for x in v),
            *(("alarm", "", *x) for x in found if x not in answers.must and x not in answers.may),
        ]
        keep.write_text("\n".join("|".join(map(str, line)) for line in listed), encoding="utf-8")
    return {
        "per_100000": per, "records": answers.rows, "seconds": round(time.monotonic() - started, 1), "families": {k: vars(v) for k, v in families.items()},
        "missed": {k: len(v) for k, v in missed.items()}, "false_alarms": alarms,
    }  # fmt: skip


def show(families: dict[str, Family], missed: dict[str, list[Label]], alarms: dict[str, int]) -> None:
    """Print the figures."""
    table = Table("family", "rules planted", "findings due", "found", "recall", "false alarms")
    for name, one in families.items():
        recall = f"{one.found / one.planted:.4f}" if one.planted else ""
        table.add_row(name, str(one.rules), f"{one.planted:,}", f"{one.found:,}", recall, str(one.false_alarms))
    console.print(table)
    for name, labels in sorted(missed.items()):
        console.print(f"  missed: {name}: {len(labels)} × {', '.join(sorted({label[4] for label in labels}))}")
    for rule, count in sorted(alarms.items()):
        console.print(f"  false alarms: {rule}: {count}")


def main() -> int:
    """Read the arguments, measure each rate, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000, help="sound records before anything is planted")
    parser.add_argument("--per", default="1,10,1000", help="defects of each kind per 100,000 rows, several parted by commas")
    parser.add_argument("--provinces", default="01,24,52,79", help="the provinces over which kinds and rows are spread")
    parser.add_argument("--keep", type=Path, help="a file for what was missed and what was found too much")
    given = parser.parse_args()
    unknown = set(given.provinces.split(",")) - set(CENTRES)
    if unknown:
        parser.error(f"no such province: {', '.join(sorted(unknown))}")
    results = []
    for per in map(int, given.per.split(",")):
        with tempfile.TemporaryDirectory(prefix="province-data-truth-") as work:
            results.append(measure(given.rows, per, given.provinces.split(","), Path(work), given.keep))
    folder = ROOT / "benchmarks" / "results"
    folder.mkdir(exist_ok=True)
    path = folder / f"truth-{time.strftime('%Y%m%d-%H%M%S')}.json"
    path.write_text(json.dumps({"rows": given.rows, "provinces": given.provinces, "rates": results}, indent=1) + "\n", encoding="utf-8")
    console.print(f"kept in {path.relative_to(ROOT)}")
    return 0 if all(not r["missed"] and not r["false_alarms"] for r in results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
