"""Keep the logins of persons and services that read: each in one province, in the centre, or with the auditor.

A login owns nothing and is in one group only, so taking it away leaves nothing behind.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from province_data.errors import ContractError
from province_data.store.access import GROUPS, is_superuser
from province_data.store.database import execute, one_value

READING_GROUPS = r"^(province_\d\d|central_read|auditor|data_protection)$"
SESSION_LIMITS = {
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "lock_timeout": "5s",
    "default_transaction_read_only": "on",
    "work_mem": "16MB",
    "search_path": "published",
}
"""Good manners for a reader's session: a login can undo them. What it cannot undo: the connection limit, the next, and `limits`."""
HARD_LIMITS = {"temp_file_limit": "2GB"}
"""Only a superuser may set this; left out where the product itself is none."""
CONNECTIONS, MOST_CONNECTIONS = 10, 50
SHORTEST_PASSWORD = 12


@dataclass(frozen=True)
class Login:
    """A login, what it may read, and how it used the recorded look-up."""

    name: str
    group: str
    connections: int
    valid_until: date | None
    sessions: int
    lookups: int
    """In the last thirty days."""
    last_lookup_at: datetime | None


def grant_login(
    connection: psycopg.Connection,
    login: str,
    group: str,
    password: str | None,
    *,
    connections: int | None = None,
    until: date | None = None,
) -> str | None:
    """Let a person or service read as a member of `group`; returns the group it was in before, None for a new login.

    What is not given stays as it is: the password, the number of connections, the last day. A new login needs a password, opens
    `CONNECTIONS` connections at most and has no last day. One that changes its group loses its sessions, as a statement
    prepared in them would still see the old province. The password reaches the server only as a SCRAM verifier.
    """
    before = _demand_usable(connection, login)
    if before is None and password is None:
        raise ContractError(f"the login {login} is new", expected="a password")
    with connection.transaction():
        _write_role(connection, login, password, connections, until, is_new=before is None)
        for other in _groups_of(connection, login) - {group}:
            connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(other), sql.Identifier(login)))
        connection.execute(sql.SQL("grant {} to {}").format(sql.Identifier(group), sql.Identifier(login)))
        limits = SESSION_LIMITS | (HARD_LIMITS if is_superuser(connection) else {})
        for setting, value in limits.items():
            statement = sql.SQL("alter role {} set {} = {}").format(sql.Identifier(login), sql.Identifier(setting), value)
            connection.execute(statement)
    if before not in (None, group):
        _end_sessions(connection, login)
    return before


def revoke_login(connection: psycopg.Connection, login: str) -> int:
    """Take a login away at once; returns how many of its sessions were ended."""
    group = _demand_usable(connection, login)
    if group is None:
        raise ContractError(f"there is no login {login} of a reader", next_step="province-data access list shows all of them")
    name = sql.Identifier(login)
    connection.execute(sql.SQL("alter role {} nologin").format(name))
    with connection.transaction():
        connection.execute(sql.SQL("revoke {} from {}").format(sql.Identifier(group), name))
        ended = _end_sessions(connection, login)
        if not is_superuser(connection):
            connection.execute(sql.SQL("grant {} to current_user").format(name))
        # A login may have left default privileges of its own behind, which would keep it from being dropped.
        connection.execute(sql.SQL("drop owned by {}").format(name))
        connection.execute(sql.SQL("drop role {}").format(name))
    return ended


def list_logins(connection: psycopg.Connection, now: datetime) -> list[Login]:
    """List the logins of readers with their limits and look-ups."""
    with connection.cursor(row_factory=class_row(Login)) as cursor:
        return cursor.execute(_LOGINS, {"groups": READING_GROUPS, "now": now}).fetchall()


_LOGINS = """
select l.rolname as name, g.rolname as "group", l.rolconnlimit as connections, nullif(l.rolvaliduntil, 'infinity')::date as valid_until,
    (select count(*) from pg_stat_activity a where a.usesysid = l.oid) as sessions,
    (select count(*) from ops.lookup u where u.login = l.rolname and u.asked_at > %(now)s - interval '30 days') as lookups,
    (select max(u.asked_at) from ops.lookup u where u.login = l.rolname) as last_lookup_at
from pg_auth_members m join pg_roles g on g.oid = m.roleid join pg_roles l on l.oid = m.member
where g.rolname ~ %(groups)s and l.rolcanlogin order by g.rolname, l.rolname
"""


def _demand_usable(connection: psycopg.Connection, login: str) -> str | None:
    """Return the group of a known login, None for a free name; ContractError for a name that is or looks like another role."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", login) or login in (*GROUPS, "public", "none") or login.startswith(("pg_", "province_")):
        raise ContractError(
            "this login name cannot be used",
            expected="3 to 41 small letters, digits and _, not beginning with province_ or pg_",
            next_step="choose a name of the person or service, for example bac_ninh_nguyen_an",
        )
    if one_value(connection, "select 1 from pg_roles where rolname = %s", (login,)) is None:
        return None
    groups = _groups_of(connection, login)
    if one_value(connection, _IS_MORE, (login,)) or len(groups) != 1 or not re.fullmatch(READING_GROUPS, min(groups)):
        raise ContractError(f"{login} is a role of the server and no reader's login", next_step="choose another name")
    return min(groups)


_IS_MORE = """
select rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls from pg_roles where rolname = %s
"""


def _groups_of(connection: psycopg.Connection, login: str) -> set[str]:
    query = "select r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles l on l.oid = m.member"
    return {str(name) for (name,) in execute(connection, f"{query} where l.rolname = %s", (login,)).fetchall()}


def _write_role(
    connection: psycopg.Connection, login: str, password: str | None, connections: int | None, until: date | None, *, is_new: bool
) -> None:
    name = sql.Identifier(login)
    verb = sql.SQL("create" if is_new else "alter")
    rights: list[sql.Composable] = [sql.SQL("login inherit")]
    if is_new or connections is not None:
        rights.append(sql.SQL("connection limit {}").format(connections or CONNECTIONS))
    if is_new or until is not None:
        rights.append(sql.SQL("valid until {}").format(until.isoformat() if until and until != date.max else "infinity"))
    connection.execute(sql.SQL("{} role {} {}").format(verb, name, sql.SQL(" ").join(rights)))
    if password is not None:
        verifier = connection.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("alter role {} password {}").format(name, verifier))


def _end_sessions(connection: psycopg.Connection, login: str) -> int:
    """End the open sessions of a login; who is no superuser must be in a role to end its sessions."""
    ended = "select count(*) from pg_stat_activity a, lateral pg_terminate_backend(a.pid, 5000) as gone where a.usename = %s and gone"
    if is_superuser(connection):
        return int(str(one_value(connection, ended, (login,))))
    name = sql.Identifier(login)
    with connection.transaction():
        connection.execute(sql.SQL("grant {} to current_user").format(name))
        count = int(str(one_value(connection, ended, (login,))))
        connection.execute(sql.SQL("revoke {} from current_user").format(name))
    return count
