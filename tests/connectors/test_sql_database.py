"""The SQL connector against a real PostgreSQL that plays the tax agency."""

from __future__ import annotations

import csv
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from province_data.connectors.request import Pulled, PullRequest, SourceTable, Watermark
from province_data.connectors.sql_database import pull
from province_data.errors import ContractError, SourceError
from sources.tax_database import load_tax_database

Order = Callable[..., PullRequest]
PAYER_TEXT = """mst mst_cu loai_nnt ten_nnt so_dinh_danh ngay_sinh so_dinh_danh_dd trang_thai ly_do ngay_trang_thai ngay_cap
    ngay_bat_dau ngay_ket_thuc ma_xa dia_chi ma_cqt mst_chu_quan so_dkkd ngay_cap_nhat"""
PAYER_COLUMNS = tuple(PAYER_TEXT.split())
LAND_COLUMNS = ("mst", "ma_thua_dat", "nam", "dien_tich_m2", "loai_dat", "so_tien", "da_nop", "ngay_cap_nhat")
PAYER = SourceTable("taxpayer", "nguoi_nop_thue.csv", "nguoi_nop_thue", PAYER_COLUMNS, "left(x.ma_cqt, 2)", "ngay_cap_nhat")
LAND = SourceTable(
    "land_tax",
    "thue_dat_pnn.csv",
    "thue_dat_pnn",
    LAND_COLUMNS,
    "(select left(t.ma_cqt, 2) from nguoi_nop_thue t where t.mst = x.mst limit 1)",
    "ngay_cap_nhat",
)
FILES = (PAYER.file_name, LAND.file_name)


@pytest.fixture
def tax_order(order: Order, database_dsn: str, deliveries: Path) -> Order:
    """Make a request to a loaded source; every change of `order` can be made here too."""
    load_tax_database(database_dsn, deliveries)
    with psycopg.connect(database_dsn) as source:
        source.execute("create index on nguoi_nop_thue (mst)")

    def make(**changes: object) -> PullRequest:
        return order(changes.pop("uri", database_dsn), **{"dataset": "tax", "tables": (PAYER, LAND), **changes})

    return make


def change(dsn: str, statement: str) -> int:
    with psycopg.connect(dsn) as source:
        return source.execute(statement.encode()).rowcount


