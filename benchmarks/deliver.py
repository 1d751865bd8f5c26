"""Write a province's deliveries in the form the agencies send them: files first, manifest last."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks import civil, tax
from benchmarks.population import CITIZEN_LINE
from benchmarks.world import Plan

CHUNK = 150_000
PARCEL_HEADER = "ma_thua_dat;ma_xa;ma_xa_cu;so_to;so_thua;dien_tich_m2;dien_tich_phap_ly_m2;loai_dat;nguon_goc;hinh_thuc;thoi_han;het_han;dia_chi;vi_do;kinh_do;nhom;ly_do_chua_sach;cap_nhat"
RIGHT_HEADER = "ma_thua_dat;ma_xa;so_to;so_thua;so_phat_hanh;so_vao_so;ngay_cap;co_quan_cap;trang_thai_gcn;loai_chu;vai_tro;ten_chu;nam_sinh;gioi_tinh_chu;loai_giay_to;so_giay_to;cap_nhat"
TAXPAYER_HEADER = "mst,mst_cu,loai_nnt,ten_nnt,so_dinh_danh,ngay_sinh,so_dinh_danh_dd,trang_thai,ly_do,ngay_trang_thai,ngay_cap,ngay_bat_dau,ngay_ket_thuc,ma_xa,dia_chi,ma_cqt,mst_chu_quan,so_dkkd,ngay_cap_nhat"
LAND_TAX_HEADER = "mst,ma_thua_dat,nam,dien_tich_m2,loai_dat,so_tien,da_nop,ngay_cap_nhat"


@dataclass(frozen=True)
class Output:
    """One delivered file: which table it holds, the query of its lines, and what its manifest says of it."""

    dataset: str
    table: str
    name: str
    source: str
    lines: str
    header: str = ""
    bom: bool = False
    ending: str = "\n"
    totals: dict[str, str] = field(default_factory=dict)
    """Column as sent -> SQL of its sum."""


def outputs(db: duckdb.DuckDBPyConnection) -> tuple[Output, ...]:
    """List the files of a full delivery in the order they are written."""
    area = {"dien_tich_m2": "coalesce(sum(area::decimal(18, 1)), 0)"}
    amount = {"so_tien": "coalesce(sum(amount), 0)"}
    return (
        Output("population", "person", "citizens.ndjson.gz", "citizen", CITIZEN_LINE),
        Output("civil_status", "event", "ho_tich.ndjson", "event", civil.event_line(db)),
        Output("land", "parcel", "thua_dat.csv", "parcel", tax.PARCEL_LINE, PARCEL_HEADER, True, "\r\n", area),
        Output("land", "right", "quyen_su_dung.csv", "right_held", tax.RIGHT_LINE, RIGHT_HEADER, True, "\r\n"),
        Output("tax", "taxpayer", "nguoi_nop_thue.csv", "taxpayer", tax.TAXPAYER_LINE, TAXPAYER_HEADER),
        Output("tax", "land_tax", "thue_dat_pnn.csv", "land_tax", tax.LAND_TAX_LINE, LAND_TAX_HEADER, totals=amount),
    )


class Sink:
    """Take the chunks of one file in order, compress them if the name says so, and keep the checksum."""

    def __init__(self, path: Path) -> None:
        self.path, self.digest, self.size = path, hashlib.sha256(), 0
        self.squeeze = zlib.compressobj(1, zlib.DEFLATED, 31) if path.suffix == ".gz" else None
        self.file = path.open("wb")

    def write(self, content: bytes) -> None:
        """Append bytes."""
        if self.squeeze:
            content = self.squeeze.compress(content)
        self._put(content)

    def take(self, part: Path) -> None:
        """Append a part file and remove it."""
        with part.open("rb") as source:
            while block := source.read(1 << 22):
                self.write(block)
        part.unlink()

    def close(self) -> None:
        """Finish the file."""
        if self.squeeze:
            self._put(self.squeeze.flush())
        self.file.close()

    def _put(self, content: bytes) -> None:
        self.file.write(content)
        self.digest.update(content)
        self.size += len(content)


def write_delivery(
    db: duckdb.DuckDBPyConnection, plan: Plan, root: Path, kind: str, sequence_no: int, as_of: date, only: str = "true"
) -> None:
    """Write the four deliveries under `root`, in the layout of a drop folder; `only` restricts the records (SQL on `rn`)."""
    files = outputs(db)
    whole = only == "true"
    for dataset in dict.fromkeys(f.dataset for f in files):
        folder = root / dataset / str(as_of) / plan.province
        folder.mkdir(parents=True, exist_ok=True)
        entries = [
            _write_file(db, folder, f, only.replace("{source}", f.source), CHUNK if whole else 1 << 40)
            for f in files
            if f.dataset == dataset
        ]
        manifest = {
            "dataset": dataset, "as_of": str(as_of), "province_code": plan.province, "sequence_no": sequence_no, "kind": kind,
            "extracted_at": f"{as_of + timedelta(days=1)}T01:10:00+07:00", "commune_edition": "2025", "files": entries,
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _write_file(db: duckdb.DuckDBPyConnection, folder: Path, output: Output, only: str, chunk: int) -> dict[str, object]:
    records, last = db.execute(f"select count(*), coalesce(max(rn), 0) from {output.source} where {only}").fetchone() or (0, 0)
    sink = Sink(folder / output.name)
    with ThreadPoolExecutor(1) as writer:
        if output.header:
            sink.write((("\ufeff" if output.bom else "") + output.header + output.ending).encode())
        pending: Future[None] | None = None
        for number, first in enumerate(range(1, int(last) + 1, chunk)):
            part = folder / f".part{number}"
            _copy(db, f"select line from ({output.lines}) t where rn between {first} and {first + chunk - 1} and {only} order by rn", part)
            if pending:
                pending.result()
            pending = writer.submit(sink.take, part)
        if pending:
            pending.result()
    sink.close()
    entry: dict[str, object] = {
        "name": output.name, "table": output.table, "sha256": sink.digest.hexdigest(), "bytes": sink.size, "records": records, "encoding": "utf-8",
    }  # fmt: skip
    if output.totals:
        sums = {column: db.execute(f"select {sql} from {output.source} where {only}").fetchone() for column, sql in output.totals.items()}
        entry["control_totals"] = {column: str((row or ("0",))[0]) for column, row in sums.items()}
    return entry


def _copy(db: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write lines as they are, without quoting."""
    db.execute(f"copy ({query}) to '{path}' (format csv, header false, delimiter e'\\x1f', quote '', escape '')")


