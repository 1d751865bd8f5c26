"""Name the columns of a reject bundle and the words that stand in them: the same in every file, whatever the dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Answer(StrEnum):
    """What a province may answer to a finding, as it chooses it in the sheet."""

    CORRECTED = "Đã sửa"
    CONFIRMED = "Xác nhận đúng"
    NOT_OURS = "Không thuộc tỉnh"


FINDING, KEY, REPLY, VALUE, NOTE = "Mã phát hiện", "Khóa bản ghi", "Trả lời", "Giá trị đã sửa", "Ghi chú"
WIDTHS: Mapping[str, int] = {
    FINDING: 10, "Bộ dữ liệu": 9, "Bảng": 14, KEY: 22, "Trường": 20, "Mã quy tắc": 9, "Mức độ": 12, "Lý do": 40,
    "Cách ghi đúng / Việc cần làm": 40, "Hạn xử lý": 11, "Lần gửi": 6, REPLY: 16, VALUE: 20, NOTE: 22,
}  # fmt: skip
"""Each heading with the width of its column in a sheet, in characters."""
HEADINGS: Sequence[str] = tuple(WIDTHS)
TO_FILL_IN = (REPLY, VALUE, NOTE)
"""What the province writes; their headings have a colour of their own."""
SEVERITIES = {"critical": "nghiêm trọng", "error": "lỗi", "warning": "cảnh báo"}
"""The severities that go back to a province; `info` is a figure and asks for nothing."""
WHOLE_DELIVERY = "(cả lần giao)"
"""Stands for the table of a finding on a delivery as a whole."""
LIST_SHEET, GUIDE_SHEET = "Cần trả lời", "Hướng dẫn"
GUIDE = (
    "Tệp này liệt kê các bản ghi của tỉnh cần xem lại. Chỉ điền ba cột cuối, tiêu đề màu vàng: Trả lời, Giá trị đã sửa, Ghi chú.",
    "Không sửa các cột khác, không chép một phần bảng sang chỗ khác: mỗi dòng được nhận ra bằng Mã phát hiện và Khóa bản ghi.",
    "Đã sửa: ghi giá trị đúng của trường vào cột Giá trị đã sửa, viết như trong tệp tỉnh vẫn gửi; xem cột Cách ghi đúng.",
    "Nếu giá trị đúng là không có gì thì ghi (trống) vào cột Giá trị đã sửa.",
    "Xác nhận đúng: giá trị đã gửi là đúng theo hồ sơ gốc. Phát hiện được chuyển cho cơ quan chủ quản của thông tin đó.",
    "Không thuộc tỉnh: tỉnh không phải nơi xử lý. Phát hiện được chuyển cho cơ quan chủ quản; nên nói rõ trong Ghi chú.",
    "Chưa xử lý thì để trống cột Trả lời; lần nạp sau bản ghi được gửi lại, hạn xử lý không đổi.",
    "Một bản ghi có nhiều dòng thì sửa ở từng dòng; các giá trị được ghép lại thành một bản ghi mới.",
    "Gửi lại cả tệp XLSX hoặc CSV này, kèm manifest.json có kind là corrections. Một phát hiện chỉ đóng khi bản ghi đã sửa"
    " đạt mọi quy tắc.",
    "Sửa cả ở hệ thống nguồn: nếu không, lần giao sau lại mang giá trị cũ và phát hiện mở lại.",
    "Tệp có khóa bản ghi là dữ liệu cá nhân: chỉ giao cho người có nhiệm vụ, xóa khi xong việc.",
)
"""What the second sheet of a workbook says."""


NO_KEY, NO_KEY_AT = "(không có khóa)", "(không có khóa: bản ghi số %s của lần giao)"
"""Stand for the key of a record that has none; the second says where it stood in the delivery."""