def rows(path: Path) -> list[list[str]]:
    with open(path, encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def manifest(pulled: Pulled) -> dict[str, object]:
    content = json.loads((pulled.folder / "manifest.json").read_bytes())
    assert isinstance(content, dict)
    return content


def kinds(pulled: list[Pulled]) -> dict[str | None, object]:
    return {one.province_code: manifest(one)["kind"] for one in pulled}


def refusal(request: PullRequest, waits: list[float] | None = None) -> SourceError:
    with pytest.raises(SourceError) as raised:
        list(pull(request, sleep=(waits if waits is not None else []).append))
    left = [path for path in request.inbox.rglob("*") if path.is_file()] if request.inbox.exists() else []
    assert left == []
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return raised.value


def test_a_snapshot_holds_the_very_records_of_the_agencys_own_dumps(tax_order: Order, deliveries: Path) -> None:
    pulled = list(pull(tax_order()))
    assert [one.province_code for one in pulled] == ["19", "24", "52"]
    for one in pulled:
        for name in FILES:
            dump = deliveries / "tax" / "2026-10-31" / str(one.province_code) / name
            sent, received = dump.read_bytes().splitlines(), (one.folder / name).read_bytes().splitlines()
            assert received[0] == sent[0]
            assert sorted(received) == sorted(sent)


def test_the_manifest_tells_what_was_read(tax_order: Order) -> None:
    request = tax_order(only=frozenset({"24"}))
    (one,) = pull(request)
    assert one.folder == request.inbox / "tax" / "2026-11-01" / "24"
    content = manifest(one)
    files = content.pop("files")
    assert content == {
        "dataset": "tax",
        "as_of": "2026-11-01",
        "province_code": "24",
        "sequence_no": 1,
        "kind": "snapshot",
        "extracted_at": "2026-11-01T01:10:00+07:00",
        "commune_edition": "2025",
    }
    assert files == [
        {
            "name": name,
            "table": table,
            "sha256": hashlib.sha256((one.folder / name).read_bytes()).hexdigest(),
            "bytes": (one.folder / name).stat().st_size,
            "records": len(rows(one.folder / name)) - 1,
            "encoding": "utf-8",
        }
        for name, table in zip(FILES, ("taxpayer", "land_tax"), strict=True)
    ]


def test_the_address_that_is_told_has_no_secret(tax_order: Order, database_dsn: str) -> None:
    (one,) = pull(tax_order(only=frozenset({"24"})))
    parts = conninfo_to_dict(database_dsn)
    assert one.source_uri == f"postgresql://{parts['host']}:{parts['port']}/{parts['dbname']}"


def test_the_same_records_in_another_order_make_the_same_bytes(tax_order: Order, database_dsn: str) -> None:
    first = [(one.folder / name).read_bytes() for one in pull(tax_order()) for name in FILES]
    change(database_dsn, "create table again as select * from nguoi_nop_thue order by md5(mst)")
    change(database_dsn, "truncate nguoi_nop_thue; insert into nguoi_nop_thue select * from again")
    assert [(one.folder / name).read_bytes() for one in pull(tax_order()) for name in FILES] == first


def test_values_are_written_the_same_whatever_the_sources_settings(order: Order, database_dsn: str) -> None:
    name = conninfo_to_dict(database_dsn)["dbname"]
    change(
        database_dsn,
        f"alter database {name} set timezone = 'America/New_York'; alter database {name} set datestyle = 'German';"
        "create table t (k text, at timestamptz, local timestamp, day date, amount numeric(12,2), flag boolean, changed timestamptz);"
        "insert into t values ('a;\"b\",\nc', '2026-01-19 06:45:51+00', '2026-01-19 13:45:51.25', '2026-01-02', 7.50, true, now()),"
        "('đ', 'infinity', null, null, null, false, now())",
    )
    table = SourceTable("t", "t.csv", "public.t", ("k", "at", "local", "day", "amount", "flag"), "'24'::text", "changed")
    (one,) = pull(order(database_dsn, dataset="tax", tables=(table,)))
    assert (one.folder / "t.csv").read_text(encoding="utf-8") == (
        "k,at,local,day,amount,flag\n"
        '"a;""b"",\nc",2026-01-19T13:45:51+07:00,2026-01-19T13:45:51.25+07:00,2026-01-02,7.50,true\n'
        "đ,infinity,,,,false\n"
    )


def test_records_of_no_known_province_are_not_lost(tax_order: Order, database_dsn: str) -> None:
    lost = change(database_dsn, "update nguoi_nop_thue set ma_cqt = case when mst < '024' then null else '9901' end where ma_cqt = '2405'")
    pulled = {one.province_code: one for one in pull(tax_order())}
    assert sorted(map(str, pulled)) == ["00", "19", "24", "52"]
    assert len(rows(pulled["00"].folder / PAYER.file_name)) - 1 == lost > 0
    for name, table in zip(FILES, ("nguoi_nop_thue", "thue_dat_pnn"), strict=True):
        received = sum(len(rows(one.folder / name)) - 1 for one in pulled.values())
        with psycopg.connect(database_dsn) as source:
            total = source.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(table))).fetchone()
        assert (received,) == total


def test_a_province_without_any_record_yields_nothing(tax_order: Order) -> None:
    assert [one.province_code for one in pull(tax_order(provinces=("01", "24"), only=frozenset({"01", "24"})))] == ["24"]


def test_a_table_without_records_is_sent_as_its_header(tax_order: Order, database_dsn: str) -> None:
    change(database_dsn, "truncate thue_dat_pnn")
    (one,) = pull(tax_order(only=frozenset({"24"})))
    assert rows(one.folder / LAND.file_name) == [list(LAND_COLUMNS)]


