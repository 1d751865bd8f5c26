"""The sentences of the mails, once in Vietnamese and once in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from province_data.mail.figures import ENGLISH, VIETNAMESE, Notation
from province_data.mail.model import Verdict


@dataclass(frozen=True)
class Wording:
    """Everything a template says in one language; `{…}` is filled with counts or dates."""

    code: str
    notation: Notation
    verdict: Mapping[Verdict, str]
    """A label of two or three words."""
    outcome: Mapping[Verdict, str]
    """What happened, in one sentence."""
    todo: Mapping[Verdict, str]
    """What the province does now; empty = nothing."""
    severity: Mapping[str, str]
    label: Mapping[str, str]


VI = Wording(
    code="vi",
    notation=VIETNAMESE,
    verdict={
        Verdict.PUBLISHED: "Đã công bố",
        Verdict.PARTLY_PUBLISHED: "Công bố một phần",
        Verdict.HELD: "Tạm giữ",
        Verdict.REFUSED: "Bị từ chối",
        Verdict.NOTHING_CAME: "Chưa nhận được",
        Verdict.UNFINISHED: "Chưa xử lý xong",
        Verdict.WAITING: "Đang chờ gửi đủ",
        Verdict.SUPERSEDED: "Gói cũ",
        Verdict.DUPLICATE: "Trùng gói đã nhận",
    },
    outcome={
        Verdict.PUBLISHED: "Đã công bố {published} trong {delivered} bản ghi nhận được, không bản ghi nào bị trả lại.",
        Verdict.PARTLY_PUBLISHED: "Đã công bố {published} trong {delivered} bản ghi nhận được; "
        "{returned} bản ghi bị trả lại để sửa tại nguồn.",
        Verdict.HELD: "Gói dữ liệu chưa được công bố vì chưa qua ngưỡng kiểm tra.",
        Verdict.REFUSED: "Gói dữ liệu bị từ chối, không bản ghi nào trong gói được công bố.",
        Verdict.NOTHING_CAME: "Chưa nhận được gói dữ liệu nào của kỳ này.",
        Verdict.UNFINISHED: "Hệ thống chưa xử lý xong gói dữ liệu nên chưa công bố.",
        Verdict.WAITING: "Gói dữ liệu chưa đủ nên đang chờ, chưa nạp.",
        Verdict.SUPERSEDED: "Gói dữ liệu cũ hơn gói đã nhận nên không dùng.",
        Verdict.DUPLICATE: "Nội dung giống hệt một gói đã nhận trước đây nên chỉ tính một lần, không bản ghi nào bị nhân đôi.",
    },
    todo={
        Verdict.PUBLISHED: "",
        Verdict.PARTLY_PUBLISHED: "Mở danh sách bản ghi bị trả lại, sửa tại hệ thống nguồn và gửi trong gói tiếp theo.",
        Verdict.HELD: "Trung tâm quyết định công bố, để riêng hay trả lại gói này và báo bằng thư; "
        "nếu gói thiếu bản ghi, gửi lại gói đầy đủ với số mới, không cần chờ.",
        Verdict.REFUSED: "Sửa tệp theo nội dung trên rồi gửi lại. Có thể thử trước bằng lệnh province-data check-file.",
        Verdict.NOTHING_CAME: "Kiểm tra hệ thống nguồn và đường truyền rồi gửi gói của kỳ này; "
        "nếu kỳ này không có biến động, báo lại cho trung tâm.",
        Verdict.UNFINISHED: "Tỉnh không phải làm gì; trung tâm đang xử lý.",
        Verdict.WAITING: "Gửi nốt phần còn thiếu; tệp manifest.json gửi sau cùng.",
        Verdict.SUPERSEDED: "Kiểm tra số thứ tự gói; dữ liệu mới phải gửi với số lớn hơn.",
        Verdict.DUPLICATE: "Nếu dữ liệu đã thay đổi, hãy xuất lại và gửi gói mới; nếu không thì không phải làm gì.",
    },
    severity={"critical": "nghiêm trọng", "error": "lỗi", "warning": "cảnh báo", "info": "thông tin"},
    label={
        "report": "Báo cáo chất lượng dữ liệu",
        "as_of": "Số liệu đến ngày {day}",
        "what": "Chuyện gì đã xảy ra",
        "detail": "Chi tiết",
        "where": "Ở đâu",
        "expected": "Yêu cầu",
        "next_step": "Việc cần làm",
        "todo": "Việc cần làm",
        "standing": "Số liệu công bố ngày {day} vẫn được giữ nguyên cho người dùng.",
        "nothing_standing": "Tập dữ liệu này chưa có số liệu nào được công bố.",
        "bundle": "{count} bản ghi cần xử lý nằm trong thư mục trả lại {folder}; hạn sớm nhất {due}.",
        "to_mend": "Cần xử lý: {count} bản ghi, hạn sớm nhất {due}.",
        "answers": "Nhận {delivered} dòng trả lời: {published} có hiệu lực, {returned} bị trả lại, {silent} không có gì mới.",
        "delivered": "Nhận",
        "published": "Công bố",
        "quarantined": "Trả lại",
        "unreadable": "Không đọc được",
        "duplicate": "Trùng lặp",
        "superseded": "Đã có bản mới hơn",
        "score": "Điểm chung",
        "failed_of": "{failed} / {evaluated} không đạt",
        "not_testable": "không kiểm tra được",
        "waived": "{count} được miễn, đếm riêng",
        "lawful": "{count} có tình trạng hợp pháp, đếm riêng",
        "rules_not_testable": "{count} quy tắc không kiểm tra được",
        "incident": "Sự cố nghiêm trọng: {count} lỗi về số định danh, loại thông tin phải đúng 100 %.",
        "findings": "Lỗi theo dõi",
        "new": "mới",
        "persisting": "còn tồn",
        "resolved": "đã xử lý",
        "worst": "Lỗi cần sửa trước",
        "more_rules": "và {count} quy tắc khác",
        "records_failed": "{failed} / {evaluated} bản ghi",
        "rule_error": "quy tắc không chạy được, trung tâm đang xử lý",
        "normalised": "Đã chuẩn hóa cách ghi khi đọc",
        "records": "{count} bản ghi",
        "open_page": "Xem từng bản ghi bị trả lại",
        "open_overview": "Mở trang chất lượng dữ liệu",
        "decide": "Quyết định: công bố, để riêng hay trả lại",
        "legend": "● xanh: từ 90 %. ▲ vàng: từ 75 %. ■ đỏ: dưới 75 %. – xám: không kiểm tra được, không tính là đạt. "
        "Điểm chung là trung bình các tiêu chí kiểm tra được. ↑↓ so với gói liền trước.",
        "privacy": "Thư chỉ có số đếm, không có dữ liệu cá nhân. Thư gửi tự động; "
        "muốn thôi nhận thì bấm “Hủy đăng ký” của trình đọc thư, hoặc trả lời thư này.",
        "load": "Lần nạp {load_id}",
        "nationwide": "Toàn quốc",
        "digest": "Tổng hợp chất lượng dữ liệu",
        "provinces": "tỉnh, thành",
        "attention": "Cần chú ý",
        "signs": "Dấu hiệu điểm tốt hơn dữ liệu, cần người xem",
        "default_value": "một giá trị lấp cột ở {count} bản ghi",
        "vanished": "{count} bản ghi có lỗi biến mất khỏi bản giao",
        "same_correction": "{count} bản ghi được sửa giống hệt nhau",
        "more_signs": "và {count} dấu hiệu khác: province-data signals",
        "more_rows": "và {count} dòng khác trong bảng dưới",
        "all_rows": "Từng tỉnh, từng tập dữ liệu",
        "province": "Tỉnh, thành",
        "returned_of": "Trả lại / nhận",
    },
)

EN = Wording(
    code="en",
    notation=ENGLISH,
    verdict={
        Verdict.PUBLISHED: "Published",
        Verdict.PARTLY_PUBLISHED: "Partly published",
        Verdict.HELD: "Held",
        Verdict.REFUSED: "Refused",
        Verdict.NOTHING_CAME: "Nothing came",
        Verdict.UNFINISHED: "Not finished",
        Verdict.WAITING: "Waiting for the rest",
        Verdict.SUPERSEDED: "Older delivery",
        Verdict.DUPLICATE: "Same as before",
    },
    outcome={
        Verdict.PUBLISHED: "{published} of {delivered} records were published, none was returned.",
        Verdict.PARTLY_PUBLISHED: "{published} of {delivered} records were published; "
        "{returned} were returned to be corrected at the source.",
        Verdict.HELD: "The delivery was not published because it did not pass the gate.",
        Verdict.REFUSED: "The delivery was refused; none of its records was published.",
        Verdict.NOTHING_CAME: "No delivery has arrived for this period.",
        Verdict.UNFINISHED: "The delivery could not be worked on to the end and was not published.",
        Verdict.WAITING: "The delivery is not complete; it waits and has not been loaded.",
        Verdict.SUPERSEDED: "The delivery is older than one already taken and was not used.",
        Verdict.DUPLICATE: "The content equals an earlier delivery: it counts once and no record is doubled.",
    },
    todo={
        Verdict.PUBLISHED: "",
        Verdict.PARTLY_PUBLISHED: "Open the list of returned records, correct them at the source and send them with the next delivery.",
        Verdict.HELD: "The centre decides whether to publish, keep apart or return this delivery, and tells you by mail; "
        "if records are missing, send a complete delivery under a new number without waiting.",
        Verdict.REFUSED: "Correct the file as stated above and send it again. Try it first with: province-data check-file.",
        Verdict.NOTHING_CAME: "Check the source and the line, then send this period's delivery; if nothing changed, tell the centre.",
        Verdict.UNFINISHED: "Nothing for the province to do; the centre is working on it.",
        Verdict.WAITING: "Send what is missing; manifest.json comes last.",
        Verdict.SUPERSEDED: "Check the sequence number; newer data must carry a higher one.",
        Verdict.DUPLICATE: "If the data has changed, export and send it anew; otherwise nothing needs to be done.",
    },
    severity={"critical": "critical", "error": "error", "warning": "warning", "info": "info"},
    label={
        "report": "Data quality report",
        "as_of": "As of {day}",
        "what": "What happened",
        "detail": "Details",
        "where": "Where",
        "expected": "Expected",
        "next_step": "What to do",
        "todo": "What to do",
        "standing": "The state published for {day} still stands for all readers.",
        "nothing_standing": "Nothing of this dataset has been published yet.",
        "bundle": "{count} records to be mended lie in the folder of returns {folder}; the first are due on {due}.",
        "to_mend": "To be mended: {count} records, the first due on {due}.",
        "answers": "{delivered} rows of answers came: {published} took effect, {returned} were returned, {silent} said nothing new.",
        "delivered": "Delivered",
        "published": "Published",
        "quarantined": "Returned",
        "unreadable": "Unreadable",
        "duplicate": "Duplicate",
        "superseded": "Superseded",
        "score": "Overall",
        "failed_of": "{failed} / {evaluated} failed",
        "not_testable": "not testable",
        "waived": "{count} waived, counted apart",
        "lawful": "{count} in a lawful state, counted apart",
        "rules_not_testable": "{count} rules not testable",
        "incident": "Critical incident: {count} errors of identifiers, which have to be right in every record.",
        "findings": "Findings",
        "new": "new",
        "persisting": "persisting",
        "resolved": "resolved",
        "worst": "Correct these first",
        "more_rules": "and {count} more rules",
        "records_failed": "{failed} / {evaluated} records",
        "rule_error": "the rule could not be run, the centre is working on it",
        "normalised": "Spelling unified on reading",
        "records": "{count} records",
        "open_page": "See each returned record",
        "open_overview": "Open the data quality pages",
        "decide": "Decide: publish, keep apart or return",
        "legend": "● green: from 90%. ▲ yellow: from 75%. ■ red: below 75%. – grey: not testable, never counted as passed. "
        "Overall is the mean of what could be tested. ↑↓ against the delivery before.",
        "privacy": "This mail holds counts only, no personal data. It was sent automatically; "
        "to get no more, press “Unsubscribe” in your mail reader, or answer it.",
        "load": "Load {load_id}",
        "nationwide": "Nationwide",
        "digest": "Data quality digest",
        "provinces": "provinces",
        "signs": "Signs that a score looks better than the data",
        "default_value": "one value fills a column in {count} records",
        "vanished": "{count} records with findings vanished from the delivery",
        "same_correction": "{count} records were mended in exactly the same way",
        "more_signs": "and {count} more signs: province-data signals",
        "attention": "Needs attention",
        "more_rows": "and {count} more in the table below",
        "all_rows": "Each province and dataset",
        "province": "Province",
        "returned_of": "Returned / delivered",
    },
)
