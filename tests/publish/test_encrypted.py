"""Who reaches the warehouse by network does it by TLS, with the right authority, and as nobody else."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from registry import NOW, PROJECT

from debian_server import Authority, certify, new_authority, read_authority
from province_data.contract.catalog import read_catalog
from province_data.store import embedded
from province_data.store.database import connected
from province_data.store.logins import grant_login
from province_data.store.migrate import migrate

PASSWORD = "only-for-this-test"
WHO = "select current_user::text, ssl from pg_stat_ssl where pid = pg_backend_pid()"


@dataclass(frozen=True)
class Site:
    """A warehouse on a server that speaks TLS only, its authority and a login of two provinces."""

    dsn: str
    authority: Authority
    folder: Path
    names: dict[str, str]

    def address(self, own: str, **parts: str) -> str:
        usual = {"user": self.names[own], "password": PASSWORD, "sslrootcert": str(self.authority.file), "sslmode": "verify-full"}
        return make_conninfo(self.dsn, **(usual | parts))

    def certificate(self, authority: Authority, name: str) -> dict[str, str]:
        certificate, key = certify(authority, name, self.folder)
        return {"sslcert": str(certificate), "sslkey": str(key)}


@pytest.fixture(scope="module")
def site(oldest_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    name, folder = f"tls_{secrets.token_hex(6)}", tmp_path_factory.mktemp("certificates")
    with psycopg.connect(embedded.dsn(oldest_server, "postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        admin.execute("create role by_certificate nologin")
    dsn = embedded.dsn(oldest_server, name)
    names = {code: f"officer_{code}_{secrets.token_hex(4)}" for code in ("24", "19")}
    with connected(dsn) as owner:
        migrate(owner, read_catalog(PROJECT / "expectations"), NOW)
        for code, login in names.items():
            grant_login(owner, login, f"province_{code}", PASSWORD)
    yield Site(dsn, read_authority(oldest_server.data.parent, "authority"), folder, names)
    with psycopg.connect(dsn, autocommit=True) as owner:
        for login in names.values():
            owner.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(login)))


def test_a_reader_comes_in_by_tls_with_its_password(site: Site) -> None:
    with psycopg.connect(site.address("24")) as reader:
        assert reader.execute(WHO.encode()).fetchone() == (site.names["24"], True)


def test_a_plain_connection_is_refused(site: Site) -> None:
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(site.address("24", sslmode="disable"))


def test_a_server_of_another_authority_is_not_believed(site: Site) -> None:
    other = new_authority(site.folder, "another")
    with pytest.raises(psycopg.OperationalError, match="certificate"):
        psycopg.connect(site.address("24", sslrootcert=str(other.file)))


def test_a_server_under_another_name_is_not_believed(site: Site) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not match"):
        psycopg.connect(site.address("24", host="warehouse.example", hostaddr="127.0.0.1"))


def test_the_certificate_of_another_province_opens_nothing(site: Site) -> None:
    own, foreign = site.names["24"], site.names["19"]
    with psycopg.connect(site.dsn, autocommit=True) as owner:
        owner.execute(sql.SQL("grant by_certificate to {}").format(sql.Identifier(own)))
    try:
        with psycopg.connect(site.address("24", **site.certificate(site.authority, own))) as reader:
            assert reader.execute(WHO.encode()).fetchone() == (own, True)
        for wrong in (
            site.certificate(site.authority, foreign),
            site.certificate(new_authority(site.folder, "a stranger"), own),
            site.certificate(site.authority, own.upper()),
            {},
        ):
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(site.address("24", **wrong))
    finally:
        with psycopg.connect(site.dsn, autocommit=True) as owner:
            owner.execute(sql.SQL("revoke by_certificate from {}").format(sql.Identifier(own)))


def test_a_password_kept_as_md5_opens_nothing(site: Site) -> None:
    own = sql.Identifier(site.names["24"])
    with psycopg.connect(site.dsn, autocommit=True) as owner:
        owner.execute(sql.SQL("set password_encryption = 'md5'; alter role {} password {}").format(own, sql.Literal(PASSWORD)))
        try:
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                psycopg.connect(site.address("24"))
        finally:
            owner.execute(
                sql.SQL("set password_encryption = 'scram-sha-256'; alter role {} password {}").format(own, sql.Literal(PASSWORD))
            )
    with psycopg.connect(site.address("24")) as reader:
        assert reader.execute(WHO.encode()).fetchone() == (site.names["24"], True)
