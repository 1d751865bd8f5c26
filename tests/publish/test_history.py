"""History: any past publication reads as it stood, with the policies and masks of today, and its cost follows the change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from changes import INTEGRATED, TABLES, change_much, picture
from registry import NOW, PROJECT, SECRET, Registry, citizen_id, warn

from province_data.cli import main
from province_data.errors import PublicationError
from province_data.publish import publish
from province_data.rollback import roll_back
from province_data.store.database import connected
from province_data.store.history import forget

MASKED = "*********00{}"


def past_picture(registry: Registry, publication: object) -> dict[str, object]:
    """All that was published at a publication, read by the centre."""
    asked = Registry(
        f"{registry.dsn}?options=-c%20role%3Dcentral_read%20-c%20province_data.as_of%3D{publication}", PROJECT, registry.target
    )
    return {name.removesuffix("_as_of"): value for name, value in picture(asked, tuple(f"{t}_as_of" for t in TABLES + INTEGRATED)).items()}


def as_province(registry: Registry, query: str, as_of: object = "", province: str = "24") -> list[tuple[object, ...]]:
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute(f"set role province_{province}".encode())
        connection.execute("select set_config('province_data.as_of', %s, false)", (str(as_of),))
        return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module")
def long(database_server: object, template: Registry) -> object:
    """Give a registry of five publications, the fourth of which takes the third back, and pictures of each."""
    from registry import copy_of

    with copy_of(database_server, template) as made:  # type: ignore[arg-type]
        pictures = {1: picture(made, TABLES + INTEGRATED)}
        for load_id in (2, 3):
            change_much(made, load_id)
            pictures[load_id] = picture(made, TABLES + INTEGRATED)
        roll_back(made.dsn, "test", NOW)
        pictures[4] = picture(made, TABLES + INTEGRATED)
        publish(made.dsn, SECRET, NOW)
        pictures[5] = picture(made, TABLES + INTEGRATED)
        yield made, pictures


Long = tuple[Registry, dict[int, dict[str, object]]]


@pytest.mark.parametrize("publication", [1, 2, 3, 4, 5])
def test_a_past_publication_reads_as_it_stood(long: Long, publication: int) -> None:
    registry, pictures = long
    assert past_picture(registry, publication) == pictures[publication]
    assert len({str(p) for p in pictures.values()}) == 3  # the fourth is the second again, the fifth the third


def test_what_readers_saw_before_a_rollback_stays_in_the_history(long: Long) -> None:
    registry, pictures = long
    assert pictures[4] == pictures[2]
    assert past_picture(registry, 3) == pictures[3] != pictures[4]
    known = "select publication_id, undoes, is_readable from published.publication order by 1"
    assert as_province(registry, known) == [(1, None, True), (2, None, True), (3, None, True), (4, 3, True), (5, None, True)]


def test_a_version_says_when_it_was_so_and_when_it_was_known(long: Long) -> None:
    registry, _ = long
    query = (
        "select marital_status, valid_from, published_from, published_until, published_at, replaced_at from published.person_versions"
        f" where personal_id_masked = '{MASKED.format(2)}' order by published_from"
    )
    versions = as_province(registry, query)
    assert [(status, first, last) for status, _, first, last, _, _ in versions] == [
        ("1", 1, 2), ("2", 2, 3), ("3", 3, 4), ("2", 4, 5), ("3", 5, None),
    ]  # fmt: skip
    assert {valid for _, valid, *_ in versions} == {NOW}
    assert [replaced for *_, replaced in versions] == [NOW] * 4 + [None]


def test_a_province_reads_its_own_past_only(long: Long) -> None:
    registry, _ = long
    for table in TABLES:
        if table != "admin_unit":
            for name in (f"{table}_history", f"{table}_versions", f"{table}_as_of"):
                seen = {row[0] for row in as_province(registry, f"select distinct province_code from published.{name}", 1)}
                assert seen <= {"24", "00"}, name
    for view in INTEGRATED:
        assert as_province(registry, f"select distinct province_code from published.{view}_as_of", 2) == [("24",)]
    foreign = "select count(*) from published.person_history where province_code <> '24'"
    assert registry.one(foreign) != 0
    assert as_province(registry, foreign) == [(0,)]
    assert as_province(registry, "select count(*) from published.person_history", province="52") == [(4,)]


def test_the_first_filling_has_no_copy_and_a_change_only_its_own(registry: Registry) -> None:
    tables = registry.ask("select entity from ops.history_table order by 1")
    assert {str(name) for (name,) in tables} == set(TABLES)
    assert sum(int(str(registry.one(f"select count(*) from published.{name}_history"))) for (name,) in tables) == 0
    warn(registry, "24", citizen_id("24", 1), "POP-030")
    publish(registry.dsn, SECRET, NOW)
    assert registry.ask("select personal_id_masked, quality_flag, published_from, published_until from published.person_history") == [
        (MASKED.format(1), None, 1, 2)
    ]
    assert registry.ask("select published_from, count(*) from published.person group by 1 order by 1") == [(1, 17), (2, 1)]


def test_the_state_is_chosen_by_number_by_day_or_by_moment(registry: Registry) -> None:
    warn(registry, "24", citizen_id("24", 1), "POP-030")
    publish(registry.dsn, SECRET, NOW + timedelta(days=40))
    flags = "select count(quality_flag) from published.person_as_of"
    for asked, expected in (
        (1, 0), (2, 1), ("2026-11-21", 0), ("2026-12-30", 0), ("2026-12-31", 1), ("2027-05-01", 1),
        ("2026-12-31 08:59:59+07", 0), ("2026-12-31 09:00:00+07", 1), (f"{NOW:%Y-%m-%d %H:%M:%S%z}", 0),
    ):  # fmt: skip
        assert as_province(registry, flags, asked) == [(expected,)], asked


@pytest.mark.parametrize("asked", ["", "0", "3", "2026-11-20", "yesterday evening", "1; drop table published.person"])
def test_a_state_that_cannot_be_read_is_an_error_and_never_another_state(shared: Registry, asked: str) -> None:
    with pytest.raises(psycopg.DataError):
        as_province(shared, "select count(*) from published.person_as_of", asked)


def test_one_person_of_a_past_day_is_found_in_one_partition_by_an_index(long: Long) -> None:
    registry, _ = long
    query = "explain (costs off) select * from published.person_as_of where person_key = repeat('a', 32)"
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute("set role province_24")
        connection.execute("set enable_seqscan = off")
        plan = "\n".join(str(line) for (line,) in connection.execute(query.encode()).fetchall())
    assert "person_24_pkey" in plan
    assert "person_history_24" in plan
    assert "Seq Scan" not in plan
    assert "_19" not in plan


def test_what_is_older_than_it_is_kept_is_dropped_and_no_longer_answered(registry: Registry) -> None:
    for number, days in enumerate((10, 20, 30)):
        warn(registry, "24", citizen_id("24", 1), f"POP-03{number}")
        publish(registry.dsn, SECRET, NOW + timedelta(days=days))
    flags = "select quality_flag from published.person_as_of where personal_id_masked = '*********001'"
    assert as_province(registry, flags, 2) == [("POP-030",)]
    with connected(registry.dsn) as connection:
        assert forget(connection, NOW - timedelta(days=1)) == {}
        assert forget(connection, NOW + timedelta(days=25))["person"] == 2
    assert registry.ask("select published_from, published_until from published.person_history") == [(3, 4)]
    for gone in (1, 2):
        with pytest.raises(psycopg.DataError):
            as_province(registry, flags, gone)
    assert as_province(registry, flags, 3) == [("POP-030 POP-031",)]
    assert as_province(registry, flags, 4) == [("POP-030 POP-031 POP-032",)]
    roll_back(registry.dsn, "test", NOW)
    with pytest.raises(PublicationError, match="can no longer be read"):
        roll_back(registry.dsn, "test", NOW)


def test_the_command_lists_and_prunes(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROVINCE_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("PROVINCE_DATA_PROJECT", str(PROJECT))
    monkeypatch.setenv("PROVINCE_DATA_DSN", registry.dsn)
    monkeypatch.setenv("PROVINCE_DATA_HISTORY_MONTHS", "2")
    registry.do("update ops.publication set published_at = %s", datetime(2020, 1, 1, tzinfo=UTC))
    registry.do("update published.publication set published_at = %s", datetime(2020, 1, 1, tzinfo=UTC))
    warn(registry, "24", citizen_id("24", 1), "POP-030")
    publish(registry.dsn, SECRET, datetime(2020, 2, 1, tzinfo=UTC))
    for arguments, said in ((["history", "list"], "2020-02-01"), (["history", "prune"], "person"), (["history", "prune"], "nothing")):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out
    assert registry.ask("select publication_id, is_readable from published.publication order by 1") == [(1, False), (2, True)]
    assert registry.one("select count(*) from published.person_history") == 0
