"""The SQL connector against a real PostgreSQL that plays the tax agency: what it delivers."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from sql_pulls import FILES, LAND, LAND_COLUMNS, PAYER, Order, change, kinds, manifest, rows

from province_data.connectors.request import SourceTable, Watermark
from province_data.connectors.sql_database import pull


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
