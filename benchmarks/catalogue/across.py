"""Defects that only the other registry shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from benchmarks.catalogue.civil import guardianship
from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.newcomers import Newcomers
from benchmarks.records import Row

B = broken


def unknown(n: Newcomers, person: Row) -> str:
    """Give a number nobody has, which looks like the person's."""
    return n.number(person["soDinhDanh"][:3], date.fromisoformat(person["ngaySinh"]), person["gioiTinh"])


def death_unknown(n: Newcomers) -> Row:
    person = n.person(70)
    n.death(person, known=False)
    return hurt(person, capNhatLuc="2026-03-13T09:00:00+07:00")


def death_passed_late(n: Newcomers) -> Row:
    person = n.person(70)
    n.death(person)
    return hurt(person, capNhatLuc="2026-03-19T09:00:00+07:00")


def other_death_day(n: Newcomers) -> Row:
    person = n.person(70)
    n.death(person)
    return hurt(person, ngayChet="2026-03-09")


def dead_unregistered(n: Newcomers) -> Row:
    person = n.person(70)
    n.p.drop(n.death(person))
    return person


def dead_payer(n: Newcomers) -> list[tuple[Row, str]]:
    person = n.person(70)
    payer = n.taxpayer(person)
    n.death(person)
    return [(payer, "XDS-004")]


def dead_holder(n: Newcomers) -> list[tuple[Row, str]]:
    person, parcel, _right = n.estate(70)
    n.death(person, date(2026, 3, 10))
    return [(parcel, "XDS-005")]


def dead_holder_without_code(n: Newcomers) -> list[tuple[Row, str]]:
    person, parcel, right = n.estate(70)
    hurt(parcel, ma_thua_dat=""), hurt(right, ma_thua_dat="")
    n.death(person, date(2026, 3, 10))
    return [(parcel, "XDS-005"), (parcel, "LAN-001")]


def issued_to_the_dead(n: Newcomers) -> Row:
    person, parcel, right = n.estate(70)
    n.death(person, date(2020, 9, 10))
    hurt(parcel, ly_do_chua_sach="CT")
    return right


def dead_representative(n: Newcomers) -> Row:
    rep = n.person(70)
    firm = n.firm(rep)
    n.death(rep)
    return firm


def birth_unknown(n: Newcomers) -> Row:
    child, event = family(n)
    n.p.drop(child)
    return event


def family(n: Newcomers) -> tuple[Row, Row]:
    man, wife, _ = n.couple()
    return n.child(man, wife)


def birth_unregistered(n: Newcomers) -> Row:
    child, event = family(n)
    n.p.drop(event)
    return child


