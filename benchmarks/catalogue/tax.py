"""Defects of taxpayers and of land tax."""

from __future__ import annotations

from datetime import date

from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.newcomers import Newcomers, tax_number
from benchmarks.records import Row

B = broken


def c(name: str, rules: str, may: str = "", kind: str = "1", **values: object) -> Entry:
    """Damage a citizen's record as taxpayer."""
    return B(name, rules, lambda n: hurt(n.taxpayer(n.person(), kind), **values), may)


def f(name: str, rules: str, may: str = "", **values: object) -> Entry:
    """Damage an enterprise's record."""
    return B(name, rules, lambda n: hurt(n.firm(), **values), may)


def t(name: str, rules: str, may: str = "", **values: object) -> Entry:
    """Damage a charge of land tax."""
    return B(name, rules, lambda n: hurt(n.homestead()[4], **values), may)


def wrong_digit(v: str) -> str:
    return v[:9] + str((int(v[9]) + 3) % 10) + v[10:]


def taxed_nowhere(n: Newcomers) -> list[tuple[Row, str]]:
    _, parcel, _, _, charge = n.homestead()
    return [(hurt(charge, ma_thua_dat=""), "TAX-031"), (parcel, "XDS-037")]


def code_twice(n: Newcomers) -> list[Row]:
    one = n.firm()
    return [one, hurt(n.firm(), mst=one["mst"], so_dkkd=one["mst"])]


def ten_digits(n: Newcomers) -> str:
    while (code := tax_number(f"97{n.p.code}{n.next():05}")) is None:
        pass
    return code


def two_codes(n: Newcomers) -> list[tuple[Row, str]]:
    person = n.person(50)
    new = n.taxpayer(person)
    old = n.taxpayer(person, mst=ten_digits(n), ngay_cap="2012-04-05", ngay_bat_dau="2012-04-05")
    return [(new, "TAX-007"), (old, "TAX-007"), (old, "TAX-002"), (old, "TAX-008")]


def converted_but_in_force(n: Newcomers) -> list[tuple[Row, str]]:
    person = n.person(50)
    code = ten_digits(n)
    new = n.taxpayer(person, mst_cu=code)
    old = n.taxpayer(person, mst=code, so_dinh_danh="", ngay_cap="2012-04-05", ngay_bat_dau="2012-04-05")
    return [(new, "TAX-007"), (old, "TAX-007"), (old, "TAX-030")]


def closed_parent(n: Newcomers) -> Row:
    parent = n.firm()
    unit = n.branch(parent)
    hurt(parent, trang_thai="01", ly_do="07", ngay_ket_thuc="2026-03-04", ngay_trang_thai="2026-03-04")
    return unit


def charged_twice(n: Newcomers) -> list[Row]:
    charge = n.homestead()[4]
    return [charge, n.p.add("land_tax", dict(charge) | {"da_nop": "38040"})]


def bought_by_nobody(n: Newcomers) -> Row:
    return n.taxpayer(n.person(), "2", trang_thai="01", ly_do="21", ngay_ket_thuc="2026-03-04", ngay_trang_thai="2026-03-04", mst_cu="")


