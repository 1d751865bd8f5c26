"""Records that look odd and are right: none of them may fail any rule."""

from __future__ import annotations

import unicodedata
from datetime import date

from benchmarks.catalogue.across import by_numbers
from benchmarks.catalogue.civil import book, change, guardianship, registered_after
from benchmarks.catalogue.entry import Entry, hurt
from benchmarks.newcomers import Newcomers, birthday, card_expiry
from benchmarks.records import Row


def trap(name: str, plant: object, late: bool = False) -> Entry:
    """Write a trap: whatever is planted, nothing is expected; a late one after the registers were numbered."""

    def planted(n: Newcomers) -> list[tuple[Row, str]]:
        plant(n)  # type: ignore[operator]
        return []

    return Entry("trap_" + name, (), planted, late=late)


def newborn(n: Newcomers, late: int = 9, **words: str) -> tuple[Row, Row, Row, Row]:
    man, wife, _ = n.couple(30)
    child, event = n.child(man, wife, date(2026, 5, 6), late=late)
    return man, wife, child, event


def ethnic_family(n: Newcomers, man_name: str, wife_name: str, child_name: str, ethnicity: str) -> None:
    man, wife, child, event = newborn(n)
    for row, role, name in ((man, "cha", man_name), (wife, "me", wife_name), (child, "nguoi", child_name)):
        row.update({"hoTen": name, "maDanToc": ethnicity})
        event[role].update({"hoTen": name, "maDanToc": ethnicity})
    event["nguoiYeuCau"] = dict(event["me"])
    wedding = next(e for e in n.p.tables["event"][::-1] if e["loaiSuKien"] == "KH")
    for role, row in (("nguoi", man), ("voChong", wife), ("nguoiYeuCau", man)):
        wedding[role] = n.told(row, wedding["maXaDangKy"])
    n.right(n.parcel(), man)
    n.taxpayer(wife)


def foreign_parent(n: Newcomers, passport: str | None) -> None:
    wife = n.person(30, "2")
    child = n.joins(n.person(dob=date(2024, 5, 6), at=n.home(wife), hoTen="Jean Wolff"), wife, "02")
    child["soDinhDanhMe"] = wife["soDinhDanh"]
    foreigner = {"hoTen": "François Wolff", "ngaySinh": "1985-04-03", "gioiTinh": "1", "quocTich": "FRA"}
    if passport:
        foreigner["soDinhDanh"] = passport
    n.event("KS", child, date(2024, 5, 20), date(2024, 5, 6), cha=foreigner, me=wife, nguoiYeuCau=wife)


def single_mother(n: Newcomers) -> None:
    mother = n.person(30, "2")
    child = n.joins(n.person(dob=date(2023, 5, 6), at=n.home(mother), hoTen=n.name("1", mother["hoTen"].split()[0])), mother, "02")
    child["soDinhDanhMe"] = mother["soDinhDanh"]
    n.event("KS", child, date(2023, 5, 16), date(2023, 5, 6), me=mother, nguoiYeuCau=mother)


def twins(n: Newcomers) -> None:
    man, wife, _ = n.couple()
    n.child(man, wife, date(2019, 5, 6), "1"), n.child(man, wife, date(2019, 5, 7), "1"), n.child(man, wife, date(2019, 5, 6), "2")


def close_siblings(n: Newcomers) -> None:
    man, wife, _ = n.couple()
    n.child(man, wife, date(2019, 1, 7)), n.child(man, wife, date(2019, 6, 6))


def remarried_widow(n: Newcomers) -> None:
    first, wife, _ = n.couple(wed=date(2014, 4, 8))
    n.death(first, date(2018, 6, 5))
    second = n.person(42, at=n.home(wife))
    n.joins(wife, second, "01")
    for one, other in ((second, wife), (wife, second)):
        one.update({"tinhTrangHonNhan": "2", "soDinhDanhVoChong": other["soDinhDanh"]})
    n.event("KH", second, date(2020, 5, 6), voChong=wife)


def remarried_after_divorce(n: Newcomers) -> None:
    first, wife, _ = n.couple(wed=date(2014, 4, 8))
    n.event(
        "LH",
        first,
        date(2018, 4, 17),
        date(2018, 4, 10),
        voChong=wife,
        thayDoi={"truong": "tinhTrangHonNhan", "cu": "2", "moi": "4", "quyetDinh": f"{n.next()}/QĐST"},
    )
    hurt(first, tinhTrangHonNhan="4", soDinhDanhVoChong=None)
    second = n.person(42, at=n.home(wife))
    n.joins(wife, second, "01")
    for one, other in ((second, wife), (wife, second)):
        one.update({"tinhTrangHonNhan": "2", "soDinhDanhVoChong": other["soDinhDanh"]})
    n.event("KH", second, date(2020, 5, 6), voChong=wife)


