"""Open a source database for reading only, and put its errors into words without its values."""

from __future__ import annotations

import random
from collections.abc import Callable

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from province_data.connectors.request import PullRequest, number_option
from province_data.errors import SourceError, SourceRefused

CONNECT_ATTEMPTS = 3
SETTINGS = (
    "set time zone 'Etc/GMT-7'",
    "set datestyle = 'ISO, YMD'",
    "set intervalstyle = 'iso_8601'",
    "set extra_float_digits = 1",
)
"""How values are written must not depend on the source's own settings. `Etc/GMT-7` means UTC+7, without history."""
LOST = ("the source broke off the reading", "run again; if it stays so, ask the source's operator why the connection ends")
REASONS = {
    "28": ("the source refuses our user or password", "ask the source's operator for valid credentials and put them into the connection"),
    "3D": ("the source has no such database", "correct the connection"),
    "42501": ("the source does not let our user read a table", "ask the source's operator for the right to read"),
    "42P01": ("the source has no such table", "ask the source's operator what changed, then correct the contract or the source"),
    "42703": ("the source has no such column", "ask the source's operator what changed, then correct the contract or the source"),
    "42": ("the source cannot carry out our query", "correct remote and province_sql in the contract"),
    "55P03": ("a table of the source stayed locked by others", "run again when its maintenance is over"),
    "57014": ("the source cancelled the reading", "raise the option statement_seconds, or ask the source's operator"),
    "57": LOST,
    "08": LOST,
    "22": ("a value in the source has not the form that the contract expects", "correct province_sql or updated_column in the contract"),
}
"""SQLSTATE or its class -> what happened, and what to do."""


def safe_address(uri: str) -> str:
    """Give the source's address without user, password or parameters."""
    try:
        parts = conninfo_to_dict(uri)
    except psycopg.Error:
        raise SourceRefused(
            "the address of the source is not one",
            where="the source's connection",
            expected="postgresql://user:password@host[:port]/database, special characters percent-encoded",
            next_step="correct the connection",
        ) from None
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"postgresql://{parts.get('host', '')}{port}/{parts.get('dbname', '')}"


def open_source(request: PullRequest, where: str, sleep: Callable[[float], None]) -> Connection:
    """Connect for one read-only transaction of one consistent state; only a source that may come back is tried again."""
    wait = number_option(request.options, "connect_seconds")
    for attempt in range(1, CONNECT_ATTEMPTS + 1):
        try:
            connection = psycopg.connect(
                request.uri, autocommit=True, connect_timeout=max(2, int(wait)), client_encoding="utf8", application_name="province-data"
            )
            break
        except psycopg.OperationalError as error:
            if attempt == CONNECT_ATTEMPTS or not _may_come_back(error):
                raise _unreachable(error, where, attempt) from None
            sleep(2**attempt * random.uniform(0.5, 1))
    _prepare(connection, request)
    return connection


def _prepare(connection: Connection, request: PullRequest) -> None:
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    for setting in SETTINGS:
        connection.execute(setting)
    for setting, option in (("statement_timeout", "statement_seconds"), ("lock_timeout", "lock_seconds")):
        milliseconds = int(number_option(request.options, option) * 1000)
        connection.execute("select set_config(%s, %s, false)", [setting, str(milliseconds)])


def _may_come_back(error: psycopg.OperationalError) -> bool:
    """Tell a source that is down from one that said no: only a server's own answer is FATAL."""
    text = str(error)
    return "FATAL" not in text or any(word in text for word in ("starting up", "shutting down", "recovery", "too many"))


def _unreachable(error: psycopg.OperationalError, where: str, attempts: int) -> SourceError:
    if _may_come_back(error):
        what = f"the source cannot be reached ({attempts} attempts)"
        return SourceError(
            what, where=where, expected="a database that answers", next_step="ask the source's operator whether it is up, then run again"
        )
    return SourceRefused(
        "the source refuses the connection",
        where=where,
        expected="a user, password and database that exist there, and our address among those it lets in",
        next_step="ask the source's operator for valid credentials and put them into the connection",
    )


def source_error(error: psycopg.Error, where: str) -> SourceError:
    """Say what failed by SQLSTATE, table and column only: the server's own text may quote a record."""
    state = error.sqlstate or ""
    what, next_step = LOST
    for key in (state, state[:2]):
        if key in REASONS:
            what, next_step = REASONS[key]
            break
    else:
        if state:
            what, next_step = "the source reports an error", "give the source's operator the code"
    place = [where, f"SQLSTATE {state}" if state else "", f"table {error.diag.table_name}" if error.diag.table_name else ""]
    return SourceError(what, where=", ".join(part for part in place if part), expected="one undisturbed reading", next_step=next_step)
