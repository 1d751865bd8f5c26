"""Read a delivery's manifest and hold it against the contract; what is wrong is said, never guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from province_data.batch import Kind, Manifest, ManifestFile
from province_data.contract.model import Contract
from province_data.errors import FormatError

SHA256 = re.compile(r"[0-9a-f]{64}")
SAFE_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}")
SAFE_MEMBER = re.compile(r"[^\x00-\x1f\x7f]{1,500}")
LARGEST_NUMBER = 10**15 - 1
LARGEST_EXPONENT = 30
"""Of a control total: ten to this power square metres or đồng are more than there are."""
EDITIONS = ("2025", "pre-2025")
ANSWERS = "corrections"
"""Stands for the table of a file of answers."""


def parse_manifest(content: bytes, contract: Contract) -> Manifest:
    """Parse `manifest.json`; FormatError names the key that is missing or wrong.

    Source: ../docs on deliveries; rules DLV-002 (counts), DLV-003 (checksum), ADM-014 (edition of the code list).
    """
    try:
        top = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise _wrong("the manifest is not JSON", "a JSON object") from None
    if not isinstance(top, dict):
        raise _wrong("the manifest is not a JSON object", "a JSON object")
    if top.get("dataset") != contract.dataset:
        raise _wrong("the manifest names another dataset", contract.dataset)
    edition = top.get("commune_edition")
    if edition not in EDITIONS:
        raise _wrong("commune_edition is missing or unknown", " or ".join(EDITIONS), "ADM-014")
    kind = top.get("kind")
    if not isinstance(kind, str) or kind not in Kind.__members__.values():
        raise _wrong("kind is missing or unknown", "snapshot, changes or corrections")
    return Manifest(
        dataset=contract.dataset,
        as_of=_date(top.get("as_of")),
        province_code=_matching(top, "province_code", r"[0-9]{2}", "the two digits of the province"),
        sequence_no=_whole(top, "sequence_no"),
        kind=Kind(kind),
        extracted_at=_moment(top.get("extracted_at")),
        commune_edition=edition,
        files=_answers(top.get("files")) if kind == Kind.CORRECTIONS else _files(top.get("files"), contract),
    )


def _wrong(what: str, expected: str, rule_id: str = "DLV-002") -> FormatError:
    return FormatError(
        what, where="manifest.json", expected=expected, next_step="send the delivery again with a right manifest", rule_id=rule_id
    )


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse an object that states a key twice: which of the two is meant nobody can tell."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _wrong("a key stands twice in the manifest", "every key once")
    return found


def _files(listed: Any, contract: Contract) -> tuple[ManifestFile, ...]:
    if not isinstance(listed, list) or not all(isinstance(f, dict) for f in listed):
        raise _wrong("files is missing", "a list with one entry per table")
    files = tuple(_file(f, contract) for f in listed)
    tables = [f.table for f in files]
    missing = [t.name for t in contract.tables if t.name not in tables]
    if missing or len(set(tables)) != len(tables):
        raise _wrong(f"the tables in files are not those of the contract (missing: {', '.join(missing) or 'none'})", "one entry per table")
    return files


def _answers(listed: Any) -> tuple[ManifestFile, ...]:
    """Read the one file of a corrections delivery; it belongs to no table, as its rows answer findings on any of them."""
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], dict):
        raise _wrong("files does not name one file", "the one file of the bundle, filled in")
    return (_described(listed[0], ANSWERS),)


def _file(entry: Mapping[str, Any], contract: Contract) -> ManifestFile:
    table = entry.get("table")
    if not isinstance(table, str) or contract.table(table) is None:
        raise _wrong("an entry of files names an unknown table", ", ".join(t.name for t in contract.tables))
    return _described(entry, table)


def _described(entry: Mapping[str, Any], table: str) -> ManifestFile:
    name = _matching(entry, "name", SAFE_NAME.pattern, "a plain file name")
    if name in (".", ".."):
        raise _wrong("a file name is not a name", "a plain file name")
    member = entry.get("member")
    if member is not None and not (isinstance(member, str) and SAFE_MEMBER.fullmatch(member)):
        raise _wrong("member is not a name", "the file in the archive or the sheet in the workbook")
    encoding = entry.get("encoding") or "utf-8"
    if not isinstance(encoding, str) or not SAFE_NAME.fullmatch(encoding):
        raise _wrong("encoding is not a name", "for example utf-8", "TXT-001")
    return ManifestFile(
        name=name,
        table=table,
        sha256=_checksum(entry),
        bytes=_whole(entry, "bytes"),
        records=_whole(entry, "records"),
        encoding=encoding,
        member=member,
        control_totals=_totals(entry.get("control_totals") or {}),
    )


def _totals(listed: Any) -> Mapping[str, Decimal]:
    if not isinstance(listed, dict):
        raise _wrong("control_totals is not an object", '{"column as sent": "sum"}')
    try:
        totals = {str(k): Decimal(str(v)) for k, v in listed.items()}
    except InvalidOperation:
        raise _wrong("a control total is not a number", "a decimal number as text") from None
    if not all(total.is_finite() and total.adjusted() <= LARGEST_EXPONENT for total in totals.values()):
        raise _wrong("a control total is not a number", "a decimal number as text")
    return totals


def _matching(entry: Mapping[str, Any], key: str, pattern: str, expected: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        raise _wrong(f"{key} is missing or malformed", expected)
    return value


def _checksum(entry: Mapping[str, Any]) -> str:
    """Read a sha256 in small letters; some tools write it in capitals."""
    written = entry.get("sha256")
    lowered = {"sha256": written.lower() if isinstance(written, str) else written}
    return _matching(lowered, "sha256", SHA256.pattern, "64 hexadecimal digits")


def _whole(entry: Mapping[str, Any], key: str) -> int:
    value = entry.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST_NUMBER:
        raise _wrong(f"{key} is not a whole number", f"0 to {LARGEST_NUMBER}")
    return value


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong("as_of is not a date", "YYYY-MM-DD") from None


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise _wrong("extracted_at is not a time", "ISO 8601 with zone") from None
    if moment.tzinfo is None:
        raise _wrong("extracted_at has no zone", "ISO 8601 with zone")
    if not 2000 <= moment.year < 2200:
        raise _wrong("extracted_at is no time of our days", "ISO 8601 with zone")
    return moment
