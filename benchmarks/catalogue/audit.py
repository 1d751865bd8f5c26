"""Further defects, written from the text of the standard alone: the same rules in other columns, tables and spellings."""

from __future__ import annotations

import unicodedata
from datetime import date

from benchmarks.catalogue.civil import adoption, birth, change, divorce, guardianship, recognition, wedding
from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.catalogue.land import couple_on_paper, residence
from benchmarks.catalogue.population import LONE, guest, household
from benchmarks.catalogue.traps import trap
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


def couple_dead(n: Newcomers) -> list[tuple[Row, str]]:
    """Let both of a couple die whose parcel is not marked."""
    man, wife, _ = n.couple(70)
    field = n.parcel()
    of = n.right(field, man, "VC", "CH", ngay_cap="15/09/2020")
    n.right(field, wife, "VC", "V", of=of)
    n.death(man), n.death(wife)
    return [(field, "XDS-005")]


def old_card(n: Newcomers, holder: Row, paper: Row) -> Row:
    holder["soCmnd9"] = f"{n.next():07}{n.p.code}"
    return hurt(paper, loai_giay_to="CMND", so_giay_to=holder["soCmnd9"])


def dead_by_old_card(n: Newcomers) -> list[tuple[Row, str]]:
    holder, field, paper = n.estate(70)
    old_card(n, holder, paper)
    n.death(holder)
    return [(field, "XDS-005")]


def dead_by_old_card_without_code(n: Newcomers) -> list[tuple[Row, str]]:
    holder, field, paper = n.estate(70)
    old_card(n, holder, paper)
    hurt(field, ma_thua_dat=""), hurt(paper, ma_thua_dat="")
    n.death(holder)
    return [(field, "XDS-005"), (field, "LAN-001")]


