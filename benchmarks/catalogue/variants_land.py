"""Further defects of land and taxes, and traps, written from the text of the standard alone."""

from __future__ import annotations

from datetime import date

from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.catalogue.land import couple_on_paper, residence
from benchmarks.catalogue.population import guest
from benchmarks.catalogue.traps import trap
from benchmarks.catalogue.variants import charge, firm, parcel, right
from benchmarks.newcomers import Newcomers, birthday
from benchmarks.records import Row

B = broken


def old_card(n: Newcomers, holder: Row, paper: Row) -> Row:
    holder["soCmnd9"] = f"{n.next():07}{n.p.code}"
    return hurt(paper, loai_giay_to="CMND", so_giay_to=holder["soCmnd9"])


def couple_dead(n: Newcomers) -> list[tuple[Row, str]]:
    """Let both of a couple die whose parcel is not marked."""
    man, wife, _ = n.couple(70)
    field = n.parcel()
    of = n.right(field, man, "VC", "CH", ngay_cap="15/09/2020")
    n.right(field, wife, "VC", "V", of=of)
    n.death(man), n.death(wife)
    return [(field, "XDS-005")]


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


def group_one_nameless(n: Newcomers) -> list[tuple[Row, str]]:
    _, field, paper = n.estate(nhom="1")
    return [(field, "LAN-054"), (hurt(paper, so_giay_to=""), "LAN-039"), (paper, "?LAN-040")]


def third_role(n: Newcomers) -> list[Row]:
    """Call the husband of a couple an owner: the paper has no husband."""
    husband, wife = couple_on_paper(n)
    return [hurt(husband, vai_tro="C"), wife]


ENTRIES: tuple[Entry, ...] = (
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
    B("couple_of_a_third_role", "LAN-042", third_role, may="XDS-026"),
    right("two_names_with_ampersand", "LAN-058 TXT-013", ten_chu=lambda v: v + " & Lê Thị Hoa", may="XDS-024 XDS-048 TXT-014"),
    right("name_with_title_in_capitals", "LAN-058", ten_chu=lambda v: "BÀ " + v.upper()),
    right("name_of_a_household_man", "LAN-058", ten_chu=lambda v: "Hộ ông " + v),
    B("group_one_without_holder_number", "", lambda n: group_one_nameless(n)),
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
    trap(
        "card_of_the_day",
        lambda n: hurt(n.person(dob=birthday(n.p.as_of, -14)), ngayCapThe=str(n.p.as_of), ngayHetHanThe=str(birthday(n.p.as_of, 11))),
    ),
)
