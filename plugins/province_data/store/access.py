"""Decide who may read what: roles for 34 provinces, the centre and the auditor. Logins in them are `logins`.

Roles belong to the whole server and survive a database; policies and grants on tables are made by the migrations.
"""

from __future__ import annotations

import psycopg
from psycopg import sql

from province_data.contract.conditions import literal
from province_data.errors import ContractError
from province_data.store.database import execute, one_value

PROVINCE_CODES = "01 04 08 11 12 14 15 19 20 22 24 25 31 33 37 38 40 42 44 46 48 51 52 56 66 68 75 79 80 82 86 91 92 96".split()
"""The 34 provinces since July 2025 (NQ 202/2025/QH15)."""

OWNER = "province_data_owner"
"""Owns the published tables; nobody logs in as it, and the publishing login is a member."""
READERS = "province_read"
"""What all province roles share: the grants. Which rows they see is each role's own policy."""
LOOKUP = "province_data_lookup"
"""Owns the functions of the recorded look-up and may read the full records; nobody logs in as it."""
DATA_PROTECTION = "data_protection"
"""Its logins ask for erasures and approve those of each other; they read no record."""
GROUPS = (OWNER, READERS, LOOKUP, "central_read", "auditor", DATA_PROTECTION)

CLOSED_FUNCTIONS = (
    r"^(lo_|loread$|lowrite$|pg_(try_)?advisory_|pg_sleep|pg_notify$|pg_logical_emit_message$"
    r"|(query|table|cursor|schema|database)_to_xml)"
)
"""Functions everybody may call by default that write, wait, signal or run text as SQL; a pattern of their names."""


def ensure_roles(connection: psycopg.Connection) -> None:
    """Create the roles that are missing and take from everybody what a database grants by default; safe to repeat."""
    provinces = [province_role(code) for code in PROVINCE_CODES]
    execute(connection, _CREATE_ROLES.format(roles=", ".join(f"'{role}'" for role in (*GROUPS, *provinces))))
    execute(connection, _JOIN_READERS.format(roles=", ".join(f"'{role}'" for role in provinces), readers=READERS))
    if not is_superuser(connection):
        execute(connection, f"grant {OWNER}, {LOOKUP} to current_user")
    _close_defaults(connection)


_CREATE_ROLES = """
do $$
declare
    wanted text;
begin
    foreach wanted in array array[{roles}] loop
        if not exists (select from pg_roles where rolname = wanted) then
            begin
                execute format('create role %I nologin', wanted);
            exception when duplicate_object or unique_violation then
                null; -- another database of this server is being prepared at the same moment
            end;
        end if;
    end loop;
end
$$
"""
_JOIN_READERS = """
do $$
declare
    wanted text;
begin
    foreach wanted in array array[{roles}] loop
        if not pg_has_role(wanted, '{readers}', 'member') then
            execute format('grant {readers} to %I', wanted);
        end if;
    end loop;
end
$$
"""


def province_role(code: str) -> str:
    """Name the group role of a province; ContractError for a code that is not one of the 34."""
    if code not in PROVINCE_CODES:
        raise ContractError(f"there is no province {code!r}", expected=f"one of {', '.join(PROVINCE_CODES)}")
    return f"province_{code}"


def is_superuser(connection: psycopg.Connection) -> bool:
    """Tell whether this connection stands above all policies."""
    return bool(one_value(connection, "select rolsuper from pg_roles where rolname = current_user"))


def _close_defaults(connection: psycopg.Connection) -> None:
    """Close what PostgreSQL opens to everybody: this database, its public schema, and functions that reach outside."""
    database = sql.Identifier(str(one_value(connection, "select current_database()"))).as_string()
    execute(connection, f"revoke all on database {database} from public")
    execute(connection, f"grant connect on database {database} to {READERS}, central_read, auditor, {DATA_PROTECTION}")
    execute(connection, "revoke all on schema public from public")
    if is_superuser(connection):
        execute(connection, _CLOSE_FUNCTIONS.format(pattern=literal(CLOSED_FUNCTIONS), owner=OWNER))
        execute(connection, "revoke usage on language plpgsql, sql from public")
        execute(connection, _CLOSE_DATABASES)
        execute(connection, _REFUSE_DDL)


_CLOSE_DATABASES = """
do $$
declare
    open name;
begin
    for open in
        select datname from pg_database where datname in ('postgres', 'template1') and has_database_privilege('public', oid, 'connect')
    loop
        execute format('revoke all on database %I from public', open);
    end loop;
exception when internal_error then
    null; -- tuple concurrently updated: another database of this server is being prepared at the same moment
end
$$
"""

_REFUSE_DDL = """
create or replace function ops.refuse_definitions() returns event_trigger language plpgsql set search_path = pg_catalog, pg_temp as $f$
begin
    if not (select r.rolsuper from pg_roles r where r.rolname = session_user) and exists (
        select from pg_roles g where g.rolname in ('province_read', 'central_read', 'auditor', 'data_protection')
            and pg_has_role(session_user, g.oid, 'usage')
    ) then
        raise exception 'a reader defines nothing here' using errcode = '42501';
    end if;
end
$f$;
revoke all on function ops.refuse_definitions() from public;
do $$
begin
    if not exists (select from pg_event_trigger where evtname = 'readers_define_nothing') then
        create event trigger readers_define_nothing on ddl_command_start execute function ops.refuse_definitions();
    end if;
end
$$
"""
"""PostgreSQL takes the lock of CREATE RULE and CREATE TRIGGER before it looks at rights: a login without any could wait for it, and
keep every other reader waiting behind it. This refuses before the lock is asked for."""

_CLOSE_FUNCTIONS = """
do $$
declare
    closed regprocedure;
begin
    for closed in
        select p.oid::regprocedure from pg_proc p
        where p.pronamespace = 'pg_catalog'::regnamespace and p.proname ~ {pattern} and has_function_privilege('public', p.oid, 'execute')
    loop
        execute format('revoke execute on function %s from public', closed);
        execute format('grant execute on function %s to {owner}', closed);
    end loop;
end
$$
"""

_VIOLATIONS = """
select c.oid::regclass::text || ': row-level security is not on and forced'
from pg_class c where c.relnamespace = 'published'::regnamespace and c.relkind in ('r', 'p')
    and not (c.relrowsecurity and c.relforcerowsecurity)
union all
select c.oid::regclass::text || ': a partition has grants of its own'
from pg_class c, aclexplode(c.relacl) a
where c.relnamespace = 'published'::regnamespace and c.relispartition and c.relkind = 'r' and a.grantee <> c.relowner
union all
select c.oid::regclass::text || ': a view runs with its owner''s rights'
from pg_class c where c.relnamespace = 'published'::regnamespace and c.relkind = 'v'
    and not coalesce('security_invoker=true' = any (c.reloptions), false)
union all
select c.oid::regclass::text || ': row-level security does not hold for this kind of relation'
from pg_class c where c.relnamespace = 'published'::regnamespace and c.relkind in ('m', 'f')
union all
select r.rolname || ': a reader may pass by row-level security or make roles'
from pg_roles r where not r.rolsuper and (r.rolbypassrls or r.rolcreaterole)
    and exists (select from pg_roles g where g.rolname in ('province_read', 'central_read') and pg_has_role(r.oid, g.oid, 'usage'))
order by 1
"""


def violations(connection: psycopg.Connection) -> list[str]:
    """List what is not as the access model demands; empty on a sound database, to be run after every upgrade."""
    return [str(row[0]) for row in execute(connection, _VIOLATIONS).fetchall()]
