"""Defects of a citizen's record and of records of citizens together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from unicodedata import normalize

from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.newcomers import Newcomers, birthday
from benchmarks.records import Row

B = broken
LONE = {"soHo": None, "soDinhDanhChuHo": None, "quanHeChuHo": None}


def misnumbered(n: Newcomers, change: Callable[[str], str], dob: date | None = None) -> Row:
    """Add a citizen with a damaged number that, written as it should be, is nobody else's."""
    while True:
        person = n.person(dob=dob)
        wrong = change(person["soDinhDanh"])
        if (meant := normalize("NFKC", wrong)) not in n.taken:
            n.taken.add(meant)
            return hurt(person, soDinhDanh=wrong, **LONE)
        n.p.drop(person)


def same_number(n: Newcomers) -> list[Row]:
    one = n.person(dob=date(1985, 3, 4))
    other = n.person(dob=date(1985, 8, 4), at=n.home(one))
    hurt(other, soDinhDanh=one["soDinhDanh"], **LONE)
    return [one, other]


def person_twice(n: Newcomers) -> list[Row]:
    man, wife, _ = n.couple(30)
    child = hurt(n.person(12, at=n.home(man)), soDinhDanhMe=wife["soDinhDanh"])
    return [
        child,
        hurt(
            n.person(dob=date.fromisoformat(child["ngaySinh"]), at=n.home(man)),
            hoTen=child["hoTen"].upper(),
            soDinhDanhMe=wife["soDinhDanh"],
        ),
    ]


def person_twice_by_hometown(n: Newcomers) -> list[Row]:
    one = n.person(55)
    return [one, hurt(n.person(dob=date.fromisoformat(one["ngaySinh"]), at=n.home(one)), hoTen=one["hoTen"])]


def card_shared(n: Newcomers) -> list[Row]:
    number = f"{n.next():07}{n.p.code}"
    return [hurt(n.person(50), soCmnd9=number), hurt(n.person(50, "2"), soCmnd9=number)]


def guest(n: Newcomers, **stay: object) -> Row:
    other = next(h[2] for h in n.homes if h[2] != n.homes[0][2])
    return hurt(n.person(at=n.homes[0]), **({"maXaTamTru": other, "tamTruTu": "2026-02-01", "tamTruDen": "2027-02-01"} | stay))


def household(n: Newcomers, size: int = 2) -> list[Row]:
    head = n.person(60)
    return [head, *(n.joins(n.person(30, at=n.home(head)), head, "99") for _ in range(size - 1))]


def two_heads(n: Newcomers) -> list[Row]:
    one, other = household(n)
    return [one, hurt(other, quanHeChuHo="00")]


def no_head(n: Newcomers) -> list[Row]:
    one, other = household(n)
    return [hurt(one, quanHeChuHo="99"), other]


def head_elsewhere(n: Newcomers) -> Row:
    _, other = household(n)
    return hurt(other, soDinhDanhChuHo=n.person()["soDinhDanh"])


def head_unknown(n: Newcomers) -> Row:
    _, other = household(n)
    return hurt(other, soDinhDanhChuHo=lambda v: n.number(v[:3], date(1950, 2, 3), "1"))


def dead_head_named(n: Newcomers) -> list[tuple[Row, str]]:
    one, other = household(n)
    n.death(one)
    return [(other, "POP-028"), (other, "POP-027"), (other, "POP-026")]


def head_died_in_place(n: Newcomers) -> list[tuple[Row, str]]:
    """Let population know of the death without taking the head out of the household."""
    one, _other = household(n)
    kept = {key: one[key] for key in ("soHo", "soDinhDanhChuHo", "quanHeChuHo")}
    n.death(one)
    one.update(kept)
    return [(one, "POP-028")]