def issued_to_a_dead_wife(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple(70)
    field = n.parcel()
    of = n.right(field, man, "VC", "CH")
    paper = n.right(field, wife, "VC", "V", of=of)
    n.death(wife, date(2020, 9, 10))
    hurt(man, tinhTrangHonNhan="3", soDinhDanhVoChong=None)
    return [(paper, "XDS-006"), (paper, "?XDS-026"), (of, "?XDS-026")]


def issued_to_the_dead_by_old_card(n: Newcomers) -> Row:
    holder, field, paper = n.estate(70)
    old_card(n, holder, paper)
    n.death(holder, date(2020, 9, 10))
    hurt(field, ly_do_chua_sach="CT")
    return paper


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


def two_deputies(n: Newcomers) -> list[Row]:
    head = n.person(50)
    other = n.joins(n.person(30, at=n.home(head)), head, "99")
    field = n.parcel()
    first = n.right(field, head, "HGD", "DD")
    return [first, n.right(field, other, "HGD", "DD", of=first)]


def serial_on_another_day(n: Newcomers) -> list[Row]:
    holder, _, first = n.estate()
    return [first, hurt(n.right(n.parcel(), holder, of=first), ngay_cap="15/09/2021")]


def branch(n: Newcomers, **values: object) -> Row:
    return hurt(n.branch(n.firm()), **values)


def business(n: Newcomers) -> Row:
    """A household business whose code is still of ten digits."""
    while True:
        code = f"97{n.p.code}{n.next():05}"
        rest = sum(w * int(d) for w, d in zip((31, 29, 23, 19, 17, 13, 7, 5, 3), code, strict=True)) % 11
        if rest:
            return n.taxpayer(n.person(), "2", mst=f"{code}{10 - rest}", ngay_cap="2014-04-05", ngay_bat_dau="2014-04-05")


def dead_and_moved(n: Newcomers) -> Row:
    one = guest(n)
    n.death(one)
    return hurt(one, tamTruTu="2026-03-12", tamTruDen="2027-03-12")


def lacking(name: str, rule: str, path: str, made: object, may: str = "") -> Entry:
    return B(name, rule, lambda n: hurt(made(n), **{path: None}), may)  # type: ignore[operator]


ENTRIES: tuple[Entry, ...] = (
    person("name_blank", "POP-008 TXT-004", hoTen="   "),
    right("holder_name_blank", "LAN-038 TXT-004", ten_chu="  ", may="XDS-025"),
    right("serial_blank", "LAN-025 TXT-004", so_phat_hanh="  ", may="LAN-026"),
    right("issuer_blank", "LAN-034 TXT-004", co_quan_cap=" "),
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
    person("old_card_point", "TXT-007 POP-016", soCmnd9="123456789.0"),
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
    person("phone_seven_digits", "POP-053", soDienThoai="1234567"),
    person("email_two_ats", "POP-054", email="a@@b.vn"),
    B("stay_ends_when_it_starts", "POP-021", lambda n: guest(n, tamTruTu="2027-01-05", tamTruDen="2027-01-05"), may="TXT-009"),
    B("missing_with_death_date", "POP-049", lambda n: hurt(n.person(), trangThai="3", ngayChet="2026-03-04")),
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
    parcel("area_below_one_metre", "LAN-011", dien_tich_m2="0,5", dien_tich_phap_ly_m2="0,5"),
    parcel("yearly_lease_of_origin_14", "LAN-024", nguon_goc="14", thoi_han="LD", het_han=""),
    B("town_home_with_an_end", "LAN-022", lambda n: hurt(residence(n)[1], thoi_han="CT", het_han="2063-10-15")),
    B("serial_on_another_day", "LAN-028", serial_on_another_day, may="LAN-042 LAN-031"),
    right("issued_by_a_town", "LAN-033", co_quan_cap="UBND Thị xã Từ Sơn", ngay_cap="04/08/2025"),
    right("issued_by_a_city_of_a_province", "LAN-033", co_quan_cap="Ủy ban nhân dân thành phố Biên Hòa, tỉnh Đồng Nai", ngay_cap="04/08/2025"),
    right("issued_by_a_district_office", "LAN-033", co_quan_cap="Phòng Tài nguyên và Môi trường huyện Yên Phong", ngay_cap="04/08/2025"),
    right("old_card_of_ten_digits", "LAN-040", loai_giay_to="CMND", so_giay_to="1234567890", may="XDS-025"),
    B("organisation_check_digit", "LAN-040 XDS-041", lambda n: hurt(n.right(n.parcel(), n.firm(), "TC", "C"), so_giay_to=lambda v: v[:9] + str((int(v[9]) + 3) % 10))),
    B("household_of_two_deputies", "LAN-042", two_deputies),
    B("couple_of_a_third_role", "LAN-042", lambda n: hurt(couple_on_paper(n)[0], vai_tro="C"), may="XDS-026"),
    right("two_names_with_ampersand", "LAN-058 TXT-013", ten_chu=lambda v: v + " & Lê Thị Hoa", may="XDS-024 XDS-048 TXT-014"),
    right("name_with_title_in_capitals", "LAN-058", ten_chu=lambda v: "BÀ " + v.upper()),
    right("name_of_a_household_man", "LAN-058", ten_chu=lambda v: "Hộ ông " + v),
    B("group_one_without_holder_number", "LAN-054", lambda n: group_one_nameless(n)),
    parcel("state_in_small_letters", "LAN-056", ly_do_chua_sach="tc"),
    firm("other_organisation_of_nine", "TAX-002", kind="5", mst=lambda v: v[:9]),
    B("household_business_of_ten", "TAX-002 TAX-008", business),
    B("branch_check_digit", "TAX-003 TAX-018", lambda n: branch(n, mst=lambda v: v[:9] + str((int(v[9]) + 3) % 10) + v[10:])),
    B("branch_two_digits", "TAX-002", lambda n: branch(n, mst=lambda v: v[:-1]), may="TAX-018"),
    firm("suspended_for_a_foreign_reason", "TAX-014", trang_thai="05", ly_do="07", ngay_trang_thai="2026-03-04"),
    firm("suspended_with_end", "TAX-016", trang_thai="05", ly_do="01", ngay_trang_thai="2026-03-04", ngay_ket_thuc="2026-12-04", may="TXT-009"),
    firm("verified_with_end", "TAX-016", trang_thai="09", ly_do="01", ngay_trang_thai="2026-08-04", ngay_ket_thuc="2026-09-04"),
    firm("started_after_end", "TAX-017", trang_thai="01", ly_do="07", ngay_ket_thuc="2016-09-07", ngay_cap="2016-09-01"),
    firm("moves_too_long", "TAX-020", trang_thai="02", ly_do="01", ngay_trang_thai="2026-05-03"),
    firm("awaits_bankruptcy_too_long", "TAX-020", trang_thai="07", ly_do="01", ngay_trang_thai="2025-05-03"),
    firm("other_organisation_without_representative", "TAX-022", kind="5", so_dinh_danh_dd=""),
    firm("office_in_words", "TAX-026", ma_cqt="CCT Ba Đình"),
    firm("address_in_a_town_of_a_province", "TAX-028", dia_chi="Số 5, Phường Hoa Lư, TP. Pleiku, tỉnh Gia Lai"),
    charge("amount_missing", "TAX-036", so_tien=""),
    charge("year_missing", "TAX-035", nam=""),
    charge("taxed_area_missing", "TAX-032", dien_tich_m2=""),
    charge("taxed_area_negative", "TAX-032", dien_tich_m2="-5", may="XDS-039"),
    charge("paid_in_words", "TAX-036", da_nop="chưa nộp"),
    charge("paid_negative", "TAX-033", da_nop="-1"),
    B("couple_dead_not_marked", "", couple_dead),
    B("dead_by_old_card_not_marked", "", dead_by_old_card),
    B("dead_by_old_card_without_code", "", dead_by_old_card_without_code),
    B("issued_to_a_dead_wife", "", issued_to_a_dead_wife),
    B("issued_to_the_dead_by_old_card", "XDS-006", issued_to_the_dead_by_old_card),
)  # fmt: skip


def one_of_a_couple_lives(n: Newcomers) -> None:
    """Let the husband die: the wife still holds."""
    man, wife, _ = n.couple(70)
    field = n.parcel()
    of = n.right(field, man, "VC", "CH", ngay_cap="15/09/2020")
    n.right(field, wife, "VC", "V", of=of)
    n.death(man)
    hurt(wife, tinhTrangHonNhan="3", soDinhDanhVoChong=None)
    n.joins(wife, n.person(40, at=n.home(wife)), "03")


def taxed_by_number(n: Newcomers) -> None:
    """Charge a parcel that has a code under its commune, sheet and number."""
    _, field, _, _, tax = n.homestead()
    hurt(tax, ma_thua_dat=f"{field['ma_xa']}-{field['so_to']}-{field['so_thua']}")


def namesake_of_an_old_card(n: Newcomers) -> None:
    """Name a holder by his old number and in capitals."""
    holder, _, paper = n.estate(70)
    old_card(n, holder, paper)
    hurt(paper, ten_chu=lambda v: v.upper())


TRAPS: tuple[Entry, ...] = (
    trap("one_of_a_couple_lives", one_of_a_couple_lives),
    trap("taxed_by_number", taxed_by_number),
    trap("holder_by_an_old_card_in_capitals", namesake_of_an_old_card),
    trap("address_of_two_lines", lambda n: hurt(n.parcel(), dia_chi="Thôn 3\nXã An Hòa")),
    trap("phone_with_country_code", lambda n: hurt(n.person(), soDienThoai="+84 912 345 678")),
    trap("stay_of_two_years", lambda n: guest(n, tamTruTu="2025-11-01", tamTruDen="2027-11-01")),
    trap("card_of_the_day", lambda n: hurt(n.person(dob=birthday(n.p.as_of, -14)), ngayCapThe=str(n.p.as_of), ngayHetHanThe=str(birthday(n.p.as_of, 11)))),
)


def group_one_nameless(n: Newcomers) -> Row:
    _, field, paper = n.estate(nhom="1")
    hurt(paper, so_giay_to="")
    return field
