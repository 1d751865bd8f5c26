"""Print the answer to a data subject: everything that is held, place by place, in the form of an administrative paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from reportlab.platypus import Flowable

from province_data.mail.figures import VIETNAM, clock, day
from province_data.paper.form import CHAPTER, DOTS, NOTE, Column, Paper, print_paper, table, text

Rows = Sequence[Mapping[str, object]]
PLACES = {
    "values validated": "Dữ liệu đang dùng", "values quarantine": "Dữ liệu bị trả lại", "validated": "Nơi lưu bản ghi đang dùng",
    "quarantine": "Nơi lưu bản ghi bị trả lại", "findings": "Lỗi đã phát hiện", "deliveries": "Các lần giao dữ liệu",
    "published": "Dữ liệu chia sẻ cho tỉnh", "links": "Liên kết giữa các bộ dữ liệu", "corrections": "Trả lời và sửa chữa của tỉnh",
    "bundles": "Danh sách đã gửi trả tỉnh", "waivers": "Miễn trừ có thời hạn", "link candidates": "Liên kết đang chờ người xem",
    "looked at by": "Ai đã tra cứu",
}  # fmt: skip
"""Heading of a trace -> what it is called on paper."""
LABELS = {
    "province_code": "Mã tỉnh", "record_key": "Khóa bản ghi", "batch_id": "Lô dữ liệu", "record_number": "Số thứ tự trong lần giao",
    "refused_by": "Bị giữ, trả lại theo quy tắc", "dataset": "Bộ dữ liệu", "table_name": "Bảng", "rule_id": "Quy tắc",
    "severity": "Mức độ", "field": "Trường", "status": "Trạng thái", "first_seen_at": "Thấy lần đầu", "last_seen_at": "Thấy lần cuối",
    "resolved_at": "Xử lý xong", "as_of": "Số liệu đến ngày", "sequence_no": "Số thứ tự gói", "kind": "Loại", "received_at": "Nhận lúc",
    "folder": "Thư mục trả lại", "due_on": "Hạn", "load_id": "Lượt nạp", "source": "Bảng nguồn", "role": "Vai trò",
    "grade": "Hạng liên kết", "method": "Cách liên kết", "asked_at": "Tra cứu lúc", "login": "Tài khoản", "purpose": "Mục đích",
    "case_no": "Số hồ sơ", "outcome": "Kết quả", "answer": "Trả lời", "note": "Ghi chú", "answered_at": "Trả lời lúc",
    "forwarded_to": "Chuyển đến",
}  # fmt: skip
"""What the columns of a trace are called on paper; others keep their names."""
UNPRINTED = ("source_uri",)
LINE = (Column("Mục", 30), Column("Nội dung", 70))


def print_answer(found: Mapping[str, Rows], request: str, now: datetime) -> bytes:
    """Print what was found under the key of a request; the paper names the request, the person stands in the file it answers."""
    local = now.astimezone(VIETNAM)
    paper = Paper(
        organisation=(DOTS * 2, DOTS * 2),
        number="Số: ……/TB-……",
        place=f"{DOTS}, ngày …… tháng …… năm {local.year}",
        kind="THÔNG BÁO",
        subject="Về dữ liệu cá nhân đang được lưu giữ, theo yêu cầu của chủ thể dữ liệu",
        receivers=("Người yêu cầu;", f"Lưu: VT, {DOTS}."),
        signer=("QUYỀN HẠN,", "CHỨC VỤ CỦA NGƯỜI KÝ"),
    )
    return print_paper(paper, list(_contents(found, request, now)), f"Trả lời yêu cầu {request}")


def _contents(found: Mapping[str, Rows], request: str, now: datetime) -> Iterator[Flowable]:
    yield text(f"Trả lời yêu cầu “{request}” (Luật Bảo vệ dữ liệu cá nhân số 91/2025/QH15), tra cứu lúc {clock(now)}:")
    if not found:
        yield text("Hệ thống không lưu giữ dữ liệu nào theo số định danh hoặc khóa bản ghi đã nêu.")
        return
    for number, (heading, rows) in enumerate(found.items(), 1):
        place, _, name = heading.partition(" · ")
        called = PLACES.get(place, place) + (f" ({name})" if name else "")
        yield text(f"{number}. {called}: {len(rows)}", CHAPTER)
        for row in rows:
            yield table(LINE, [(LABELS.get(k, k), _shown(v)) for k, v in row.items() if v not in (None, "") and k not in UNPRINTED])
    yield text(
        "Bản giao gốc của các lần giao nêu trên được lưu nguyên vẹn. Giá trị của bản ghi do cơ quan giao dữ liệu chịu trách nhiệm.", NOTE
    )


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return clock(value)
    return day(value) if isinstance(value, date) else str(value)
