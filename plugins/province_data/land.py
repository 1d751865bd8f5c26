"""Make the bytes of a delivery durable and account for its arrival.

Nothing counts until the bytes are safe. The same bytes for the same province give the same batch; a delivery without
its manifest is not complete and waits; one whose bytes differ from its manifest is refused.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from province_data.batch import Manifest
from province_data.contract.manifest import parse_manifest
from province_data.contract.model import Contract
from province_data.errors import FormatError
from province_data.store.landing_zone import LandedFile, keep_file, keep_text

LARGEST_MANIFEST = 1 << 20
VIETNAM = timezone(timedelta(hours=7))
IN_VIETNAMESE = {
    "DLV-002": "số bản ghi hoặc bảng kê không khớp với tệp",
    "DLV-003": "mã kiểm tra của tệp khác với bảng kê",
    "DLV-004": "các cột không đúng với hợp đồng dữ liệu",
    "TXT-001": "tệp không đúng bảng mã đã khai",
    "ADM-014": "bảng kê không nêu phiên bản danh mục đơn vị hành chính",
}


@dataclass(frozen=True)
class Problem:
    """One reason why a delivery is not taken: the rule, the place, and what to do."""

    rule_id: str
    file: str
    line: int | None
    field: str
    what: str
    expected: str
    what_vi: str

    @property
    def text(self) -> str:
        """The reason on one line, for a person."""
        place = self.file + (f", line {self.line}" if self.line else "") + (f", field {self.field}" if self.field else "")
        return f"{self.rule_id or 'refused'}: {self.what} [{place}]" + (f"; expected: {self.expected}" if self.expected else "")


@dataclass(frozen=True)
class Arrival:
    """What arrived in one delivery folder: a manifest with landed files, or the reasons why not."""

    dataset: str
    province_code: str
    as_of: str
    source_uri: str
    manifest: Manifest | None
    batch_id: str
    content_sha256: str
    delivery_id: str
    problems: tuple[Problem, ...]
    is_waiting: bool


def land_folder(folder: Path, source_uri: str, contract: Contract, landing: Path, now: datetime) -> Arrival:
    """Land one delivery folder `<as_of>/<province>/`; problems are returned, not raised."""
    as_of, province = folder.parent.name, folder.name
    manifest_path = folder / "manifest.json"
    if not manifest_path.is_file() or manifest_path.is_symlink():
        waiting = Problem(
            "DLV-002",
            "manifest.json",
            None,
            "",
            "manifest.json is absent: the delivery is not complete",
            "manifest.json, written last",
            "thiếu manifest.json: lần giao chưa hoàn tất",
        )
        return _refused(contract.dataset, province, as_of, source_uri, (waiting,), is_waiting=True)
    try:
        content = manifest_path.read_bytes()[: LARGEST_MANIFEST + 1]
        manifest = parse_manifest(content, contract)
        landed = {name: keep_file(landing, folder / name) for name in dict.fromkeys(f.name for f in manifest.files)}
    except FormatError as error:
        return _refused(contract.dataset, province, as_of, source_uri, (problem_of(error),), is_waiting=False)
    problems = (*_place_problems(manifest, province, as_of, now), *_byte_problems(manifest, landed))
    batch_id = _batch_id(manifest, landed)
    keep_text(landing, "manifests", f"{batch_id}-{manifest.sequence_no}.json", content)
    identity = hashlib.sha256(content + batch_id.encode()).hexdigest()
    return Arrival(contract.dataset, province, as_of, source_uri, manifest, batch_id[:16], batch_id, identity, problems, False)


def problem_of(error: FormatError) -> Problem:
    """Turn the refusal of a reader into a reason of the delivery."""
    place, _, rest = error.where.partition(", ")
    line = (
        int(rest.removeprefix("line ").split(",")[0])
        if rest.startswith("line ") and rest.removeprefix("line ").split(",")[0].isdigit()
        else None
    )
    return Problem(error.rule_id, place, line, "", error.what, error.expected, IN_VIETNAMESE.get(error.rule_id, "tệp không đọc được"))


def _refused(dataset: str, province: str, as_of: str, source_uri: str, problems: tuple[Problem, ...], *, is_waiting: bool) -> Arrival:
    text = "|".join([dataset, province, as_of, *(p.text for p in problems)])
    identity = hashlib.sha256(text.encode()).hexdigest()
    return Arrival(dataset, province, as_of, source_uri, None, identity[:16], identity, identity, problems, is_waiting)


def _place_problems(manifest: Manifest, province: str, as_of: str, now: datetime) -> list[Problem]:
    found = []
    if manifest.province_code != province:
        found.append(
            Problem(
                "DLV-002",
                "manifest.json",
                None,
                "province_code",
                "the manifest names another province than its folder",
                province,
                "bảng kê ghi tỉnh khác với thư mục",
            )
        )
    if manifest.as_of.isoformat() != as_of:
        found.append(
            Problem(
                "DLV-002",
                "manifest.json",
                None,
                "as_of",
                "the manifest names another day than its folder",
                as_of,
                "bảng kê ghi ngày khác với thư mục",
            )
        )
    if manifest.as_of > (now + timedelta(days=1)).date():
        found.append(
            Problem(
                "TXT-009",
                "manifest.json",
                None,
                "as_of",
                "the delivery is dated more than a day in the future",
                f"not after {now.date()}",
                "ngày của lần giao ở tương lai",
            )
        )
    return [*found, *_time_problems(manifest, now)]


def _time_problems(manifest: Manifest, now: datetime) -> list[Problem]:
    """Hold the time of extraction against the day that is told of and against our clock; a day may be told of a day early."""
    wrong = []
    if manifest.extracted_at.astimezone(VIETNAM).date() < manifest.as_of:
        wrong.append(("the delivery was extracted before the day it tells of", f"not before {manifest.as_of}", "trước ngày dữ liệu"))
    if manifest.extracted_at > now + timedelta(days=2):
        wrong.append(("the delivery was extracted more than two days in the future", f"not after {now.date()}", "ở tương lai"))
    return [
        Problem("DLV-007", "manifest.json", None, "extracted_at", what, expected, f"thời điểm trích xuất {when}")
        for what, expected, when in wrong
    ]


def _byte_problems(manifest: Manifest, landed: dict[str, LandedFile]) -> list[Problem]:
    """Hold what came against all that was declared; an archive of several tables may be declared once for each of them."""
    found = []
    for file in {(f.name, f.bytes, f.sha256): f for f in manifest.files}.values():
        ours = landed[file.name]
        if ours.bytes != file.bytes:
            found.append(
                Problem(
                    "DLV-002",
                    file.name,
                    None,
                    "bytes",
                    f"the file has {ours.bytes} bytes, the manifest declares {file.bytes}: it was cut or changed on the way",
                    f"{file.bytes} bytes",
                    f"tệp có {ours.bytes} byte, bảng kê khai {file.bytes}",
                )
            )
        if ours.sha256 != file.sha256:
            found.append(
                Problem(
                    "DLV-003",
                    file.name,
                    None,
                    "sha256",
                    "the file's sha256 differs from the manifest",
                    file.sha256,
                    "mã kiểm tra của tệp khác với bảng kê",
                )
            )
    return found


def _batch_id(manifest: Manifest, landed: dict[str, LandedFile]) -> str:
    parts = [manifest.dataset, manifest.province_code, manifest.kind, manifest.commune_edition]
    parts += sorted(f"{f.table}:{landed[f.name].sha256}:{f.member or ''}" for f in manifest.files)
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
