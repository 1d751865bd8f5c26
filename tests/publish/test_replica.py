"""A read replica: provinces read there under the same rights, nothing can be written, and a publication arrives whole."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from registry import NOW, SECRET, Registry, citizen_id, copy_of

from province_data.publish import publish
from province_data.store import embedded
from province_data.store.embedded_site import Site, find_account, run_program
from province_data.store.logins import grant_login

PASSWORD = "only-for-this-test"
CAUGHT_UP = "select pg_last_wal_replay_lsn() >= %s::pg_lsn"
ASK = "select * from published.lookup_person(%s, 'inspection', 'a case')"


@dataclass(frozen=True)
class Pair:
    """A published database on the primary, the same on its replica, and the login of a province."""

    primary: Registry
    replica_dsn: str
    login: str

    def province(self) -> psycopg.Connection:
        """Connect to the replica as the province."""
        return psycopg.connect(make_conninfo(self.replica_dsn, user=self.login, password=PASSWORD), autocommit=True)

    def catch_up(self) -> None:
        """Wait until the replica shows what the primary has committed."""
        [[reached]] = self.primary.ask("select pg_current_wal_flush_lsn()::text")
        with psycopg.connect(self.replica_dsn, autocommit=True) as replica:
            while replica.execute(CAUGHT_UP, (reached,)).fetchone() != (True,):
                replica.execute("select pg_sleep(0.02)")


@pytest.fixture(scope="module")
def pair(database_server: embedded.EmbeddedServer, template: Registry) -> Iterator[Pair]:
    """Copy the running server as docs/scaling.md says, and start the copy as its replica."""
    home = Path(tempfile.mkdtemp(prefix="province-data-replica-"))
    primary = Site(database_server.data.parents[1])
    account = find_account(primary)
    if account is not None:
        os.chown(home, account.pw_uid, account.pw_gid)
    home.chmod(0o711)
    with copy_of(database_server, template) as registry, socket.socket() as probe:
        login = f"reader_{secrets.token_hex(6)}"
        with psycopg.connect(registry.dsn, autocommit=True) as owner:
            grant_login(owner, login, "province_24", PASSWORD)
        admin = embedded.dsn(database_server, "postgres")
        assert run_program(primary, account, "pg_basebackup", "-d", admin, "-D", str(home / "data"), "-R", "-X", "stream", "-c", "fast")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = f"-c port={port} -c unix_socket_directories= -c hot_standby=on"
        try:
            assert run_program(primary, account, "pg_ctl", "-D", str(home / "data"), "-w", "-l", str(home / "log"), "-o", settings, "start")
            yield Pair(registry, make_conninfo(registry.dsn, port=port), login)
        finally:
            run_program(primary, account, "pg_ctl", "-D", str(home / "data"), "-m", "immediate", "-w", "stop")
            shutil.rmtree(home, ignore_errors=True)
            registry.do(f"drop owned by {login}")
            registry.do(f"drop role {login}")


def test_a_province_reads_its_own_rows_on_the_replica_and_no_others(pair: Pair) -> None:
    with pair.province() as reader:
        assert reader.execute("select province_code, count(*) from person group by 1").fetchall() == [("24", 6)]
        assert reader.execute("select count(*) from citizen_360").fetchall() == [(6,)]
        assert reader.execute("select pg_is_in_recovery()").fetchone() == (True,)


def test_nothing_can_be_written_on_the_replica(pair: Pair) -> None:
    with pair.province() as reader:
        reader.execute("set default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("update person set sex = sex")


def test_a_look_up_on_the_replica_is_refused_with_the_way_to_the_primary(pair: Pair) -> None:
    before = pair.primary.one("select count(*) from ops.lookup")
    with pair.province() as reader, pytest.raises(psycopg.errors.ReadOnlySqlTransaction, match="máy chủ chính") as refused:
        reader.execute(ASK, (citizen_id("24", 2),))
    assert "Connect to the primary" in (refused.value.diag.message_hint or "")
    assert citizen_id("24", 2) not in str(refused.value)
    assert pair.primary.one("select count(*) from ops.lookup") == before


def test_a_publication_arrives_whole(pair: Pair) -> None:
    pair.primary.do(
        "with gone as (delete from warehouse.dim_person where province_code = '24' returning province_code, _record_key)"
        " insert into warehouse.change_log select 'person', province_code, _record_key, null, 2, true from gone"
    )
    pair.primary.do("update warehouse.build_state set load_id = 2, checked_load_id = 2 where entity = 'person'")
    with pair.province() as reader:
        assert publish(pair.primary.dsn, SECRET, NOW).changed > 0
        pair.catch_up()
        assert reader.execute("select (select count(*) from person), (select count(*) from household)").fetchone() == (0, 2)
