"""Print a province's scorecard: the figures of the mail, in the form of an administrative report, counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from reportlab.platypus import Flowable

from province_data.mail.figures import VIETNAM, clock, day, number, whole
from province_data.mail.model import DatasetReport, ProvinceReport
from province_data.mail.subject import by_gravity
from province_data.mail.view import dataset_view, plain
from province_data.mail.wording import VI
from province_data.paper.form import CHAPTER, DOTS, LEAD_IN, NOTE, Column, Paper, print_paper, table, text

RULES_PRINTED = 10
COUNTS = (
    Column("Bộ dữ liệu", 20), Column("Số liệu đến ngày", 17), Column("Kết quả", 19), Column("Nhận", 12, True), Column("Công bố", 12, True),
    Column("Trả lại", 11, True), Column("Không đọc được", 11, True), Column("Trùng lặp", 11, True), Column("Đã có bản mới hơn", 13, True),
)  # fmt: skip
RULES = (Column("Quy tắc", 13), Column("Mức độ", 15), Column("Không đạt / kiểm tra", 19, True), Column("Yêu cầu", 62))
FOLLOWED = (
    Column("Bộ dữ liệu", 25), Column("Mới", 12, True), Column("Còn tồn", 12, True), Column("Đã xử lý", 12, True),
    Column("Bản ghi cần xử lý", 16, True), Column("Hạn sớm nhất", 16, True),
)  # fmt: skip
METHOD = (
    "Điểm của một quy tắc là số bản ghi đạt chia cho số bản ghi được kiểm tra; điểm của tiêu chí và điểm chung là trung bình,"
    " không làm tròn lên. Xanh từ 90 %, vàng từ 75 %, đỏ dưới 75 %;"
    " dấu “–” là không kiểm tra được, không tính là đạt (Công văn 4856/BCA-TTDLQG)."
)


def print_scorecard(report: ProvinceReport, kind: str) -> bytes:
    """Print a report as PDF; `kind` is what the province is called before its name, for example `tỉnh`.

    The figures are those of the mail of the same load; nothing in it names a record or a person.
    """
    name = plain(report.province_name)
    subject = f"Kết quả chất lượng dữ liệu của {kind} {name}, số liệu đến ngày {day(report.as_of)}"
    paper = Paper(
        organisation=("ỦY BAN NHÂN DÂN", f"{kind} {name}".upper(), DOTS * 2),
        number="Số: ……/BC-……",
        place=f"{name}, ngày …… tháng …… năm {report.created_at.astimezone(VIETNAM).year}",
        kind="BÁO CÁO",
        subject=subject,
        receivers=(f"{DOTS * 2};", f"Lưu: VT, {DOTS}."),
        signer=("QUYỀN HẠN,", "CHỨC VỤ CỦA NGƯỜI KÝ"),
    )
    return print_paper(paper, list(_contents(report)), f"Phiếu chất lượng dữ liệu {name} {day(report.as_of)}")


def _contents(report: ProvinceReport) -> Iterator[Flowable]:
    datasets = _told_apart(by_gravity(report.datasets))
    yield text(
        f"Căn cứ kết quả kiểm tra dữ liệu theo tiêu chí “đúng, đủ, sạch, sống”, lần nạp {report.load_id},"
        f" lập lúc {clock(report.created_at)}, kết quả như sau:"
    )
    yield text("I. KẾT QUẢ TIẾP NHẬN", CHAPTER)
    yield table(COUNTS, [_counts(d) for d in datasets])
    yield text("Số nhận luôn bằng tổng năm cột sau nó: không bản ghi nào bị mất.", NOTE)
    yield from _scores(datasets)
    yield from _failures(datasets)
    yield text("IV. THEO DÕI XỬ LÝ", CHAPTER)
    yield table(FOLLOWED, [_followed(d) for d in datasets])
    yield text(
        "Danh sách từng bản ghi nằm trong thư mục trả lại của đơn vị, không ghi ở đây. Bản ghi được sửa tại hệ thống nguồn;"
        " lỗi chỉ được coi là đã xử lý khi lần gửi sau đạt yêu cầu."
    )


def _told_apart(datasets: list[DatasetReport]) -> list[DatasetReport]:
    """Name the day of a delivery where a dataset came more than once."""
    times = Counter(d.dataset for d in datasets)
    return [replace(d, title_vi=f"{d.title_vi} {day(d.as_of)}") if times[d.dataset] > 1 and d.as_of else d for d in datasets]


def _counts(found: DatasetReport) -> list[str]:
    counts = (found.delivered, found.published, found.quarantined, found.unreadable, found.duplicate, found.superseded)
    came = day(found.as_of) if found.as_of else "–"
    return [plain(found.title_vi), came, VI.verdict[found.verdict], *(whole(n, VI.notation) for n in counts)]


def _scores(datasets: Sequence[DatasetReport]) -> Iterator[Flowable]:
    scored = [d for d in datasets if d.dimensions]
    yield text("II. ĐIỂM THEO TIÊU CHÍ (%)", CHAPTER)
    if not scored:
        yield text("Chưa có bộ dữ liệu nào được chấm điểm trong lần này.")
        return
    words = [Column(d.name_vi.capitalize(), 12, True) for d in scored[0].dimensions]
    columns = (Column("Bộ dữ liệu", 22), *words, Column("Điểm chung", 13, True), Column("So kỳ trước", 12, True))
    yield table(columns, [_score_row(d) for d in scored])
    incidents = [d for d in scored if d.identifiers_wrong]
    if incidents:
        told = "; ".join(f"{plain(d.title_vi)}: {whole(d.identifiers_wrong, VI.notation)}" for d in incidents)
        yield text(f"Sự cố nghiêm trọng về số định danh, loại thông tin phải đúng 100 % (số lỗi): {told}.")
    yield text(METHOD, NOTE)


def _score_row(found: DatasetReport) -> list[str]:
    scores = [number(d.score, VI.notation) for d in found.dimensions]
    return [plain(found.title_vi), *scores, number(found.score, VI.notation), dataset_view(found, VI).change or "–"]


def _failures(datasets: Sequence[DatasetReport]) -> Iterator[Flowable]:
    yield text("III. LỖI CẦN SỬA", CHAPTER)
    failing = [d for d in datasets if d.worst or d.reason_vi]
    if not failing:
        yield text("Không có.")
    for place, found in enumerate(failing, 1):
        view = dataset_view(found, VI)
        yield text(f"{place}. {view.title}: {view.outcome}", LEAD_IN)
        for label, told in view.reason:
            yield text(f"{label}: {told}", NOTE)
        if found.worst:
            yield table(RULES, [_rule(found, n) for n in range(min(RULES_PRINTED, len(found.worst)))])
        if len(found.worst) > RULES_PRINTED:
            yield text(f"Còn {len(found.worst) - RULES_PRINTED} quy tắc khác, xem trang chất lượng dữ liệu.", NOTE)


def _rule(found: DatasetReport, place: int) -> list[str]:
    line = found.worst[place]
    share = f"{whole(line.failed, VI.notation)} / {whole(line.evaluated, VI.notation)}"
    severity = VI.severity.get(line.severity, line.severity)
    return [
        line.rule_id,
        severity,
        "không chạy được" if line.is_error else share,
        plain(line.sentence_vi),
    ]


def _followed(found: DatasetReport) -> list[str]:
    back = found.bundle
    returned = (whole(back.records, VI.notation), day(back.due_on)) if back else ("0", "–")
    return [plain(found.title_vi), *(whole(n, VI.notation) for n in (found.new, found.persisting, found.resolved)), *returned]
