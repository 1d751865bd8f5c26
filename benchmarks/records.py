"""Hold a province's deliveries record by record, so that people can be added and single records damaged, and write them again."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook

FILES = {
    "person": ("population", "citizens.ndjson.gz"), "event": ("civil_status", "ho_tich.ndjson"), "parcel": ("land", "thua_dat.csv"),
    "right": ("land", "quyen_su_dung.csv"), "taxpayer": ("tax", "nguoi_nop_thue.csv"), "land_tax": ("tax", "thue_dat_pnn.csv"),
}  # fmt: skip
KEYS = {
    "person": (("soDinhDanh",),), "event": (("loaiSuKien", "maXaDangKy", "nam", "quyen", "so"),), "taxpayer": (("mst",),), "land_tax": (("mst", "ma_thua_dat", "nam"),),
    "parcel": (("ma_thua_dat",), ("ma_xa", "so_to", "so_thua")), "right": (("ma_thua_dat", "so_phat_hanh", "so_giay_to"), ("ma_xa", "so_to", "so_thua", "so_phat_hanh", "so_giay_to")),
}  # fmt: skip
"""The columns by which a record is known; the second where one of the first is empty."""
Sent = dict[str, dict[tuple[str, ...], tuple[str, int]]]
"""What a delivery said: table, key -> content and record number."""
TOTALS = {"parcel": ("dien_tich_m2", r"-?\d+(,\d+)?"), "land_tax": ("so_tien", r"-?\d+")}


class Row(dict[str, Any]):
    """One record as sent, and the table it stands in."""

    table: str

    def key(self) -> tuple[str, ...] | None:
        """Give the key as sent; None where part of it is missing."""
        for columns in KEYS[self.table]:
            if all(self.get(c) not in (None, "") for c in columns):
                return (*columns, *(str(self[c]) for c in columns))
        return None

    def at(self, path: str) -> Any:
        """Give the value at a dotted path, None where there is none."""
        found: Any = self
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def put(self, path: str, value: Any) -> None:
        """Set the value at a dotted path; None takes it away."""
        *above, last = path.split(".")
        target: dict[str, Any] = self
        for step in above:
            target = target.setdefault(step, {})
        if value is None and self.table in ("person", "event"):
            target.pop(last, None)
        else:
            target[last] = "" if value is None else value


class Province:
    """The six tables of one province on one day."""

    def __init__(self, folder: Path, code: str, as_of: date) -> None:
        self.code, self.as_of = code, as_of
        self.tables: dict[str, list[Row]] = {name: list(_read(folder, name, code, as_of)) for name in FILES}

    def add(self, table: str, values: dict[str, Any]) -> Row:
        """Append a record."""
        row = Row(values)
        row.table = table
        self.tables[table].append(row)
        return row

    def drop(self, row: Row) -> None:
        """Take a record away."""
        table = self.tables[row.table]
        del table[next(n for n in range(len(table) - 1, -1, -1) if table[n] is row)]

    def number_books(self) -> None:
        """Number every register anew by the day of registration, as a clerk would have."""
        books: dict[tuple[object, ...], list[Row]] = defaultdict(list)
        for event in self.tables["event"]:
            books[event["loaiSuKien"], event["maXaDangKy"], event["nam"]].append(event)
        for book in books.values():
            for number, event in enumerate(sorted(book, key=lambda e: str(e["ngayDangKy"])), 1):
                event["so"] = f"{number:02}"

    def sent(self) -> Sent:
        """Remember what is stated now, for the changes that follow."""
        return {
            table: {key: (_line(row), number) for number, row in enumerate(rows, 1) if (key := row.key())}
            for table, rows in self.tables.items()
        }

    def write(self, root: Path, *, sequence_no: int = 1, as_of: date | None = None, packed: str = "") -> None:
        """Write the four deliveries of the province with their manifests; land may be packed as `zip` or `xlsx`."""
        _deliver(root, self.code, as_of or self.as_of, "snapshot", sequence_no, self.tables, packed)

    def write_changes(self, root: Path, before: Sent, *, sequence_no: int = 2, packed: str = "") -> dict[int, int]:
        """Write what is new, changed or gone since; returns the record number of every row that is sent, by its identity."""
        told: dict[str, list[Row]] = {}
        for table, rows in self.tables.items():
            known = before[table]
            told[table] = [row for row in rows if (key := row.key()) is None or known.get(key, ("",))[0] != _line(row)]
        numbers = {id(row): number for rows in told.values() for number, row in enumerate(rows, 1)}
        for table, rows in self.tables.items():
            told[table] = told[table] + [_gone(table, key) for key in before[table].keys() - {row.key() for row in rows}]
        _deliver(root, self.code, self.as_of, "changes", sequence_no, told, packed)
        return numbers


def _gone(table: str, key: tuple[str, ...]) -> Row:
    half = len(key) // 2
    row = Row(dict(zip(key[:half], key[half:], strict=True)) | {"_deleted": "1"})
    row.table = table
    return row


def _line(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True)


def _deliver(root: Path, code: str, as_of: date, kind: str, sequence_no: int, tables: Mapping[str, list[Row]], packed: str = "") -> None:
    entries: dict[str, list[dict[str, object]]] = defaultdict(list)
    for table, (dataset, name) in FILES.items():
        path = _file(root, table, code, as_of)
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = tables[table]
        content = _content(table, rows)
        path.write_bytes(content)
        entry: dict[str, object] = {"name": name, "table": table, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        entries[dataset].append(entry | {"records": len(rows), "encoding": "utf-8"} | _totals(table, rows))
    if packed:
        entries["land"] = _packed(root / "land" / str(as_of) / code, packed, entries["land"], tables)
    for dataset, files in entries.items():
        manifest = {
            "dataset": dataset, "as_of": str(as_of), "province_code": code, "sequence_no": sequence_no, "kind": kind,
            "extracted_at": f"{as_of + timedelta(days=1)}T01:10:00+07:00", "commune_edition": "2025", "files": files,
        }  # fmt: skip
        (root / dataset / str(as_of) / code / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _packed(folder: Path, how: str, entries: list[dict[str, object]], tables: Mapping[str, list[Row]]) -> list[dict[str, object]]:
    """Put the files of land into one archive or workbook; returns the entries of the manifest."""
    target = folder / f"dat_dai.{how}"
    names = [str(entry["name"]) for entry in entries]
    if how == "zip":
        with ZipFile(target, "w", ZIP_DEFLATED) as archive:
            for name in names:
                archive.write(folder / name, name)
    else:
        book = Workbook(write_only=True)
        for entry in entries:
            sheet = book.create_sheet(str(entry["name"]).removesuffix(".csv"))
            rows = tables[str(entry["table"])]
            columns = list(dict.fromkeys(column for row in rows for column in row))
            sheet.append(columns)
            for row in rows:
                sheet.append([str(row.get(column, "")) or None for column in columns])
        book.save(target)
    for name in names:
        (folder / name).unlink()
    content = target.read_bytes()
    whole = {"name": target.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return [
        entry | whole | {"member": name if how == "zip" else name.removesuffix(".csv")} for entry, name in zip(entries, names, strict=True)
    ]


def _file(root: Path, table: str, code: str, as_of: date) -> Path:
    return root / FILES[table][0] / str(as_of) / code / FILES[table][1]


def _read(root: Path, table: str, code: str, as_of: date) -> Iterator[Row]:
    path = _file(root, table, code, as_of)
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            found: Iterable[dict[str, Any]] = list(csv.DictReader(file, delimiter=";" if FILES[table][0] == "land" else ","))
    else:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        found = map(json.loads, content.decode().splitlines())
    for values in found:
        row = Row(values)
        row.table = table
        yield row


def _content(table: str, rows: list[Row]) -> bytes:
    if FILES[table][1].endswith(".csv"):
        land = FILES[table][0] == "land"
        out = io.StringIO(newline="")
        columns = list(dict.fromkeys(column for row in rows for column in row))
        writer = csv.DictWriter(out, columns, delimiter=";" if land else ",", lineterminator="\r\n" if land else "\n")
        writer.writeheader()
        writer.writerows(rows)
        return (("\ufeff" if land else "") + out.getvalue()).encode()
    lines = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows).encode()
    return gzip.compress(lines, mtime=0) if FILES[table][1].endswith(".gz") else lines


def _totals(table: str, rows: list[Row]) -> dict[str, object]:
    """Sum the well-formed values of the controlled column."""
    if table not in TOTALS:
        return {}
    column, form = TOTALS[table]
    tenths = sum(round(float(str(r[column]).replace(",", ".")) * 100) for r in rows if re.fullmatch(form, str(r.get(column))))
    return {"control_totals": {column: f"{tenths / 100:.2f}"}}
