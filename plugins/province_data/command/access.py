"""Commands about who may read: give and take logins, list them, answer who looked at a person, check the protection."""

from __future__ import annotations

import os
import secrets
from datetime import datetime, time
from pathlib import Path

import click
from psycopg.conninfo import conninfo_to_dict
from rich.table import Table

from province_data.command import edge
from province_data.errors import ContractError
from province_data.store.access import province_role

OUTCOMES = {
    "shown": "shown",
    "not_found": "nobody found",
    "over_limit": "refused: too many",
    "no_key": "refused: no number of 12 digits",
    "no_purpose": "refused: unknown purpose",
    "no_case": "refused: no case number",
    "no_right": "refused: no province",
}


@click.group()
def access() -> None:
    """Manage who may read the published tables, and see who looked at whom.

    \b
      province-data access grant nguyen_an --province 24    a login; its password is shown once
      province-data access revoke nguyen_an                 end its sessions, drop it
      province-data access list                             all logins, limits, last look-ups
      province-data access audit 024090000001               who looked at this person
      province-data access check                            is everything protected as it should be
      province-data access enforce                          hold readers to their limits, as long as it runs
    """


@access.command()
@click.argument("name")
@click.option("--province", metavar="CODE", help="Reads the rows of this province (two digits).")
@click.option("--central", "group", flag_value="central_read", help="Reads all provinces.")
@click.option("--auditor", "group", flag_value="auditor", help="Reads the ledgers and who looked at whom, no record.")
@click.option("--data-protection", "group", flag_value="data_protection", help="Asks for erasures and approves others'; reads no record.")
@click.option("--connections", type=click.IntRange(1, 50), help="Open connections at a time; a new login has 10.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day on which the login works; a new login has none, 9999-12-31 ends one."
)
@click.option("--new-password", is_flag=True, help="Give a login that exists a new password.")
@click.option(
    "--password-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take the password from this file; when it is not there, make one and write it there (mode 0600) instead of showing it.",
)
def grant(
    name: str,
    province: str | None,
    group: str | None,
    connections: int | None,
    until: datetime | None,
    new_password: bool,
    password_file: Path | None,
) -> None:
    """Let a person or service read: make the login NAME, or bring it to what is asked for.

    Repeating the command changes nothing: a login that exists keeps its password, connections and last day unless others are
    asked for. With another province the login moves there and its open sessions end.
    """
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.logins import grant_login, list_logins

    chosen = _group(province, group)
    dsn = open_run(edge.settings(), edge.now()).dsn
    with connected(dsn) as connection:
        known = connection.execute("select 1 from pg_roles where rolname = %s", (name,)).fetchone() is not None
        password = _password(password_file) if not known or new_password or password_file else None
        last_day = until.date() if until else None
        before = grant_login(connection, name, chosen, password, connections=connections, until=last_day)
        [made] = [login for login in list_logins(connection, edge.now()) if login.name == name]
    edge.console.print(_told(name, chosen, before))
    if password is not None:
        _show_password(name, password, password_file)
    else:
        edge.console.print("  password   unchanged (--new-password makes a new one)")
    _show_address(name, dsn)
    end = f"until {made.valid_until}" if made.valid_until else "no end date"
    edge.console.print(f"  limits     {made.connections} connections, 60 s a statement, {end}")


@access.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Take the login NAME away: no new session, open ones end now. What it looked at stays in the record."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.logins import revoke_login

    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        ended = revoke_login(connection, name)
    edge.console.print(f"login {name} is gone, {ended} open sessions ended")


@access.command(name="list")
def list_access() -> None:
    """List all logins of readers: what they read, their limits, and how they used the recorded look-up."""
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.logins import list_logins

    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        logins = list_logins(connection, edge.now())
    shown = Table("login", "reads", "connections", "until", "open now", "look-ups in 30 days", "last look-up", header_style="bold")
    for login in logins:
        until, last = login.valid_until, login.last_lookup_at
        shown.add_row(
            login.name,
            login.group,
            str(login.connections),
            str(until) if until else "no end",
            str(login.sessions),
            str(login.lookups),
            f"{last:%Y-%m-%d %H:%M}" if last else "never",
        )
    edge.console.print(shown if logins else "no logins yet: province-data access grant NAME --province 24")


