"""Defects of civil-status events: their registers, births, deaths, marriages and the rarer kinds."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.catalogue.entry import Entry, broken, hurt
from benchmarks.newcomers import Newcomers
from benchmarks.records import Row

B = broken
AFTER = date(2026, 4, 7)


def birth(n: Newcomers, dob: date = date(2019, 5, 6), late: int = 9) -> Row:
    man, wife, _ = n.couple()
    return n.child(man, wife, dob, late=late)[1]


def wedding(n: Newcomers, on: date = date(2018, 4, 5)) -> Row:
    event = n.couple(wed=on)[2]
    assert event is not None
    return event


def book(n: Newcomers, size: int = 2) -> list[Row]:
    """Fill a register of its own, for a kind, commune and year that has none: deaths of long ago."""
    homes = {home[1]: home for home in n.homes}
    free = [(commune, year) for commune in homes for year in range(2024, 1990, -1) if (commune, year) not in n.books]
    if not free:
        raise RuntimeError(f"province {n.p.code} has no register left for a defect of its own: take more rows, or plant fewer defects")
    commune, year = n.chance.choice(free)
    n.books.add((commune, year))
    rows = [n.death(n.person(70, at=homes[commune]), date(year, 4, 3) + timedelta(days=14 * place)) for place in range(size)]
    for number, row in enumerate(rows, 1):
        row["so"] = f"{number:02}"
    return rows


def gap(n: Newcomers) -> Row:
    return hurt(book(n, 3)[2], so="04")


def gap_at_the_start(n: Newcomers) -> Row:
    return hurt(book(n, 1)[0], so="02")


def gap_beside_a_lost_number(n: Newcomers) -> list[tuple[Row, str]]:
    """Leave a gap where another register of the commune has lost a number, which is not the missing one."""
    rows = book(n, 3)
    person = n.person()
    on = date(rows[0]["nam"], 4, 23)
    decided = {"truong": "hoTen", "cu": "Nguyễn Bá Cũ", "moi": person["hoTen"], "quyetDinh": f"{n.next()}/QĐ-UBND"}
    lost = n.event("TD", person, on, thayDoi=decided)
    return [(hurt(rows[2], so="04"), "CIV-003"), (hurt(lost, so=None, maXaDangKy=rows[0]["maXaDangKy"]), "CIV-001")]


def repeated(n: Newcomers) -> list[Row]:
    first, second = book(n)
    return [first, hurt(second, so="01")]


def repeated_in_another_form(n: Newcomers) -> list[Row]:
    """Write one number of a register as 01 and as 1 of its year."""
    first, second = repeated(n)
    return [first, hurt(second, so=f"1/{second['nam']}")]


def number_of_another_year(n: Newcomers) -> Row:
    second = book(n)[1]
    return hurt(second, so=f"02/{second['nam'] - 5}")


def backwards(n: Newcomers) -> Row:
    _first, second, third = book(n, 3)
    second["so"], third["so"] = "03", "02"
    return second


def late_births(n: Newcomers) -> list[Row]:
    """Register a commune's births of one year late, more than 5 in 100 of at least 20."""
    man, _wife, _ = n.couple(30)
    on_time = [n.child(*n_couple(n, man), date(2024, 2, 5) + timedelta(days=3 * k))[1] for k in range(20)]
    here = [
        e
        for e in n.p.tables["event"]
        if e.get("maXaDangKy") == on_time[0]["maXaDangKy"] and e.get("nam") == 2024 and e["loaiSuKien"] == "KS"
    ]
    return [
        hurt(n.child(*n_couple(n, man), date(2024, 2, 5) + timedelta(days=k), late=70)[1], loaiDangKy="2")
        for k in range(len(here) // 18 + 3)
    ]


def n_couple(n: Newcomers, like: Row) -> tuple[Row, Row]:
    man = n.person(30, at=n.home(like))
    wife = n.joins(n.person(29, "2", at=n.home(like)), man, "01")
    for one, other in ((man, wife), (wife, man)):
        one.update({"tinhTrangHonNhan": "2", "soDinhDanhVoChong": other["soDinhDanh"]})
    return man, wife


def born_to(n: Newcomers, mother: int | None = None, father: int | None = None) -> list[tuple[Row, str]]:
    """Let a parent be so many years old at the birth, by the birth record and by population."""
    dob = date(2024, 5, 6)
    man = n.person(dob=date(dob.year - (father or 30), 5, 1))
    wife = n.joins(n.person(sex="2", dob=date(dob.year - (mother or 30), 5, 1), at=n.home(man)), man, "99")
    child, event = n.child(man, wife, dob)
    rules = ("CIV-017", "POP-039") if mother else ("CIV-018", "POP-040")
    return [(event, rules[0]), (child, rules[1])]


def birth_of_nobody(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    hurt(event, nguoi=None)
    return [(event, "CIV-011"), (event, "CIV-013"), (child, "XDS-009")]


def death_of_nobody(n: Newcomers) -> list[tuple[Row, str]]:
    person = n.person(70)
    event = hurt(n.death(person), nguoi=None)
    return [(event, "CIV-025"), (event, "CIV-026"), (person, "XDS-003")]


def other_ethnicity(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    hurt(event, nguoi__maDanToc="20"), hurt(child, maDanToc="20")
    return [(event, "CIV-019")]


def other_family_name(n: Newcomers) -> Row:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    child["hoTen"] = event["nguoi"]["hoTen"] = "Quách " + child["hoTen"].split(" ", 1)[1]
    return event


def registered_twice(n: Newcomers) -> list[Row]:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    return [event, n.event("KS", child, date(2019, 6, 18), date(2019, 5, 6), cha=man, me=wife, nguoiYeuCau=wife)]


def other_sex(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    hurt(event, nguoi__gioiTinh="2")
    return [(event, "CIV-021"), (event, "XDS-046"), (child, "XDS-014")]


def other_death_day(n: Newcomers, day: str, *rules: str) -> list[tuple[Row, str]]:
    person = n.person(70)
    event = hurt(n.death(person), ngaySuKien=day)
    return [*((event, rule) for rule in rules), (person, "?XDS-001")]


def twice_dead(n: Newcomers) -> list[Row]:
    person = n.person(70)
    declarant = n.person(50)
    return [n.death(person, nguoiYeuCau=declarant), n.death(person, known=False, nguoiYeuCau=declarant)]


def early_wedding(n: Newcomers, sex: str, years: int, short: int = 1) -> Row:
    man, wife, _ = n.couple(wed=None)
    who = man if sex == "1" else wife
    born = date.fromisoformat(who["ngaySinh"])
    on = date(born.year + years, born.month, born.day) - timedelta(days=short)
    while on.weekday() > 4:
        on -= timedelta(days=1)
    return n.event("KH", man, on, voChong=wife)


def leap_wedding(n: Newcomers) -> Row:
    man, _wife, _ = n.couple(wed=None)
    other = n.person(dob=date(2004, 2, 29), at=n.home(man))
    return n_wed(n, other, date(2024, 2, 28))


def n_wed(n: Newcomers, man: Row, on: date) -> Row:
    wife = n.joins(n.person(28, "2", at=n.home(man)), man, "01")
    for one, other in ((man, wife), (wife, man)):
        one.update({"tinhTrangHonNhan": "2", "soDinhDanhVoChong": other["soDinhDanh"]})
    return n.event("KH", man, on, voChong=wife)


def two_wives(n: Newcomers) -> list[tuple[Row, str]]:
    man, _wife, first = n.couple(wed=date(2016, 4, 5))
    second = n.person(35, "2", at=n.home(man))
    again = n.event("KH", man, date(2021, 6, 8), voChong=second)
    assert first is not None
    return [(first, "CIV-036"), (again, "CIV-036"), (second, "XDS-016"), (man, "XDS-016")]


def siblings_married(n: Newcomers) -> list[tuple[Row, str]]:
    mother = n.person(66, "2")
    man, wife, event = n.couple()
    assert event is not None
    hurt(man, soDinhDanhMe=mother["soDinhDanh"]), hurt(wife, soDinhDanhMe=mother["soDinhDanh"])
    return [(event, "CIV-037"), (man, "?POP-042"), (wife, "?POP-042")]


def dead_bride(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, event = n.couple(wed=date(2026, 5, 12))
    n.death(wife, date(2026, 3, 10))
    hurt(man, tinhTrangHonNhan="3", soDinhDanhVoChong=None)
    assert event is not None
    return [(event, "CIV-038"), (event, "CIV-052")]


def divorce(n: Newcomers, on: date = date(2026, 4, 14), judged: date = date(2026, 4, 7)) -> Row:
    man, wife, _ = n.couple()
    for one in (man, wife):
        hurt(one, tinhTrangHonNhan="4", soDinhDanhVoChong=None)
    n.joins(wife, man, "99")
    decided = {"truong": "tinhTrangHonNhan", "cu": "2", "moi": "4", "quyetDinh": f"{n.next()}/2026/QĐST-HNGĐ"}
    return n.event("LH", man, on, judged, voChong=wife, thayDoi=decided)


def recognition(n: Newcomers, **father: date) -> tuple[Row, Row, Row]:
    """Register a birth to a mother alone and then the father's recognition: child, birth, recognition."""
    man, wife, _ = n.couple(30, wed=None)
    child, event = n.child(man, wife, date(2024, 5, 6))
    return child, event, n.event("NC", child, date(2024, 8, 6), cha=man)


def adoption(n: Newcomers, dob: date = date(2018, 3, 6), adopter: int = 40, on: date = AFTER) -> Row:
    man, wife, _ = n.couple(adopter)
    child = n.joins(n.person(dob=dob, at=("001", "00001", *n.home(man)[2:])), man, "02")
    hurt(child, soDinhDanhCha=man["soDinhDanh"], soDinhDanhMe=wife["soDinhDanh"])
    return n.event("CN", child, on, cha=man, me=wife, nguoiYeuCau=wife, thayDoi={"quyetDinh": f"{n.next()}/QĐ-UBND"})


def guardianship(n: Newcomers, guardian: Row | None = None, on: date = AFTER) -> Row:
    guardian = guardian or n.person(50, "2")
    ward = n.joins(n.person(12, at=n.home(guardian)), guardian, "05")
    return n.event("GH", ward, on, nguoiYeuCau=guardian, nguyenNhan="Cha mẹ vắng mặt dài ngày")


def guardian_under_age(n: Newcomers) -> Row:
    head = n.person(50, "2")
    return guardianship(n, n.joins(n.person(17, at=n.home(head)), head, "05"))


def guardian_is_ward(n: Newcomers) -> Row:
    ward = n.person(40)
    n.event("GH", ward, date(2024, 4, 9), nguoiYeuCau=n.person(60), nguyenNhan="Mất năng lực hành vi dân sự")
    return guardianship(n, ward)


def change(n: Newcomers, field: str = "hoTen", old: str | None = None, **more: object) -> tuple[Row, Row]:
    """Register a change of name that population took over: person, event."""
    person = n.person()
    old = old or "Nguyễn Bá " + person["hoTen"].split()[-1]
    decided = {"truong": field, "cu": old, "moi": person["hoTen"], "quyetDinh": f"{n.next()}/QĐ-UBND"}
    return person, n.event("TD", person, AFTER, thayDoi=decided)


def change_of_another_value(n: Newcomers) -> Row:
    person, _event = change(n)
    return n.event(
        "TD",
        person,
        date(2026, 6, 9),
        thayDoi={"truong": "hoTen", "cu": "Trần Văn Khác", "moi": person["hoTen"], "quyetDinh": f"{n.next()}/QĐ-UBND"},
    )


def change_not_in_birth(n: Newcomers) -> list[tuple[Row, str]]:
    man, wife, _ = n.couple()
    child, event = n.child(man, wife)
    old, new = child["hoTen"], " ".join([child["hoTen"].split()[0], "Gia", "Tường"])
    child["hoTen"] = new
    n.event("TD", child, AFTER, thayDoi={"truong": "hoTen", "cu": old, "moi": new, "quyetDinh": f"{n.next()}/QĐ-UBND"}, nguoiYeuCau=wife)
    return [(event, "CIV-051")]


def event_after_death(n: Newcomers) -> Row:
    person = n.person(40)
    n.death(person)
    other = n.person(30, "2")
    return n.event("GH", person, date(2026, 6, 9), nguoiYeuCau=other, nguyenNhan="Mất năng lực hành vi dân sự")


def lacking(name: str, rule: str, path: str, made: object, may: str = "", late: bool = False) -> Entry:
    return B(name, rule, lambda n: hurt(made(n), **{path: None}), may, late)  # type: ignore[operator]


ENTRIES: tuple[Entry, ...] = (
    B("register_number_missing", "CIV-001", lambda n: hurt(book(n)[1], so=None), late=True),
    B("register_day_missing", "CIV-001", lambda n: hurt(book(n)[1], ngayDangKy=None), late=True, may="XDS-002"),
    B("register_place_missing", "CIV-001", lambda n: hurt(book(n)[1], maXaDangKy=None), late=True),
    B("register_year_missing", "CIV-001", lambda n: hurt(book(n)[1], nam=None), late=True),
    B("register_book_missing", "CIV-001", lambda n: hurt(birth(n), quyen=None)),
    B("register_year_no_number", "CIV-001", lambda n: hurt(book(n)[1], nam="hai nghìn"), late=True),
    B("register_number_twice", "CIV-002", repeated, late=True),
    B("register_number_twice_in_two_books", "CIV-002", lambda n: [row if k else hurt(row, quyen=f"02/{row['nam']}") for k, row in enumerate(repeated(n))], late=True),
    B("register_number_without_its_zero", "CIV-002", lambda n: [row if k else hurt(row, so="1") for k, row in enumerate(repeated(n))], late=True),
    B("register_number_with_its_year", "CIV-002", repeated_in_another_form, late=True),
    B("register_gap", "CIV-003", gap, late=True),
    B("register_gap_beside_a_lost_number", "", gap_beside_a_lost_number, late=True),
    B("number_missing_amid_a_register", "CIV-001", lambda n: hurt(book(n, 3)[1], so=None), late=True),
    B("year_missing_amid_a_register", "CIV-001", lambda n: hurt(book(n, 3)[1], nam=None), late=True),
    B("kind_missing_amid_a_register", "CIV-001", lambda n: hurt(book(n, 3)[1], loaiSuKien=None), late=True),
    B("year_of_another_register", "CIV-005", lambda n: hurt(book(n, 3)[1], nam=lambda v: v - 40), late=True),
    B("register_begins_with_two", "CIV-003", gap_at_the_start, late=True),
    B("register_runs_backwards", "CIV-004", backwards, late=True),
    B("book_of_another_year", "CIV-005", lambda n: hurt(birth(n), quyen="01/2011")),
    B("number_of_another_year", "CIV-005", number_of_another_year, late=True),
    B("registered_by_a_district", "CIV-006 ADM-002", lambda n: hurt(birth(n, date(2026, 3, 4)), maXaDangKy="001"), may="ADM-003 ADM-004 XDS-022 XDS-009 CIV-003"),
    B("event_kind_of_no_list", "CIV-007", lambda n: hurt(book(n)[1], loaiSuKien="XX"), late=True),
    B("event_kind_missing", "CIV-001", lambda n: hurt(book(n)[1], loaiSuKien=None), late=True),
    B("event_kind_in_words", "CIV-007", lambda n: hurt(book(n)[1], loaiSuKien="KHAI TỬ"), late=True),
    B("register_type_of_no_list", "CIV-008", lambda n: hurt(birth(n), loaiDangKy="9")),
    lacking("signer_missing", "CIV-009", "nguoiKy", birth),
    lacking("child_name_missing", "CIV-011", "nguoi__hoTen", birth),
    lacking("child_sex_missing", "CIV-011", "nguoi__gioiTinh", birth),
    lacking("child_dob_missing", "CIV-011", "nguoi__ngaySinh", birth),
    lacking("child_ethnicity_missing", "CIV-011", "nguoi__maDanToc", birth, may="CIV-019"),
    lacking("child_nationality_missing", "CIV-011", "nguoi__quocTich", birth, may="CIV-013"),
    lacking("birth_place_missing", "CIV-011", "noiSuKien", birth),
    lacking("father_name_missing", "CIV-012", "cha__hoTen", birth, may="CIV-020"),
    lacking("mother_dob_missing", "CIV-012", "me__ngaySinh", birth),
    lacking("mother_residence_missing", "CIV-012", "me__maXaThuongTru", birth),
    lacking("father_ethnicity_missing", "CIV-012", "cha__maDanToc", birth),
    lacking("mother_nationality_missing", "CIV-012", "me__quocTich", birth),
    B("child_missing", "", birth_of_nobody),
    lacking("child_id_missing", "CIV-013", "nguoi__soDinhDanh", birth),
    B("registered_before_birth", "CIV-014", lambda n: birth(n, late=-9), may="TXT-009 DLV-007"),
    B("late_not_marked", "CIV-015", lambda n: birth(n, date(2020, 5, 6), late=75)),
    B("late_by_one_day_not_marked", "CIV-015", lambda n: birth(n, date(2020, 5, 5), late=61)),
    B("late_though_in_time", "CIV-015", lambda n: hurt(birth(n), loaiDangKy="2")),
    B("births_late_in_a_commune", "CIV-016", late_births),
    B("mother_eleven", "", lambda n: born_to(n, mother=11)),
    B("mother_fifty_six", "", lambda n: born_to(n, mother=56)),
    B("father_twelve", "", lambda n: born_to(n, father=12)),
    B("father_eighty_one", "", lambda n: born_to(n, father=81)),
    B("ethnicity_of_no_parent", "", other_ethnicity),
    B("family_name_of_no_parent", "CIV-020", other_family_name),
    B("child_id_of_another_year", "CIV-021", lambda n: hurt(birth(n), nguoi__soDinhDanh=lambda v: v[:4] + "07" + v[6:]), may="XDS-008"),
    B("child_id_of_another_sex", "", other_sex),
    B("birth_registered_twice", "CIV-023", registered_twice),
    lacking("declarant_missing", "CIV-024", "nguoiYeuCau", birth),
    lacking("declarant_of_a_divorce_missing", "CIV-024", "nguoiYeuCau", divorce),
    lacking("declarant_id_missing", "CIV-024", "nguoiYeuCau__soDinhDanh", birth),
    lacking("death_cause_missing", "CIV-025", "nguyenNhan", lambda n: n.death(n.person(70))),
    lacking("death_place_missing", "CIV-025", "noiSuKien", lambda n: n.death(n.person(70))),
    lacking("death_day_missing", "CIV-025", "ngaySuKien", lambda n: n.death(n.person(70)), may="XDS-003"),
    lacking("dead_name_missing", "CIV-025", "nguoi__hoTen", lambda n: n.death(n.person(70))),
    B("dead_missing", "", death_of_nobody),
    lacking("dead_id_missing", "CIV-026", "nguoi__soDinhDanh", lambda n: n.death(n.person(70))),
    B("death_before_birth", "", lambda n: other_death_day(n, "1931-04-05", "CIV-027", "?CIV-028")),
    B("death_after_registration", "", lambda n: other_death_day(n, "2026-04-05", "CIV-027")),
    B("death_registered_late", "CIV-028", lambda n: registered_after(n, 18)),
    B("death_registered_one_day_late", "CIV-028", lambda n: registered_after(n, 16)),
    B("dead_twice", "CIV-029", twice_dead),
    lacking("death_notice_missing", "CIV-030", "giayBaoTu", lambda n: n.death(n.person(70))),
    lacking("death_notice_number_missing", "CIV-030", "giayBaoTu__so", lambda n: n.death(n.person(70))),
    B("groom_under_twenty", "CIV-033", lambda n: early_wedding(n, "1", 20)),
    B("bride_under_eighteen", "CIV-033", lambda n: early_wedding(n, "2", 18)),
    B("groom_of_a_leap_day", "CIV-033", leap_wedding),
    lacking("bride_id_missing", "CIV-034", "voChong__soDinhDanh", wedding),
    lacking("bride_name_missing", "CIV-034", "voChong__hoTen", wedding),
    lacking("groom_residence_missing", "CIV-034", "nguoi__maXaThuongTru", wedding),
    lacking("groom_nationality_missing", "CIV-034", "nguoi__quocTich", wedding),
    B("married_to_oneself", "", lambda n: self_wedding(n)),
    B("bride_is_a_man", "CIV-035 XDS-046", lambda n: hurt(wedding(n), voChong__gioiTinh="1")),
    B("two_wives", "", two_wives, may="XDS-026"),
    B("siblings_married", "", siblings_married),
    B("bride_was_dead", "", dead_bride, may="XDS-016"),
    lacking("divorce_without_decision", "CIV-039", "thayDoi__quyetDinh", divorce),
    B("divorced_before_marriage", "CIV-039", lambda n: divorce(n, date(2018, 9, 4), date(2018, 3, 6)), may="CIV-040"),
    B("divorce_noted_late", "CIV-040", lambda n: divorce(n, date(2026, 4, 23), date(2026, 4, 7))),
    B("recognised_father_eleven", "CIV-042", lambda n: hurt(recognition(n)[2], cha__ngaySinh="2012-05-08"), may="XDS-048"),
    B("recognition_not_in_birth", "CIV-043", lambda n: not_in_birth(n), may="CIV-012 XDS-011 CIV-020"),
    B("adopter_too_young", "CIV-044", lambda n: adoption(n, date(2012, 3, 6), 32), may="POP-039 POP-040"),
    B("adopted_too_old", "CIV-045", lambda n: adoption(n, date(2010, 4, 7), 50)),
    lacking("guardian_id_missing", "CIV-046", "nguoiYeuCau__soDinhDanh", guardianship, may="CIV-024"),
    lacking("guardian_ground_missing", "CIV-046", "nguyenNhan", guardianship),
    B("guardian_under_age", "CIV-047", guardian_under_age),
    B("guardian_is_the_ward", "CIV-047", lambda n: own_guardian(n)),
    B("guardian_is_a_ward", "CIV-047", guardian_is_ward),
    lacking("change_without_new_value", "CIV-049", "thayDoi__moi", lambda n: change(n)[1]),
    lacking("change_without_old_value", "CIV-049", "thayDoi__cu", lambda n: change(n)[1]),
    lacking("change_without_date", "CIV-049", "ngaySuKien", lambda n: change(n)[1]),
    lacking("change_without_decision", "CIV-049", "thayDoi__quyetDinh", lambda n: change(n)[1]),
    B("change_of_another_value", "CIV-050", change_of_another_value),
    B("change_not_in_birth", "", change_not_in_birth),
    B("guardianship_of_the_dead", "CIV-052", event_after_death),
    B("mother_id_nine_digits", "CIV-053", lambda n: hurt(birth(n), me__soDinhDanh=f"17{n.next():07}"), may="XDS-011"),
    B("book_misshapen", "CIV-055", lambda n: hurt(birth(n), quyen="Quyển một"), may="CIV-005"),
)  # fmt: skip


def registered_after(n: Newcomers, days: int) -> Row:
    """Register a death so many days after it."""
    happened = next(d for d in (date(2026, 3, 9) + timedelta(days=k) for k in range(7)) if (d + timedelta(days=days)).weekday() < 5)
    person = n.person(70)
    event = n.death(person, happened)
    registered = happened + timedelta(days=days)
    person["capNhatLuc"] = f"{registered + timedelta(days=1)}T10:00:00+07:00"
    return hurt(event, ngayDangKy=str(registered), capNhatLuc=f"{registered}T15:20:11+07:00")


def self_wedding(n: Newcomers) -> list[tuple[Row, str]]:
    man, _, event = n.couple()
    assert event is not None
    hurt(event, voChong__soDinhDanh=event["nguoi"]["soDinhDanh"])
    beside = ("CIV-034", "XDS-048", "XDS-046", "XDS-018", "XDS-016", "CIV-037", "CIV-033")
    return [(event, "CIV-035"), (man, "?XDS-016"), *((event, f"?{rule}") for rule in beside)]


def not_in_birth(n: Newcomers) -> Row:
    _, event, _ = recognition(n)
    event.pop("cha")
    return event


def own_guardian(n: Newcomers) -> Row:
    event = guardianship(n)
    event["nguoiYeuCau"] = dict(event["nguoi"])
    return event
