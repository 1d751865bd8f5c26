"""Install the SQL functions that dbt models and rules share; see text_functions.sql for what each one does."""

from __future__ import annotations

from pathlib import Path

import psycopg

SQL_FILE = Path(__file__).with_name("text_functions.sql")
LOCK = "reference.functions"

_INPUT_CHECK = "pg_input_is_valid(value, 'date')"
_ARITHMETIC = """left(value, 4) <> '0000' and case
        when substr(value, 6, 2) in ('01', '03', '05', '07', '08', '10', '12')
            then substr(value, 9) between '01' and '31'
        when substr(value, 6, 2) in ('04', '06', '09', '11') then substr(value, 9) between '01' and '30'
        when substr(value, 6, 2) = '02' then substr(value, 9) between '01' and '28'
            or substr(value, 9) = '29' and left(value, 4)::integer % 4 = 0
            and (left(value, 4)::integer % 100 <> 0 or left(value, 4)::integer % 400 = 0)
        else false
    end"""


def install_functions(connection: psycopg.Connection) -> None:
    """Create or replace the functions of schema `reference`, in one transaction.

    Works on PostgreSQL 15 and later. `pg_input_is_valid` came with 16, so on 15 dates are checked by arithmetic.
    """
    text = SQL_FILE.read_text(encoding="utf-8")
    real_day = _INPUT_CHECK if connection.info.server_version >= 160000 else _ARITHMETIC
    with connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext(%s))", (LOCK,))
        connection.execute("create schema if not exists reference")
        filled = text.replace("@real_day@", real_day).replace("@lower@", _lower_case(connection))
        connection.execute(filled.encode())


def _lower_case(connection: psycopg.Connection) -> str:
    """Return the expression that lowers Vietnamese letters on this server, whatever the locale of the database."""
    found = connection.execute(
        "select collname from pg_collation where collnamespace = 'pg_catalog'::regnamespace"
        " and collname in ('pg_c_utf8', 'und-x-icu') order by collname = 'pg_c_utf8' desc limit 1"
    ).fetchone()
    if found:
        return f'lower(value collate pg_catalog."{found[0]}")'
    return f"translate(lower(value), '{_CAPITALS}', '{_CAPITALS.lower()}')"


_CAPITALS = "ÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐÐ"