def guardian_holder(n: Newcomers) -> None:
    guardian = n.person(50, "2")
    event = guardianship(n, guardian, date(2020, 4, 7))
    ward = next(p for p in n.p.tables["person"][::-1] if p["soDinhDanh"] == event["nguoi"]["soDinhDanh"])
    n.right(n.parcel(), ward)


def inheritance(n: Newcomers, state: str) -> None:
    person, parcel, _ = n.estate(70)
    n.death(person)
    hurt(parcel, ly_do_chua_sach=state)


def couple_holding(n: Newcomers) -> None:
    man, wife, _ = n.couple()
    parcel = n.parcel()
    right = n.right(parcel, man, "VC", "CH")
    n.right(parcel, wife, "VC", "V", of=right)
    n.right(parcel, n.person())


def one_paper_two_parcels(n: Newcomers) -> None:
    person, _, right = n.estate()
    n.right(n.parcel(), person, of=right)


def ward_and_guardian(n: Newcomers) -> None:
    """A minor holds, his guardian stands beside him on the certificate."""
    ward, guardian = n.person(dob=date(2010, 9, 15)), n.person(45)
    parcel = n.parcel()
    right = n.right(parcel, ward, ngay_cap="14/09/2021")
    n.right(parcel, guardian, "CN", "DD", of=right)


def merged_code(n: Newcomers) -> None:
    """A code of ten digits that was closed on the day it was merged into the personal ID."""
    person = n.person(50)
    closed = n.firm()
    n.p.drop(closed)
    n.taxpayer(person, mst_cu=closed["mst"])
    n.taxpayer(
        person,
        mst=closed["mst"],
        ngay_cap="2012-04-05",
        ngay_bat_dau="2012-04-05",
        trang_thai="01",
        ly_do="18",
        ngay_trang_thai="2025-07-01",
        ngay_ket_thuc="2025-07-01",
    )


def large_parcel(n: Newcomers, kind: str, role: str) -> None:
    holder = n.firm() if kind == "TC" else n.person(50)
    n.right(n.parcel(dien_tich_m2="1500000,0", dien_tich_phap_ly_m2="1500000,0", loai_dat="RSX"), holder, kind, role)


def same_sheet_other_map(n: Newcomers) -> None:
    parcel = n.parcel()
    other = next((s["ma_xa_cu"] for s in n.sites if s["ma_xa"] == parcel["ma_xa"] and s["ma_xa_cu"] != parcel["ma_xa_cu"]), None)
    if other:
        n.parcel(ma_xa=parcel["ma_xa"], ma_xa_cu=other, so_to=parcel["so_to"], so_thua=parcel["so_thua"])


def namesakes(n: Newcomers) -> None:
    """Two people of one name and birthday, with mothers of their own."""
    dob = date(2008, 4, 7)
    for _ in range(2):
        mother = n.person(45, "2")
        n.joins(n.person(dob=dob, at=n.homes[0], hoTen="Nguyễn Văn An"), mother, "99").update(
            {"soDinhDanhMe": mother["soDinhDanh"], "maXaThuongTru": mother["maXaThuongTru"]}
        )


def death_again(n: Newcomers) -> None:
    person = n.person(70)
    declarant = n.person(50)
    n.death(person, nguoiYeuCau=declarant)
    n.event(
        "KT",
        person,
        date(2026, 7, 7),
        date(2026, 3, 10),
        giayBaoTu={"loai": "1", "so": "9/GBT", "ngay": "2026-03-10"},
        nguyenNhan="Tuổi già",
        loaiDangKy="3",
        nguoiYeuCau=declarant,
    )


def renamed(n: Newcomers) -> None:
    person, event = change(n)
    n.right(n.parcel(), person, ten_chu=event["thayDoi"]["cu"])


def sex_redetermined(n: Newcomers) -> None:
    person = n.person()
    event = n.event("TD", person, date(2026, 4, 7), thayDoi={"truong": "gioiTinh", "cu": "1", "moi": "2", "quyetDinh": f"{n.next()}/QĐ"})
    person["gioiTinh"] = event["nguoi"]["gioiTinh"] = event["nguoiYeuCau"]["gioiTinh"] = "2"


