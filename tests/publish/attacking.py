"""Make attempts as a province's login and judge them by their effect: what was seen, and what is different afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import psycopg
from attempts import ATTEMPTS, Attempt
from forgotten import FORGOTTEN
from psycopg.conninfo import make_conninfo
from registry import SECRET, Registry, citizen_id

from province_data.store.privileges import read_privileges

PASSWORD = "only-for-this-test"
SIDES = (("24", "19"), ("19", "24"))


def login_of(registry: Registry, own: str) -> str:
    """Name the login of a side."""
    return f"attacker_{registry.dsn.rpartition('_')[2]}_{own}"


def address_of(registry: Registry, own: str) -> str:
    """Give the address the login of a side connects with."""
    return make_conninfo(registry.dsn, user=login_of(registry, own), password=PASSWORD)


def secrets_of(registry: Registry, own: str, foreign: str) -> set[str]:
    """Everything that tells a foreign row, a masked value or a secret.

    Left out are the attacker's own published values, public lists, and the keys of its own records that it has to mend.
    """
    tables = [str(t) for (t,) in registry.ask(
        "select relname::text from pg_class where relnamespace = 'published'::regnamespace and relkind = 'p'")]  # fmt: skip
    values = "select distinct x.value from published.{} t, jsonb_each_text(to_jsonb(t)) x where length(x.value) >= 8 and t.province_code {}"
    theirs = {str(v) for t in tables for (v,) in registry.ask(values.format(t, "<> %s"), own)}
    ours = {str(v) for t in tables for (v,) in registry.ask(values.format(t, "= %s"), own)}
    theirs |= {str(v) for (v,) in registry.ask("select person_key from quality.link_candidate where person_province_code <> %s", own)}
    public = {str(v) for (v,) in registry.ask("select name from published.admin_unit")}
    mended = {str(v) for (v,) in registry.ask("select record_key from quality.finding where province_code = %s", own)}
    clear = {citizen_id(code, n) for code in (own, foreign) for n in range(1, 7)} - mended
    clear |= {"0900000000", "đường Mẫu", "mau@example.vn", "Nguyễn Văn Mẫu", SECRET}
    hidden = {str(v) for row in registry.ask("select password, hash_key from ops.lookup_channel") for v in row}
    return (theirs - ours - public) | clear | hidden


def state(registry: Registry) -> list[object]:
    """What nobody may change: rows, rights, objects, roles, settings. Not looked at: what a login may do to itself."""
    query = """
        select (select md5(string_agg(t::text, '' order by t::text)) from published.person t),
            (select md5(string_agg(f::text, '' order by finding_id)) from quality.finding f),
            (select count(*) from pg_class), (select count(*) from pg_proc), (select count(*) from pg_roles),
            (select count(*) from pg_auth_members), (select count(*) from pg_policies), (select count(*) from pg_namespace),
            (select count(*) from pg_db_role_setting s where setrole = 0), (select count(*) from pg_largeobject_metadata),
            (select count(*) from ops.publication), (select count(*) from pg_database), (select count(*) from published.lookup_purpose),
            (select count(*) from pg_type), (select count(*) from pg_collation), (select count(*) from pg_ts_config),
            (select count(*) from pg_description), (select count(*) from quality.answer), (select count(*) from pg_replication_slots)
    """
    with psycopg.connect(registry.dsn, autocommit=True) as owner:
        return [*registry.ask(query), *(line for line in read_privileges(owner) if "default privileges of attacker" not in line)]


def words_of(registry: Registry, own: str, foreign: str) -> dict[str, str]:
    """Fill the braces of attempts."""
    toast = registry.one(
        "select t.oid::regclass::text from pg_class c join pg_class t on t.oid = c.reltoastrelid"
        " where c.oid = 'validated.population__person_{}'::regclass".replace("{}", foreign)
    )
    words = {"own": own, "foreign": foreign, "own_id": citizen_id(own, 1), "foreign_id": citizen_id(foreign, 1)}
    return words | {"database": registry.dsn.rsplit("/", 1)[1], "toast": str(toast)}


def attack(registry: Registry, own: str, foreign: str, attempts: Iterable[Attempt] = (*ATTEMPTS, *FORGOTTEN)) -> list[str]:
    """Make the attempts; returns those that succeeded."""
    words, telling = words_of(registry, own, foreign), secrets_of(registry, own, foreign)
    registry.do("delete from ops.lookup where login = %s", login_of(registry, own))
    before = state(registry)
    succeeded = []
    with (
        psycopg.connect(registry.dsn, autocommit=True) as somebody,
        psycopg.connect(address_of(registry, own), autocommit=True, prepare_threshold=None) as session,
    ):
        # Somebody else's session, which has a foreign number in its last statement.
        somebody.execute(f"select '{words['foreign_id']}', 'mau@example.vn'".encode())
        for attempt in attempts:
            succeeded += [f"{attempt.number} {told}" for told in make(session, attempt, words, telling)]
            session.execute("rollback")
            session.execute("discard all")
    return succeeded + ["the state changed"] * (state(registry) != before)


def make(session: psycopg.Connection, attempt: Attempt, words: dict[str, str], telling: set[str]) -> Iterator[str]:
    """Make one attempt; yields what went wrong for us."""
    seen: list[str] = []
    answer: object = None
    asked = set[str]()

    def hear(notice: psycopg.errors.Diagnostic) -> None:
        seen.append(str(notice.message_primary) + str(notice.message_detail))

    session.add_notice_handler(hear)
    session.execute("set default_transaction_read_only = off")
    for statement in attempt.statements:
        text = fill(statement, words)
        asked |= {word for word in telling if word in text}
        try:
            cursor = session.execute(text.encode())
            answer = cursor.fetchall() if cursor.description else []
            seen.append(str(answer))
        except psycopg.Error as error:
            answer = None
            seen.append(f"{error} {error.diag.message_detail} {error.diag.context}")
        else:
            if attempt.is_denied:
                yield f"was not refused: {text}"
    session.remove_notice_handler(hear)
    found = {word for word in telling - asked if any(word in text for text in seen)}
    if found:
        yield f"showed {len(found)} values it must not: {attempt.statements[-1]}"
    if isinstance(attempt.answer, list) and str(answer) != fill(str(attempt.answer), words):
        yield f"answered {answer} to {attempt.statements[-1]}"


def fill(text: str, words: dict[str, str]) -> str:
    """Put words where a text has them in braces."""
    for name, value in words.items():
        text = text.replace("{" + name + "}", value)
    return text
