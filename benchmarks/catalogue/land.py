"""Defects of parcels and rights."""

from __future__ import annotations

from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.newcomers import Newcomers, geohash
from benchmarks.records import Row

B = broken


def p(name: str, rules: str, may: str = "", **values: object) -> Entry:
    """Damage a parcel nobody holds."""
    return B(name, rules, lambda n: hurt(n.parcel(), **values), may)


def r(name: str, rules: str, may: str = "", **values: object) -> Entry:
    """Damage the right of a single holder."""
    return B(name, rules, lambda n: hurt(n.estate()[2], **values), may)


def same_code(n: Newcomers) -> list[Row]:
    one = n.parcel()
    return [
        one,
        hurt(
            n.parcel(),
            ma_thua_dat=one["ma_thua_dat"],
            vi_do=one["vi_do"],
            kinh_do=one["kinh_do"],
            ma_xa=one["ma_xa"],
            ma_xa_cu=one["ma_xa_cu"],
        ),
    ]


def same_number(n: Newcomers) -> list[Row]:
    one = n.parcel()
    return [one, n.parcel(**{k: one[k] for k in ("ma_xa", "ma_xa_cu", "so_to", "so_thua")})]


def number_twice_without_code(n: Newcomers) -> list[tuple[Row, str]]:
    """Two parcels that have no code yet bear one number: the number is their key."""
    one = n.parcel(ma_thua_dat="")
    other = n.parcel(ma_thua_dat="", **{k: one[k] for k in ("ma_xa", "ma_xa_cu", "so_to", "so_thua")})
    return [(row, rule) for row in (one, other) for rule in ("LAN-007", "LAN-001")]


def moved(n: Newcomers, lat: float, lon: float, code: bool) -> Row:
    """Move the code of a parcel, or its stated point, by so many degrees."""
    parcel = n.parcel()
    there = [float(parcel[k].replace(",", ".")) for k in ("vi_do", "kinh_do")]
    if code:
        return hurt(parcel, ma_thua_dat=geohash(there[0] + lat, there[1] + lon))
    return hurt(parcel, vi_do=f"{there[0] + lat:.7f}".replace(".", ","), kinh_do=f"{there[1] + lon:.7f}".replace(".", ","))


def code_elsewhere(n: Newcomers) -> Row:
    """Give a parcel the code of a place in another part of the country; no point is stated."""
    sites = [s["ma_xa"] for s in n.sites]
    commune = max(set(sites), key=sites.count)
    site = next(s for s in n.sites if s["ma_xa"] == commune)
    parcel = n.parcel(ma_xa=commune, ma_xa_cu=site["ma_xa_cu"], vi_do="", kinh_do="")
    return hurt(
        parcel,
        ma_thua_dat=geohash(
            (21.02 if n.p.code not in ("01", "24") else 10.7) + n.next() / 10**5, (105.8 if n.p.code not in ("01", "24") else 106.7)
        ),
    )


def swapped(n: Newcomers) -> list[tuple[Row, str]]:
    parcel = n.parcel()
    parcel["vi_do"], parcel["kinh_do"] = parcel["kinh_do"], parcel["vi_do"]
    return [(parcel, "LAN-050"), (parcel, "LAN-004")]


def residence_code(n: Newcomers, kind: str) -> Row:
    """Put a village's residence code into a commune that was always town, or the other way round."""
    old, new = n.commune_of("phường" if kind == "ONT" else "xã")
    return n.parcel(ma_xa=new, ma_xa_cu=old, loai_dat=kind, nguon_goc="1", thoi_han="LD", het_han="")


def serial_of_two(n: Newcomers) -> list[Row]:
    one, other = n.estate()[2], n.estate()[2]
    return [one, hurt(other, so_phat_hanh=one["so_phat_hanh"])]


def book_of_two(n: Newcomers) -> list[Row]:
    one, other = n.estate()[2], n.estate()[2]
    return [one, hurt(other, so_vao_so=one["so_vao_so"], co_quan_cap=one["co_quan_cap"])]


def two_certificates(n: Newcomers) -> list[Row]:
    person, parcel, right = n.estate()
    return [right, n.right(parcel, person)]


def couple_on_paper(n: Newcomers) -> tuple[Row, Row]:
    man, wife, _ = n.couple()
    parcel = n.parcel()
    right = n.right(parcel, man, "VC", "CH", ngay_cap="15/09/2020")
    return right, n.right(parcel, wife, "VC", "V", of=right)


def no_wife(n: Newcomers) -> Row:
    right, other = couple_on_paper(n)
    n.p.drop(other)
    return right


def two_husbands(n: Newcomers) -> list[Row]:
    right, other = couple_on_paper(n)
    return [right, hurt(other, vai_tro="CH")]


def household_without_head(n: Newcomers) -> list[Row]:
    head = n.person(50)
    other = n.joins(n.person(30, at=n.home(head)), head, "99")
    parcel = n.parcel()
    first = n.right(parcel, head, "HGD", "C")
    return [first, n.right(parcel, other, "HGD", "C", of=first)]


