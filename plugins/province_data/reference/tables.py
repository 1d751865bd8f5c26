"""Declare the reference tables: one per list, with the same columns in the same order as its CSV file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ListTable:
    """A list as a table of schema `reference`; columns are text unless named in `dates`."""

    name: str
    comment: str
    columns: tuple[tuple[str, str], ...]
    """(column, Vietnamese comment) in the order of the file."""
    key: tuple[str, ...]
    indexes: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()


ADMIN_UNIT = ListTable(
    name="admin_unit",
    comment="Đơn vị hành chính các cấp theo phiên bản danh mục; đổi loại là một dòng mới cùng mã.",
    columns=(
        ("code", "Mã: tỉnh 2 số, huyện 3 số, xã 5 số"),
        ("level", "Cấp: province, district, commune"),
        ("name", "Tên đầy đủ kèm loại đơn vị"),
        ("short_name", "Tên không kèm loại đơn vị"),
        ("type", "Loại: tỉnh, thành phố, quận, huyện, thị xã, xã, phường, thị trấn, đặc khu"),
        ("parent_code", "Mã đơn vị cấp trên trực tiếp"),
        ("province_code", "Mã tỉnh trong cùng phiên bản danh mục"),
        ("edition", "Phiên bản danh mục: pre-2025 (63 tỉnh) hoặc 2025 (34 tỉnh)"),
        ("valid_from", "Có hiệu lực từ ngày; trống là không ghi nhận"),
        ("valid_to", "Hết hiệu lực từ ngày (không kể ngày này); trống là còn hiệu lực"),
        ("legal_basis", "Căn cứ pháp lý"),
    ),
    key=("edition", "level", "code", "type"),
    indexes=("code", "province_code"),
    dates=("valid_from", "valid_to"),
)

COMMUNE_CROSSWALK = ListTable(
    name="commune_crosswalk",
    comment="Chuyển đổi xã cũ sang xã mới từ 01/07/2025; mã cũ D + 3 số là huyện đảo không có xã.",
    columns=(
        ("old_code", "Mã xã trước 01/07/2025"),
        ("new_code", "Mã xã từ 01/07/2025"),
        ("target_count", "Số xã mới nhận từ xã cũ này"),
        ("kind", "identity, merge, split hoặc district_to_special_zone"),
    ),
    key=("old_code", "new_code"),
    indexes=("new_code",),
)

COMMUNE_SPLIT = ListTable(
    name="commune_split",
    comment="441 xã cũ được chia cho nhiều xã mới; chuyển đổi phải có căn cứ.",
    columns=(
        ("old_code", "Mã xã cũ"),
        ("old_name", "Tên xã cũ"),
        ("old_district", "Tên huyện cũ"),
        ("old_province_code", "Mã tỉnh cũ"),
        ("old_province", "Tên tỉnh cũ"),
        ("new_province_code", "Mã tỉnh mới"),
        ("target_count", "Số xã mới"),
        ("new_codes", "Các mã xã mới, cách nhau bằng dấu cách"),
        ("new_names", "Tên các xã mới"),
    ),
    key=("old_code",),
)

ETHNIC_GROUP = ListTable(
    name="ethnic_group",
    comment="Danh mục 54 dân tộc và hai giá trị đặc biệt.",
    columns=(
        ("code", "Mã dân tộc"),
        ("name_vi", "Tên dân tộc"),
        ("aliases", "Tên gọi khác, cách nhau bằng dấu |"),
        ("kind", "ethnic group hoặc special value"),
    ),
    key=("code",),
)

ID_PROVINCE_CODE = ListTable(
    name="id_province_code",
    comment="63 mã tỉnh nơi đăng ký khai sinh, ba chữ số đầu của số định danh cá nhân.",
    columns=(
        ("id_code", "Ba chữ số đầu của số định danh"),
        ("name_at_issue", "Tên tỉnh khi cấp"),
        ("nso_code_before_2025_07", "Mã tỉnh trước 01/07/2025"),
        ("nso_code_after_2025_07", "Mã tỉnh từ 01/07/2025"),
        ("name_after_2025_07", "Tên tỉnh từ 01/07/2025"),
        ("code_survives_merger", "yes khi mã tỉnh còn dùng sau sáp nhập"),
        ("districts_2025_06", "Số huyện tại 30/06/2025"),
        ("communes_2025_06", "Số xã tại 30/06/2025"),
        ("split_communes_2025_07", "Số xã bị chia"),
        ("vn2000_central_meridian_deg", "Kinh tuyến trục VN-2000, độ"),
        ("epsg_tm3", "Mã EPSG của múi 3 độ"),
    ),
    key=("id_code",),
    indexes=("nso_code_before_2025_07",),
)

LAND_USE_CODE = ListTable(
    name="land_use_code",
    comment="Mã loại đất theo TT 08/2024/TT-BTNMT và các mã đã bị thay thế.",
    columns=(
        ("code", "Mã loại đất"),
        ("name_vi", "Tên loại đất"),
        ("name_en", "Tên tiếng Anh"),
        ("parent", "Mã nhóm cha"),
        ("level", "Bậc trong cây phân loại"),
        ("parcel_level", "yes khi dùng được cho thửa đất"),
        ("regime", "Văn bản quy định mã"),
        ("valid_from", "Có hiệu lực từ ngày"),
        ("valid_to", "Ngày cuối cùng còn hiệu lực"),
        ("replaced_by", "Mã thay thế đề xuất"),
        ("verification", "Mức độ đã kiểm chứng"),
    ),
    key=("code",),
    dates=("valid_from", "valid_to"),
)

PROVINCE = ListTable(
    name="province",
    comment="34 tỉnh, thành phố từ 01/07/2025: loại, số xã, diện tích, dân số theo nghị quyết.",
    columns=(
        ("code", "Mã tỉnh"),
        ("name", "Tên tỉnh, không kèm loại"),
        ("type_2025_07_01", "Loại tại 01/07/2025"),
        ("type_2026_11", "Loại tại tháng 11/2026"),
        ("merged_from_old_codes", "Các mã tỉnh cũ, cách nhau bằng dấu cách"),
        ("communes", "Số đơn vị cấp xã"),
        ("xa_2025_07", "Số xã tại tháng 7/2025"),
        ("phuong_2025_07", "Số phường tại tháng 7/2025"),
        ("dac_khu_2025_07", "Số đặc khu tại tháng 7/2025"),
        ("xa_2026_11", "Số xã tại tháng 11/2026"),
        ("phuong_2026_11", "Số phường tại tháng 11/2026"),
        ("dac_khu_2026_11", "Số đặc khu tại tháng 11/2026"),
        ("old_communes_2025_06", "Số xã cũ tại 30/06/2025"),
        ("area_km2", "Diện tích, km²"),
        ("population_resolution_basis", "Dân số theo cơ sở của NQ 202/2025/QH15 (gồm tạm trú quy đổi)"),
        ("population_source", "Nguồn số dân"),
        ("nso_average_population_2024_thousand", "Dân số trung bình 2024 của cơ quan thống kê, nghìn người"),
        ("vn2000_meridians", "Các kinh tuyến trục VN-2000"),
    ),
    key=("code",),
)

TAX_STATUS = ListTable(
    name="tax_status",
    comment="Trạng thái mã số thuế và lý do theo TT 90/2026/TT-BTC; không có trạng thái 08.",
    columns=(
        ("status_code", "Mã trạng thái"),
        ("reason_code", "Mã lý do; chuỗi rỗng là dòng chung của trạng thái"),
        ("name_vi", "Tên trạng thái"),
        ("name_en", "Tên tiếng Anh"),
        ("reason_note", "Ghi chú về lý do"),
        ("may_have_new_obligation", "Có thể phát sinh nghĩa vụ mới"),
        ("is_terminal", "yes khi là trạng thái kết thúc"),
        ("regime", "Văn bản quy định"),
        ("verification", "Mức độ đã kiểm chứng"),
    ),
    key=("status_code", "reason_code"),
)

CODE = ListTable(
    name="code",
    comment="Các danh mục mã nhỏ dùng trong bốn bộ dữ liệu; danh mục filler là giá trị lấp chỗ.",
    columns=(
        ("list_name", "Tên danh mục"),
        ("code", "Mã"),
        ("name_vi", "Tên tiếng Việt"),
        ("name_en", "Tên tiếng Anh"),
    ),
    key=("list_name", "code"),
)

TABLES = (
    ADMIN_UNIT, COMMUNE_CROSSWALK, COMMUNE_SPLIT, ETHNIC_GROUP, ID_PROVINCE_CODE, LAND_USE_CODE, PROVINCE, TAX_STATUS, CODE,
)  # fmt: skip
