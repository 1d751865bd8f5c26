"""Further defects, written from the text of the standard alone: the same rules in other columns, tables and spellings."""

from __future__ import annotations

import unicodedata
from datetime import date

from benchmarks.catalogue.civil import adoption, birth, change, divorce, guardianship, recognition, wedding
from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.catalogue.population import LONE, guest, household
from benchmarks.newcomers import Newcomers, birthday
from benchmarks.records import Row

B = broken
FAR = "2026-12-24T08:00:00+07:00"


def far(n: Newcomers) -> str:
    """A commune of another province."""
    return "26506" if n.p.code != "79" else "00070"


def person(name: str, rules: str, may: str = "", **values: object) -> Entry:
    return B(name, rules, lambda n: hurt(n.person(), **values), may)


def citizen(name: str, rules: str, may: str = "", kind: str = "1", **values: object) -> Entry:
    return B(name, rules, lambda n: hurt(n.taxpayer(n.person(), kind), **values), may)


def firm(name: str, rules: str, may: str = "", kind: str = "3", **values: object) -> Entry:
    return B(name, rules, lambda n: hurt(n.firm(kind=kind), **values), may)


def right(name: str, rules: str, may: str = "", **values: object) -> Entry:
    return B(name, rules, lambda n: hurt(n.estate()[2], **values), may)


def parcel(name: str, rules: str, may: str = "", **values: object) -> Entry:
    return B(name, rules, lambda n: hurt(n.parcel(), **values), may)


def charge(name: str, rules: str, may: str = "", **values: object) -> Entry:
    return B(name, rules, lambda n: hurt(n.homestead()[4], **values), may)


def death(n: Newcomers, **values: object) -> Row:
    return hurt(n.death(n.person(70)), **values)


def late_guardian(n: Newcomers) -> list[tuple[Row, str]]:
    """Appoint a guardian who has died."""
    guardian, head = n.person(60, "2"), n.person(50)
    ward = n.joins(n.person(12, at=n.home(head)), head, "05")
    n.death(guardian, date(2026, 1, 6))
    event = n.event("GH", ward, date(2026, 4, 7), nguoiYeuCau=guardian, nguyenNhan="Cha mẹ vắng mặt dài ngày")
    return [(event, "CIV-047"), (event, "XDS-020")]


def ward_unknown(n: Newcomers) -> Row:
    event = guardianship(n)
    return hurt(event, nguoi__soDinhDanh=n.number(n.p.tables["person"][0]["soDinhDanh"][:3], date(2014, 3, 5), "1"))


def card_not_renewed(n: Newcomers) -> Row:
    """A card issued a year before the 25th birthday runs to the 40th."""
    one = n.person(26)
    born = date.fromisoformat(one["ngaySinh"])
    return hurt(one, ngayCapThe=str(birthday(born, 24)), ngayHetHanThe=str(birthday(born, 25)))


def dead_and_moved(n: Newcomers) -> Row:
    one = guest(n)
    n.death(one)
    return hurt(one, tamTruTu="2026-03-12", tamTruDen="2027-03-12")


def lacking(name: str, rule: str, path: str, made: object, may: str = "") -> Entry:
    return B(name, rule, lambda n: hurt(made(n), **{path: None}), may)  # type: ignore[operator]


