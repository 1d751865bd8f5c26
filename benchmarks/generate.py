"""Make one real province's volumes in the agencies' own delivery form.

    python -m benchmarks.generate --out DIR [--scale 1.0] [--province 24] [--defects 0.02] [--changes 0.01]

At scale 1: 1,400,000 persons, 1,400,000 parcels with their rights, 1,046,854 civil-status events, 325,281 taxpayers and the land
tax of one year. DIR/full holds the snapshot, DIR/changes the next delivery with the changed records only, DIR/truth.csv what was planted.
Same arguments, same bytes. Nobody in it exists.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks import civil, defects, deliver, land, population, tax, world
from benchmarks.words import CENTRES

LISTS = Path(__file__).resolve().parents[1] / "plugins" / "province_data" / "reference" / "lists"
SEQUENCE_NO = 118


def generate(plan: world.Plan, out: Path, say: Callable[[str], None] = print, memory: str = "3GB", threads: int = 2) -> None:
    """Write the deliveries of `plan` under `out`, which is emptied first."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    work = out / "work.duckdb"
    with duckdb.connect(work) as db:
        db.execute(
            f"set threads = {threads}; set memory_limit = '{memory}'; set preserve_insertion_order = true; set temp_directory = '{out / 'spill'}'"
        )
        _timed(say, "people", lambda: _people(db, plan))
        _timed(say, "registers", lambda: _registers(db, plan))
        _timed(say, "defects", lambda: defects.plant(db, plan))
        _timed(say, "files", lambda: deliver.write_delivery(db, plan, out / "full", "snapshot", SEQUENCE_NO, plan.as_of))
        deliver.write_truth(db, plan, out / "truth.csv", say)
        if plan.changes:
            _timed(say, "changes", lambda: _changes(db, plan, out / "changes"))
    work.unlink()
    shutil.rmtree(out / "spill", ignore_errors=True)


def _timed(say: Callable[[str], None], name: str, step: Callable[[], object]) -> None:
    started = time.monotonic()
    step()
    say(f"{name}: {time.monotonic() - started:.1f} s")


def _people(db: duckdb.DuckDBPyConnection, plan: world.Plan) -> None:
    world.read_lists(db, plan)
    world.make_households(db, plan)
    world.make_persons(db, plan)


def _registers(db: duckdb.DuckDBPyConnection, plan: world.Plan) -> None:
    deaths, weddings = defects.early_share(plan)
    civil.make_events(db, plan, deaths, weddings)
    population.make_citizens(db, plan)
    land.make_land(db, plan)
    tax.make_tax(db, plan)


CHANGES = {
    "citizen": "phone = '09' || lpad((b % 100000000)::varchar, 8, '0'), updated_at = '{day}T09:00:00+07:00'",
    "event": "note = 'Đã số hóa bản giấy', updated_at = registered_on || 'T17:45:00+07:00'",
    "parcel": "legal_area = area, use_form = case use_form when 'R' then 'C' else 'R' end, updated_at = '{day}T09:00:00+07:00'",
    "right_held": "book_no = book_no || 'A', updated_at = '{day}T09:00:00+07:00'",
    "taxpayer": "address = 'Số mới ' || address, updated_at = '{day}T09:00:00+07:00'",
    "land_tax": "is_paid = not is_paid, updated_at = '{day}T09:00:00+07:00'",
}


def _changes(db: duckdb.DuckDBPyConnection, plan: world.Plan, root: Path) -> None:
    """Change a share of the sound records of every table and deliver those alone, a day later."""
    day = plan.as_of + timedelta(days=1)
    db.execute("create table changed (source varchar, rn bigint)")
    for source, change in CHANGES.items():
        alive = "and life_status = '1' and age > 18" if source == "citizen" else ""
        # All holders on a certificate change together, as its register number is one.
        drawn_by = "parcel_rn" if source == "right_held" else "rn"
        db.execute(f"""
            insert into changed select '{source}', rn from {source}
            where draw({drawn_by}, '{source}') % 1000000 < {plan.changes * 1e6 * (1.4 if alive else 1)} {alive} and rn not in (select rn from planted where source = '{source}')""")
        db.execute(
            f"update {source} set {change.replace('{day}', str(day))} where rn in (select rn from changed where source = '{source}')"
        )
    deliver.write_delivery(db, plan, root, "changes", SEQUENCE_NO + 1, day, "rn in (select rn from changed where source = '{source}')")


def main() -> None:
    """Read the arguments and generate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--province", default="24", choices=sorted(CENTRES))
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 10, 31))
    parser.add_argument("--defects", type=float, default=0.0, help="share of the records that carry a planted defect")
    parser.add_argument("--changes", type=float, default=0.01, help="share of the records in the second delivery")
    given = parser.parse_args()
    generate(world.Plan(given.province, given.scale, given.as_of, LISTS, given.defects, given.changes), given.out)


if __name__ == "__main__":
    main()
