"""Defects of text, dates, codes of units and identifiers, in whatever table."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta

from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.newcomers import Newcomers
from benchmarks.records import Row

B = broken


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", "Nguyễn " + text.split(" ", 1)[1])


def twice(text: str) -> str:
    return ("Nguyễn Thị " + text.rsplit(" ", 1)[1]).encode().decode("cp1252", errors="ignore")


def birth(n: Newcomers) -> Row:
    man, wife, _ = n.couple()
    return n.child(man, wife)[1]


def first_of_january(n: Newcomers) -> list[tuple[Row, str]]:
    """Fill in 01/01 for so many people of a commune that it cannot be chance; those who were born that day stand among them."""
    home = n.home(n.person())
    there = sum(1 for p in n.p.tables["person"] if p.get("maXaThuongTru") == home[2])
    filled = [n.person(dob=date(1950 + k % 19, 1, 1), at=home) for k in range(there // 8 + 5)]
    return [(p, "TXT-011") for p in filled] + [(p, "?TXT-011") for p in n.p.tables["person"] if p.get("ngaySinh", "")[4:] == "-01-01"]


def swapped(n: Newcomers) -> Row:
    person = n.person(dob=date(1955 + n.next() % 40, 3, 9))
    return hurt(n.right(n.parcel(), person), nam_sinh=f"{person['ngaySinh'][:4]}-09-03")


def swapped_at_birth(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    child, _event = n.child(man, wife, date(2019, 5, 6))
    hurt(child, ngaySinh="2019-06-05")
    return [(child, "TXT-012"), (child, "XDS-013")]


ENTRIES: tuple[Entry, ...] = (
    B("name_nfd", "TXT-001", lambda n: hurt(n.person(), hoTen=nfd)),
    B("address_nfd", "TXT-001", lambda n: hurt(n.parcel(), dia_chi=lambda v: unicodedata.normalize("NFD", "Xã " + v))),
    B("issuer_nfd", "TXT-001", lambda n: hurt(n.estate()[2], co_quan_cap=lambda v: unicodedata.normalize("NFD", v))),
    B("name_decoded_twice", "TXT-002", lambda n: hurt(n.person(), hoTen=twice), may="TXT-014 TXT-013 TXT-004"),
    B("name_tcvn3", "TXT-002", lambda n: hurt(n.person(), hoTen="NguyÔn V¨n Hïng")),
    B("holder_tcvn3", "TXT-002", lambda n: hurt(n.right(n.parcel(), n.person(hoTen="Võ Thanh Tín")), ten_chu="Vâ Thanh TÝn"), may="XDS-024 XDS-048"),
    B("holder_viscii", "TXT-002", lambda n: hurt(n.right(n.parcel(), n.person(dob=date(1950, 3, 9) + timedelta(days=n.next() % 15000), hoTen="Hoàng Minh Hải")), ten_chu="Hoàng Minh Häi"), may="XDS-024 XDS-048"),
    B("name_vni", "TXT-002", lambda n: hurt(n.person(), hoTen="Nguyeãn Vaên Hoàng"), may="POP-007"),
    B("name_not_decoded", "TXT-002", lambda n: hurt(n.person(), hoTen="Nguy\ufffdn Văn An"), may="POP-007"),
    B("address_tcvn3", "TXT-002", lambda n: hurt(n.parcel(), dia_chi="Th«n 3, X· An Hßa")),
    B("name_eth", "TXT-003", lambda n: hurt(n.person(), hoTen="Ðặng Văn Ðức"), may="POP-007"),
    B("address_eth", "TXT-003", lambda n: hurt(n.taxpayer(n.person()), dia_chi=lambda v: "Số 3, Ðường Lê Lợi, " + v)),
    B("name_two_blanks", "TXT-004", lambda n: hurt(n.person(), hoTen=lambda v: v.replace(" ", "  ", 1))),
    B("name_no_break", "TXT-004", lambda n: hurt(n.person(), hoTen=lambda v: v.replace(" ", "\u00a0", 1))),
    B("name_zero_width", "TXT-004", lambda n: hurt(n.person(), hoTen=lambda v: v.replace(" ", " \u200b", 1))),
    B("name_bom", "TXT-004", lambda n: hurt(n.person(), hoTen=lambda v: "\ufeff" + v)),
    B("name_trailing_blank", "TXT-004", lambda n: hurt(n.person(), hoTen=lambda v: v + " ")),
    B("id_trailing_blank", "TXT-004 POP-002", lambda n: hurt(n.person(), soDinhDanh=lambda v: v + " ", soDinhDanhChuHo=None, soHo=None, quanHeChuHo=None)),
    B("name_soft_hyphen", "TXT-004", lambda n: hurt(n.person(hoTen="Nguyễn Văn Hoàng"), hoTen="Nguy\u00adễn Văn Hoàng"), may="POP-007"),
    B("name_ideographic_blank", "TXT-004", lambda n: hurt(n.person(), hoTen=lambda v: v.replace(" ", "\u3000", 1))),
    B("note_zero_width", "TXT-004", lambda n: hurt(birth(n), ghiChu="Ghi\u200b chú")),
    B("signer_tab", "TXT-004", lambda n: hurt(birth(n), nguoiKy=lambda v: v + "\t")),
    B("name_filler", "TXT-006", lambda n: hurt(n.person(), hoTen="Không rõ")),
    B("name_filler_small", "TXT-006", lambda n: hurt(n.person(), hoTen="chưa rõ"), may="POP-007"),
    B("name_filler_sign", "TXT-006", lambda n: hurt(n.person(), hoTen="-")),
    B("issuer_filler", "TXT-006", lambda n: hurt(n.estate()[2], co_quan_cap="N/A")),
    B("address_filler", "TXT-006", lambda n: hurt(n.taxpayer(n.person()), dia_chi="-")),
    B("hometown_filler", "TXT-006", lambda n: hurt(n.person(), queQuan="Không rõ")),
    B("signer_filler", "TXT-006", lambda n: hurt(birth(n), nguoiKy="—")),
    B("cause_filler", "TXT-006", lambda n: hurt(n.death(n.person()), nguyenNhan="không rõ")),
    B("place_filler", "TXT-006", lambda n: hurt(birth(n), noiSinh=None, noiSuKien=".")),
    B("id_exponent", "TXT-007 POP-002", lambda n: hurt(n.person(), soDinhDanh="7.90901E+10", soDinhDanhChuHo=None, soHo=None, quanHeChuHo=None), may="POP-006"),
    B("id_apostrophe", "TXT-007 POP-002", lambda n: hurt(n.person(), soDinhDanh=lambda v: "'" + v, soDinhDanhChuHo=None, soHo=None, quanHeChuHo=None)),
    B("id_point", "TXT-007 POP-002", lambda n: hurt(n.person(), soDinhDanh=lambda v: v + ".0", soDinhDanhChuHo=None, soHo=None, quanHeChuHo=None)),
    B("id_eleven_digits", "TXT-007 POP-002", lambda n: hurt(n.person(), soDinhDanh=lambda v: v[1:], soDinhDanhChuHo=None, soHo=None, quanHeChuHo=None)),
    B("holder_id_eleven_digits", "TXT-007 LAN-040", lambda n: hurt(n.estate()[2], so_giay_to=lambda v: v[1:])),
    B("mother_id_eleven_digits", "TXT-007", lambda n: hurt(birth(n), me__soDinhDanh=lambda v: v[1:]), may="CIV-053 XDS-011 XDS-010"),
    B("date_of_no_calendar", "TXT-008", lambda n: hurt(n.person(), thuongTruTu="2021-02-30")),
    B("leap_day_of_common_year", "TXT-008", lambda n: hurt(n.person(), thuongTruTu="2023-02-29")),
    B("date_with_slashes", "TXT-008", lambda n: hurt(n.person(), thuongTruTu="03/04/2021")),
    B("date_with_time", "TXT-008", lambda n: hurt(n.person(), thuongTruTu="2021-04-03T00:00:00+07:00")),
    B("issue_date_iso_in_land", "TXT-008", lambda n: hurt(n.estate()[2], ngay_cap="31/02/2019")),
    B("date_in_the_future", "TXT-009", lambda n: hurt(n.person(), thuongTruTu="2027-03-04")),
    B("year_in_the_future", "TXT-009", lambda n: hurt(n.estate()[2], nam_sinh="2031"), may="LAN-044 XDS-024 XDS-048 XDS-051"),
    B("default_date_1900", "TXT-010", lambda n: hurt(n.person(), thuongTruTu="1900-01-01")),
    B("default_date_1970", "TXT-010", lambda n: hurt(n.person(), thuongTruTu="1970-01-01")),
    B("default_end_9999", "TXT-010", lambda n: hurt(n.parcel(), het_han="9999-12-31")),
    B("first_of_january", "", first_of_january, may="POP-007", late=True),
    B("day_month_swap_land", "TXT-012 XDS-024", swapped),
    B("day_month_swap_birth", "", swapped_at_birth),
    B("name_with_digit", "TXT-013", lambda n: hurt(n.person(), hoTen=lambda v: v + "2")),
    B("name_full_width_digit", "TXT-013", lambda n: hurt(n.person(), hoTen=lambda v: v + "２")),
    B("name_with_underscores", "TXT-013", lambda n: hurt(n.person(), hoTen=lambda v: v.replace(" ", "_"))),
    B("name_with_comma", "TXT-013", lambda n: hurt(n.person(), hoTen="Nguyễn Văn An, Bình")),
    B("name_one_word", "TXT-014", lambda n: hurt(n.person(), hoTen="Bình"), may="POP-007"),
    B("name_syllable_of_eight", "TXT-014", lambda n: hurt(n.person(), hoTen="Nguyễn Vănthành")),
    B("name_of_seven_syllables", "TXT-014", lambda n: hurt(n.person(), hoTen="Nguyễn Thị Kim Ngọc Thu Hà My"), may="POP-007"),
    B("updated_after_extraction", "DLV-007", lambda n: hurt(n.person(), capNhatLuc="2026-11-01T01:16:00+07:00")),
    B("updated_without_zone", "DLV-007", lambda n: hurt(n.parcel(), cap_nhat="2026-04-08 14:46:22")),
    B("commune_of_no_list", "ADM-002", lambda n: hurt(n.person(), maXaThuongTru="99998")),
    B("birth_commune_of_no_list", "ADM-002", lambda n: hurt(n.person(), maXaKhaiSinh="99998")),
    B("commune_letters", "ADM-002", lambda n: hurt(n.taxpayer(n.person()), ma_xa="abcde")),
    B("commune_full_width", "ADM-002", lambda n: hurt(n.person(), maXaHienTai="０７３３３")),
    B("commune_zero_lost", "ADM-002 ADM-003", lambda n: hurt(n.parcel(), ma_xa="7333", ma_xa_cu=""), may="LAN-005"),
    B("commune_missing", "ADM-002", lambda n: hurt(n.parcel(), ma_xa="", ma_xa_cu=""), may="LAN-018"),
    B("commune_elsewhere", "ADM-004", lambda n: hurt(n.parcel(), ma_xa="26506" if n.p.code != "79" else "00070", ma_xa_cu=""), may="LAN-005"),
    B("residence_elsewhere", "ADM-004", lambda n: hurt(n.person(), maXaThuongTru="26506" if n.p.code != "79" else "00070")),
    B("old_commune_not_mapped", "ADM-006", lambda n: hurt(n.parcel(), ma_xa_cu="26740" if n.p.code != "79" else "00001")),
    Entry("split_without_evidence", ("ADM-007", "LAN-001"), lambda n: split(n), somewhere=True),
    B("old_code_as_new", "ADM-008 ADM-002", lambda n: old_code(n)),
    B("district_in_a_residence", "ADM-009", lambda n: hurt(n.person(), diaChiThuongTru="Thôn 3, Xã Đông Phong, Huyện Yên Phong, Tỉnh Bắc Ninh")),
    B("residence_without_address", "ADM-011", lambda n: hurt(n.person(), diaChiThuongTru=None)),
    B("address_is_the_commune", "ADM-011", lambda n: hurt(n.person(), diaChiThuongTru=lambda v: v.rsplit(", ", 1)[-1])),
)  # fmt: skip


def split(n: Newcomers) -> list[Row]:
    """Give a parcel without code or coordinates the old commune that was split, where the province has one."""
    found = n.split_commune()
    if found is None:
        return []
    parcel = n.parcel(ma_xa_cu=found[0], ma_xa=found[1])
    return [hurt(parcel, ma_thua_dat="", vi_do="", kinh_do="")]


def old_code(n: Newcomers) -> Row:
    """Let a citizen live under a code that only the old list knows."""
    return hurt(n.person(), maXaThuongTru=n.retired_commune(), maXaHienTai=None)
