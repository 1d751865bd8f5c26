"""A province answers its findings in the file it was handed, delivers it back, and only re-validation closes a finding.

One story of two provinces' land, told once and looked at from several sides.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import psycopg
import pytest

from installation import NOW, Installation, make_installation
from province_data.corrections.columns import FINDING, HEADINGS, KEY, LIST_SHEET, NOTE, REPLY, VALUE, Answer
from province_data.pipeline import RunResult
from province_data.store import embedded

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "deliveries"
GOOD_CODE, FORMULA = "w7g2u0b4czbg", "=HYPERLINK(1)"
MENDED, WRONG, MERGED, DISPUTED, REKEYED = "w7g3vmzz4c48", "w7g2ey3uw0c7", "w7g2x4ec664y", "w7g2hb8ry4kv", "w7g3nz25dap9"
CONFIRMED, SERIAL = "w7errpdvyeg8", "w7g2ru8btgem|LU 57O058|068086038083"
NEW_SERIAL = "w7g2ru8btgem|LU 570058|068086038083"
FINDING_OF = """
select finding_id from quality.finding where province_code = %s and record_key = %s and rule_id = %s order by occurrence limit 1
"""
STATE = "select status, attempt, answer, answer_note, forwarded_to from published.my_findings where record_key = %s and rule_id = %s"
IDENTITY = "select bool_and(delivered = published + quarantined + unreadable + duplicate + superseded) from ops.batch"
Row = dict[str, str]


def geohash(lat: float, lon: float) -> str:
    """Write a point as a parcel code."""
    ranges, code, is_lon = {True: [-180.0, 180.0], False: [-90.0, 90.0]}, "", True
    for _ in range(12):
        digit = 0
        for _ in range(5):
            low, high = ranges[is_lon]
            middle, value = (low + high) / 2, lon if is_lon else lat
            digit = digit * 2 + (value >= middle)
            ranges[is_lon] = [middle, high] if value >= middle else [low, middle]
            is_lon = not is_lon
        code += "0123456789bcdefghjkmnpqrstuvwxyz"[digit]
    return code


def deliver(root: Path, path: Path, *, province: str = "24", sequence_no: int = 1, records: int, as_of: str = "2026-11-05") -> Path:
    """Send a file back as a batch of corrections; returns the source."""
    folder = root / "land" / as_of / province
    folder.mkdir(parents=True)
    content = path.read_bytes()
    (folder / path.name).write_bytes(content)
    file = {"name": path.name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "records": records}
    manifest = {"dataset": "land", "as_of": as_of, "province_code": province, "sequence_no": sequence_no, "kind": "corrections"}
    manifest |= {"extracted_at": f"{as_of}T08:00:00+07:00", "commune_edition": "2025", "files": [file]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return root


def first_deliveries(root: Path) -> Path:
    """Copy the land of two provinces; in one a parcel code has become a formula."""
    for province in ("19", "24"):
        shutil.copytree(EXAMPLES / "land" / "2026-10-31" / province, root / "land" / "2026-10-31" / province)
    folder = root / "land" / "2026-10-31" / "24"
    content = (folder / "thua_dat.csv").read_bytes().replace(GOOD_CODE.encode(), FORMULA.encode())
    (folder / "thua_dat.csv").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][0] |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return root


def bundle_of(installation: Installation, kind: str) -> Path:
    """Find the newest bundle of Bắc Ninh's land."""
    found = (installation.settings.home / "outbox" / "24" / "land").glob(f"*/*.{kind}")
    return max(found, key=lambda p: int(p.stem.rpartition("-")[2]))


def answer_in_sheet(path: Path, target: Path, answers: dict[tuple[str, str], tuple[str, str, str]], extra: list[Row]) -> int:
    """Fill in a workbook as a province would, by (key, rule); returns the number of its rows."""
    book = openpyxl.load_workbook(path)
    sheet = book[LIST_SHEET]
    column = {heading: n for n, heading in enumerate(HEADINGS, 1)}
    for row in range(2, sheet.max_row + 1):
        key, rule = (str(sheet.cell(row, column[h]).value) for h in (KEY, "Mã quy tắc"))
        for heading, text in zip((REPLY, VALUE, NOTE), answers.get((key, rule), ("", "", "")), strict=True):
            if text:
                sheet.cell(row, column[heading], text)
                sheet.cell(row, column[heading]).data_type = "s"
    for one in extra:
        sheet.append([one.get(heading) for heading in HEADINGS])
    rows = int(sheet.max_row) - 1
    book.save(target)
    return rows