def test_only_what_changed_is_sent_after_a_snapshot(tax_order: Order, database_dsn: str) -> None:
    first = {one.province_code: one for one in pull(tax_order())}
    marks = {str(code): Watermark(one.high_watermark, 118) for code, one in first.items()}
    assert list(pull(tax_order(watermarks=marks))) == []

    changed = change(
        database_dsn,
        "update nguoi_nop_thue set ngay_cap_nhat = '2026-10-30T08:00:00.5+07:00' where mst in"
        " (select mst from nguoi_nop_thue where ma_cqt like '24%' order by mst limit 3)",
    )
    (one,) = pull(tax_order(watermarks=marks))
    assert (one.province_code, manifest(one)["kind"], manifest(one)["sequence_no"]) == ("24", "changes", 119)
    assert len(rows(one.folder / PAYER.file_name)) - 1 == changed == 3
    assert rows(one.folder / PAYER.file_name)[1][-1] == "2026-10-30T08:00:00.5+07:00"
    assert rows(one.folder / LAND.file_name) == [list(LAND_COLUMNS)]
    assert one.high_watermark == datetime.fromisoformat("2026-10-30T08:00:00.5+07:00")
    assert list(pull(tax_order(watermarks={**marks, "24": Watermark(one.high_watermark, 119)}))) == []


def test_a_province_without_watermark_gets_a_snapshot_beside_the_others_changes(tax_order: Order) -> None:
    marks = {"24": Watermark(datetime.fromisoformat("2026-10-01T00:00:00+07:00"), 5)}
    pulled = list(pull(tax_order(watermarks=marks)))
    assert kinds(pulled) == {"19": "snapshot", "24": "changes", "52": "snapshot"}