@access.command()
@click.argument("personal_id", required=False)
@click.option("--login", help="Only look-ups by this login.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only look-ups since this day.")
@click.option("--most", type=click.IntRange(1), default=200, show_default=True, help="Show at most so many, the newest first.")
def audit(personal_id: str | None, login: str | None, since: datetime | None, most: int) -> None:
    """Answer who looked at the person PERSONAL_ID; without it, show all look-ups. Refused ones are listed too.

    The record holds a keyed hash of the number. In SQL, an auditor asks: select * from ops.who_looked_at('024090000001')
    """
    from province_data.pipeline import open_run
    from province_data.store.database import connected
    from province_data.store.lookup import read_lookups

    if personal_id is not None and not (personal_id.isascii() and personal_id.isdigit() and len(personal_id) == 12):
        raise ContractError("this is no personal number", expected="12 digits")
    start = datetime.combine(since.date(), time()).astimezone() if since else None
    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        found = read_lookups(connection, personal_id, login, start, most)
    shown = Table("when", "login", "province", "purpose", "case", "outcome", "from", header_style="bold")
    for item in found:
        texts = (item.login, item.province_code or "all", item.purpose or "", item.case_no or "", OUTCOMES[item.outcome])
        shown.add_row(f"{item.asked_at:%Y-%m-%d %H:%M:%S}", *texts, item.client_address or "local")
    edge.console.print(shown if found else "nobody looked")


@access.command()
@click.option("--show", is_flag=True, help="Print who may do what: roles, grants, policies, functions; the same text on every server.")
def check(show: bool) -> int:
    """Check that every published table is protected and that look-ups are recorded; exit code 1 when something is not."""
    from province_data.pipeline import open_run
    from province_data.store.access import violations
    from province_data.store.database import connected
    from province_data.store.lookup import lookup_problem, prepare_lookup
    from province_data.store.privileges import read_privileges

    with connected(open_run(edge.settings(), edge.now()).dsn) as connection:
        prepare_lookup(connection)
        wrong, problem = violations(connection), lookup_problem(connection)
        privileges = read_privileges(connection) if show else []
    for line in privileges:
        edge.console.print(line, markup=False, soft_wrap=True)
    for line in wrong:
        edge.console.print(f"[red]not protected[/red] {line}")
    edge.console.print("tables: every one is protected" if not wrong else f"tables: {len(wrong)} violations")
    edge.console.print("look-up: recorded and working" if problem is None else f"[red]look-up: refused[/red] {problem}")
    return 1 if wrong or problem else 0


@access.command()
@click.option("--statement", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds a reader's statement may run.")
@click.option("--idle", type=click.FloatRange(1), default=60.0, show_default=True, help="Seconds a reader may do nothing in a transaction.")
def enforce(statement: float, idle: float) -> None:
    """Cancel readers' statements that run too long, end sessions that keep a transaction open or queue for a lock; until stopped.

    A login can lift the limits of its own session; this one it cannot. `province-data up` keeps it running; on a server it is
    a service of its own. Other roles are left alone.
    """
    from province_data.enforce import enforce as stand_guard
    from province_data.store.limits import Limits
    from province_data.store.warehouse import warehouse_dsn

    settings = edge.settings()
    stand_guard(lambda: warehouse_dsn(settings), Limits(statement, idle), edge.say, lambda: True)


def _group(province: str | None, group: str | None) -> str:
    if (province is None) == (group is None):
        raise click.UsageError("say what the login reads: one of --province CODE, --central, --auditor, --data-protection")
    return province_role(province) if province is not None else str(group)


def _told(name: str, group: str, before: str | None) -> str:
    if before is None:
        return f"login {name} made, reads as {group}"
    if before == group:
        return f"login {name} exists and reads as {group}; only what was asked for is changed"
    return f"login {name} moved from {before} to {group}; its open sessions were ended"


def _password(path: Path | None) -> str:
    from province_data.store.logins import SHORTEST_PASSWORD

    if path is None or not path.exists():
        return secrets.token_urlsafe(18)
    password = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    if len(password) < SHORTEST_PASSWORD:
        raise ContractError("the password in the file is too short", where=str(path), expected=f"at least {SHORTEST_PASSWORD} characters")
    return password


def _show_password(name: str, password: str, path: Path | None) -> None:
    if path is None:
        edge.console.print(f"  password   {password}   (shown once, kept nowhere)", markup=False, soft_wrap=True)
        return
    if not path.exists():
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write(password + "\n")
    edge.console.print(f"  password   in {path}", markup=False, soft_wrap=True)


def _show_address(name: str, dsn: str) -> None:
    parts = conninfo_to_dict(dsn)
    told = [f"{key}={parts[key]}" for key in ("host", "port", "dbname") if parts.get(key)]
    edge.console.print(f'  connect    psql "{" ".join([*told, f"user={name}"])}"', markup=False, soft_wrap=True)


COMMANDS = (access,)