@dataclass(frozen=True)
class Story:
    """What happened: the first answers as XLSX, the second as CSV, then the same again."""

    installation: Installation
    rows: int
    first: RunResult
    second: RunResult
    again: RunResult
    repeated: RunResult
    csv_rows: list[Row]
    csv_of_first: list[Row]


@pytest.fixture(scope="module")
def story(database_server: embedded.EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Tell the story once."""
    folder = tmp_path_factory.mktemp("corrections")
    installation, remove = make_installation(database_server, folder / "home", EXAMPLES.parents[1])
    try:
        yield tell(installation, folder)
    finally:
        remove()


def tell(installation: Installation, folder: Path) -> Story:
    """Load, answer, deliver back, answer what is left, deliver that too."""
    installation.run(first_deliveries(folder / "deliveries"), datasets=["land"])
    csv_of_first = rows_of(bundle_of(installation, "csv"))
    filled = folder / "đã điền.xlsx"
    rows = answer_in_sheet(bundle_of(installation, "xlsx"), filled, first_answers(), strange_rows(installation))
    source = deliver(folder / "answers", filled, records=rows)
    first = installation.run(source, day(5))
    again = installation.run(source, day(6))
    repeated = installation.run(deliver(folder / "repeated", filled, records=rows, sequence_no=2, as_of="2026-11-06"), day(6))
    by_hand = bundle_of(installation, "csv")
    csv_rows = rows_of(by_hand)
    second = installation.run(deliver(folder / "csv", second_answers(by_hand, folder), records=len(csv_rows), sequence_no=3), day(7))
    return Story(installation, rows, first, second, again, repeated, csv_rows, csv_of_first)


def day(number: int) -> datetime:
    """A day of the story."""
    return NOW.replace(day=number)


def rows_of(path: Path) -> list[Row]:
    """Read a bundle's CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def first_answers() -> dict[tuple[str, str], tuple[str, str, str]]:
    """What the officer writes into the workbook."""
    done = Answer.CORRECTED.value
    return {
        (MENDED, "LAN-010"): (done, "872,9", ""),
        (WRONG, "LAN-016"): (done, "XYZ", ""),
        (WRONG, "LAN-017"): (done, "XYZ", ""),
        (MERGED, "LAN-016"): (done, "ONT", ""),
        (MERGED, "LAN-017"): (done, "ONT", ""),
        (DISPUTED, "LAN-016"): (done, "ONT", ""),
        (DISPUTED, "LAN-017"): (done, "CLN", ""),
        (REKEYED, "LAN-002"): (done, geohash(21.30999, 106.11705), ""),
        (SERIAL, "LAN-026"): (done, "LU 570058", ""),
        (SERIAL, "LAN-027"): (done, "LU 570058", ""),
        (CONFIRMED, "ADM-002"): (Answer.CONFIRMED.value, "", "=1+1"),
        (CONFIRMED, "ADM-003"): (Answer.NOT_OURS.value, "", ""),
    }


def strange_rows(installation: Installation) -> list[Row]:
    """Rows that cannot be taken: an unknown finding, another province's, a strange answer, a missing value, another key."""
    [(foreign,)] = installation.ask(FINDING_OF, "19", "w7gnq6p9231j", "LAN-010")
    [(ours,)] = installation.ask(FINDING_OF, "24", "w7g3n7z1cv2u", "LAN-010")
    key = {FINDING: str(ours), KEY: "w7g3n7z1cv2u"}
    return [
        {FINDING: "999999999", KEY: "x", REPLY: "Đã sửa", VALUE: "1"},
        {FINDING: str(foreign), KEY: "w7gnq6p9231j", REPLY: "Đã sửa", VALUE: "1"},
        {**key, REPLY: "Có lẽ"},
        {**key, REPLY: "Đã sửa"},
        {**key, VALUE: "12"},
        {**key, KEY: "another", REPLY: "Xác nhận đúng"},
    ]


def second_answers(path: Path, folder: Path) -> Path:
    """What a program writes into the CSV: the value that was wrong, and the code that was a formula."""
    rows = rows_of(path)
    for row in rows:
        if row["Mã quy tắc"] == "LAN-016" and row[KEY] == WRONG:
            row[REPLY], row[VALUE] = "đã sửa ", "CLN"
        if row[KEY] == f"'{FORMULA}" and row["Trường"].endswith("(ma_thua_dat)"):
            row[REPLY], row[VALUE], row[NOTE] = "Đã sửa", GOOD_CODE, "'=2+2"
    target = folder / "trả lời.csv"
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, HEADINGS, lineterminator="\r\n")  # parted by commas, as another Excel saves it
        writer.writeheader()
        writer.writerows(rows)
    return target