def two_on_one(n: Newcomers) -> list[Row]:
    _, parcel, right = n.estate()
    return [right, n.right(parcel, n.person(), of=right)]


def sexes_swapped(n: Newcomers) -> list[Row]:
    right, other = couple_on_paper(n)
    right["vai_tro"], other["vai_tro"] = "V", "CH"
    return [right, other]


def group_one(n: Newcomers, **values: object) -> Row:
    _, parcel, right = n.estate(nhom="1")
    hurt(right, **values)
    return parcel


def unshifted(n: Newcomers) -> list[tuple[Row, str]]:
    """Let all codes of the delivery be computed without the shift of the datum."""
    found, moved_to = [], {}
    for parcel in n.p.tables["parcel"]:
        if parcel["vi_do"] and parcel["ma_thua_dat"]:
            lat, lon = (float(parcel[k].replace(",", ".")) for k in ("vi_do", "kinh_do"))
            old, parcel["ma_thua_dat"] = parcel["ma_thua_dat"], geohash(lat + 0.001, lon + 0.0018)
            moved_to[old] = parcel["ma_thua_dat"]
            found += [(parcel, "LAN-061"), (parcel, "LAN-004")]
    for row in (*n.p.tables["right"], *n.p.tables["land_tax"]):
        row["ma_thua_dat"] = moved_to.get(row["ma_thua_dat"], row["ma_thua_dat"])
    return found