def ward_home(n: Newcomers) -> None:
    old, new = n.commune_of("xã")
    n.parcel(ma_xa=new, ma_xa_cu=old, loai_dat="ONT", nguon_goc="1", thoi_han="LD", het_han="")


def risen_commune(n: Newcomers) -> None:
    """Village homes in communes that are wards today."""
    for old, new in n.risen[:2]:
        n.parcel(ma_xa=new, ma_xa_cu=old, loai_dat="ONT", nguon_goc="1", thoi_han="LD", het_han="")


def guest_of_another_province(n: Newcomers) -> None:
    person = n.person()
    hurt(
        person,
        maXaTamTru=person["maXaThuongTru"],
        tamTruTu="2025-02-01",
        tamTruDen="2027-02-01",
        maXaThuongTru="26506" if n.p.code != "79" else "00070",
        soHo=None,
        soDinhDanhChuHo=None,
        quanHeChuHo=None,
    )


def old_card_holder(n: Newcomers) -> None:
    person, _, right = n.estate(50)
    person["soCmnd9"] = f"{n.next():07}{n.p.code}"
    hurt(right, loai_giay_to="CMND", so_giay_to=person["soCmnd9"], nam_sinh=lambda v: v[:4])


def converted_payer(n: Newcomers) -> None:
    n.taxpayer(n.person(50), mst_cu=f"80{n.p.code}{n.next():06}", ngay_cap="2012-04-05", ngay_bat_dau="2012-04-05")


def foreign_payer(n: Newcomers) -> None:
    firm = n.firm()
    code, number = firm["mst"], firm["so_dinh_danh_dd"]
    n.p.drop(firm)
    n.taxpayer(
        next(p for p in n.p.tables["person"][::-1] if p["soDinhDanh"] == number),
        mst=code,
        so_dinh_danh=f"C{n.p.code}X{n.next():04}",
        ten_nnt="Wolff François",
        ngay_sinh="1980",
    )


def foreign_citizen(n: Newcomers) -> None:
    hurt(
        n.person(),
        quocTich="FRA",
        maDanToc="55",
        hoTen="Zoé Wolff-Müller",
        maXaKhaiSinh=None,
        soDinhDanh=lambda v: "154" + v[3:],
        soHo=None,
        soDinhDanhChuHo=None,
        quanHeChuHo=None,
    )


def dead_between(n: Newcomers, days: int) -> None:
    """A death so recent that thirty days have not passed."""
    person = n.person(70)
    n.taxpayer(person)
    n.death(person, date(2026, 10, 1))


