"""Measure what provinces feel: four queries by eight readers, with row-level security and without, at rest and while a publication runs.

    python -m benchmarks.readers [--persons 10000000] [--readers 8] [--seconds 60] [--work DIR] [--keep]

Each reader is a process with four sessions: a province's login and the superuser, each with plain and with prepared statements. The superuser's
query is the same with a plain WHERE on the province, in a session with the same settings. Both ask for the same thing one after the other, the
first one by turns, so that whatever else the machine does hits both. While publications of changed citizens run (by the product's own
build and publish), the readers go on. Compare ratios, not milliseconds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from queue import Empty
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from benchmarks.country import ROOT, SECRET, change, ensure, shares
from benchmarks.start import add_density, arguments, home_of, keep_figures
from province_data.build import build
from province_data.publish import publish
from province_data.store.logins import SESSION_LIMITS, grant_login

PROVINCES = ("79", "01", "24", "40", "52", "92", "14", "12")
"""Large, middling and small ones; readers take them in turn."""
console = Console(width=140)


@dataclass(frozen=True)
class Query:
    """What a province asks; `where` is what row-level security adds, `often` how many times in a round."""

    name: str
    text: str
    where: str
    often: int


QUERIES = (
    Query("point look-up", "select * from published.person where person_key = %(key)s{and}", "province_code = '{p}'", 16),
    Query("360° row", "select * from published.citizen_360 where person_key = %(key)s{and}", "province_code = '{p}'", 8),
    Query(
        "indicator page",
        "select code, name_vi, statement, value, target, is_reached, basis from published.indicator"
        " where commune_code is null and period = (select max(period) from published.indicator where true{and}){and} order by code",
        "province_code in ('{p}', '00')",
        4,
    ),
    Query(
        "commune aggregate",
        "select commune_code, count(*), count(*) filter (where has_card), count(*) filter (where life_status = '1') from published.person where true{and}"
        " group by commune_code",
        "province_code = '{p}'",
        1,
    ),
)
VARIANTS = [(rights, protocol) for rights in ("security", "where") for protocol in ("plain", "prepared")]


@dataclass(frozen=True)
class Sample:
    """One answered query: what, by whom, from when to when (seconds of one clock)."""

    query: str
    rights: str
    protocol: str
    begin: float
    end: float


def main() -> int:
    """Read the arguments, measure, print and keep the figures."""
    given = _arguments()
    with home_of(given, "country") as home:
        dsn = ensure(home, given.persons, given.density, lambda line: console.print(f"  {line}"))
        logins = _logins(dsn)
        console.print(f"{given.persons:,} persons, {given.readers} readers")
        samples, publications = watch_readers(dsn, logins, given)
        _keep(given, show(samples, publications), publications)
    return 0


def _arguments() -> argparse.Namespace:
    parser = arguments(__doc__)
    parser.add_argument("--persons", type=int, default=10_000_000)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60, help="how long to read while nothing else goes on")
    parser.add_argument("--publications", type=int, default=3, help="how many publications to read through")
    parser.add_argument("--rows", type=int, default=100_000, help="how many citizens each publication changes")
    add_density(parser)
    return parser.parse_args()


def _logins(dsn: str) -> dict[str, str]:
    """Grant a login in each province by the product's own hand; returns their addresses."""
    made = {}
    with psycopg.connect(dsn, autocommit=True) as connection:
        for code in PROVINCES:
            password = secrets.token_urlsafe(18)
            grant_login(connection, f"reader_{code}", f"province_{code}", password)
            made[code] = make_conninfo(dsn, user=f"reader_{code}", password=password)
    return made


def watch_readers(dsn: str, logins: dict[str, str], given: argparse.Namespace) -> tuple[list[Sample], list[tuple[float, float]]]:
    """Let the readers read at rest, then through publications; returns all samples and when publications ran."""
    context = multiprocessing.get_context("spawn")
    ended, ready, answers = context.Event(), context.Barrier(given.readers + 1), context.Queue()
    keys = _keys(dsn)
    readers = [
        context.Process(target=_read, args=(dsn, logins[code], code, keys[code], number, ready, ended, answers))
        for number, code in enumerate((PROVINCES * given.readers)[: given.readers])
    ]
    for reader in readers:
        reader.start()
    ready.wait()
    try:
        time.sleep(given.seconds)
        publications = [_publish(dsn, given) for _ in range(given.publications)]
    finally:
        ended.set()
    samples = list(_collect(answers, len(readers)))
    for reader in readers:
        reader.join()
    return samples, publications


def _keys(dsn: str) -> dict[str, list[str]]:
    """Draw keys of citizens of each province."""
    with psycopg.connect(dsn) as connection:
        return {
            code: [
                str(key)
                for (key,) in connection.execute(
                    f"select person_key from published.person_{code} tablesample system (2) limit 3000".encode()
                )
            ]
            or [str(key) for (key,) in connection.execute(f"select person_key from published.person_{code} limit 3000".encode())]
            for code in PROVINCES
        }