ENTRIES: tuple[Entry, ...] = (
    p("code_missing", "LAN-001", ma_thua_dat=""),
    p("code_with_letter_a", "LAN-002", ma_thua_dat=lambda v: v[:9] + "a" + v[10:]),
    p("code_upper_case", "LAN-002", ma_thua_dat=str.upper, may="LAN-003"),
    p("code_of_eleven", "LAN-002", ma_thua_dat=lambda v: v[:11]),
    r("right_code_with_letter_o", "LAN-002", ma_thua_dat=lambda v: v[:9] + "o" + v[10:]),
    p("code_abroad", "LAN-003 LAN-004", ma_thua_dat=lambda v: "wt" + v[2:], may="LAN-005"),
    B("code_three_metres_off", "LAN-004", lambda n: moved(n, 0.00003, 0.0, False)),
    B("code_in_another_province", "LAN-005", code_elsewhere),
    B("code_twice", "LAN-006", same_code),
    B("number_twice", "LAN-007", same_number),
    B("number_twice_without_code", "", number_twice_without_code),
    p("sheet_zero", "LAN-008", so_to="0"),
    p("number_negative", "LAN-008", so_thua="-4"),
    p("number_text", "LAN-008", so_thua="12a"),
    p("sheet_missing", "LAN-008", so_to=""),
    p("area_missing", "LAN-010", dien_tich_m2=""),
    p("area_zero", "LAN-011", dien_tich_m2="0", dien_tich_phap_ly_m2=""),
    p("area_negative", "LAN-011", dien_tich_m2="-5,0", dien_tich_phap_ly_m2=""),
    B("area_of_a_person_over_100_ha", "LAN-011", lambda n: n.estate(dien_tich_m2="1000001,0", dien_tich_phap_ly_m2="1000001,0")[1]),
    B("area_over_100_ha_without_code", "LAN-011", lambda n: triple(n, dien_tich_m2="1000001,0", dien_tich_phap_ly_m2="1000001,0"), may="LAN-001"),
    p("area_11_percent_off", "LAN-013", dien_tich_m2="612,5", dien_tich_phap_ly_m2="550,0"),
    p("area_with_point", "LAN-015", dien_tich_m2="612.5", dien_tich_phap_ly_m2=""),
    p("area_100_times_off", "LAN-015 LAN-013", dien_tich_m2="61250"),
    p("land_type_of_no_list", "LAN-016", loai_dat="ABC"),
    p("land_type_missing", "LAN-016", loai_dat=""),
    p("land_type_superseded", "LAN-016", loai_dat="BHK"),
    p("land_type_combined", "LAN-016 LAN-017", loai_dat="ONT+CLN"),
    p("land_type_combined_with_comma", "LAN-016 LAN-017", loai_dat="ONT, CLN"),
    B("village_home_in_a_town", "LAN-018", lambda n: residence_code(n, "ONT")),
    B("town_home_in_a_village", "LAN-018", lambda n: residence_code(n, "ODT")),
    p("origin_of_no_list", "LAN-019", nguon_goc="17"),
    p("use_form_of_no_list", "LAN-020", hinh_thuc="X"),
    p("limited_without_end", "LAN-021", het_han=""),
    p("long_term_with_end", "LAN-021", thoi_han="LD"),
    B("home_with_an_end", "LAN-022", lambda n: hurt(residence(n)[1], thoi_han="CT", het_han="2063-10-15")),
    p("term_has_passed", "LAN-023", het_han="2026-10-30"),
    p("yearly_lease_for_ever", "LAN-024", nguon_goc="10", thoi_han="LD", het_han=""),
    r("serial_missing", "LAN-025", so_phat_hanh=""),
    r("serial_lower_case", "LAN-026", so_phat_hanh=str.lower),
    r("serial_of_seven", "LAN-026", so_phat_hanh=lambda v: v + "1"),
    r("serial_letter_o", "LAN-026 LAN-027", so_phat_hanh=lambda v: v[:3] + "O" + v[4:]),
    r("serial_letter_l", "LAN-026 LAN-027", so_phat_hanh=lambda v: v[:3] + "l" + v[4:]),
    B("serial_of_two", "LAN-028", serial_of_two, may="LAN-042"),
    r("eight_digits_too_early", "LAN-029", so_phat_hanh=lambda v: "ZX 9" + v[4:].rjust(7, "0"), ngay_cap="19/05/2023"),
    r("book_missing", "LAN-030", so_vao_so=""),
    B("book_of_two", "LAN-031", book_of_two),
    r("issued_before_1987", "LAN-032", ngay_cap="31/12/1986", may="XDS-051 LAN-044"),
    r("issued_in_the_future", "LAN-032 TXT-009", ngay_cap="02/11/2026"),
    r("issued_by_a_district", "LAN-033", co_quan_cap="UBND Huyện Yên Phong, Tỉnh Bắc Ninh", ngay_cap="01/07/2025"),
    r("issuer_missing", "LAN-034", co_quan_cap=""),
    r("issue_date_missing", "LAN-034", ngay_cap=""),
    B("two_certificates", "LAN-037", two_certificates),
    r("holder_name_missing", "LAN-038", ten_chu=""),
    r("holder_id_missing", "LAN-039", so_giay_to="", may="XDS-005"),
    r("holder_id_of_another_kind", "LAN-040", loai_giay_to="CMND", may="XDS-025"),
    r("id_kind_of_no_list", "LAN-040", loai_giay_to="CMT"),
    r("passport_misshapen", "LAN-040", loai_giay_to="HC", so_giay_to="x-12"),
    r("holder_kind_of_no_list", "LAN-041", loai_chu="ZZ"),
    B("couple_without_wife", "LAN-042", no_wife),
    B("couple_of_two_husbands", "LAN-042", two_husbands, may="LAN-043"),
    B("household_without_head", "LAN-042", household_without_head),
    B("two_single_holders_on_one", "LAN-042", two_on_one),
    B("husband_is_female", "LAN-043", sexes_swapped),
    r("holder_born_after_issue", "LAN-044 XDS-024 XDS-048", nam_sinh="2020-09-14", may="XDS-051"),
    B("coordinates_swapped", "", swapped),
    p("longitude_abroad", "LAN-050 LAN-004", kinh_do="98,5000000"),
    p("class_of_no_list", "LAN-053", nhom="4"),
    B("group_one_without_certificate", "LAN-054", lambda n: n.parcel(nhom="1")),
    B("group_one_without_area", "LAN-054 LAN-010", lambda n: n.estate(nhom="1", dien_tich_m2="")[1]),
    B("group_one_with_old_card", "LAN-054", lambda n: group_one_old_card(n)),
    B("group_one_revoked", "LAN-054", lambda n: group_one(n, trang_thai_gcn="2")),
    p("state_of_no_list", "LAN-056", ly_do_chua_sach="XX"),
    r("name_with_title", "LAN-058", ten_chu=lambda v: "Ông " + v),
    r("name_of_a_household", "LAN-058", ten_chu=lambda v: "Hộ bà " + v),
    r("two_names", "LAN-058", ten_chu=lambda v: v + " và Lê Thị Hoa", may="XDS-024 XDS-048 TXT-014"),
)  # fmt: skip

WHOLE = (B("unshifted_coordinates", "", unshifted, may="LAN-005"),)
"""Damage that takes a whole delivery."""


def residence(n: Newcomers) -> tuple[Row, Row, Row]:
    """Add a taxed home in a commune that always was one: person, parcel, right."""
    old, new = n.commune_of("xã")
    person = n.person()
    parcel = n.parcel(ma_xa=new, ma_xa_cu=old, loai_dat="ONT", nguon_goc="1", thoi_han="LD", het_han="")
    right = n.right(parcel, person)
    n.charge(parcel, n.taxpayer(person))
    return person, parcel, right


def triple(n: Newcomers, **values: object) -> Row:
    """Add a held parcel that has no code yet."""
    _, parcel, right = n.estate()
    hurt(right, ma_thua_dat="")
    return hurt(parcel, ma_thua_dat="", **values)


def group_one_old_card(n: Newcomers) -> Row:
    person, parcel, right = n.estate(50, nhom="1")
    person["soCmnd9"] = f"{n.next():07}{n.p.code}"
    hurt(right, loai_giay_to="CMND", so_giay_to=person["soCmnd9"])
    return parcel
