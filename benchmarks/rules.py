"""Measure what more rules cost: one made-up province judged with all rules and with some of them, by turns, on one server.

    python -m benchmarks.rules [--scale 0.2] [--some 120] [--times 2] [--province 24] [--seed 1]

Rules that others stand on stay among the few: those that guard a type, that a gate names, that identify, that excuse a lawful state. The rest is
drawn at random, so that rules over single records, sets and other registries are left out in the proportion in which they are there. Printed are the seconds
of validate and reconcile, added up over the datasets, and the ratio of all to some. The first judgement warms the machine and is left out.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.generate import LISTS, generate
from benchmarks.start import keep_figures
from benchmarks.truth import AS_OF, ROOT, judge, project_with_open_gates
from benchmarks.world import Plan
from province_data.contract.catalog import Catalog, read_catalog
from province_data.contract.model import DeliveryCheck, Rule
from province_data.contract.sound import guards_type
from province_data.settings import Settings
from province_data.store import embedded

STEPS = ("validate", "reconcile")
TARGET = 2.0
console = Console(width=120)


@dataclass(frozen=True)
class Judgement:
    """One judgement of the province: with how many rules, and the seconds of both steps over all datasets."""

    rules: int
    validate: float
    reconcile: float

    @property
    def seconds(self) -> float:
        """Both steps together."""
        return self.validate + self.reconcile


def main() -> int:
    """Read the arguments, measure, print and keep the figures."""
    given = _arguments()
    catalog = read_catalog(ROOT / "expectations")
    judged = [rule for rule in catalog.rules.values() if not all(isinstance(check, DeliveryCheck) for check in rule.checks)]
    kept = draw(judged, _stood_on(catalog, judged), given.some, given.seed)
    left_out = {rule.id for rule in judged} - kept
    with tempfile.TemporaryDirectory(prefix="province-data-rules-") as name:
        work = Path(name)
        generate(Plan(given.province, given.scale, AS_OF, LISTS, 0.02, 0.0), work / "made", lambda _: None)
        try:
            _judge(work, "warm", set())
            pairs = [(_judge(work, f"all_{n}", set()), _judge(work, f"some_{n}", left_out)) for n in range(given.times)]
        finally:
            embedded.stop(work / "home")
    return 0 if show(pairs, vars(given)) < TARGET else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=0.2, help="1 is a province of 1.4 million persons and 5.9 million records")
    parser.add_argument("--some", type=int, default=120, help="with how many rules all of them are compared")
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--province", default="24")
    parser.add_argument("--seed", type=int, default=1, help="which rules are drawn")
    return parser.parse_args()


def _stood_on(catalog: Catalog, judged: list[Rule]) -> set[str]:
    """Return the rules without which others, or the product, could not judge."""
    excuses = {rule for c in catalog.contracts.values() for t in c.tables if t.lawful for _, rule in t.lawful.excuses}
    gates = {rule for c in catalog.contracts.values() for rule in c.gate.rules}
    guards = {rule.id for rule in judged if any(guards_type(check) for check in rule.checks)}
    return (excuses | gates | guards | set(catalog.standard.identifiers)) & {rule.id for rule in judged}


def draw(judged: list[Rule], must: set[str], some: int, seed: int) -> set[str]:
    """Return so many rules: those that must be among them, and others at random."""
    others = sorted(rule.id for rule in judged if rule.id not in must)
    return must | set(random.Random(seed).sample(others, max(0, min(len(others), some - len(must)))))


def _judge(work: Path, name: str, retired: set[str]) -> Judgement:
    """Judge the deliveries in a database of its own, with some rules retired."""
    server = embedded.ensure_running(work / "home")
    embedded.ensure_database(server, name)
    dsn = embedded.dsn(server, name)
    project = work / name
    project.mkdir()
    retire(project_with_open_gates(project) / "expectations", retired)
    judge(Settings(home=work / f"home-{name}", project=project, dsn=dsn), work / "made" / "full")
    with psycopg.connect(dsn) as connection:
        spent: Mapping[str, float] = dict(connection.execute("select step, sum(seconds)::float8 from ops.step group by step").fetchall())
        rules = connection.execute("select count(distinct rule_id) from quality.rule_result").fetchone()
    one = Judgement(int(rules[0]) if rules else 0, *(round(spent[step], 1) for step in STEPS))
    console.print(f"  {name}: {one.rules} rules, validate {one.validate} s, reconcile {one.reconcile} s")
    return one


def retire(expectations: Path, rules: set[str]) -> None:
    """Say in a copy of the standard that these rules are no longer judged."""
    for path in expectations.rglob("*.rules.yml"):
        text = path.read_text(encoding="utf-8")
        for rule in rules:
            text = re.sub(rf"(?m)^  {rule}:\n", f"  {rule}:\n    state: retired\n", text)
        path.write_text(text, encoding="utf-8")


def _seconds(one: Judgement) -> float:
    return one.seconds


def show(pairs: list[tuple[Judgement, Judgement]], given: Mapping[str, object]) -> float:
    """Print and keep the figures; returns the ratio of the best times."""
    table = Table("", "rules", *(f"{step}, s" for step in STEPS), "both, s", title="best of each, seconds over all datasets")
    everything, some = (min((pair[side] for pair in pairs), key=_seconds) for side in (0, 1))
    for name, one in (("all rules", everything), ("some", some)):
        table.add_row(name, str(one.rules), f"{one.validate}", f"{one.reconcile}", f"{one.seconds:.1f}")
    console.print(table)
    ratio = everything.seconds / some.seconds
    console.print(f"all / some: {ratio:.2f} (target: under {TARGET:.0f})")
    console.print(
        f"kept in {keep_figures('rules', {**given, 'pairs': [[asdict(one) for one in pair] for pair in pairs], 'ratio': round(ratio, 3)})}"
    )
    return ratio


if __name__ == "__main__":
    raise SystemExit(main())