def own_wife(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple(wed=None)
    hurt(man, soDinhDanhVoChong=man["soDinhDanh"])
    return [(man, "POP-038"), (wife, "POP-036")]


def wife_is_male(n: Newcomers) -> Row:
    head = n.person(50)
    return n.joins(n.person(49, at=n.home(head)), head, "01")


def related(n: Newcomers, relation: str, age: int) -> Row:
    head = n.person(50)
    return n.joins(n.person(age, at=n.home(head)), head, relation)


def two_residences(n: Newcomers) -> list[Row]:
    one, other = household(n)
    return [one, hurt(other, maXaThuongTru=next(h[2] for h in n.homes if h[2] != one["maXaThuongTru"]))]


def lonely_spouse(n: Newcomers) -> Row:
    return hurt(n.person(40), tinhTrangHonNhan="2", soDinhDanhVoChong=n.person(41, "2")["soDinhDanh"])


def spouse_forgotten(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple(wed=None)
    hurt(wife, soDinhDanhVoChong=None)
    return [(man, "POP-036"), (wife, "POP-035")]


def claimed_by_two(n: Newcomers) -> list[tuple[Row, str]]:
    man, _wife, _ = n.couple(wed=None)
    second = hurt(n.person(39, "2"), tinhTrangHonNhan="2", soDinhDanhVoChong=man["soDinhDanh"])
    return [(man, "POP-037"), (second, "POP-036")]


def parent_gap(n: Newcomers, key: str, sex: str, years: int, child_age: int = 11) -> Row:
    child = n.person(child_age)
    parent = n.person(dob=birthday(date.fromisoformat(child["ngaySinh"]), -years), sex=sex)
    return hurt(child, **{key: parent["soDinhDanh"]})


def siblings_too_close(n: Newcomers) -> list[Row]:
    mother = n.person(45, "2")
    return [hurt(n.person(dob=dob), soDinhDanhMe=mother["soDinhDanh"]) for dob in (date(2008, 3, 7), date(2008, 6, 9))]


def orphan_record(n: Newcomers) -> Row:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    event.pop("cha"), event.pop("me")
    return hurt(child, soDinhDanhCha=None, soDinhDanhMe=None)


def phone_of_many(n: Newcomers) -> list[Row]:
    phone = f"09{int(n.p.code):02}{n.next():06}"
    return [hurt(n.person(30), soDienThoai=phone) for _ in range(11)]


def other_card(n: Newcomers, person: Row | None = None, **dates: object) -> Row:
    return hurt(person or n.person(40), **dates)


ENTRIES: tuple[Entry, ...] = (
    B("id_missing", "POP-001", lambda n: hurt(n.person(), soDinhDanh=None, **LONE)),
    B("id_empty", "POP-001", lambda n: hurt(n.person(), soDinhDanh="", **LONE)),
    B("id_thirteen_digits", "POP-002", lambda n: misnumbered(n, lambda v: v + "0")),
    B("id_full_width", "POP-002", lambda n: misnumbered(n, lambda v: v[:-1] + "７")),
    B("id_nine_digits", "POP-002", lambda n: misnumbered(n, lambda v: v[3:])),
    B("id_province_unknown", "POP-003", lambda n: misnumbered(n, lambda v: "003" + v[3:])),
    B("id_country_though_born_here", "POP-003", lambda n: misnumbered(n, lambda v: "154" + v[3:])),
    B("id_year_wrong", "POP-004", lambda n: misnumbered(n, lambda v: v[:4] + "58" + v[6:], dob=date(1985, 5, 7))),
    B("id_century_wrong", "POP-004", lambda n: misnumbered(n, lambda v: v[:3] + "2" + v[4:], dob=date(1985, 5, 7))),
    B("id_sex_wrong", "POP-005", lambda n: hurt(n.person(), gioiTinh="2")),
    B("id_twice", "POP-006", same_number),
    B("person_twice_same_mother", "POP-007", person_twice, may="POP-042"),
    B("person_twice_same_hometown", "POP-007", person_twice_by_hometown),
    B("name_missing", "POP-008", lambda n: hurt(n.person(), hoTen=None)),
    B("name_lower_case", "POP-008", lambda n: hurt(n.person(), hoTen=lambda v: v.lower())),
    B("birth_date_missing", "POP-009", lambda n: hurt(n.person(), ngaySinh=None)),
    B("too_old_to_live", "POP-010", lambda n: n.person(dob=date(1908, 5, 6))),
    B("sex_of_no_list", "POP-011", lambda n: hurt(n.person(), gioiTinh="M")),
    B("sex_missing", "POP-011", lambda n: hurt(n.person(), gioiTinh=None)),
    B("ethnicity_of_no_list", "POP-012", lambda n: hurt(n.person(), maDanToc="77")),
    B("ethnicity_missing", "POP-012", lambda n: hurt(n.person(), maDanToc=None)),
    B("religion_of_no_list", "POP-013", lambda n: hurt(n.person(), maTonGiao="77")),
    B("nationality_of_no_list", "POP-014", lambda n: hurt(n.person(), quocTich="VN")),
    B("nationality_missing", "POP-014", lambda n: hurt(n.person(), quocTich=None)),
    B("citizen_without_vietnamese_nationality", "POP-014", lambda n: hurt(n.person(), quocTich="LAO")),
    B("blood_group_of_no_list", "POP-015", lambda n: hurt(n.person(), nhomMau="C")),
    B("old_card_eight_digits", "POP-016", lambda n: hurt(n.person(50), soCmnd9=f"{n.next():08}")),
    B("old_card_shared", "POP-017", card_shared),
    B("no_residence", "POP-018", lambda n: hurt(n.person(), maXaThuongTru=None, diaChiThuongTru=None, maXaHienTai=None)),
    B("stay_ends_before_it_starts", "POP-021", lambda n: guest(n, tamTruTu="2027-05-01", tamTruDen="2027-04-30"), may="TXT-009"),
    B("stay_too_long", "POP-021", lambda n: guest(n, tamTruTu="2026-02-01", tamTruDen="2028-02-02")),
    B("stay_expired", "POP-022", lambda n: guest(n, tamTruTu="2025-10-29", tamTruDen="2026-10-30")),
    B("stay_at_home", "POP-023", lambda n: guest(n, maXaTamTru=n.homes[0][2])),
    B("household_without_head_id", "POP-025", lambda n: hurt(n.person(), soDinhDanhChuHo=None)),
    B("household_without_number", "POP-025", lambda n: hurt(household(n)[1], soHo=None)),
    B("household_without_relation", "POP-025", lambda n: hurt(household(n)[1], quanHeChuHo=None)),
    B("two_heads", "POP-026", two_heads),
    B("no_head", "POP-026", no_head),
    B("head_of_another_household", "POP-027", head_elsewhere),
    B("head_without_a_number", "POP-027", lambda n: hurt(household(n)[1], soDinhDanhChuHo="chủ hộ")),
    B("head_unknown", "POP-027", head_unknown),
    B("head_is_dead", "", dead_head_named),
    B("head_died_in_place", "", head_died_in_place),
    B("head_is_a_child", "POP-028", lambda n: head_of_seventeen(n)),
    B("relation_of_no_list", "POP-029", lambda n: hurt(household(n)[1], quanHeChuHo="55")),
    B("wife_is_male", "POP-030", wife_is_male),
    B("child_older_than_head", "POP-030", lambda n: related(n, "02", 61)),
    B("parent_younger_than_head", "POP-030", lambda n: related(n, "03", 31)),
    B("household_in_two_communes", "POP-031", two_residences),
    B("household_too_large", "POP-032", lambda n: household(n, 21)),
    B("marital_status_of_no_list", "POP-033", lambda n: hurt(n.person(), tinhTrangHonNhan="8")),
    B("married_at_nineteen", "POP-034 POP-035", lambda n: hurt(n.person(19), tinhTrangHonNhan="2")),
    B("divorced_at_seventeen", "POP-034", lambda n: hurt(household(n)[1], tinhTrangHonNhan="4", **age(n, 17, "2"))),
    B("married_to_nobody", "POP-035", lambda n: hurt(n.person(), tinhTrangHonNhan="2")),
    B("spouse_not_mutual", "POP-036", lonely_spouse),
    B("spouse_forgotten", "", spouse_forgotten),
    B("claimed_by_two", "", claimed_by_two),
    B("own_spouse", "POP-038", lambda n: own(n, "soDinhDanhVoChong")),
    B("own_spouse_of_another", "", own_wife),
    B("own_father", "POP-038", lambda n: own(n, "soDinhDanhCha")),
    B("mother_too_young", "POP-039", lambda n: parent_gap(n, "soDinhDanhMe", "2", 11)),
    B("mother_too_old", "POP-039", lambda n: parent_gap(n, "soDinhDanhMe", "2", 56)),
    B("father_too_young", "POP-040", lambda n: parent_gap(n, "soDinhDanhCha", "1", 12)),
    B("father_too_old", "POP-040", lambda n: parent_gap(n, "soDinhDanhCha", "1", 81)),
    B("mother_is_male", "POP-041", lambda n: parent_gap(n, "soDinhDanhMe", "1", 30)),
    B("father_is_female", "POP-041", lambda n: parent_gap(n, "soDinhDanhCha", "2", 30)),
    B("siblings_too_close", "POP-042", siblings_too_close),
    B("child_without_parents", "POP-043", orphan_record, may="XDS-011"),
    B("no_card", "POP-044", lambda n: hurt(n.person(), ngayCapThe=None, ngayHetHanThe=None)),
    B("no_card_on_the_day", "POP-044", lambda n: hurt(n.person(dob=birthday(n.p.as_of, -14)), ngayCapThe=None, ngayHetHanThe=None)),
    B("card_expiry_wrong", "POP-045", lambda n: hurt(n.person(40), ngayHetHanThe="2049-04-05")),
    B("card_without_end_too_early", "POP-045", lambda n: hurt(n.person(40), ngayHetHanThe="9999-12-31")),
    B("card_with_end_after_sixty", "POP-045", lambda n: hurt(n.person(70), ngayHetHanThe="2045-04-05")),
    B("card_expired", "POP-046", lambda n: hurt(n.person(dob=date(1986, 10, 30)), ngayCapThe="2021-04-06", ngayHetHanThe="2026-10-30")),
    B("card_before_birth", "POP-047", lambda n: hurt(n.person(40), ngayCapThe="1980-04-05"), may="POP-045"),
    B("card_before_2012", "POP-047", lambda n: hurt(n.person(dob=date(1970, 5, 6)), ngayCapThe="2012-06-30", ngayHetHanThe="2030-05-06"), may="POP-045"),
    B("alive_with_death_date", "POP-049", lambda n: hurt(n.person(), ngayChet="2026-03-04")),
    B("dead_without_date", "POP-049 XDS-001", lambda n: dead(n, ngayChet=None)),
    B("dead_before_birth", "POP-050 XDS-001", lambda n: dead(n, ngayChet="1931-04-05"), may="POP-051 XDS-003"),
    B("residence_after_death", "POP-051", lambda n: dead(n, thuongTruTu="2026-04-05")),
    B("card_after_death", "POP-051", lambda n: dead(n, ngayCapThe="2026-03-11"), may="POP-045"),
    B("phone_misshapen", "POP-053", lambda n: hurt(n.person(), soDienThoai=f"01{n.p.code}{n.next():06}")),
    B("email_misshapen", "POP-054", lambda n: hurt(n.person(), email="nguoidan@example")),
    B("phone_of_many", "POP-055", phone_of_many),
    B("hometown_missing", "POP-056", lambda n: hurt(n.person(), queQuan=None)),
    B("birth_commune_missing", "POP-056", lambda n: hurt(n.person(), maXaKhaiSinh=None)),
    B("id_of_another_province", "POP-057", lambda n: misnumbered(n, lambda v: ("096" if n.p.code != "96" else "001") + v[3:])),
    B("not_touched_for_years", "POP-061", lambda n: hurt(n.person(), capNhatLuc="2023-10-30T08:00:00+07:00")),
    B("alias_is_the_name", "POP-063", lambda n: hurt(n.person(), tenKhac=n.p.tables["person"][-1]["hoTen"].upper())),
)  # fmt: skip


def age(n: Newcomers, years: int, sex: str) -> dict[str, object]:
    """Make somebody else of a person: the fields that hang together with age and sex."""
    other = n.p.tables["person"].pop(n.p.tables["person"].index(n.person(years, sex)))
    return {
        k: other.get(k)
        for k in ("soDinhDanh", "ngaySinh", "gioiTinh", "maXaKhaiSinh", "queQuan", "ngayCapThe", "ngayHetHanThe", "thuongTruTu")
    }


def own(n: Newcomers, key: str) -> Row:
    person = n.person()
    return hurt(person, **{key: person["soDinhDanh"]})


def dead(n: Newcomers, **values: object) -> Row:
    person = n.person(60)
    n.death(person)
    return hurt(person, **values)


def head_of_seventeen(n: Newcomers) -> Row:
    person = n.person(17)
    return hurt(person, soHo=f"{n.p.code}8{n.next():07}", soDinhDanhChuHo=person["soDinhDanh"], quanHeChuHo="00")
