"""The judge itself: a guard that is taken away on purpose is noticed, by an attempt that succeeds or by what the operator's check reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from attacking import attack, login_of
from psycopg import sql
from registry import Registry

from province_data.store.access import violations
from province_data.store.privileges import read_privileges

REVIEWED = Path(__file__).with_name("privileges.txt")


@dataclass(frozen=True)
class Hole:
    """A guard taken away, how to put it back, and who must notice."""

    name: str
    made: str
    mended: str
    attempts: frozenset[str] = frozenset()
    """Numbers of the attempts that must succeed through it."""
    is_checked: bool = False
    """`province-data access check` must say so."""
    is_reviewed: bool = True
    """The privilege text must differ from the reviewed one."""


def hole(name: str, made: str, mended: str, attempts: str = "", *, is_checked: bool = False, is_reviewed: bool = True) -> Hole:
    return Hole(name, made, mended, frozenset(attempts.split()), is_checked, is_reviewed)


LOOK_ALL = (
    "create or replace function ops.lookup_provinces(login name, acting text) returns text[]"
    " language sql stable set search_path = pg_catalog, pg_temp as $$ select ops.province_codes() $$"
)

HOLES = (
    hole("a grant on a private schema", "grant usage on schema warehouse to province_read; grant select on warehouse.dim_person to province_read",
         "revoke usage on schema warehouse from province_read; revoke select on warehouse.dim_person from province_read", "A01 A54"),
    hole("a leaf without row-level security", "alter table published.person_19 disable row level security; grant select on published.person_19 to province_24",
         "alter table published.person_19 enable row level security; revoke select on published.person_19 from province_24", "A02 A04", is_checked=True),
    hole("a table without row-level security", "alter table published.person disable row level security", "alter table published.person enable row level security",
         "A08 A11 A34 A55", is_checked=True),
    hole("a leaf that does not bind its owner", "alter table published.person_19 no force row level security", "alter table published.person_19 force row level security",
         is_checked=True),
    hole("a wide policy", "create policy wide on published.person for select to province_24 using (true)", "drop policy wide on published.person", "A09 A11 A19 A34 B08"),
    hole("a policy that is gone", "drop policy province_24 on published.person",
         "create policy province_24 on published.person for select to province_24 using (province_code = '24')", "A04 A09"),
    hole("a policy of another province", "create policy swapped on quality.finding for select to province_24 using (province_code = '19')",
         "drop policy swapped on quality.finding", "A13 B02"),
    hole("a view with its owner's rights", "alter view published.citizen_360 set (security_invoker = false)", "alter view published.citizen_360 set (security_invoker = true)",
         "A12 B01", is_checked=True, is_reviewed=False),
    hole("a column that is not masked", "update published.person set personal_id_masked = '024090000002' where province_code = '24'",
         "update published.person set personal_id_masked = '*********00' || (row_number % 10) from (select p.person_key as key, row_number() over () from published.person p"
         " where province_code = '24') n where key = person_key", "A23", is_reviewed=False),
    hole("the key of others in a work list", "grant select on quality.link_candidate to province_read",
         "revoke select (person_key) on quality.link_candidate from province_read", "B03"),
    hole("a right to change", "grant update on published.person to province_read", "revoke update on published.person from province_read", "A26 A27"),
    hole("membership in another province", "grant province_19 to province_24", "revoke province_19 from province_24", "A06 A08 B04"),
    hole("a right to read everything", "grant pg_read_all_data to province_24", "revoke pg_read_all_data from province_24", "A01 A02 A49 A54"),
    hole("a right to see what others ask", "grant pg_read_all_stats to province_24", "revoke pg_read_all_stats from province_24", "A69 B09"),
    hole("a login above the policies", "alter role {login} bypassrls", "alter role {login} nobypassrls", "A04 A09", is_checked=True, is_reviewed=False),
    hole("dblink for everybody", "grant usage on schema ops to province_24; grant execute on function ops.dblink(text, text) to province_24",
         "revoke usage on schema ops from province_24; revoke execute on function ops.dblink(text, text) from province_24"),
    hole("locks for everybody", "grant execute on function pg_advisory_lock(bigint) to public", "revoke execute on function pg_advisory_lock(bigint) from public", "A67"),
    hole("temporary tables", "grant temporary on database {database} to public", "revoke temporary on database {database} from public", "B11"),
    hole("definitions that are not refused", "alter event trigger readers_define_nothing disable", "alter event trigger readers_define_nothing enable", "A46"),
    hole("statistics for everybody", "grant select on pg_statistic to public", "revoke select on pg_statistic from public", "A20", is_reviewed=False),
    hole("a look-up without borders", LOOK_ALL, "", "A58 A62 B04", is_reviewed=False),
)  # fmt: skip


def run(registry: Registry, statements: str) -> None:
    names = {"login": login_of(registry, "24"), "database": registry.dsn.rsplit("/", 1)[1]}
    with psycopg.connect(registry.dsn, autocommit=True) as owner:
        text = statements
        for name, value in names.items():
            text = text.replace("{" + name + "}", sql.Identifier(value).as_string())
        owner.execute(text.encode())


def notices(registry: Registry) -> tuple[set[str], list[str], list[str]]:
    with psycopg.connect(registry.dsn, autocommit=True) as owner:
        return {line.split()[0] for line in attack(registry, "24", "19")}, violations(owner), read_privileges(owner)


@pytest.mark.parametrize("planted", HOLES, ids=[one.name.replace(" ", "-") for one in HOLES])
def test_a_hole_made_on_purpose_is_found(field: Registry, planted: Hole) -> None:
    before = field.one("select pg_get_functiondef('ops.lookup_provinces(name, text)'::regprocedure)")
    run(field, planted.made)
    try:
        found, violated, privileges = notices(field)
    finally:
        run(field, planted.mended or str(before))
    assert found >= planted.attempts
    assert bool(violated) == planted.is_checked, violated
    assert (privileges != REVIEWED.read_text(encoding="utf-8").splitlines()) == planted.is_reviewed


def test_with_every_hole_mended_nothing_succeeds(field: Registry) -> None:
    found, violated, privileges = notices(field)
    assert (found, violated) == (set(), [])
    assert privileges == REVIEWED.read_text(encoding="utf-8").splitlines()