def parent_unknown(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    number = unknown(n, man)
    hurt(event, cha__soDinhDanh=number), hurt(child, soDinhDanhCha=number)
    return [(event, "XDS-010"), (event, "?XDS-055")]


def parents_swapped(n: Newcomers) -> list[tuple[Row, str]]:
    child, _ = family(n)
    child["soDinhDanhCha"], child["soDinhDanhMe"] = child["soDinhDanhMe"], child["soDinhDanhCha"]
    return [(child, "POP-041"), (child, "XDS-011")]


def other_parent(n: Newcomers) -> Row:
    child, _ = family(n)
    return hurt(child, soDinhDanhCha=n.person(41)["soDinhDanh"])


def child(n: Newcomers, **values: object) -> Row:
    return hurt(family(n)[0], **values)


def other_sex(n: Newcomers) -> list[tuple[Row, str]]:
    child, event = family(n)
    hurt(child, gioiTinh="2")
    return [(child, "XDS-014"), (child, "POP-005"), (event, "XDS-046")]


def taxed_elsewhere(n: Newcomers) -> list[tuple[Row, str]]:
    _, parcel, _, _, charge = n.homestead()
    hurt(charge, ma_thua_dat=lambda v: v[:11] + ("0" if v[11] != "0" else "1"))
    return [(charge, "XDS-036"), (parcel, "XDS-037")]


def at_wedding(n: Newcomers, **values: object) -> Row:
    event = n.couple()[2]
    assert event is not None
    return hurt(event, **values)


def wedding_not_in_population(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    for one in (man, wife):
        hurt(one, tinhTrangHonNhan="1", soDinhDanhVoChong=None)
    n.joins(wife, man, "99")
    return [(man, "XDS-016"), (wife, "XDS-016")]


def divorce_not_in_population(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    n.event(
        "LH",
        man,
        date(2026, 4, 14),
        date(2026, 4, 7),
        voChong=wife,
        thayDoi={"truong": "tinhTrangHonNhan", "cu": "2", "moi": "4", "quyetDinh": f"{n.next()}/QĐST"},
    )
    return [(man, "XDS-017"), (wife, "XDS-017")]


def widow_still_married(n: Newcomers) -> Row:
    man, wife, _ = n.couple()
    n.death(wife)
    return man


def party_unknown(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, event = n.couple()
    assert event is not None
    hurt(event, voChong__soDinhDanh=unknown(n, wife))
    return [(event, "XDS-018"), (man, "XDS-016")]


def change_not_in_population(n: Newcomers) -> list[tuple[Row, str]]:
    person = n.person()
    new = "Nguyễn Bá " + person["hoTen"].split()[-1]
    n.event("TD", person, date(2026, 4, 7), thayDoi={"truong": "hoTen", "cu": person["hoTen"], "moi": new, "quyetDinh": f"{n.next()}/QĐ"})
    return [(person, "XDS-019")]


def guardian_unknown(n: Newcomers) -> Row:
    guardian = n.person(50, "2")
    event = guardianship(n, guardian)
    return hurt(event, nguoiYeuCau__soDinhDanh=unknown(n, guardian))


def guardian_dead(n: Newcomers) -> list[tuple[Row, str]]:
    guardian, head = n.person(50, "2"), n.person(60)
    ward = n.joins(n.person(12, at=n.home(head)), head, "05")
    event = n.event("GH", ward, date(2026, 4, 7), nguoiYeuCau=guardian, nguyenNhan="Cha mẹ vắng mặt dài ngày")
    n.death(guardian, date(2026, 7, 7))
    return [(event, "XDS-020")]


def of_another_place(n: Newcomers) -> list[tuple[Row, str]]:
    born, _event = family(n)
    other = "00001" if n.p.code != "01" else "26740"
    return [(hurt(born, maXaKhaiSinh=other), "XDS-022"), (born, "POP-057")]


def holder_unknown(n: Newcomers) -> Row:
    person, _, right = n.estate()
    return hurt(right, so_giay_to=unknown(n, person))


def holder_unknown_from_far(n: Newcomers) -> Row:
    person, _, right = n.estate()
    return hurt(right, so_giay_to="045" + unknown(n, person)[3:])


def old_card_of_nobody(n: Newcomers) -> Row:
    _, _, right = n.estate(50)
    return hurt(right, loai_giay_to="CMND", so_giay_to=f"9{n.next():06}{n.p.code}")


def strangers_on_paper(n: Newcomers) -> list[Row]:
    man, wife = n.person(50), n.person(48, "2")
    parcel = n.parcel()
    right = n.right(parcel, man, "VC", "CH")
    return [right, n.right(parcel, wife, "VC", "V", of=right)]


def household_head_unknown(n: Newcomers) -> list[tuple[Row, str]]:
    person = n.person(50)
    right = n.right(n.parcel(), person, "HGD", "DD")
    hurt(right, so_giay_to=unknown(n, person))
    return [(right, "XDS-027"), (right, "XDS-023")]


def payer_unknown(n: Newcomers) -> Row:
    person = n.person()
    payer = n.taxpayer(person)
    number = unknown(n, person)
    return hurt(payer, mst=number, so_dinh_danh=number)


def taxed_by_another(n: Newcomers) -> Row:
    _, _parcel, _, _, charge = n.homestead()
    return hurt(charge, mst=n.taxpayer(n.person(30))["mst"])


def organisation_on_land(n: Newcomers, of: Mapping[str, Any], **values: Any) -> Row:
    firm = n.firm(**of)
    return hurt(n.right(n.parcel(), firm, "TC", "C"), **values)


def minor_holder(n: Newcomers) -> Row:
    person = n.person(dob=date(2003, 9, 15))
    return n.right(n.parcel(), person, ngay_cap="14/09/2021")


def mother_dead(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    n.death(wife, date(2019, 3, 8))
    hurt(man, tinhTrangHonNhan="3", soDinhDanhVoChong=None)
    return [(n.child(man, wife, date(2019, 5, 6))[1], "XDS-054")]


def father_long_dead(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple(wed=date(2016, 4, 5))
    n.death(man, date(2018, 7, 4))
    hurt(wife, tinhTrangHonNhan="3", soDinhDanhVoChong=None)
    n.joins(wife, n.person(60, at=n.home(wife)), "99")
    child = n.joins(n.person(dob=date(2019, 5, 6), at=n.home(wife), hoTen=n.name("1", man["hoTen"].split()[0])), wife, "02")
    hurt(
        child,
        soHo=wife["soHo"],
        soDinhDanhChuHo=wife["soDinhDanhChuHo"],
        quanHeChuHo="99",
        soDinhDanhCha=man["soDinhDanh"],
        soDinhDanhMe=wife["soDinhDanh"],
    )
    return [(n.event("KS", child, date(2019, 5, 15), date(2019, 5, 6), cha=man, me=wife, nguoiYeuCau=wife), "XDS-054")]


def father_is_not_the_husband(n: Newcomers) -> Row:
    man, wife, _ = n.couple(wed=date(2016, 4, 5))
    return n.child(n.person(41, at=n.home(man)), wife)[1]


def many_parcels(n: Newcomers) -> list[Row]:
    person, first, right = n.estate()
    return [right, *(n.right(n.parcel(ma_xa=first["ma_xa"], ma_xa_cu=first["ma_xa_cu"]), person) for _ in range(50))]


GONE = {"trang_thai": "01", "ly_do": "07", "ngay_ket_thuc": "2026-03-04", "ngay_trang_thai": "2026-03-04"}
ENTRIES: tuple[Entry, ...] = (
    B("death_not_in_population", "XDS-001", death_unknown),
    B("death_passed_late", "XDS-002", death_passed_late),
    B("death_day_differs", "XDS-001", other_death_day),
    B("death_unregistered", "XDS-003", dead_unregistered),
    B("dead_payer_in_force", "", dead_payer),
    B("dead_owner_in_force", "XDS-004 XDS-032", lambda n: dead_owner(n)),
    B("dead_holder_not_marked", "", dead_holder),
    B("dead_holder_of_a_parcel_without_code", "", dead_holder_without_code),
    B("issued_to_the_dead", "XDS-006", issued_to_the_dead),
    B("representative_dead", "XDS-007 XDS-032", dead_representative),
    B("birth_not_in_population", "XDS-008", birth_unknown),
    B("birth_unregistered", "XDS-009", birth_unregistered),
    B("parent_unknown", "", parent_unknown),
    B("parents_swapped", "", parents_swapped),
    B("parent_differs", "XDS-011", other_parent),
    B("name_differs_from_birth", "XDS-012", lambda n: child(n, hoTen=lambda v: v + "h"), may="XDS-048"),
    B("birth_date_differs", "XDS-013", lambda n: child(n, ngaySinh="2019-05-07")),
    B("sex_differs_from_birth", "", other_sex),
    B("ethnicity_differs_from_birth", "XDS-015", lambda n: child(n, maDanToc="02")),
    B("wedding_not_in_population", "", wedding_not_in_population),
    B("divorce_not_in_population", "", divorce_not_in_population),
    B("widower_still_married", "XDS-017", widow_still_married),
    B("party_unknown", "", party_unknown),
    B("party_name_differs", "XDS-018", lambda n: at_wedding(n, nguoi__hoTen=lambda v: v + "h")),
    B("party_birth_date_differs", "XDS-018", lambda n: at_wedding(n, voChong__ngaySinh=lambda v: v[:8] + f"{int(v[8:]) % 28 + 1:02}")),
    B("change_not_in_population", "", change_not_in_population),
    B("guardian_unknown", "XDS-020", guardian_unknown),
    B("guardian_died", "", guardian_dead),
    B("child_without_residence", "XDS-021", lambda n: child(n, maXaThuongTru=None, diaChiThuongTru=None)),
    B("registered_in_another_province", "", of_another_place, may="XDS-009"),
    B("holder_unknown", "XDS-023", holder_unknown),
    B("holder_unknown_from_far", "XDS-023", holder_unknown_from_far),
    B("holder_name_typo", "XDS-024", lambda n: hurt(n.estate()[2], ten_chu=lambda v: v + "h")),
    B("holder_birth_date_typo", "XDS-024", lambda n: hurt(n.estate()[2], nam_sinh=lambda v: v[:8] + f"{int(v[8:]) % 28 + 1:02}"), may="XDS-048 TXT-012"),
    B("holder_is_somebody_else", "XDS-024 XDS-048", lambda n: hurt(n.estate()[2], ten_chu="Quách Bửu Uyên Xoa")),
    B("holder_sex_differs", "XDS-024 XDS-046", lambda n: hurt(n.estate()[2], gioi_tinh_chu="2")),
    B("old_card_of_nobody", "XDS-025", old_card_of_nobody),
    B("strangers_as_a_couple", "XDS-026", strangers_on_paper),
    B("household_head_unknown", "", household_head_unknown),
    B("payer_unknown", "XDS-029", payer_unknown),
    B("payer_name_differs", "XDS-030", lambda n: hurt(n.taxpayer(n.person()), ten_nnt=lambda v: v + "h")),
    B("payer_birth_date_differs", "XDS-030", lambda n: hurt(n.taxpayer(n.person()), ngay_sinh=lambda v: v[:8] + f"{int(v[8:]) % 28 + 1:02}"), may="TXT-012"),
    B("payer_is_somebody_else", "XDS-030 XDS-048", lambda n: hurt(n.taxpayer(n.person()), ten_nnt="Quách Bửu Uyên Xoa")),
    B("status_10_without_difference", "XDS-031", lambda n: n.taxpayer(n.person(), trang_thai="10", ly_do="01", ngay_trang_thai="2026-06-04")),
    B("representative_unknown", "XDS-032", lambda n: hurt(n.firm(), so_dinh_danh_dd=lambda v: v[:6] + f"{(int(v[6:]) + 500003) % 10**6:06}")),
    B("taxed_parcel_unknown", "", taxed_elsewhere),
    B("home_not_taxed", "XDS-037", lambda n: n.estate(loai_dat="TMD", nguon_goc="11")[1]),
    B("taxed_by_another", "XDS-038", taxed_by_another),
    B("taxed_area_differs", "XDS-039", lambda n: hurt(n.homestead()[4], dien_tich_m2="580.0")),
    B("taxed_type_differs", "XDS-040", lambda n: hurt(n.homestead()[4], loai_dat="LUC")),
    B("organisation_unknown", "XDS-041", lambda n: organisation_on_land(n, {}, so_giay_to="0100109106")),
    B("organisation_name_differs", "XDS-041", lambda n: organisation_on_land(n, {}, ten_chu="Công ty TNHH Khác Hẳn")),
    B("organisation_closed", "XDS-042", lambda n: organisation_on_land(n, GONE)),
    B("minor_holder", "XDS-051", minor_holder),
    B("mother_dead_at_birth", "", mother_dead),
    B("father_long_dead_at_birth", "", father_long_dead),
    B("father_is_not_the_husband", "XDS-055", father_is_not_the_husband),
    B("many_parcels", "XDS-056", many_parcels),
)  # fmt: skip


def dead_owner(n: Newcomers) -> Row:
    person = n.person(70)
    business = n.taxpayer(person, "2")
    n.death(person)
    return business
