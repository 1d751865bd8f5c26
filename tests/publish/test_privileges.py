"""The access model as one reviewed text: a grant, policy or function that is not in it is noticed."""

from __future__ import annotations

from pathlib import Path

import psycopg
from registry import NOW, SECRET, Registry

from province_data.build import build
from province_data.publish import publish
from province_data.store.access import violations
from province_data.store.privileges import read_privileges

REVIEWED = Path(__file__).with_name("privileges.txt")
UNPROTECTED = """
select c.oid::regclass::text from pg_class c
where c.relnamespace = 'published'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
"""


def snapshot(registry: Registry) -> list[str]:
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        return read_privileges(connection)


def test_the_privileges_are_those_that_were_reviewed(shared: Registry) -> None:
    """When a change is meant, review the difference and write the new text into privileges.txt."""
    assert snapshot(shared) == REVIEWED.read_text(encoding="utf-8").splitlines()


def test_every_table_and_leaf_has_row_level_security_on_and_forced(shared: Registry) -> None:
    assert shared.ask(UNPROTECTED) == []
    assert int(str(shared.one("select count(*) from pg_class where relnamespace = 'published'::regnamespace and relispartition"))) > 240


def test_a_grant_that_nobody_reviewed_is_noticed(registry: Registry) -> None:
    reviewed = REVIEWED.read_text(encoding="utf-8").splitlines()
    for change, noticed in (
        ("grant select on warehouse.build_state to province_24", "warehouse.build_state"),
        ("grant update (sex) on published.person to central_read", "published.person.sex"),
        ("create policy wide on published.person for select to province_24 using (true)", "policy wide"),
        ("grant execute on function warehouse.keyed_hash(text) to province_read", "keyed_hash"),
        ("alter default privileges in schema published grant select on tables to public", "default privileges"),
        ("grant execute on function pg_advisory_lock(bigint) to public", "pg_advisory_lock"),
    ):
        registry.do(change)
        new = set(snapshot(registry)) - set(reviewed)
        assert [line for line in new if noticed in line], change


def test_a_build_from_nothing_and_a_publication_change_no_privilege(registry: Registry) -> None:
    before = snapshot(registry)
    build(registry.dsn, registry.project / "dbt_project", registry.target, True)
    publish(registry.dsn, SECRET, NOW)
    assert snapshot(registry) == before
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        assert violations(connection) == []
