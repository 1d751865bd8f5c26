"""What the tests of the SQL connector share: its tables, and how a pull that is refused ends."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from province_data.connectors.request import Pulled, PullRequest, SourceTable
from province_data.connectors.sql_database import pull
from province_data.errors import SourceError

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
