"""Words that made-up citizens, streets, firms and clerks are built from."""

from __future__ import annotations

FAMILY = (
    "Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Nguyễn Trần Trần Trần Lê Lê Lê Phạm Phạm Hoàng Huỳnh Phan Phan Vũ Võ "
    "Đặng Bùi Đỗ Hồ Ngô Dương Lý Đinh Trịnh Đoàn Lưu Tạ Hà Lương"
).split()
MIDDLE_MALE = "Văn Văn Văn Văn Đức Hữu Công Minh Quang Xuân Ngọc Trọng Đình Thế Duy Quốc Tuấn Thanh Anh".split()
MIDDLE_FEMALE = "Thị|Thị|Thị|Thị|Ngọc|Thu|Thanh|Kim|Mỹ|Hồng|Bích|Diệu|Khánh|Phương|Thị Kim|Thị Thu|Thị Thanh".split("|")
GIVEN_MALE = (
    "Hùng Dũng Cường Tuấn Anh Đạt Hải Sơn Thắng Long Nam Phúc Khánh Bảo Trường Quân Việt Hoàng Tùng Kiên Hiếu Nghĩa Lộc Thịnh Vinh Bình "
    "Toàn Khải Duy Khoa Tài Tín Quý Lâm Hậu Hòa"
).split()
GIVEN_FEMALE = (
    "Hoa Lan Hương Thảo Linh Trang Nga Hằng Hạnh Yến Nhung Ánh Huyền Ngân Quỳnh Mai Thủy Xuân Hà Dung Loan Phượng Tuyết Vân Chi Duyên Đào "
    "Giang Hiền Oanh Liên Thúy Quyên Diệp Trinh Nhi"
).split()
EXTRA = "An Bá Cao Chí Gia Hải Khắc Mạnh Nhật Phú Tấn Tiến Vĩnh Yên Bảo Hạ Tường Lệ Cát Uyên".split()
STREETS = (
    "Trần Phú|Lê Lợi|Nguyễn Trãi|Hai Bà Trưng|Lý Thường Kiệt|Hùng Vương|Quang Trung|Ngô Quyền|Nguyễn Huệ|Đống Đa|Điện Biên Phủ|"
    "Phan Đình Phùng|Trần Hưng Đạo"
).split("|")
SIGNERS = "Nguyễn Minh Đức|Nguyễn Thị Hằng|Nguyễn Quốc Việt|Trần Văn Thành|Lê Thị Hằng|Phạm Minh Đức|Đỗ Văn Thành|Ngô Thị Hằng".split("|")
CAUSES = "Tuổi già|Bệnh tim mạch|Tai biến mạch máu não|Bệnh hô hấp|Ung thư".split("|")
TRADES = "xây dựng|vận tải|thương mại|may mặc|nông sản|thủy sản|dược liệu|du lịch|cơ khí|nội thất".split("|")
BRANDS = (
    "An Phát|Bình Minh|Đại Thành|Phú Cường|Thành Đạt|Trường Sơn|Thiên Long|Tân Tiến|Hòa Phú|Vĩnh Phát|Minh Quân|Nam Việt|Đông Á|"
    "Kim Ngân|Hoàng Gia|Sao Mai"
).split("|")
GUARD_GROUND = "Cha mẹ vắng mặt dài ngày, có văn bản cử người giám hộ"

# About where a province lies (latitude, longitude), so that made-up parcels fall inside the country.
CENTRES = {
    "01": (21.03, 105.75), "04": (22.67, 106.10), "08": (22.45, 105.05), "11": (21.60, 103.10), "12": (22.30, 103.30), "14": (21.30, 104.00),
    "15": (22.00, 104.40), "19": (21.90, 105.80), "20": (21.85, 106.60), "22": (21.20, 107.20), "24": (21.25, 106.25), "25": (21.10, 105.25),
    "31": (20.85, 106.45), "33": (20.65, 106.20), "37": (20.30, 106.00), "38": (20.00, 105.40), "40": (19.20, 104.90), "42": (18.30, 105.75),
    "44": (17.20, 106.60), "46": (16.35, 107.50), "48": (15.75, 107.95), "51": (14.90, 108.40), "52": (13.90, 108.60), "56": (12.10, 108.95),
    "66": (12.90, 108.50), "68": (11.70, 108.00), "75": (11.30, 106.95), "79": (10.90, 106.75), "80": (10.90, 106.20), "82": (10.45, 105.90),
    "86": (10.05, 106.25), "91": (10.10, 105.10), "92": (9.75, 105.65), "96": (9.15, 105.15),
}  # fmt: skip