ENTRIES: tuple[Entry, ...] = (
    trap("ede_names", lambda n: ethnic_family(n, "Y Blô Êban", "H'Hen Niê", "H'Blim Niê", "12")),
    trap("one_word_names", lambda n: ethnic_family(n, "Krajan", "Kaya", "Thạch", "05")),
    trap("hmong_names", lambda n: ethnic_family(n, "Giàng A Páo", "Sùng Thị Mỷ", "Giàng Thị Dợ", "08")),
    trap("cham_names", lambda n: ethnic_family(n, "Ka Sô Liêng", "Mấu Thị Bích Phanh", "Ka Thơm", "16")),
    trap("foreign_parent", lambda n: foreign_parent(n, None)),
    trap("foreign_parent_with_passport", lambda n: foreign_parent(n, "19DF54321")),
    trap("age_115", lambda n: n.person(dob=date(1911, 3, 4))),
    trap("age_101", lambda n: n.person(101)),
    trap("born_on_a_leap_day", lambda n: n.person(dob=date(2000, 2, 29))),
    trap("year_of_birth_only", lambda n: hurt(n.person(70), ngaySinh=lambda v: v[:4])),
    trap("month_of_birth_only", lambda n: hurt(n.person(70), ngaySinh=lambda v: v[:7])),
    trap("twins", twins),
    trap("siblings_150_days_apart", close_siblings),
    trap("single_mother", single_mother),
    trap("remarried_widow", remarried_widow),
    trap("remarried_after_divorce", remarried_after_divorce),
    trap("guardian_of_a_holder", guardian_holder),
    trap("old_address_on_old_paper", lambda n: n.parcel(dia_chi="Xã Đông Phong, Huyện Yên Phong, Tỉnh Bắc Ninh")),
    trap("village_home_of_old_village", ward_home),
    trap("village_home_in_a_risen_ward", risen_commune),
    trap("area_ten_percent_off", lambda n: n.parcel(dien_tich_m2="605,0", dien_tich_phap_ly_m2="550,0")),
    trap("area_of_exactly_100_ha", lambda n: n.estate(dien_tich_m2="1000000,0", dien_tich_phap_ly_m2="1000000,0")),
    trap("area_of_one_square_metre", lambda n: n.parcel(dien_tich_m2="1", dien_tich_phap_ly_m2="")),
    trap("taxed_area_half_a_metre_more", lambda n: hurt(n.homestead()[4], dien_tich_m2="613.0")),
    trap("dead_holder_awaiting_heirs", lambda n: inheritance(n, "CT")),
    trap("mortgaged", lambda n: hurt(n.estate()[1], ly_do_chua_sach="TC")),
    trap("certificate_lost", lambda n: hurt(n.estate()[1], ly_do_chua_sach="MG")),
    trap("several_holders", couple_holding),
    trap("one_paper_two_parcels", one_paper_two_parcels),
    trap("same_sheet_of_another_map", same_sheet_other_map),
    trap("guardian_on_the_certificate", ward_and_guardian),
    trap("code_closed_when_merged", merged_code),
    trap("forest_of_an_organisation", lambda n: large_parcel(n, "TC", "C")),
    trap("forest_of_a_community", lambda n: large_parcel(n, "CD", "DD")),
    trap("tax_of_nothing", lambda n: hurt(n.homestead()[4], so_tien="0", da_nop="0")),
    trap("namesakes", namesakes),
    trap("death_registered_again", death_again),
    trap("died_thirty_days_ago", lambda n: dead_between(n, 30)),
    trap("renamed", renamed),
    trap("sex_redetermined", sex_redetermined),
    trap("guest_of_another_province", guest_of_another_province),
    trap("old_card_known", old_card_holder),
    trap("code_converted", converted_payer),
    trap("foreign_payer", foreign_payer),
    trap("foreign_citizen", foreign_citizen),
    trap("name_in_capitals_on_paper", lambda n: hurt(n.estate()[2], ten_chu=str.upper)),
    trap("tone_placed_otherwise", lambda n: hurt(n.right(n.parcel(), n.person(hoTen="Vũ Thuý Hoà")), ten_chu="VŨ THÚY HÒA")),
    trap("year_of_birth_on_paper", lambda n: hurt(n.estate()[2], nam_sinh=lambda v: v[:4])),
    trap("nfc_letters_beyond_vietnamese", lambda n: hurt(n.person(), hoTen=unicodedata.normalize("NFC", "Nguyễn Ngọc Ẩn"))),
    trap("card_not_due", lambda n: hurt(n.joins(n.person(dob=date(2012, 11, 1), at=n.homes[0]), n.person(50, at=n.homes[0]), "99"), ngayCapThe=None, ngayHetHanThe=None)),
    trap("card_expires_today", lambda n: hurt(n.person(dob=date(1986, 10, 31)), ngayCapThe="2021-04-06", ngayHetHanThe="2026-10-31")),
    trap("card_of_two_years_before", lambda n: hurt(n.person(dob=date(1999, 6, 7)), ngayCapThe="2022-06-07", ngayHetHanThe=card_expiry(date(1999, 6, 7), date(2022, 6, 7)))),
    trap("married_on_the_birthday", lambda n: on_birthday(n)),
    trap("registered_on_day_60", lambda n: birth_after(n, 60)),
    trap("death_on_day_15", lambda n: registered_after(n, 15)),
    trap("mother_twelve", lambda n: parent_of(n, 12)),
    trap("mother_fifty_five", lambda n: parent_of(n, 55)),
    trap("stay_of_two_years", lambda n: stay(n)),
    trap("phone_of_ten", lambda n: [n.person(soDienThoai=f"08{n.p.code}{n.count // 100:06}") for _ in range(2)]),
    trap("born_on_an_island_without_communes", lambda n: n.person(maXaKhaiSinh="D755")),
    trap("phones_written_otherwise", lambda n: [n.person(soDienThoai=p) for p in ("0912 345 678", "+84 912 345 679", "(0204) 385.4321")]),
    trap("residence_in_a_city_that_is_a_province", lambda n: n.person(diaChiThuongTru="Số 5, Phường Thuận Hóa, Thành phố Huế")),
    trap("old_issuer_before_the_merger", lambda n: hurt(n.estate()[2], ngay_cap="30/06/2025", co_quan_cap="UBND Huyện Yên Phong, Tỉnh Bắc Ninh")),
    trap("eight_digits_from_the_first_day", lambda n: hurt(n.estate()[2], so_phat_hanh=lambda v: f"{v[:3]}8{v[3:]:0>7}", ngay_cap="20/05/2023")),
    trap("serial_without_blank", lambda n: hurt(n.estate()[2], so_phat_hanh=lambda v: v.replace(" ", ""))),
    trap("updated_just_after_extraction", lambda n: hurt(n.person(), capNhatLuc="2026-11-01T01:14:59+07:00")),
    trap("updated_in_another_zone", lambda n: hurt(n.parcel(), cap_nhat="2026-10-31T18:10:00Z")),
    trap("branch_of_a_school", lambda n: n.branch(n.firm(kind="5"), "999")),
    trap("household_business_with_a_successor", lambda n: succeeded(n)),
    trap("married_to_a_foreigner", lambda n: foreign_groom(n)),
    trap("business_with_a_name_of_its_own", lambda n: n.taxpayer(n.person(), "2", ten_nnt="Hộ kinh doanh Phở 68")),
    trap("widow_married_again_on_old_paper", lambda n: paper_of_the_first_marriage(n)),
    trap("register_numbers_without_zeros", lambda n: [hurt(row, so=lambda v: v.lstrip("0")) for row in book(n, 3)], late=True),
    trap("taxed_by_numbers", lambda n: taxed_by_numbers(n)),
    trap("empty_values", lambda n: hurt(n.person(), nhomMau="", email="", tenKhac="", maXaTamTru="")),
)  # fmt: skip