def test_the_watermark_is_the_sources_newest_change(tax_order: Order, database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as source:
        newest = source.execute(
            "select max(ngay_cap_nhat) from (select mst, ngay_cap_nhat from nguoi_nop_thue union all"
            " select mst, ngay_cap_nhat from thue_dat_pnn) a where mst in (select mst from nguoi_nop_thue where ma_cqt like '24%')"
        ).fetchone()
    (one,) = pull(tax_order(only=frozenset({"24"})))
    assert (one.high_watermark,) == newest


def test_a_change_dated_in_the_future_does_not_hide_those_that_follow(tax_order: Order, database_dsn: str) -> None:
    change(database_dsn, "update nguoi_nop_thue set ngay_cap_nhat = now() + interval '9 years' where mst = '046086322798'")
    (one,) = pull(tax_order(only=frozenset({"24"})))
    assert one.high_watermark is not None
    assert one.high_watermark < datetime.now(one.high_watermark.tzinfo) + timedelta(days=1)
    marks = {"24": Watermark(one.high_watermark, 1)}
    assert list(pull(tax_order(only=frozenset({"24"}), watermarks=marks))) == []
    change(database_dsn, "update nguoi_nop_thue set ngay_cap_nhat = now() where mst = '058190776788'")
    (two,) = pull(tax_order(only=frozenset({"24"}), watermarks=marks))
    assert [row[0] for row in rows(two.folder / PAYER.file_name)[1:]] == ["046086322798", "058190776788"]


def test_an_overlap_sends_again_what_may_have_been_committed_late(tax_order: Order, database_dsn: str) -> None:
    change(database_dsn, "update nguoi_nop_thue set ngay_cap_nhat = '2026-10-29T08:00:00+07:00' where mst = '046086322798'")
    change(database_dsn, "update nguoi_nop_thue set ngay_cap_nhat = '2026-10-29T09:00:00+07:00' where mst = '058190776788'")
    marks = {"24": Watermark(datetime.fromisoformat("2026-10-29T08:30:00+07:00"), 1)}
    (one,) = pull(tax_order(only=frozenset({"24"}), watermarks=marks, options={"overlap_seconds": "3600"}))
    assert [row[0] for row in rows(one.folder / PAYER.file_name)[1:]] == ["046086322798", "058190776788"]
    later = {"24": Watermark(one.high_watermark, 2)}
    assert list(pull(tax_order(only=frozenset({"24"}), watermarks=later, options={"overlap_seconds": "3600"}))) == []


def test_a_table_that_cannot_tell_changes_makes_every_delivery_a_snapshot(tax_order: Order) -> None:
    marks = {"24": Watermark(datetime.fromisoformat("2026-10-31T00:00:00+07:00"), 5)}
    request = tax_order(only=frozenset({"24"}), watermarks=marks, tables=(PAYER, replace(LAND, updated_column=None)))
    (one,) = pull(request)
    assert (manifest(one)["kind"], manifest(one)["sequence_no"]) == ("snapshot", 6)


def test_pulling_again_replaces_a_delivery_that_was_not_landed(tax_order: Order, database_dsn: str) -> None:
    list(pull(tax_order()))
    change(database_dsn, "delete from thue_dat_pnn")
    pulled = list(pull(tax_order()))
    assert [rows(one.folder / LAND.file_name) for one in pulled] == [[list(LAND_COLUMNS)]] * 3
    assert sorted(path.name for path in (pulled[0].folder.parents[1]).iterdir()) == ["2026-11-01"]


# --- the source breaks, changes or refuses -------------------------------------------------------------------------


@contextmanager
def paused_in_the_middle(dsn: str) -> Iterator[Callable[[], int]]:
    """Let the second table's rows wait, once they are copied, until the test releases them; gives the waiting server process."""
    change(
        dsn,
        "create function wait_here(text) returns text language plpgsql as $$ begin"
        " if current_query() like 'copy%' then perform pg_advisory_xact_lock_shared(7); end if; return $1; end $$;"
        "alter table thue_dat_pnn rename to thue;"
        "create view thue_dat_pnn as select wait_here(mst) as mst, ma_thua_dat, nam, dien_tich_m2, loai_dat, so_tien, da_nop, ngay_cap_nhat"
        " from thue offset 0",
    )
    with psycopg.connect(dsn, autocommit=True) as keeper:
        keeper.execute("select pg_advisory_lock(7)")

        def waiting() -> int:
            while True:
                found = keeper.execute("select pid from pg_locks where locktype = 'advisory' and not granted").fetchone()
                if found:
                    return int(found[0])

        yield waiting


def pull_aside(request: PullRequest) -> tuple[threading.Thread, list[object]]:
    """Pull in a thread of its own; the list gets the deliveries or the error."""
    outcome: list[object] = []

    def run() -> None:
        try:
            outcome.extend(pull(request))
        except SourceError as error:
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


@pytest.mark.parametrize(("stop", "state"), [("pg_terminate_backend", "57P01"), ("pg_cancel_backend", "57014")])
def test_a_reading_that_is_broken_off_delivers_nothing(stop: str, state: str, tax_order: Order, database_dsn: str) -> None:
    request = tax_order()
    with paused_in_the_middle(database_dsn) as waiting:
        thread, outcome = pull_aside(request)
        change(database_dsn, f"select {stop}({waiting()})")
        thread.join(30)
    (error,) = outcome
    assert isinstance(error, SourceError)
    assert state in error.where
    assert list((request.inbox / "tax").iterdir()) == []


def test_what_is_committed_while_we_read_is_not_seen_at_all(tax_order: Order, database_dsn: str) -> None:
    request = tax_order()
    with paused_in_the_middle(database_dsn) as waiting:
        thread, outcome = pull_aside(request)
        waiting()
        change(database_dsn, "insert into thue select '046086322798', 'new', '2026', '1', 'ODT', '1', '1', now()")
        change(database_dsn, "delete from nguoi_nop_thue")
        # What no snapshot can show consistently has to wait until we have read.
        with pytest.raises(psycopg.errors.LockNotAvailable):
            change(database_dsn, "set lock_timeout = '50ms'; truncate thue")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            change(database_dsn, "set lock_timeout = '50ms'; alter table nguoi_nop_thue drop column ten_nnt")
        change(database_dsn, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted and objid = 7")
        thread.join(30)
    found = [one for one in outcome if isinstance(one, Pulled)]
    assert [one.province_code for one in found] == ["19", "24", "52"]
    text = b"".join((one.folder / name).read_bytes() for one in found for name in FILES)
    assert b",new," not in text
    assert text.count(b"\n") == 725 + 716 + 709 + 573 + 605 + 575 + 6


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        ("drop table thue_dat_pnn", "no such table"),
        ("alter table nguoi_nop_thue rename column ma_xa to xa", "nguoi_nop_thue lacks: ma_xa"),
        ("alter table thue_dat_pnn drop column ngay_cap_nhat", "thue_dat_pnn lacks: ngay_cap_nhat"),
        ("alter table nguoi_nop_thue rename column ma_cqt to cqt", "nguoi_nop_thue lacks: ma_cqt"),
    ],
)
def test_a_source_that_changed_its_form_is_named(damage: str, says: str, tax_order: Order, database_dsn: str) -> None:
    request = tax_order()
    change(database_dsn, damage)
    error = refusal(request)
    assert says in error.what
    assert "contract" in error.next_step


