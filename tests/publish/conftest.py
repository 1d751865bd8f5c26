"""Give tests a warehouse that was built and published once: one to look at together, or a copy to change alone."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import psycopg
import pytest
from attacking import PASSWORD, SIDES, login_of
from psycopg import sql
from registry import NOW, PROJECT, SECRET, Registry, citizen_id, copy_of, insert, prepare, warn

from province_data.build import build
from province_data.publish import publish
from province_data.store import embedded
from province_data.store.logins import grant_login


@pytest.fixture(scope="session")
def template(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Build and publish the small registry once; nobody may stay connected to it, as it is copied."""
    name = f"published_{secrets.token_hex(6)}"
    with psycopg.connect(embedded.dsn(database_server, "postgres"), autocommit=True) as server:
        server.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    made = Registry(embedded.dsn(database_server, name), PROJECT, tmp_path_factory.mktemp("dbt"))
    prepare(made.dsn, PROJECT)
    build(made.dsn, PROJECT / "dbt_project", made.target)
    publish(made.dsn, SECRET, NOW)
    return made


@pytest.fixture
def registry(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give a published database of the test's own."""
    with copy_of(database_server, template) as copy:
        yield copy


@pytest.fixture(scope="session")
def shared(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give the published database that tests only look at."""
    with copy_of(database_server, template) as copy:
        yield copy


@pytest.fixture(scope="module")
def field(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Registry]:
    """Give a published database with something of every province in each table that one may read, and a login for each side."""
    with copy_of(database_server, template) as copy:
        copy.do("create table warehouse.person_link__land__right partition of warehouse.person_link for values in ('land__right')")
        copy.do("insert into warehouse.link_change values ('land__right')")
        for own, foreign in SIDES:
            with psycopg.connect(copy.dsn, autocommit=True) as owner:
                for citizen in (own, foreign):
                    insert(owner, "warehouse.person_link", old_number(own, citizen))
                warn(copy, own, citizen_id(own, 1), "POP-016")
                insert(owner, "quality.link_candidate", candidate(own, foreign))
                finding = owner.execute("select max(finding_id) from quality.finding where province_code = %s", (own,)).fetchone()
                insert(owner, "quality.answer", answer(own) | {"finding_id": finding[0] if finding else None})
                insert(owner, "quality.reject_bundle", bundle(own))
                grant_login(owner, login_of(copy, own), f"province_{own}", PASSWORD)
        publish(copy.dsn, SECRET, NOW)
        copy.do("analyze")
        yield copy
        with psycopg.connect(copy.dsn, autocommit=True) as owner:
            for own, _ in SIDES:
                name = login_of(copy, own)
                owner.execute(f"drop owned by {name}; drop role {name}".encode())


def candidate(own: str, foreign: str) -> dict[str, object]:
    """Make a work list row of a province that names a citizen of another."""
    row = {"province_code": own, "source": "land__right", "record_key": f"right of {own}", "role": "holder", "grade": "D", "score": 0.9}
    row |= {"evidence": "{name}", "person_province_code": foreign, "person_key": f"key of a citizen of {foreign}", "found_at": NOW}
    return row | {"personal_id_masked": "*********001", "person_birth_year": 1971}


def old_number(own: str, citizen: str) -> dict[str, object]:
    """Make a link of a province's paper to a citizen by a former number: one of its own, or one of another province."""
    row = {"source": "land__right", "province_code": own, "record_key": f"old paper of {own}", "role": f"holder of {citizen}", "grade": "C"}
    return row | {"number": "121000001", "person_id": citizen_id(citizen, 1), "person_province_code": citizen, "method": "old_number"}


def answer(own: str) -> dict[str, object]:
    """Make an answer of a province."""
    row = {"province_code": own, "dataset": "population", "answer": "confirmed", "batch_id": f"popu{own}0000000000", "row_number": 1}
    return row | {"note": f"a note of {own}", "answered_at": NOW, "table_name": "person", "forwarded_to": "population"}


def bundle(own: str) -> dict[str, object]:
    """Make a list that was handed back to a province."""
    row = {"province_code": own, "dataset": "population", "load_id": 2, "folder": f"folder of {own}", "findings": 1, "records": 1}
    return row | {"files": [f"file of {own}.csv"], "sha256": ["0" * 64]}