def _publish(dsn: str, given: argparse.Namespace) -> tuple[float, float]:
    """Build a change while the readers read, then publish it; returns when the publication ran."""
    changed = change(dsn, given.persons, min(given.rows, given.persons // 10))
    if not changed:
        raise SystemExit("no citizen was changed, so there is nothing to publish beside the readers")
    build(dsn, ROOT / "dbt_project", given.work / "country" / f"dbt-{given.persons}")
    began = time.monotonic()
    done = publish(dsn, SECRET, datetime.now(UTC))
    ended = time.monotonic()
    console.print(
        f"  a publication of {changed:,} changed citizens, {done.changed:,} rows in all: {ended - began:.1f} s beside the readers"
    )
    return began, ended


def _read(dsn: str, login: str, code: str, keys: Sequence[str], number: int, ready: Any, ended: Event, answers: Any) -> None:
    """Ask all queries again and again by all variants; hand the samples over at the end."""
    order = random.Random(number)
    samples: list[Sample] = []
    with ExitStack() as stack:
        sessions = {v: stack.enter_context(psycopg.connect(login if v[0] == "security" else dsn, autocommit=True)) for v in VARIANTS}
        for (rights, protocol), session in sessions.items():
            session.prepare_threshold = 0 if protocol == "prepared" else None
            if rights == "where":
                for setting, value in SESSION_LIMITS.items():
                    session.execute(f"set {setting} = '{value}'".encode())
        ready.wait()
        while not ended.is_set():
            for query in _round(order):
                samples += _ask(sessions, query, code, order.choice(keys), order)
    answers.put(samples)


def _round(order: random.Random) -> list[Query]:
    asked = [query for query in QUERIES for _ in range(query.often)]
    order.shuffle(asked)
    return asked


def _ask(sessions: dict[tuple[str, str], psycopg.Connection], query: Query, code: str, key: str, order: random.Random) -> Iterator[Sample]:
    for rights, protocol in order.sample(VARIANTS, len(VARIANTS)):
        condition = f" and {query.where.format(p=code)}" if rights == "where" else ""
        text = query.text.replace("{and}", condition).encode()
        begin = time.monotonic()
        sessions[rights, protocol].execute(text, {"key": key} if b"%(key)s" in text else None).fetchall()
        yield Sample(query.name, rights, protocol, begin, time.monotonic())


def _collect(answers: Any, readers: int) -> Iterator[Sample]:
    for _ in range(readers):
        try:
            yield from answers.get(timeout=120)
        except Empty:
            raise SystemExit("a reader ended with an error, see above") from None


def part(values: Sequence[float], share: float) -> float:
    """The value below which so large a share lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def show(samples: Sequence[Sample], publications: Sequence[tuple[float, float]]) -> list[dict[str, object]]:
    """Print percentiles and ratios for each query and protocol; returns them."""
    first = min(begin for begin, _ in publications) if publications else float("inf")
    during: Callable[[Sample], bool] = lambda s: any(s.begin < end and s.end > begin for begin, end in publications)  # noqa: E731
    times: dict[tuple[str, str, str, str], list[float]] = defaultdict(list)
    for s in samples:
        state = "publication" if during(s) else "rest" if s.end < first else ""
        times[s.query, s.protocol, state, s.rights].append((s.end - s.begin) * 1000)
    table = Table(
        "query",
        "statements",
        "state",
        "asked",
        "p50 ms",
        "with WHERE",
        "ratio",
        "p95 ms",
        "with WHERE",
        "ratio",
        "p50 to rest",
        "p95 to rest",
    )
    rows: list[dict[str, object]] = []
    for query in QUERIES:
        for protocol in ("plain", "prepared"):
            for state in ("rest", "publication"):
                own, plain, rest = (
                    times[query.name, protocol, *key] for key in ((state, "security"), (state, "where"), ("rest", "security"))
                )
                if own and plain:
                    figures = [
                        (part(own, at), part(plain, at), part(own, at) / part(plain, at), part(own, at) / part(rest, at))
                        for at in (0.5, 0.95)
                    ]
                    rows.append(
                        {"query": query.name, "protocol": protocol, "state": state, "asked": len(own), "p50": figures[0], "p95": figures[1]}
                    )
                    cells = [f"{x:.2f}" for own_ms, plain_ms, ratio, _ in figures for x in (own_ms, plain_ms, ratio)]
                    table.add_row(query.name, protocol, state, f"{len(own):,}", *cells, *(f"{to_rest:.2f}" for *_, to_rest in figures))
    console.print(table)
    return rows


def _keep(given: argparse.Namespace, rows: list[dict[str, object]], publications: list[tuple[float, float]]) -> None:
    figures = {
        "persons": given.persons, "density": given.density, "readers": given.readers, "shares": shares(given.persons),
        "publications_s": [round(end - begin, 2) for begin, end in publications], "queries": rows,
    }  # fmt: skip
    console.print(f"kept in {keep_figures('readers', figures)}")


if __name__ == "__main__":
    raise SystemExit(main())
