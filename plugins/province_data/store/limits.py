"""Hold readers to the limits that PostgreSQL lets a login lift: the time of a statement, an open transaction, a queue for a lock.

`statement_timeout` and the like are settings of the session, so whoever may log in may set them to nothing. And a reader without any right
to a table may still queue for it: `VACUUM FULL` of a partitioned table asks for the lock of each partition before it looks at rights, and
whoever comes later waits behind it. So somebody outside the session has to look.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg.rows import class_row

from province_data.store.logins import READING_GROUPS


@dataclass(frozen=True)
class Limits:
    """How long a reader may take, in seconds."""

    statement: float = 60.0
    idle: float = 60.0
    """Doing nothing in an open transaction."""
    queue: float = 0.5
    """Waiting for a lock that would shut others out. Reading never asks for one."""
    look: float = 0.25
    """Between two looks."""


@dataclass(frozen=True)
class Held:
    """A reader that was held to its limit."""

    login: str
    pid: int
    why: str
    """`statement`, `idle` or `queue`."""
    seconds: float


WHY = {
    "statement": "its statement ran",
    "idle": "it held a transaction open and did nothing",
    "queue": "it queued for a lock that shuts others out",
}


def hold_to_limits(connection: psycopg.Connection, limits: Limits) -> list[Held]:
    """End what goes beyond; returns whom it met.

    A statement is cancelled and its session goes on; a session that is idle or queues is ended. Whoever is in no group of readers is
    left alone. Needs a superuser, or a member of pg_signal_backend and pg_read_all_stats.
    """
    with connection.cursor(row_factory=class_row(Held)) as cursor:
        wanted = {"groups": READING_GROUPS, "statement": limits.statement, "idle": limits.idle, "queue": limits.queue}
        return cursor.execute(_HOLD, wanted).fetchall()


_HOLD = """
with readers as materialized (
    select a.pid, a.usename::text as login, a.state, clock_timestamp() - a.query_start as ran, clock_timestamp() - a.state_change as stood
    from pg_stat_activity a
    where a.datname = current_database() and a.backend_type = 'client backend' and a.pid <> pg_backend_pid() and exists (
        select from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = a.usesysid and g.rolname ~ %(groups)s
    )
),
queues as materialized (
    select l.pid, max(clock_timestamp() - l.waitstart) as waited from pg_locks l join readers using (pid)
    where not l.granted and l.locktype = 'relation' and l.mode not in ('AccessShareLock', 'RowShareLock') group by l.pid
),
beyond as materialized (
    select r.login, r.pid, q.pid is not null or r.state <> 'active' as is_ended, case
            when q.waited > make_interval(secs => %(queue)s) then 'queue'
            when r.state = 'active' and r.ran > make_interval(secs => %(statement)s) then 'statement'
            when r.state like 'idle in transaction%%' and r.stood > make_interval(secs => %(idle)s) then 'idle'
        end as why,
        extract(epoch from case when q.pid is not null then q.waited when r.state = 'active' then r.ran else r.stood end)::float8 as seconds
    from readers r left join queues q using (pid)
)
select login, pid, why, round(seconds::numeric, 1)::float8 as seconds from beyond
where why is not null and case when is_ended then pg_terminate_backend(pid) else pg_cancel_backend(pid) end
"""
