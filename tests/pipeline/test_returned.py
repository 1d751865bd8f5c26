"""After a load every province finds what it has to mend in a folder of its own, the same however often it is written."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import stat
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import openpyxl

from installation import NOW, Installation
from province_data.contract.catalog import read_catalog
from province_data.corrections.bundle import write_bundles
from province_data.corrections.columns import HEADINGS, KEY, LIST_SHEET
from province_data.store.database import connected

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "deliveries"
LATER = NOW.replace(day=9)
OPEN = """
select finding_id::text, record_key, rule_id, to_char(due_on, 'DD/MM/YYYY'), attempt::text from published.my_findings
where dataset = 'land' and province_code = '24' and status = 'open' and severity <> 'info' order by finding_id
"""


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a bundle's CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def files_of(outbox: Path) -> dict[str, str]:
    """Hash every file of the bundles."""
    found = [p for p in outbox.rglob("*") if p.is_file() and p.suffix in (".csv", ".xlsx", ".part")]
    return {p.relative_to(outbox).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_a_province_finds_what_it_has_to_mend(installation: Installation, project: Path, tmp_path: Path) -> None:
    installation.run(EXAMPLES, datasets=["land"], provinces=["24", "19"])
    outbox = installation.settings.home / "outbox"
    [folder] = (outbox / "24" / "land").iterdir()
    assert [p.name for p in sorted(folder.iterdir())] == ["24-land-1.csv", "24-land-1.xlsx"]
    rows = rows_of(folder / "24-land-1.csv")
    listed = sorted((r["Mã phát hiện"], r[KEY], r["Mã quy tắc"], r["Hạn xử lý"], r["Lần gửi"]) for r in rows)
    assert listed == sorted(installation.ask(OPEN))
    assert {r["Lần gửi"] for r in rows} == {"1"}
    assert {r["Hạn xử lý"] for r in rows if r["Mức độ"] == "nghiêm trọng"} == {"06/11/2026"}
    [area] = [r for r in rows if r["Mã quy tắc"] == "LAN-010" and r[KEY] == "w7g3vmzz4c48"]
    assert area["Trường"] == "Diện tích đo (m²) (dien_tich_m2)"
    assert "dấu phẩy" in area["Cách ghi đúng / Việc cần làm"]
    sheet = openpyxl.load_workbook(folder / "24-land-1.xlsx", read_only=True)[LIST_SHEET]
    [heading, *lines] = [["" if v is None else v for v in row] for row in sheet.iter_rows(values_only=True, max_col=len(HEADINGS))]
    assert heading == list(HEADINGS)
    assert lines == [list(r.values()) for r in rows]
    demand_private(outbox / "24")
    demand_told_in_the_mail(outbox, folder, len({(r["Bảng"], r[KEY]) for r in rows}))
    demand_same_when_written_again(installation, project, outbox)
    demand_nothing_asked_by_a_repetition(installation, outbox, tmp_path / "again")
    demand_returned_again(installation, project, tmp_path / "later")


def demand_private(folder: Path) -> None:
    """Nobody but the owner may enter a province's folder."""
    assert {stat.S_IMODE(p.stat().st_mode) for p in [folder, *folder.rglob("*")] if p.is_dir()} == {0o700}
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.rglob("*") if p.is_file()} == {0o600}


def demand_told_in_the_mail(outbox: Path, folder: Path, records: int) -> None:
    """The mail names the folder and the number of records, and holds no key."""
    [mail] = outbox.glob("2026-*/24-1.eml")
    parsed = message_from_bytes(mail.read_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    text = str(parsed.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    told = " ".join(text.split())
    assert f"{records} bản ghi cần xử lý nằm trong thư mục trả lại {folder.relative_to(outbox)}; hạn sớm nhất 06/11/2026" in told
    assert str(outbox) not in text
    assert "w7g3vmzz4c48" not in text


def demand_same_when_written_again(installation: Installation, project: Path, outbox: Path) -> None:
    """Written again, or after a kill in the middle, everything is as it was."""
    before, ledger = files_of(outbox), installation.ask("select * from quality.reject_bundle order by 1, 2, 3")
    [folder] = (outbox / "24" / "land").iterdir()
    (folder / "24-land-1.xlsx").unlink()
    (folder / ".24-land-1.part").write_bytes(b"half")
    with connected(installation.dsn) as connection:
        connection.execute("delete from quality.reject_bundle where province_code = '24'")
        write_bundles(connection, [1], read_catalog(project / "expectations"), outbox)
    assert files_of(outbox) == before
    assert installation.ask("select * from quality.reject_bundle order by 1, 2, 3") == ledger
    assert [row[1] for row in installation.ask("select province_code, sha256 from quality.reject_bundle where dataset = 'land'")] == [
        [before[f"{p}/land/2026-11-01-1/{p}-land-1.{kind}"] for kind in ("csv", "xlsx")] for p in ("19", "24")
    ]


def demand_nothing_asked_by_a_repetition(installation: Installation, outbox: Path, source: Path) -> None:
    """The same content under a new number is told in a mail; it makes no bundle, and nothing counts as returned once more."""
    folder = source / "land" / "2026-11-01" / "24"
    shutil.copytree(EXAMPLES / "land" / "2026-10-31" / "24", folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest |= {"as_of": "2026-11-01", "sequence_no": manifest["sequence_no"] + 1}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    before = files_of(outbox)
    [line] = installation.run(source, NOW.replace(day=2), datasets=["land"]).lines
    assert (line.status, line.duplicate) == ("duplicate", line.delivered)
    assert {name: digest for name, digest in files_of(outbox).items() if name.startswith("24/")} == {
        name: digest for name, digest in before.items() if name.startswith("24/")
    }
    assert {attempt for *_, attempt in installation.ask(OPEN.replace("order by", "and rule_id <> 'DLV-005' order by"))} == {"1"}


def demand_returned_again(installation: Installation, project: Path, outbox: Path) -> None:
    """What is still open after a later load goes back a second time, due on the same day."""
    with connected(installation.dsn) as connection:
        [(load_id,)] = connection.execute("insert into ops.load (started_at, rule_set) values (%s, 'r') returning load_id", (LATER,))
        connection.execute("update ops.batch set load_id = %s where province_code = '24'", (load_id,))
        [bundle] = write_bundles(connection, [load_id], read_catalog(project / "expectations"), outbox)
    assert bundle.folder == f"24/land/2026-11-09-{load_id}"
    rows = rows_of(outbox / bundle.folder / f"24-land-{load_id}.csv")
    assert {r["Lần gửi"] for r in rows} == {"2"}
    assert {r["Hạn xử lý"] for r in rows if r["Mức độ"] == "nghiêm trọng"} == {"06/11/2026"}
    assert {attempt for *_, attempt in installation.ask(OPEN.replace("order by", "and rule_id <> 'DLV-005' order by"))} == {"2"}
