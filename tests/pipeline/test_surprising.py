"""A province's drop folder after a bad month: every delivery in it has the outcome it must have, and the good ones go through."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from installation import Installation

BASE = Path(__file__).resolve().parents[1] / "deliveries" / "broken" / "reordered_columns" / "land" / "2026-10-31" / "19"
FILES = {"thua_dat.csv": "parcel", "quyen_su_dung.csv": "right"}
FIRST = date(2026, 11, 1)


@dataclass
class Delivery:
    """A land delivery on its way out, good until it is damaged."""

    number: int
    rows: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    sent: dict[str, bytes] = field(default_factory=dict)
    top: dict[str, object] = field(default_factory=dict)
    entries: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in FILES:
            text = (BASE / name).read_bytes().decode("utf-8-sig")
            self.rows[name] = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))
        self.rows["thua_dat.csv"][0]["dia_chi"] = f"Số {self.number}, đường Lê Lợi"

    def text(self, name: str) -> str:
        """Write a table as the agencies do."""
        out = io.StringIO(newline="")
        writer = csv.DictWriter(out, list(self.rows[name][0]) if self.rows[name] else [], delimiter=";", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(self.rows[name])
        return out.getvalue()

    def write(self, root: Path) -> str:
        """Write the delivery with its manifest; returns its day."""
        day = FIRST + timedelta(days=self.number)
        folder = root / "land" / str(day) / "19"
        folder.mkdir(parents=True)
        files = []
        for name, table in FILES.items():
            content = self.sent.get(name) or ("\ufeff" + self.text(name)).encode()
            (folder / name).write_bytes(content)
            entry = {"name": name, "table": table, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            files.append(entry | {"records": len(self.rows[name]), "encoding": "utf-8"} | self.entries)
        manifest = {
            "dataset": "land", "as_of": str(day), "province_code": "19", "sequence_no": 200 + self.number, "kind": "snapshot",
            "extracted_at": f"{day + timedelta(days=1)}T01:10:00+07:00", "commune_edition": "2025", "files": files,
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(manifest | self.top), encoding="utf-8")
        return str(day)


def nothing(_: Delivery) -> None:
    """Send what is asked for."""


def in_capitals(d: Delivery) -> None:
    d.sent["thua_dat.csv"] = d.text("thua_dat.csv").replace(";so_to;", ";SO_TO;", 1).encode()


def with_another_column(d: Delivery) -> None:
    for row in d.rows["thua_dat.csv"]:
        row["ghi_chu"] = ""


def without_most_rights(d: Delivery) -> None:
    del d.rows["quyen_su_dung.csv"][30:]


def without_some_rights(d: Delivery) -> None:
    del d.rows["quyen_su_dung.csv"][60:]


def a_sum_too_small(d: Delivery) -> None:
    d.entries = {"control_totals": {"so_to": "1"}}


def one_bad_byte(d: Delivery) -> None:
    lines = d.text("thua_dat.csv").encode().split(b"\r\n")
    d.sent["thua_dat.csv"] = b"\r\n".join([*lines[:3], lines[3].replace(b";", b"\xff;", 1), *lines[4:]])


def changes_from_nowhere(d: Delivery) -> None:
    d.top = {"kind": "changes", "sequence_no": 900}


def an_older_number(d: Delivery) -> None:
    """What comes together is taken by its number."""
    d.top = {"sequence_no": 150}


DELIVERIES: Mapping[Callable[[Delivery], None], tuple[str, str]] = {
    in_capitals: ("refused", "DLV-004"),
    with_another_column: ("refused", "DLV-004"),
    nothing: ("published", ""),
    a_sum_too_small: ("refused", "DLV-002"),
    changes_from_nowhere: ("refused", "DLV-009"),
    an_older_number: ("published", ""),
    one_bad_byte: ("published", ""),
    without_most_rights: ("held", "DLV-008"),
    without_some_rights: ("published", ""),
}


def test_every_delivery_of_a_bad_month_has_its_own_outcome(installation: Installation, tmp_path: Path) -> None:
    expected = {}
    for number, (damage, outcome) in enumerate(DELIVERIES.items()):
        delivery = Delivery(number)
        damage(delivery)
        expected[delivery.write(tmp_path / "drop")] = outcome
    (tmp_path / "drop" / "land" / "ghi chú").mkdir()
    result = installation.run(tmp_path / "drop", datetime(2026, 12, 1, 3, tzinfo=UTC))
    said = installation.ask("select as_of::text, status, coalesce(split_part(reason, ':', 1), '') from ops.batch order by as_of")
    found = {str(day): (str(status), str(rule) if str(rule).startswith("DLV") else "") for day, status, rule in said}
    assert found == expected
    assert [failure.what for failure in result.failures] == ["a folder of the source is not called after a day"]
    assert installation.ask("select count(*) from published.land_right") == [(60,)]
    damaged = "select file, record_number, line, split_part(reason, ' / ', 2) from ops.unreadable"
    assert installation.ask(damaged) == [("thua_dat.csv", 3, 4, "the record holds bytes that are not in the declared encoding")]
    told = "select row_number, status from quality.finding where rule_id = 'TXT-001' and table_name = ''"
    assert installation.ask(told) == [(4, "resolved")]
    still_open = "select rule_id, severity from quality.finding where table_name = '' and status = 'open' order by 1"
    open_rules = [("DLV-006", "warning")] * 2 + [("DLV-008", "warning"), ("DLV-009", "error")]  # no time of update moved; the gap came last
    assert installation.ask(still_open) == open_rules