KEYS = {
    "citizen": ("population", "person", "citizens.ndjson.gz", "coalesce(personal_id, '')"),
    "event": ("civil_status", "event", "ho_tich.ndjson", "concat_ws('|', kind, commune, reg_year, '01/' || reg_year, padded(reg_no, 2))"),
    "parcel": ("land", "parcel", "thua_dat.csv", "parcel_code"),
    "right_held": ("land", "right", "quyen_su_dung.csv", "concat_ws('|', parcel_code, serial, id_no)"),
    "taxpayer": ("tax", "taxpayer", "nguoi_nop_thue.csv", "code"),
    "land_tax": ("tax", "land_tax", "thue_dat_pnn.csv", "concat_ws('|', tax_code, parcel_ref, year)"),
}


def write_truth(db: duckdb.DuckDBPyConnection, plan: Plan, path: Path, say: Callable[[str], None]) -> None:
    """Write one row for each finding that the planted defects must give."""
    parts = [
        f"""select '{dataset}' as dataset, '{table}' as "table", {key} as record_key, '{dataset}/{plan.as_of}/{plan.province}/{name}' as file, rn as record_number, field, defect,
            rule_id, planted.place as instance_no from planted join {source} using (rn) where source = '{source}'"""
        for source, (dataset, table, name, key) in KEYS.items()
    ]
    db.execute(f"""
        copy (select * exclude (instance_no), '{plan.province}' as province_code, '{plan.province}-' || padded(dense_rank() over (order by defect, instance_no), 5) as instance
            from ({" union all ".join(parts)}) order by defect, instance_no, record_number desc, rule_id) to '{path}' (format csv, header true)""")
    say(f"{db.execute('select count(*) from planted').fetchall()[0][0]} findings are expected")