def test_an_error_never_shows_a_record(tax_order: Order, database_dsn: str) -> None:
    request = tax_order(tables=(replace(PAYER, province_sql="(x.ten_nnt)::integer::text"), LAND))
    error = refusal(request)
    assert "22P02" in error.where
    assert "invalid input" not in error.text()
    with psycopg.connect(database_dsn) as source:
        names = [name for (name,) in source.execute("select ten_nnt from nguoi_nop_thue").fetchall()]
    assert sum(name in error.text() for name in names) == 0


def test_a_table_we_may_not_read_is_refused(tax_order: Order, database_dsn: str) -> None:
    role = "reader_" + str(conninfo_to_dict(database_dsn)["dbname"])
    change(database_dsn, f"create role {role} login password 'Pass-Word-1'; grant select on nguoi_nop_thue to {role}")
    try:
        error = refusal(tax_order(uri=make_conninfo(database_dsn, user=role, password="Pass-Word-1")))
    finally:
        change(database_dsn, f"drop owned by {role}; drop role {role}")
    assert "42501" in error.where
    assert "Pass-Word-1" not in error.text()


def test_a_wrong_password_is_final_at_once_and_not_shown(tax_order: Order, database_dsn: str) -> None:
    waits: list[float] = []
    error = refusal(tax_order(uri=make_conninfo(database_dsn, password="Wrong-Word-1")), waits)
    assert "refuses the connection" in error.what
    assert waits == []
    assert "Wrong-Word-1" not in error.text()


def test_a_database_that_does_not_exist_is_final_at_once(tax_order: Order, database_dsn: str) -> None:
    waits: list[float] = []
    error = refusal(tax_order(uri=make_conninfo(database_dsn, dbname="nowhere")), waits)
    assert "refuses the connection" in error.what
    assert waits == []


def test_a_source_that_is_down_is_tried_again(order: Order) -> None:
    waits: list[float] = []
    error = refusal(order("postgresql://user:Pass-Word-1@127.0.0.1:1/thue", dataset="tax", tables=(PAYER,)), waits)
    assert "cannot be reached (3 attempts)" in error.what
    assert error.where == "postgresql://127.0.0.1:1/thue"
    assert len(waits) == 2
    assert "Pass-Word-1" not in error.text()


@pytest.mark.parametrize(
    "uri", ["postgresql://user:Pass-Word-1@host:port:9/x", "postgresql://user:Pass-Word-1@host/x?passwort=Pass-Word-1"]
)
def test_an_address_that_is_none_is_refused_without_showing_it(uri: str, order: Order) -> None:
    error = refusal(order(uri, dataset="tax", tables=(PAYER,)))
    assert "Pass-Word-1" not in error.text()


def test_a_table_locked_by_its_agency_is_not_waited_for_without_end(tax_order: Order, database_dsn: str) -> None:
    with psycopg.connect(database_dsn) as agency:
        agency.execute("lock table thue_dat_pnn in access exclusive mode")
        error = refusal(tax_order(options={"lock_seconds": "0.05"}))
    assert "55P03" in error.where


def test_a_source_that_counts_otherwise_than_it_sends_is_refused(tax_order: Order, database_dsn: str) -> None:
    change(
        database_dsn,
        "alter table thue_dat_pnn rename to thue;"
        "create view thue_dat_pnn as select * from thue where not (current_query() like 'copy%' and da_nop = '0')",
    )
    error = refusal(tax_order())
    assert "counted" in error.what
    assert "land_tax" in error.what


@pytest.mark.parametrize("lack", [{"remote_name": ""}, {"province_sql": None}, {"columns": ()}])
def test_a_contract_that_does_not_say_how_to_read_is_refused(lack: dict[str, object], tax_order: Order) -> None:
    with pytest.raises(ContractError, match="land_tax"):
        list(pull(tax_order(tables=(PAYER, replace(LAND, **lack)))))  # type: ignore[arg-type]


def test_the_source_is_never_written_to(tax_order: Order, database_dsn: str) -> None:
    change(
        database_dsn,
        "create function spy() returns text language sql as $$ insert into thue_dat_pnn (ngay_cap_nhat) values (now()); select '24' $$",
    )
    error = refusal(tax_order(tables=(replace(PAYER, province_sql="spy()"), LAND)))
    assert "25006" in error.where
