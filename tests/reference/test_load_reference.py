"""Loading the lists into a real database."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from province_data.errors import ContractError
from province_data.reference.load import LISTS, load_reference
from province_data.reference.tables import TABLES

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LATER = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LISTS, tmp_path / "lists"))


def one(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def test_every_list_becomes_a_table_with_all_its_rows_and_comments(loaded: psycopg.Connection) -> None:
    assert one(loaded, "select count(*) from reference.admin_unit where level = 'commune' and edition = 'pre-2025'") == 10_035
    assert one(loaded, "select count(*) from reference.commune where edition = '2025'") == 3_321
    assert one(loaded, "select type from reference.commune where edition = '2025' and code = '07294'") == "phường"
    assert one(loaded, "select count(*) from reference.commune_any") == 10_040
    assert one(loaded, "select valid_to::text from reference.admin_unit where code = '07294' and type = 'xã'") == "2026-08-24"
    assert one(loaded, "select count(*) from reference.tax_status where reason_code = ''") == 10
    for table in TABLES:
        assert one(loaded, f"select obj_description('reference.{table.name}'::regclass)") == table.comment


def test_a_second_load_does_nothing(loaded: psycopg.Connection) -> None:
    assert load_reference(loaded, LATER) == 0
    assert one(loaded, "select count(distinct loaded_at) from reference.list_version") == 1


def test_only_a_changed_list_is_loaded_anew_and_no_reader_waits(loaded: psycopg.Connection, lists: Path) -> None:
    with (lists / "admin_unit.csv").open("a", encoding="utf-8") as file:
        file.write("99999,commune,Xã Thử,Thử,xã,01,01,2025,2025-07-01,,thử\n")
    with psycopg.connect(loaded.info.dsn, password=loaded.info.password) as reader:
        query = "select count(*) from reference.commune where edition = '2025'"
        assert one(reader, query) == 3_321
        loaded.execute("set lock_timeout = '2s'")
        assert load_reference(loaded, LATER, lists) == 1
        assert one(reader, query) == 3_322
    assert one(loaded, "select loaded_at from reference.list_version where list_name = 'admin_unit'") == LATER
    assert one(loaded, "select count(*) from reference.list_version where loaded_at = '2026-11-02Z'") == 1


def test_a_list_with_other_columns_is_refused_and_nothing_changes(loaded: psycopg.Connection, lists: Path) -> None:
    (lists / "code.csv").write_text("list_name,code\nsex,1\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"code\.csv, line 1"):
        load_reference(loaded, LATER, lists)
    assert one(loaded, "select count(*) from reference.code where list_name = 'sex'") == 2


def test_a_column_new_to_a_list_is_added_to_its_table(loaded: psycopg.Connection) -> None:
    loaded.execute("alter table reference.ethnic_group drop column aliases")
    loaded.execute("delete from reference.list_version where list_name = 'ethnic_group'")
    assert load_reference(loaded, LATER) == 1
    assert one(loaded, "select count(*) from reference.ethnic_group where aliases is not null") != 0
