"""Rollback: readers see the publication before the last one, exactly, and the next publication is right again."""

from __future__ import annotations

import threading

import psycopg
import pytest
from changes import change_much, picture
from registry import NOW, PROJECT, SECRET, Registry

from province_data.cli import main
from province_data.errors import PublicationError
from province_data.publish import publish
from province_data.rollback import roll_back


def test_each_rollback_returns_to_the_publication_before(registry: Registry) -> None:
    pictures = [picture(registry)]
    for load_id in (2, 3):
        change_much(registry, load_id)
        pictures.append(picture(registry))
    assert len({str(p) for p in pictures}) == 3

    roll_back(registry.dsn, "test", NOW)
    assert picture(registry) == pictures[1]
    roll_back(registry.dsn, "test", NOW)
    assert picture(registry) == pictures[0]
    with pytest.raises(PublicationError, match="no earlier"):
        roll_back(registry.dsn, "test", NOW)

    assert publish(registry.dsn, SECRET, NOW).changed >= 5
    assert picture(registry) == pictures[2]
    roll_back(registry.dsn, "test", NOW)
    assert picture(registry) == pictures[0]
    publish(registry.dsn, SECRET, NOW)
    assert picture(registry) == pictures[2]
    assert publish(registry.dsn, SECRET, NOW).changed == 0
    ledger = "select publication_id, undoes, undone_by from ops.publication order by 1"
    assert registry.ask(ledger) == [
        (1, None, None), (2, None, 5), (3, None, 4), (4, 3, None), (5, 2, None), (6, None, 7), (7, 6, None), (8, None, None),
    ]  # fmt: skip


def withdraw(registry: Registry, province: str) -> None:
    """Leave the warehouse as a build would after every citizen of a province was held."""
    registry.do(
        "with gone as (delete from warehouse.dim_person where province_code = %s returning province_code, _record_key)"
        " insert into warehouse.change_log select 'person', province_code, _record_key, null, 2, true from gone",
        province,
    )
    registry.do("update warehouse.figure_count set records = 0 where entity = 'person' and province_code = %s", province)
    registry.do("update warehouse.build_state set load_id = 2, checked_load_id = 2 where entity = 'person'")


@pytest.fixture
def run(registry: Registry, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setenv("PROVINCE_DATA_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("PROVINCE_DATA_PROJECT", str(PROJECT))
    monkeypatch.setenv("PROVINCE_DATA_DSN", registry.dsn)


@pytest.mark.usefixtures("run")
def test_the_command_says_what_it_takes_back(registry: Registry, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["rollback"])
    assert refused.value.code == 2
    assert "no earlier publication" in " ".join(capsys.readouterr().err.split())
    before = picture(registry)
    withdraw(registry, "24")
    publish(registry.dsn, SECRET, NOW)
    for arguments, undone in ((["rollback", "--dry-run"], False), (["rollback"], True)):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert "publication 2" in capsys.readouterr().out
        assert (picture(registry) == before) is undone


def test_a_rollback_goes_no_further_than_the_history(registry: Registry) -> None:
    withdraw(registry, "24")
    publish(registry.dsn, SECRET, NOW)
    registry.do("update published.publication set is_readable = publication_id = 2")
    with pytest.raises(PublicationError, match="can no longer be read"):
        roll_back(registry.dsn, "test", NOW)
    assert registry.one("select count(*) from published.person") == 12


def test_a_rollback_leaves_what_did_not_differ_alone(registry: Registry) -> None:
    """Only what came or left since is written; the publication that brought every other row stays named."""
    withdraw(registry, "24")
    publish(registry.dsn, SECRET, NOW)
    done = roll_back(registry.dsn, "test", NOW)
    assert {t.table: (t.updated, t.deleted) for t in done.tables}["person"] == (6, 0)
    assert registry.ask("select published_from, count(*) from published.person group by 1 order by 1") == [(1, 12), (3, 6)]


def test_readers_see_one_whole_state_through_publications_and_rollbacks(registry: Registry) -> None:
    """A hundred times there or back: every look shows one of the two states, never a mix, nothing empty, no error."""
    query = (
        "select (select count(*) from published.person), (select numerator from published.indicator where province_code = '00'"
        " and code = 'persons'), (select count(*) from published.my_findings), (select count(*) from published.freshness)"
    )
    withdraw(registry, "24")
    seen: set[tuple[object, ...]] = set()
    stop = threading.Event()

    def look(isolation: psycopg.IsolationLevel | None) -> None:
        with psycopg.connect(registry.dsn) as reader:
            reader.isolation_level = isolation
            reader.execute("set role central_read")
            reader.commit()
            while not stop.is_set():
                seen.add(reader.execute(query.encode()).fetchone() or ())
                seen.add(reader.execute(query.encode()).fetchone() or ())
                reader.commit()
                stop.wait(0.02)

    threads = [threading.Thread(target=look, args=(level,)) for level in (None, psycopg.IsolationLevel.REPEATABLE_READ)]
    for thread in threads:
        thread.start()
    for _ in range(50):
        publish(registry.dsn, SECRET, NOW)
        roll_back(registry.dsn, "test", NOW)
    stop.set()
    for thread in threads:
        thread.join()
    # Of the whole country's 12 citizens fewer than ten are another province's, so that figure is not shown.
    assert seen == {(18, 18, 0, 0), (12, None, 0, 0)}