def test_a_mended_record_closes_its_findings(story: Story) -> None:
    ask = story.installation.ask
    assert ask(STATE, MENDED, "LAN-010") == [("resolved", 1, "corrected", None, None)]
    assert ask(STATE, MERGED, "LAN-016") == ask(STATE, MERGED, "LAN-017") == [("resolved", 1, "corrected", None, None)]
    assert ask("select area_m2 from published.land_parcel where parcel_code = %s", MENDED)[0] == (Decimal("872.9"),)


def test_a_record_whose_key_was_wrong_is_known_by_the_new_one(story: Story) -> None:
    ask = story.installation.ask
    assert ask(STATE, SERIAL, "LAN-026") == ask(STATE, SERIAL, "LAN-027") == [("resolved", 1, "corrected", None, None)]
    assert ask("select _record_key from validated.land__right where _record_key in (%s, %s)", SERIAL, NEW_SERIAL) == [(NEW_SERIAL,)]
    assert ask(STATE, REKEYED, "LAN-002") == [("resolved", 1, "corrected", None, None)]
    assert ask("select count(*) from quarantine.land__parcel where _record_key = %s", REKEYED) == [(0,)]


def test_what_was_mended_wrongly_comes_back_until_it_is_right(story: Story) -> None:
    [(status, attempt, answer, *_)] = story.installation.ask(STATE, WRONG, "LAN-016")
    assert (status, attempt, answer) == ("resolved", 2, "corrected")
    again = [(r["Lần gửi"], r[REPLY], r[VALUE]) for r in story.csv_rows if r[KEY] == WRONG and r["Mã quy tắc"] == "LAN-016"]
    assert again == [("2", "", "")]


def test_answers_without_a_value_are_kept_and_go_to_the_owner(story: Story) -> None:
    ask = story.installation.ask
    assert ask(STATE, CONFIRMED, "ADM-002") == [("open", 3, "confirmed", "=1+1", "land")]
    assert ask(STATE, CONFIRMED, "ADM-003") == [("open", 3, "not_ours", None, "land")]
    told = {r["Mã quy tắc"]: r[REPLY] for r in story.csv_rows if r[KEY] == CONFIRMED}
    assert told == {"ADM-002": "Xác nhận đúng", "ADM-003": "Không thuộc tỉnh"}


def test_rows_that_cannot_be_taken_are_listed_and_the_rest_goes_through(story: Story) -> None:
    listed = story.installation.ask(
        "select u.record_number, u.line, split_part(u.reason, ' / ', 2) from ops.unreadable u join ops.batch b using (batch_id)"
        " where b.kind = 'corrections' order by 1"
    )
    reasons = [str(reason) for *_, reason in listed]
    assert reasons[:2] == ["two rows say different things of the same"] * 2
    assert [r[:40] for r in reasons[2:]] == [
        r[:40]
        for r in (
            "there is no such finding of the province in this dataset",
            "there is no such finding of the province in this dataset",
            "the answer is not one of the list",
            "the corrected value is missing",
            "there is a value but no answer",
            "the record key is not that of the finding",
        )
    ]
    assert [n for n, *_ in listed[2:]] == list(range(story.rows - 5, story.rows + 1))
    assert all(line == int(str(n)) + 1 for n, line, _ in listed)


