"""Let one writer at a time touch what is shared, and stop a writer that was thought dead.

Liveness is an advisory lock: PostgreSQL frees it the moment its holder's connection is gone, so a killed run can be
repeated at once. Safety is the fencing token: it rises with every taking, and whoever commits with an older one is
refused inside the transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg

from province_data.errors import PublicationError
from province_data.store.database import connected, execute, one_value


@contextmanager
def lease(dsn: str, name: str, holder: str, now: datetime, *, shared: bool = False, wait: bool = True) -> Iterator[int]:
    """Hold the lease `name` for the length of the block and yield its fencing token.

    A shared lease excludes only exclusive ones. PublicationError when it is taken and `wait` is False.
    """
    key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
    kind = "_shared" if shared else ""
    with connected(dsn, f"province-data lease {name}") as connection:
        if wait:
            execute(connection, f"select pg_advisory_lock{kind}(%s)", (key,))
        elif not one_value(connection, f"select pg_try_advisory_lock{kind}(%s)", (key,)):
            who = one_value(connection, "select holder from ops.lease where name = %s", (name,))
            raise PublicationError(
                f"another run is at work on {name}",
                where=f"held by {who}",
                expected="one run at a time",
                next_step="wait for it, or stop it, then run again",
            )
        token = one_value(
            connection,
            "insert into ops.lease as l values (%s, 1, %s, %s) on conflict (name) do update set token = l.token + 1, holder ="
            " excluded.holder, taken_at = excluded.taken_at returning token",
            (name, holder, now),
        )
        yield int(str(token))


def demand_token(connection: psycopg.Connection, name: str, token: int) -> None:
    """Inside a transaction: stop unless `token` is still the newest of the lease, and keep it so until the commit."""
    held = one_value(connection, "select token from ops.lease where name = %s for update", (name,))
    if held != token:
        raise PublicationError(
            "another run has taken over the warehouse, this one must not publish",
            where=f"lease {name!r}",
            expected=f"token {token}, found {held}",
            next_step="nothing: the newer run publishes",
        )
