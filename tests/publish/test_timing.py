"""The time a look-up takes does not tell whether another province has the person."""

from __future__ import annotations

import statistics
import time

import psycopg
from attacking import address_of, login_of
from registry import Registry, citizen_id

CALLS = 500
ASK = "select * from published.lookup_person(%s, 'inspection', 'case 1')"


def test_missing_and_foreign_take_the_same_time(field: Registry) -> None:
    """1,000 calls, of both kinds in turns so that a busy machine slows both; medians, as single calls vary by far more."""
    keys = {"missing": citizen_id("24", 99), "foreign": citizen_id("19", 2)}
    taken: dict[str, list[int]] = {kind: [] for kind in keys}
    field.do("update ops.lookup_limit set per_hour = 100000, per_day = 100000")
    try:
        with psycopg.connect(address_of(field, "24"), autocommit=True, prepare_threshold=0) as reader:
            for turn in range(CALLS + 20):
                for kind in sorted(keys, reverse=turn % 2 == 0):
                    started = time.perf_counter_ns()
                    assert reader.execute(ASK, (keys[kind],)).fetchall() == []
                    if turn >= 20:
                        taken[kind].append(time.perf_counter_ns() - started)
    finally:
        field.do("update ops.lookup_limit set per_hour = 60, per_day = 500")
        field.do("delete from ops.lookup where login = %s", login_of(field, "24"))
    middle = {kind: statistics.median(values) for kind, values in taken.items()}
    ratio = middle["foreign"] / middle["missing"]
    print(f"{CALLS} calls of each: missing {middle['missing'] / 1e6:.2f} ms, foreign {middle['foreign'] / 1e6:.2f} ms, ratio {ratio:.3f}")
    assert 0.95 <= ratio <= 1.05