def test_every_row_is_counted_once(story: Story) -> None:
    assert story.installation.ask(IDENTITY) == [(True,)]
    [line] = story.first.lines
    corrected, mended_wrongly, other_answers, unreadable = 8, 2, 2, 8
    assert (line.delivered, line.unreadable, line.quarantined) == (story.rows, unreadable, mended_wrongly)
    assert line.published == corrected - mended_wrongly + other_answers
    assert line.duplicate == story.rows - unreadable - corrected - other_answers
    assert line.superseded == 0
    assert line.scores == {}


def test_the_statement_of_the_agency_stays_the_newest(story: Story) -> None:
    ask = story.installation.ask
    assert ask("select as_of::text from published.freshness where dataset = 'land' and province_code = '24'") == [("2026-10-31",)]
    assert ask("select count(distinct b.kind), min(b.kind) from published.quality_score s join ops.batch b using (batch_id)") == [
        (1, "snapshot")
    ]


def test_a_second_run_changes_nothing(story: Story) -> None:
    assert story.again.lines == ()
    assert "nothing new" in " ".join(story.again.notes)
    [line] = story.repeated.lines
    assert (line.status, line.duplicate) == ("duplicate", line.delivered)


def test_a_cell_that_looks_like_a_formula_is_inert_and_comes_back_as_it_was(story: Story) -> None:
    keys = {r[KEY] for r in story.csv_of_first}
    assert f"'{FORMULA}" in keys
    assert not [k for k in keys if k.startswith(("=", "+", "-", "@"))]
    states = story.installation.ask("select status, answer, answer_note from published.my_findings where record_key = %s", FORMULA)
    assert ("resolved", "corrected", "=2+2") in states
    assert {status for status, *_ in states} == {"resolved"}
    assert story.installation.ask("select count(*) from published.land_parcel where parcel_code = %s", GOOD_CODE) == [(1,)]


def test_a_file_of_another_province_is_refused(story: Story, tmp_path: Path) -> None:
    path = bundle_of(story.installation, "csv")
    source = deliver(tmp_path, path, province="19", records=len(rows_of(path)), as_of="2026-11-08")
    [line] = story.installation.run(source, day(8)).lines
    assert (line.status, line.quarantined) == ("refused", line.delivered)
    assert "no row of the file answers a finding of this province" in str(line.reason)


def test_answers_and_bundles_are_seen_by_their_own_province_only(story: Story) -> None:
    seen = "select (select count(*) from {0} where province_code <> %s), (select count(*) from {0} where province_code = %s)"
    with psycopg.connect(story.installation.dsn, autocommit=True) as connection:
        for role, code, has_answers in (("province_24", "24", True), ("province_19", "19", False)):
            connection.execute(f"set role {role}".encode())
            for table in ("quality.answer", "quality.reject_bundle"):
                [(others, own)] = connection.execute(seen.format(table).encode(), (code, code)).fetchall()
                assert others == 0
                assert bool(own) == (has_answers or table == "quality.reject_bundle")
            connection.execute("reset role")


def test_the_mail_counts_the_answers_and_shows_none(story: Story) -> None:
    """The mail of the load that took the first answers."""
    [number] = story.first.load_ids
    [path] = (story.installation.settings.home / "outbox").glob(f"2026-*/24-{number}.eml")
    parsed = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    assert "đất đai (trả lời) · 10 bản ghi bị trả lại" in str(parsed["Subject"])
    text = " ".join(str(parsed.get_body(("plain",)).get_content()).split())  # type: ignore[union-attr]
    assert f"Nhận {story.rows} dòng trả lời: 8 có hiệu lực, 10 bị trả lại" in text
    assert not [key for key in (MENDED, WRONG, CONFIRMED, "872,9", "LU 570058") if key in path.read_text() or key in text]
