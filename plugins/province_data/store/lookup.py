"""Make the recorded look-up of one person work, and answer who looked at whom.

`published.lookup_person` has its record written by a second session of the server to itself, which needs the extension
`dblink` and a login that may record and nothing else. Its password is made here and lies in `ops.lookup_channel`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from province_data.store.access import LOOKUP, is_superuser
from province_data.store.database import execute, one_value

RECORDS = "validated.population__person"
NOTE = "ops.note_lookup(text, text, text, text, text, inet, text)"


@dataclass(frozen=True)
class Lookup:
    """One look-up as it was recorded."""

    asked_at: datetime
    login: str
    province_code: str | None
    purpose: str | None
    case_no: str | None
    outcome: str
    client_address: str | None


def prepare_lookup(connection: psycopg.Connection) -> None:
    """Let the look-up read the records and record itself, as far as this server allows; safe to repeat."""
    if one_value(connection, "select to_regclass(%s)", (RECORDS,)) is not None:
        execute(connection, f"grant usage on schema validated to {LOOKUP}")
        execute(connection, f"grant select on {RECORDS} to {LOOKUP}")
    if _ensure_dblink(connection):
        execute(connection, f"grant execute on function ops.dblink(text, text) to {LOOKUP}")
    _ensure_channel(connection)


def lookup_problem(connection: psycopg.Connection) -> str | None:
    """Say why look-ups are refused on this server; None when they work."""
    if one_value(connection, "select to_regprocedure('ops.dblink(text, text)')") is None:
        return "the extension dblink is not in schema ops: have the server's administrator run create extension dblink schema ops"
    probe = "select e.answer from ops.dblink(ops.lookup_address(), 'select current_user::text') as e (answer text)"
    try:
        with connection.transaction():
            execute(connection, f"set local role {LOOKUP}")
            answer = one_value(connection, probe)
    except psycopg.Error as error:
        return f"the server cannot reach itself to record (SQLSTATE {error.sqlstate}): pg_hba.conf must ask for a password on that address"
    return None if answer == one_value(connection, "select role_name from ops.lookup_channel") else "another login answers"


def read_lookups(
    connection: psycopg.Connection, personal_id: str | None, login: str | None, since: datetime | None, most: int
) -> list[Lookup]:
    """List recorded look-ups, newest first: of one person, of one login, or both."""
    with connection.cursor(row_factory=class_row(Lookup)) as cursor:
        cursor.execute(_LOOKUPS, {"person": personal_id, "login": login, "since": since, "most": most})
        return cursor.fetchall()


_LOOKUPS = """
select asked_at, login, province_code, purpose, case_no, outcome, host(client_address) as client_address from ops.lookup
where (%(person)s::text is null or person_hash = ops.lookup_hash(%(person)s::text)) and (%(login)s::text is null or login = %(login)s::text)
    and (%(since)s::timestamptz is null or asked_at >= %(since)s::timestamptz)
order by asked_at desc limit %(most)s
"""


def _ensure_dblink(connection: psycopg.Connection) -> bool:
    """Have dblink in `ops`, closed to everybody; False where it is missing and we are not allowed to make it."""
    home = one_value(connection, "select extnamespace::regnamespace::text from pg_extension where extname = 'dblink'")
    if is_superuser(connection):
        if home is None:
            if one_value(connection, "select 1 from pg_available_extensions where name = 'dblink'") is None:
                return False
            execute(connection, "create extension dblink schema ops")
        elif home != "ops":
            execute(connection, "alter extension dblink set schema ops")
        execute(connection, _CLOSE_DBLINK)
        return True
    return home == "ops"


_CLOSE_DBLINK = """
do $$
declare
    called regprocedure;
begin
    for called in
        select d.objid from pg_depend d join pg_extension e on e.oid = d.refobjid and e.extname = 'dblink'
        where d.refclassid = 'pg_extension'::regclass and d.classid = 'pg_proc'::regclass
    loop
        execute format('revoke all on function %s from public', called);
    end loop;
end
$$
"""


def _ensure_channel(connection: psycopg.Connection) -> None:
    """Have a login of this database that may record; a database restored elsewhere gets a new one and keeps its hash key."""
    name = one_value(connection, "select role_name from ops.lookup_channel")
    if name is None or one_value(connection, "select 1 from pg_roles where rolname = %s", (name,)) is None:
        name = str(one_value(connection, "select 'province_data_recorder_' || oid from pg_database where datname = current_database()"))
        _make_recorder(connection, name)
    role, database = sql.Identifier(str(name)), sql.Identifier(str(one_value(connection, "select current_database()")))
    connection.execute(sql.SQL("grant connect on database {} to {}").format(database, role))
    connection.execute(sql.SQL("grant usage on schema ops to {}").format(role))
    connection.execute(sql.SQL("grant execute on function {} to {}").format(sql.SQL(NOTE), role))


def _make_recorder(connection: psycopg.Connection, name: str) -> None:
    password, role = secrets.token_hex(24), sql.Identifier(name)
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    known = one_value(connection, "select 1 from pg_roles where rolname = %s", (name,))
    with connection.transaction():
        verb = sql.SQL("alter" if known else "create")
        connection.execute(sql.SQL("{} role {} login connection limit 40 password {}").format(verb, role, verifier))
        for setting, value in {"lock_timeout": "5s", "statement_timeout": "10s", "search_path": "pg_catalog"}.items():
            connection.execute(sql.SQL("alter role {} set {} = {}").format(role, sql.Identifier(setting), value))
        execute(
            connection,
            "insert into ops.lookup_channel (role_name, password, hash_key) values (%s, %s, %s)"
            " on conflict (only_one) do update set role_name = excluded.role_name, password = excluded.password",
            (name, password, secrets.token_hex(32)),
        )
