"""Hold the small code lists that are agreed with the agencies and come from no file."""

from __future__ import annotations

Values = tuple[tuple[str, str, str], ...]

LISTS: dict[str, Values] = {
    "sex": (("1", "Nam", "male"), ("2", "Nữ", "female")),
    "religion": (
        ("00", "Không", "none"),
        ("01", "Phật giáo", "Buddhism"),
        ("02", "Công giáo", "Catholicism"),
        ("03", "Tin lành", "Protestantism"),
        ("04", "Cao Đài", "Caodaism"),
        ("05", "Phật giáo Hòa Hảo", "Hoahao Buddhism"),
        ("06", "Hồi giáo", "Islam"),
        ("07", "Baha'i", "Baha'i faith"),
        ("08", "Tịnh độ Cư sĩ Phật hội", "Pure Land Lay Buddhist Association"),
        ("09", "Cơ đốc Phục lâm", "Seventh-day Adventism"),
        ("10", "Tứ Ân Hiếu nghĩa", "Four Debts of Gratitude"),
        ("11", "Minh Sư đạo", "Minh Su"),
        ("12", "Minh Lý đạo", "Minh Ly"),
        ("13", "Bà-la-môn", "Brahmanism"),
        ("14", "Mặc môn", "Mormonism"),
        ("15", "Hiếu Nghĩa Tà Lơn", "Hieu Nghia Ta Lon"),
        ("16", "Bửu Sơn Kỳ Hương", "Buu Son Ky Huong"),
        ("99", "Khác", "other"),
    ),
    "blood_type": tuple(
        (group + sign, f"Nhóm máu {group}{sign}", f"blood group {group}{sign}")
        for group in ("A", "B", "AB", "O")
        for sign in ("", "+", "-")
    ),
    "relation_to_head": (
        ("00", "Chủ hộ", "head of household"),
        ("01", "Vợ hoặc chồng", "spouse"),
        ("02", "Con", "child"),
        ("03", "Cha hoặc mẹ", "parent"),
        ("04", "Anh, chị, em", "sibling"),
        ("05", "Cháu", "grandchild"),
        ("06", "Ông hoặc bà", "grandparent"),
        ("99", "Khác", "other"),
    ),
    "marital_status": (
        ("1", "Chưa kết hôn", "single"),
        ("2", "Đang có vợ hoặc chồng", "married"),
        ("3", "Góa", "widowed"),
        ("4", "Ly hôn", "divorced"),
        ("5", "Ly thân", "separated"),
    ),
    "life_status": (("1", "Còn sống", "alive"), ("2", "Đã chết", "dead"), ("3", "Mất tích", "missing")),
    "land_origin": (
        ("1", "Công nhận quyền sử dụng đất", "right recognised"),
        ("2", "Công nhận như giao đất có thu tiền", "recognised as allocated with fee"),
        ("3", "Công nhận như giao đất không thu tiền", "recognised as allocated without fee"),
        ("4", "Nhà nước giao đất có thu tiền", "allocated by the State with fee"),
        ("5", "Nhà nước giao đất không thu tiền", "allocated by the State without fee"),
        ("6", "Nhà nước giao đất để quản lý", "allocated by the State for management"),
        ("7", "Thuê đất của doanh nghiệp hạ tầng khu công nghiệp", "leased from an industrial-zone company"),
        ("8", "Thuê đất của chủ đầu tư, trả tiền hằng năm", "leased from an investor, paid yearly"),
        ("9", "Thuê đất của chủ đầu tư, trả tiền một lần", "leased from an investor, paid once"),
        ("10", "Nhà nước cho thuê đất, trả tiền hằng năm", "leased from the State, paid yearly"),
        ("11", "Nhà nước cho thuê đất, trả tiền một lần", "leased from the State, paid once"),
        ("12", "Nhận chuyển quyền, như giao đất có thu tiền", "acquired, recognised as allocated with fee"),
        ("13", "Nhận chuyển quyền, như giao đất không thu tiền", "acquired, recognised as allocated without fee"),
        ("14", "Nhận chuyển quyền, như thuê đất trả tiền hằng năm", "acquired, recognised as leased, paid yearly"),
        ("15", "Nhận chuyển quyền, như thuê đất trả tiền một lần", "acquired, recognised as leased, paid once"),
        ("16", "Sở hữu căn hộ chung cư", "apartment ownership"),
    ),
    "land_use_form": (("C", "Sử dụng chung", "common use"), ("R", "Sử dụng riêng", "private use")),
    "land_term_kind": (("LD", "Lâu dài", "long term"), ("CT", "Có thời hạn", "limited term")),
    "land_class_group": (
        ("1", "Nhóm 1: sử dụng được", "group 1: usable"),
        ("2", "Nhóm 2: cần hoàn thiện", "group 2: to complete"),
        ("3", "Nhóm 3: phải xây dựng lại", "group 3: to rebuild"),
    ),
    "land_verification_state": (
        ("TC", "Đang thế chấp", "mortgaged"),
        ("VM", "Chủ vắng mặt", "owner absent"),
        ("TR", "Đang tranh chấp", "in dispute"),
        ("MG", "Mất giấy chứng nhận", "certificate lost"),
        ("CT", "Chủ đã chết, chưa chia thừa kế", "owner dead, no heir yet"),
    ),
    "cert_state": (("1", "Còn hiệu lực", "valid"), ("2", "Bị thu hồi", "revoked"), ("3", "Đã thay thế", "replaced")),
    "holder_kind": (
        ("CN", "Cá nhân", "person"),
        ("VC", "Vợ chồng", "couple"),
        ("HGD", "Hộ gia đình", "household"),
        ("TC", "Tổ chức", "organisation"),
        ("CD", "Cộng đồng dân cư", "community"),
    ),
    "holder_role": (
        ("C", "Chủ sử dụng", "owner"),
        ("V", "Vợ", "wife"),
        ("CH", "Chồng", "husband"),
        ("DD", "Người đại diện", "representative"),
    ),
    "id_type": (
        ("CCCD", "Số định danh cá nhân, 12 số", "personal ID, 12 digits"),
        ("CMND", "Chứng minh nhân dân, 9 số", "old identity card, 9 digits"),
        ("MST", "Mã số thuế", "tax code"),
        ("HC", "Hộ chiếu", "passport"),
    ),
    "event_kind": (
        ("KS", "Khai sinh", "birth"),
        ("KT", "Khai tử", "death"),
        ("KH", "Kết hôn", "marriage"),
        ("LH", "Ghi chú ly hôn", "divorce noted"),
        ("CN", "Nuôi con nuôi", "adoption"),
        ("GH", "Giám hộ", "guardianship"),
        ("NC", "Nhận cha, mẹ, con", "recognition of a parent"),
        ("TD", "Thay đổi, cải chính", "change or correction"),
    ),
    "reg_type": (
        ("1", "Đăng ký đúng hạn", "in time"),
        ("2", "Đăng ký quá hạn", "late"),
        ("3", "Đăng ký lại", "again"),
    ),
    "taxpayer_kind": (
        ("1", "Cá nhân", "individual"),
        ("2", "Hộ kinh doanh", "household business"),
        ("3", "Doanh nghiệp", "enterprise"),
        ("4", "Đơn vị phụ thuộc", "dependent unit"),
        ("5", "Tổ chức khác", "other organisation"),
    ),
}

# Compared with lower(trim(value)). Short words that are also names of ethnic minorities ("na", "ko") stay out.
FILLER_VALUES = (
    "không", "không có", "không rõ", "không biết", "không xác định", "chưa có", "chưa rõ", "chưa biết", "chưa xác định",
    "chưa cập nhật", "n/a", "n.a.", "null", "none", "nil", "unknown", ".", "..", "...", "-", "--", "---", "_", "?", "??",
    "???", "*", "/", "x", "xx", "xxx", "0",
)  # fmt: skip

CODES = [(list_name, *value) for list_name, values in LISTS.items() for value in values]
FILLERS = [("filler", value, "Giá trị lấp chỗ", "filler value") for value in FILLER_VALUES]