ENTRIES: tuple[Entry, ...] = (
    person("name_blank", "POP-008 TXT-004", hoTen="   "),
    # A workbook may keep no blanks in an otherwise empty cell.
    right("holder_name_blank", "LAN-038", ten_chu="  ", may="TXT-004 XDS-025"),
    right("serial_blank", "LAN-025", so_phat_hanh="  ", may="LAN-026 TXT-004"),
    right("issuer_blank", "LAN-034", co_quan_cap=" ", may="TXT-004"),
    firm("payer_name_blank", "TAX-011 TXT-004", ten_nnt="  "),
    B("signer_blank", "CIV-009 TXT-004", lambda n: hurt(birth(n), nguoiKy=" ")),
    B("birth_place_blank", "CIV-011 TXT-004", lambda n: hurt(birth(n), noiSuKien="  ")),
    person("hometown_nfd", "TXT-001", queQuan=lambda v: unicodedata.normalize("NFD", "Xã Hòa " + v)),
    B("place_nfd", "TXT-001", lambda n: death(n, noiSuKien=lambda v: unicodedata.normalize("NFD", "Xã Hòa " + v))),
    firm("firm_name_nfd", "TXT-001", ten_nnt=lambda v: unicodedata.normalize("NFD", v)),
    firm("firm_name_tcvn3", "TXT-002", ten_nnt="C«ng ty TNHH Hoµng §inh"),
    B("place_tcvn3", "TXT-002", lambda n: death(n, noiSuKien="X· An Hßa")),
    person("address_decoded_twice", "TXT-002", diaChiThuongTru="ThÃ´n 3, XÃ£ An HÃ²a", may="TXT-004"),
    person("hometown_eth", "TXT-003", queQuan="Xã \u00d0ông Phong"),
    B("signer_eth", "TXT-003", lambda n: hurt(birth(n), nguoiKy="\u00d0ặng Văn An")),
    B("place_no_break", "TXT-004", lambda n: death(n, noiSuKien=lambda v: v.replace(" ", "\u00a0", 1))),
    right("issuer_two_blanks", "TXT-004", co_quan_cap=lambda v: v.replace(" ", "  ", 1)),
    firm("firm_name_leading_blank", "TXT-004", ten_nnt=lambda v: " " + v),
    right("holder_name_filler", "TXT-006", ten_chu="Không có", may="XDS-024 XDS-048 TXT-014 XDS-025"),
    firm("payer_name_filler", "TXT-006", ten_nnt="."),
    citizen("payer_address_zero", "TXT-006", dia_chi="0"),
    person("address_filler_x", "TXT-006", diaChiThuongTru="x"),
    person("id_filler", "TXT-006 POP-002", soDinhDanh="0", **LONE, may="POP-006"),
    person("head_id_eleven_digits", "TXT-007", soDinhDanhChuHo=lambda v: v[1:], quanHeChuHo="99", may="POP-026 POP-027"),
    person("father_id_exponent", "TXT-007", soDinhDanhCha="2.4E+10"),
    B("old_card_point", "TXT-007 POP-016", lambda n: hurt(n.person(), soCmnd9=f"1{n.next():08}.0")),
    firm("representative_eleven_digits", "TXT-007", so_dinh_danh_dd=lambda v: v[1:], may="XDS-032"),
    citizen("owner_apostrophe", "TXT-007", so_dinh_danh=lambda v: "'" + v, may="TAX-008 XDS-032"),
    citizen("old_code_exponent", "TXT-007", mst_cu="8.04E+9"),
    charge("payer_eleven_digits", "TXT-007", mst=lambda v: v[1:], may="XDS-038"),
    right("holder_id_exponent_comma", "TXT-007 LAN-040", so_giay_to="7,90901E+10"),
    B("spouse_id_point", "TXT-007", lambda n: hurt(wedding(n), voChong__soDinhDanh=lambda v: v + ".0"), may="XDS-016 XDS-018 XDS-026"),
    person("expiry_of_no_calendar", "TXT-008", ngayHetHanThe="2039-02-30"),
    person("birth_date_of_month_13", "TXT-008", ngaySinh=lambda v: v[:5] + "13-07", may="POP-004 POP-009 POP-044 POP-045"),
    parcel("term_end_of_no_calendar", "TXT-008", het_han="2063-02-30"),
    firm("status_day_of_no_calendar", "TXT-008", ngay_trang_thai="2025-02-30"),
    B("notice_day_of_no_calendar", "TXT-008", lambda n: death(n, giayBaoTu__ngay="2026-04-31")),
    citizen("owner_birth_date_with_slashes", "TXT-008", ngay_sinh="04/03/1985", may="XDS-030 XDS-048 TAX-010"),
    person("card_issued_in_the_future", "TXT-009", ngayCapThe="2027-03-04", may="POP-045"),
    B("notice_in_the_future", "TXT-009", lambda n: death(n, giayBaoTu__ngay="2026-12-30")),
    firm("start_in_the_future", "TXT-009", ngay_bat_dau="2027-01-01"),
    right("issue_date_default", "TXT-010 LAN-032", ngay_cap="01/01/1970", may="LAN-044 XDS-051"),
    firm("status_day_default", "TXT-010", ngay_trang_thai="1900-01-01"),
    person("birth_date_default", "TXT-010", ngaySinh="1900-01-01", may="POP-004 POP-010 POP-045 POP-047 POP-021 TXT-011"),
    person("alias_with_digit", "TXT-013", tenKhac="Tý 2"),
    B("declarant_with_digit", "TXT-013", lambda n: hurt(birth(n), nguoiYeuCau__hoTen=lambda v: v + "1")),
    right("updated_in_the_future_right", "DLV-007", cap_nhat=FAR),
    firm("updated_in_the_future_tax", "DLV-007", ngay_cap_nhat=FAR),
    charge("updated_in_the_future_land_tax", "DLV-007", ngay_cap_nhat=FAR),
    B("updated_in_the_future_event", "DLV-007", lambda n: hurt(birth(n), capNhatLuc=FAR)),
    B("stay_in_a_commune_of_no_list", "ADM-002", lambda n: hurt(guest(n), maXaTamTru="99998")),
    right("right_in_a_commune_of_no_list", "ADM-002", ma_xa="99998"),
    B("mother_in_a_commune_of_no_list", "ADM-002", lambda n: hurt(birth(n), me__maXaThuongTru="99998")),
    citizen("payer_commune_zero_lost", "ADM-002 ADM-003", ma_xa="333"),
    parcel("old_commune_zero_lost", "ADM-002 ADM-003", ma_xa_cu="330"),
    B("father_commune_zero_lost", "ADM-002 ADM-003", lambda n: hurt(birth(n), cha__maXaThuongTru="330")),
    B("right_elsewhere", "ADM-004", lambda n: hurt(n.estate()[2], ma_xa=far(n))),
    B("payer_elsewhere", "ADM-004", lambda n: hurt(n.taxpayer(n.person()), ma_xa=far(n))),
    B("payer_address_is_the_commune", "ADM-011", lambda n: hurt(n.taxpayer(n.person()), dia_chi=lambda v: v.rsplit(", ", 1)[-1])),
    person("district_of_a_city", "ADM-009", diaChiThuongTru="Số 5, Phường Đồng Tâm, Quận Hai Bà Trưng, Thành phố Hà Nội"),
    person("blood_group_two_signs", "POP-015", nhomMau="AB++"),
    person("religion_three_digits", "POP-013", maTonGiao="100"),
    B("phone_seven_digits", "POP-053", lambda n: hurt(n.person(), soDienThoai=f"{1234567 + n.next()}")),
    person("email_two_ats", "POP-054", email="a@@b.vn"),
    B("stay_ends_when_it_starts", "POP-021", lambda n: guest(n, tamTruTu="2027-01-05", tamTruDen="2027-01-05"), may="TXT-009"),
    B("missing_with_death_date", "POP-049", lambda n: hurt(n.person(), trangThai="3", ngayChet="2026-03-04"), may="POP-028"),
    B("stay_after_death", "POP-051", dead_and_moved, may="POP-022"),
    B("card_not_renewed", "POP-045", card_not_renewed, may="POP-046"),
    B("relation_two_letters", "POP-029", lambda n: hurt(household(n)[1], quanHeChuHo="VK")),
    lacking("divorce_without_day", "CIV-039", "ngaySuKien", divorce),
    lacking("death_notice_day_missing", "CIV-030", "giayBaoTu__ngay", lambda n: n.death(n.person(70))),
    lacking("groom_birth_date_missing", "CIV-034", "nguoi__ngaySinh", wedding),
    lacking("bride_ethnicity_missing", "CIV-034", "voChong__maDanToc", wedding),
    lacking("ward_name_missing", "CIV-046", "nguoi__hoTen", guardianship),
    lacking("ward_id_missing", "CIV-046", "nguoi__soDinhDanh", guardianship),
    lacking("guardian_name_missing", "CIV-046 CIV-024", "nguoiYeuCau__hoTen", guardianship),
    lacking("change_without_field", "CIV-049", "thayDoi__truong", lambda n: change(n)[1]),
    lacking("father_birth_date_missing", "CIV-012", "cha__ngaySinh", birth),
    B("child_with_a_passport", "CIV-053", lambda n: hurt(birth(n), me__soDinhDanh="C1234567"), may="XDS-011"),
    B("mother_recognised_too_young", "CIV-042", lambda n: hurt(recognition(n)[2], cha=None, me={"hoTen": "Lê Thị Bình", "ngaySinh": "2013-01-02"}), may="CIV-043"),
    B("adopting_mother_too_young", "CIV-044", lambda n: hurt(adoption(n, date(2012, 3, 6)), me__ngaySinh="1995-04-26"), may="XDS-048 TXT-012"),
    B("guardian_has_died", "", late_guardian),
    B("ward_unknown", "XDS-020", ward_unknown),
)  # fmt: skip