def on_birthday(n: Newcomers) -> None:
    for years, sex in ((20, "1"), (18, "2")):
        man, wife, _ = n.couple(30, wed=None)
        who = man if sex == "1" else wife
        on = birthday(date.fromisoformat(who["ngaySinh"]), years)
        if on.weekday() < 5 and date.fromisoformat((wife if sex == "1" else man)["ngaySinh"]) < birthday(on, -20):
            n.event("KH", man, on, voChong=wife)


def birth_after(n: Newcomers, days: int) -> None:
    man, wife, _ = n.couple()
    n.child(man, wife, date(2020, 5, 4), late=days)


def parent_of(n: Newcomers, years: int) -> None:
    mother = n.person(dob=date(2020 - years, 5, 4), sex="2")
    child = n.joins(
        n.person(
            dob=date(2020, 5, 4) if years == 12 else date(2021, 5, 3), at=n.home(mother), hoTen=n.name("1", mother["hoTen"].split()[0])
        ),
        mother,
        "02",
    )
    child["soDinhDanhMe"] = mother["soDinhDanh"]
    born = date.fromisoformat(child["ngaySinh"])
    n.event("KS", child, date(born.year, 5, 18), born, me=mother, nguoiYeuCau=mother)


def stay(n: Newcomers) -> None:
    other = next(h[2] for h in n.homes if h[2] != n.homes[0][2])
    n.person(at=n.homes[0], maXaTamTru=other, tamTruTu="2025-02-01", tamTruDen="2027-02-01")


def succeeded(n: Newcomers) -> None:
    owner = n.person()
    n.taxpayer(owner, "2", trang_thai="01", ly_do="21", ngay_ket_thuc="2026-03-04", ngay_trang_thai="2026-03-04")
    n.firm(owner)


def foreign_groom(n: Newcomers) -> None:
    wife = n.person(40, "2", tinhTrangHonNhan="2")
    event = n.event("KH", wife, date(2018, 4, 5), voChong=wife)
    event["nguoi"] = {"hoTen": "François Wolff", "ngaySinh": "1980-04-03", "gioiTinh": "1", "quocTich": "FRA"}


def paper_of_the_first_marriage(n: Newcomers) -> None:
    first, wife, _ = n.couple(wed=None)
    parcel = n.parcel()
    right = n.right(parcel, first, "VC", "CH")
    n.right(parcel, wife, "VC", "V", of=right)
    n.death(first, date(2021, 6, 8))
    second = n.person(42, at=n.home(wife))
    n.joins(wife, second, "01")
    for one, other in ((second, wife), (wife, second)):
        one.update({"tinhTrangHonNhan": "2", "soDinhDanhVoChong": other["soDinhDanh"]})
    n.event("KH", second, date(2023, 5, 9), voChong=wife)


def taxed_by_numbers(n: Newcomers) -> None:
    for mark in ("|", "-", "/"):
        _, parcel, _, _, charge = n.homestead()
        by_numbers(parcel, charge, mark=mark)