ENTRIES: tuple[Entry, ...] = (
    c("code_missing", "TAX-001", mst=""),
    t("payer_missing", "TAX-001", mst=""),
    f("code_of_nine", "TAX-002", mst=lambda v: v[:9], may="TAX-029"),
    f("organisation_of_twelve", "TAX-002", mst=lambda v: v + "12", may="TAX-029 TAX-010 XDS-029 TAX-009"),
    c("citizen_of_ten", "TAX-002 TAX-008", mst="9724000017", may="TAX-003 TAX-006"),
    c("citizen_full_width", "TAX-002 TAX-008", mst=lambda v: v[:-1] + "７", may="TAX-007"),
    B("branch_without_hyphen", "TAX-002 TAX-005", lambda n: hurt(n.branch(n.firm()), mst=lambda v: v.replace("-", ""))),
    f("check_digit_wrong", "TAX-003 TAX-029", mst=wrong_digit),
    B("branch_zero", "TAX-004", lambda n: n.branch(n.firm(), "000")),
    B("branch_with_slash", "TAX-002 TAX-005", lambda n: hurt(n.branch(n.firm()), mst=lambda v: v.replace("-", "/"))),
    B("code_twice", "TAX-006", code_twice),
    B("two_codes_in_force", "", two_codes),
    B("old_code_in_force", "", converted_but_in_force),
    c("code_is_not_the_personal_id", "TAX-008", mst=lambda v: v[:6] + f"{(int(v[6:]) + 77) % 10**6:06}", may="XDS-029 XDS-030 XDS-048 TAX-007"),
    c("twelve_digits_too_early", "TAX-009", ngay_cap="2019-04-05", ngay_bat_dau="2019-04-05"),
    c("code_of_no_province", "TAX-010 XDS-029", mst=lambda v: "003" + v[3:], so_dinh_danh=lambda v: "003" + v[3:]),
    c("code_of_another_year", "TAX-010", ngay_sinh="1951-03-04", may="XDS-030 XDS-048"),
    f("name_missing", "TAX-011", ten_nnt=""),
    f("kind_of_no_list", "TAX-012", loai_nnt="9"),
    f("status_08", "TAX-013", trang_thai="08", ly_do=""),
    f("status_missing", "TAX-013", trang_thai="", ly_do=""),
    f("reason_of_another_status", "TAX-014", ly_do="07"),
    f("status_day_missing", "TAX-015", ngay_trang_thai=""),
    f("status_day_in_the_future", "TAX-015 TXT-009", ngay_trang_thai="2026-11-02"),
    f("closed_without_end", "TAX-016", trang_thai="01", ly_do="07"),
    f("in_force_with_end", "TAX-016", ngay_ket_thuc="2026-03-04"),
    f("issued_after_end", "TAX-017", trang_thai="01", ly_do="07", ngay_ket_thuc="2016-09-07"),
    B("branch_of_nobody", "TAX-018", lambda n: orphan(n)),
    B("branch_names_no_parent", "TAX-018", lambda n: hurt(n.branch(n.firm()), mst_chu_quan="")),
    B("branch_of_a_closed_parent", "TAX-019", closed_parent),
    f("waits_too_long", "TAX-020", trang_thai="03", ly_do="12", ngay_trang_thai="2026-05-03"),
    f("representative_missing", "TAX-022", so_dinh_danh_dd=""),
    c("owner_missing", "TAX-023", kind="2", so_dinh_danh=""),
    B("owner_seventeen", "TAX-024", lambda n: n.taxpayer(n.person(18, dob=date(2007, 9, 9)), "2", ngay_bat_dau="2025-09-08")),
    f("address_missing", "TAX-025", dia_chi=""),
    f("commune_missing", "TAX-025", ma_xa=""),
    f("office_of_no_province", "TAX-026", ma_cqt="0301"),
    f("address_with_district", "TAX-028", dia_chi="Số 5, đường Lê Lợi, Phường Hòa Phú, Quận Ba Đình, Thành phố Hà Nội"),
    f("registration_is_another", "TAX-029", so_dkkd="0100109106"),
    B("passport_with_twelve", "TAX-030", lambda n: n.taxpayer(n.person(), so_dinh_danh=f"C{n.p.code}{n.next():05}")),
    B("parcel_missing", "", taxed_nowhere),
    t("area_zero", "TAX-032", dien_tich_m2="0", may="XDS-039"),
    t("area_above_the_parcel", "TAX-032", dien_tich_m2="613.6"),
    t("amount_negative", "TAX-033", so_tien="-100", da_nop="-100"),
    t("paid_above_due", "TAX-033", da_nop="38041"),
    B("charged_twice", "TAX-034", charged_twice),
    t("year_before_2012", "TAX-035", nam="2011"),
    t("year_too_late", "TAX-035", nam="2032"),
    t("amount_with_separator", "TAX-036", so_tien="38.040"),
    t("amount_in_words", "TAX-036", so_tien="miễn"),
    f("suspended_for_ever", "TAX-038", trang_thai="05", ly_do="01", ngay_trang_thai="2025-10-29"),
    B("household_business_without_successor", "TAX-040", bought_by_nobody),
)  # fmt: skip


def orphan(n: Newcomers) -> Row:
    parent = n.firm()
    unit = n.branch(parent)
    n.p.drop(parent)
    return unit
