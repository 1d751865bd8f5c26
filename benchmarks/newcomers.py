"""Add made-up people, land and taxes to a province, whole and without fault, one small family at a time: what a defect is planted in."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from benchmarks import words
from benchmarks.records import Province, Row

GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"
WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)
LISTS = Path(__file__).resolve().parents[1] / "plugins" / "province_data" / "reference" / "lists"
TURN = date(2025, 7, 1)


@cache
def _read_list(name: str) -> list[dict[str, str]]:
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def geohash(lat: float, lon: float) -> str:
    """Give the 12-character code of a point."""
    la, lo = int((lat + 90) / 180 * 2**30), int((lon + 180) / 360 * 2**30)
    bits = [((lo if n % 2 == 0 else la) >> (29 - n // 2)) & 1 for n in range(60)]
    return "".join(GEOHASH[int("".join(map(str, bits[n : n + 5])), 2)] for n in range(0, 60, 5))


def tax_number(prefix: str) -> str | None:
    """Add the check digit to nine digits; None where there is none."""
    rest = sum(w * int(d) for w, d in zip(WEIGHTS, prefix, strict=True)) % 11
    return f"{prefix}{10 - rest}" if rest else None


def birthday(dob: date, years: int) -> date:
    """Give the day a person turns so old; born on 29 February: the 28th in a common year."""
    try:
        return dob.replace(year=dob.year + years)
    except ValueError:
        return dob.replace(year=dob.year + years, day=28)


def card_expiry(dob: date, issued: date) -> str:
    """Say when a card expires by law."""
    for limit, age in ((12, 14), (23, 25), (38, 40), (58, 60)):
        if issued < birthday(dob, limit):
            return str(birthday(dob, age))
    return "9999-12-31"


def workday(day: date) -> date:
    """Move a day off a weekend, forwards."""
    return day + timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))


class Newcomers:
    """Makes whole, faultless records in a province."""

    def __init__(self, province: Province, seed: int = 1) -> None:
        self.p, self.chance, self.count = province, random.Random(f"{seed} {province.code}"), 0
        self.taken = {p["soDinhDanh"] for p in province.tables["person"]}
        # Homes whose people were born there: residence, its old code, and the number's first digits belong together.
        births = {e["nguoi"]["soDinhDanh"] for e in province.tables["event"] if e["loaiSuKien"] == "KS" and e["ngayDangKy"] < "2025-07-01"}
        homes = [
            p for p in province.tables["person"] if p["soDinhDanh"] in births and p.get("quanHeChuHo") and "2000" < p["ngaySinh"] < "2025"
        ]
        self.homes = [(p["soDinhDanh"][:3], p["maXaKhaiSinh"], p["maXaThuongTru"], p["queQuan"], p["diaChiThuongTru"]) for p in homes]
        self.sites = [p for p in province.tables["parcel"] if p["ma_xa_cu"]]
        self.anchors = {p["ma_xa"]: p for p in province.tables["parcel"]}
        self.codes = {p["ma_thua_dat"] for p in province.tables["parcel"]}
        edges = _read_list("commune_crosswalk")
        here = {row["code"] for row in _read_list("admin_unit") if row["edition"] == "2025" and row["province_code"] == province.code}
        new = {row["code"] for row in _read_list("admin_unit") if row["edition"] == "2025"}
        self.retired = sorted({e["old_code"] for e in edges if e["new_code"] in here and e["old_code"] not in new})
        units = [row for row in _read_list("admin_unit") if row["level"] == "commune"]
        old = {row["code"]: row["type"] for row in units if row["edition"] == "pre-2025"}
        ever = {
            row["code"]: {r["type"] for r in units if r["edition"] == "2025" and r["code"] == row["code"]}
            for row in units
            if row["code"] in here
        }
        whole = [e for e in edges if e["new_code"] in here and e["target_count"] == "1"]
        self.kinds = {
            k: [(e["old_code"], e["new_code"]) for e in whole if old.get(e["old_code"]) == k and ever[e["new_code"]] == {k}]
            for k in ("xã", "phường")
        }
        self.became_ward = [
            (e["old_code"], e["new_code"]) for e in whole if old.get(e["old_code"]) == "xã" and ever[e["new_code"]] == {"xã", "phường"}
        ]
        self.splits = sorted((e["old_code"], e["new_code"]) for e in edges if e["new_code"] in here and e["target_count"] != "1")

    def next(self) -> int:
        """Count on."""
        self.count += 1
        return self.count

    def number(self, prefix: str, dob: date, sex: str) -> str:
        """Draw a personal number nobody has."""
        while True:
            drawn = f"{prefix}{(dob.year - 1900) // 100 * 2 + int(sex) - 1}{dob.year % 100:02}{self.chance.randrange(10**6):06}"
            if drawn not in self.taken:
                self.taken.add(drawn)
                return drawn

    def name(self, sex: str, family: str | None = None) -> str:
        """Draw a name."""
        draw = self.chance.choice
        middle, given = (words.MIDDLE_MALE, words.GIVEN_MALE) if sex == "1" else (words.MIDDLE_FEMALE, words.GIVEN_FEMALE)
        return f"{family or draw(words.FAMILY)} {draw(middle)} {draw(words.EXTRA)} {draw(given)}"

    def day_of_birth(self, age: int) -> date:
        """Draw the birthday of somebody so old, never the first of January nor the 29th of February."""
        while True:
            born = birthday(self.p.as_of, -age) - timedelta(days=self.chance.randrange(1, 360))
            if f"{born:%m-%d}" not in ("01-01", "02-29"):
                return born

    def person(self, age: int = 40, sex: str = "1", dob: date | None = None, at: tuple[str, ...] | None = None, **over: Any) -> Row:
        """Add a single citizen, living where he was born; of age he is head of a household of one."""
        born = dob or self.day_of_birth(age)
        prefix, old, new, hometown, address = at or self.chance.choice(self.homes)
        number = self.number(prefix, born, sex)
        values: dict[str, Any] = {
            "soDinhDanh": number, "hoTen": self.name(sex), "ngaySinh": str(born), "gioiTinh": sex, "maDanToc": "01", "maTonGiao": "00", "quocTich": "VNM", "maXaKhaiSinh": old if born < TURN else new,
            "queQuan": hometown, "maXaThuongTru": new, "diaChiThuongTru": address, "thuongTruTu": str(max(born + timedelta(days=30), date(2011, 3, 9))), "maXaHienTai": new,
            "soHo": f"{self.p.code}9{self.next():07}", "soDinhDanhChuHo": number, "quanHeChuHo": "00", "tinhTrangHonNhan": "1", "trangThai": "1", "capNhatLuc": "2026-05-06T09:12:44+07:00",
        }  # fmt: skip
        if birthday(born, 18) > self.p.as_of:
            values = {k: v for k, v in values.items() if k not in ("soHo", "soDinhDanhChuHo", "quanHeChuHo")}
        if birthday(born, 14) <= self.p.as_of:
            issued = max(date(2021, 4, 6), birthday(born, 14) + timedelta(days=9))
            if card_expiry(born, issued) <= str(self.p.as_of):
                issued = birthday(date.fromisoformat(card_expiry(born, issued)), -2) + timedelta(days=20)
            values |= {"ngayCapThe": str(issued), "ngayHetHanThe": card_expiry(born, issued)}
        return self.p.add("person", values | over)

    def home(self, person: Row) -> tuple[str, ...]:
        """Give where a person lives, in the form `person` takes."""
        return (person["soDinhDanh"][:3], person["maXaKhaiSinh"], person["maXaThuongTru"], person["queQuan"], person["diaChiThuongTru"])

    def joins(self, person: Row, head: Row, relation: str) -> Row:
        """Let a person move into a household; who is under age has none of his own."""
        for key in ("soHo", "soDinhDanhChuHo", "quanHeChuHo"):
            person.pop(key, None)
        if "soHo" in head:
            person.update({"soHo": head["soHo"], "soDinhDanhChuHo": head["soDinhDanhChuHo"], "quanHeChuHo": relation})
        return person

    def couple(self, age: int = 40, wed: date | None = date(2018, 4, 5)) -> tuple[Row, Row, Row | None]:
        """Add a married couple and, with a date, their wedding."""
        man = self.person(age, "1")
        wife = self.joins(self.person(age - 1, "2", at=self.home(man)), man, "01")
        for one, other in ((man, wife), (wife, man)):
            one.update({"tinhTrangHonNhan": "2", "soDinhDanhVoChong": other["soDinhDanh"]})
        return man, wife, self.event("KH", man, wed, voChong=wife) if wed else None

    def child(self, man: Row, wife: Row, dob: date = date(2019, 5, 6), sex: str = "1", late: int = 9) -> tuple[Row, Row]:
        """Add a child of a couple with its birth."""
        child = self.joins(self.person(sex=sex, dob=dob, at=self.home(man), hoTen=self.name(sex, man["hoTen"].split()[0])), man, "02")
        child.update({"soDinhDanhCha": man["soDinhDanh"], "soDinhDanhMe": wife["soDinhDanh"]})
        return child, self.event("KS", child, workday(dob + timedelta(days=late)), dob, cha=man, me=wife, nguoiYeuCau=wife)

    def told(self, person: Row, commune: str) -> dict[str, str]:
        """Give a person as an event tells of him."""
        return {k: person[k] for k in ("soDinhDanh", "hoTen", "ngaySinh", "gioiTinh", "maDanToc", "quocTich")} | {"maXaThuongTru": commune}

    def event(self, kind: str, person: Row, on: date, happened: date | None = None, **others: Any) -> Row:
        """Register an event of a person; other parties by role, and whatever else the record holds."""
        on = workday(on)
        commune = person["maXaKhaiSinh"] if on < TURN else person["maXaThuongTru"]
        values: dict[str, Any] = {
            "loaiSuKien": kind, "so": "00", "quyen": f"01/{on.year}", "nam": on.year, "ngayDangKy": str(on), "maXaDangKy": commune, "loaiDangKy": "1",
            "nguoiKy": self.chance.choice(words.SIGNERS), "ngaySuKien": str(happened or on), "noiSuKien": person["queQuan"], "nguoi": self.told(person, commune),
        }  # fmt: skip
        declarant = others.pop("nguoiYeuCau", person)
        for key, other in {**others, "nguoiYeuCau": declarant}.items():
            values[key] = self.told(other, commune) if isinstance(other, Row) else other
        return self.p.add("event", values | {"capNhatLuc": f"{on}T15:20:11+07:00"})

    def death(self, person: Row, on: date = date(2026, 3, 10), known: bool = True, **others: Any) -> Row:
        """Register a death; population knows of it the day after."""
        registered = workday(on + timedelta(days=2))
        notice = {"loai": "1", "so": f"{self.next()}/GBT", "ngay": str(on)}
        declarant = others.pop("nguoiYeuCau", None) or self.person(50, "2")
        event = self.event("KT", person, registered, on, giayBaoTu=notice, nguyenNhan="Tuổi già", nguoiYeuCau=declarant, **others)
        if known:
            if str(on) < person.get("ngayCapThe", ""):
                person.pop("ngayCapThe"), person.pop("ngayHetHanThe")
            person["thuongTruTu"] = min(person["thuongTruTu"], str(on))
            for key in ("soHo", "soDinhDanhChuHo", "quanHeChuHo", "tinhTrangHonNhan", "soDinhDanhVoChong"):
                person.pop(key, None)
            person.update({"trangThai": "2", "ngayChet": str(on), "capNhatLuc": f"{registered + timedelta(days=1)}T10:00:00+07:00"})
        return event

    def parcel(self, **over: Any) -> Row:
        """Add a rice field without certificate, some hundred metres from another parcel of the commune."""
        while True:
            site = self.chance.choice(self.sites)
            if "ma_xa" in over:
                site = self.anchors.setdefault(over["ma_xa"], site)
            lat, lon = (float(site[k].replace(",", ".")) + self.chance.uniform(0.0003, 0.002) for k in ("vi_do", "kinh_do"))
            lat, lon = round(lat, 7), round(lon, 7)
            if (code := geohash(lat, lon)) not in self.codes:
                break
        self.codes.add(code)
        number = self.next()
        values = {
            "ma_thua_dat": code, "ma_xa": site["ma_xa"], "ma_xa_cu": site["ma_xa_cu"], "so_to": str(900 + number // 500), "so_thua": str(number % 500 + 1),
            "dien_tich_m2": "612,5", "dien_tich_phap_ly_m2": "612,5", "loai_dat": "LUC", "nguon_goc": "3", "hinh_thuc": "R", "thoi_han": "CT", "het_han": "2063-10-15", "dia_chi": site["dia_chi"],
            "vi_do": f"{lat:.7f}".replace(".", ","), "kinh_do": f"{lon:.7f}".replace(".", ","), "nhom": "", "ly_do_chua_sach": "", "cap_nhat": "2026-04-08T14:46:22+07:00",
        }  # fmt: skip
        return self.p.add("parcel", values | over)

    def right(self, parcel: Row, holder: Row, kind: str = "CN", role: str = "C", of: Row | None = None, **over: Any) -> Row:
        """Add a holder to a parcel; with `of`, on the same certificate as another holder."""
        number = self.next()
        is_firm = holder.table == "taxpayer"
        values = {
            "ma_thua_dat": parcel["ma_thua_dat"], "ma_xa": parcel["ma_xa"], "so_to": parcel["so_to"], "so_thua": parcel["so_thua"], "so_phat_hanh": self.serial(number), "so_vao_so": f"CX{self.p.code}{number:06}", "ngay_cap": "14/09/2020",
            "co_quan_cap": f"Sở Tài nguyên và Môi trường {parcel['dia_chi'].rsplit(', ', 1)[-1]}", "trang_thai_gcn": "1", "loai_chu": kind, "vai_tro": role,
            "ten_chu": holder["ten_nnt"] if is_firm else holder["hoTen"], "nam_sinh": "" if is_firm else holder["ngaySinh"], "gioi_tinh_chu": "" if is_firm else holder["gioiTinh"],
            "loai_giay_to": "MST" if is_firm else "CCCD", "so_giay_to": holder["mst"] if is_firm else holder["soDinhDanh"], "cap_nhat": "2026-04-08T14:46:22+07:00",
        }  # fmt: skip
        if of is not None:
            values |= {k: of[k] for k in ("so_phat_hanh", "so_vao_so", "ngay_cap", "co_quan_cap")}
        return self.p.add("right", values | over)

    def serial(self, number: int) -> str:
        """Give a certificate's serial under letters that no other province's newcomers have, and no certificate of the generator."""
        first, second = divmod(int(self.p.code), 26)
        return f"{'FJWS'[first]}{chr(ord('A') + second)} {number:06}"

    def taxpayer(self, person: Row, kind: str = "1", **over: Any) -> Row:
        """Add a citizen as taxpayer."""
        values = {
            "mst": person["soDinhDanh"], "mst_cu": "", "loai_nnt": kind, "ten_nnt": person["hoTen"], "so_dinh_danh": person["soDinhDanh"], "ngay_sinh": person["ngaySinh"], "so_dinh_danh_dd": "",
            "trang_thai": "00", "ly_do": "02" if kind == "2" else "03", "ngay_trang_thai": "2025-09-08", "ngay_cap": "2025-09-08", "ngay_bat_dau": "2025-09-08", "ngay_ket_thuc": "",
            "ma_xa": person["maXaThuongTru"], "dia_chi": person["diaChiThuongTru"], "ma_cqt": f"{self.p.code}03", "mst_chu_quan": "", "so_dkkd": f"{self.p.code}B{self.next():07}" if kind == "2" else "",
            "ngay_cap_nhat": "2026-02-03T08:46:09+07:00",
        }  # fmt: skip
        return self.p.add("taxpayer", values | over)

    def firm(self, rep: Row | None = None, kind: str = "3", **over: Any) -> Row:
        """Add an organisation; codes begin with 98, which no real one has."""
        rep = rep or self.person(45)
        while (code := tax_number(f"98{self.p.code}{self.next():05}")) is None:
            pass
        name = f"Công ty TNHH {self.chance.choice(words.TRADES)} {self.chance.choice(words.BRANDS)} {code[-6:]}"
        values = {
            "mst": code, "mst_cu": "", "loai_nnt": kind, "ten_nnt": name, "so_dinh_danh": "", "ngay_sinh": "", "so_dinh_danh_dd": rep["soDinhDanh"], "trang_thai": "00", "ly_do": "02",
            "ngay_trang_thai": "2016-09-08", "ngay_cap": "2016-09-08", "ngay_bat_dau": "2016-09-08", "ngay_ket_thuc": "", "ma_xa": rep["maXaThuongTru"], "dia_chi": rep["diaChiThuongTru"],
            "ma_cqt": f"{self.p.code}00", "mst_chu_quan": "", "so_dkkd": code if kind == "3" else "", "ngay_cap_nhat": "2026-02-03T08:46:09+07:00",
        }  # fmt: skip
        return self.p.add("taxpayer", values | over)

    def branch(self, parent: Row, suffix: str = "001", **over: Any) -> Row:
        """Add a dependent unit of an organisation."""
        values = dict(parent) | {
            "mst": f"{parent['mst']}-{suffix}",
            "loai_nnt": "4",
            "ten_nnt": f"Chi nhánh {parent['ten_nnt']}",
            "mst_chu_quan": parent["mst"],
            "so_dkkd": "",
        }
        return self.p.add("taxpayer", values | over)

    def charge(self, parcel: Row, payer: Row, **over: Any) -> Row:
        """Charge the holder of a parcel with land tax."""
        values = {
            "mst": payer["mst"], "ma_thua_dat": parcel["ma_thua_dat"], "nam": "2026", "dien_tich_m2": parcel["dien_tich_m2"].replace(",", "."), "loai_dat": parcel["loai_dat"],
            "so_tien": "38040", "da_nop": "0", "ngay_cap_nhat": "2026-08-14T16:26:22+07:00",
        }  # fmt: skip
        return self.p.add("land_tax", values | over)

    def estate(self, age: int = 40, **parcel: Any) -> tuple[Row, Row, Row]:
        """Add a citizen with a certified field: person, parcel, right."""
        person = self.person(age)
        field = self.parcel(**parcel)
        return person, field, self.right(field, person)

    def homestead(self) -> tuple[Row, Row, Row, Row, Row]:
        """Add a citizen with a taxed shop on leased land: person, parcel, right, taxpayer, land tax."""
        person, parcel, right = self.estate(loai_dat="TMD", nguon_goc="11")
        payer = self.taxpayer(person)
        return person, parcel, right, payer, self.charge(parcel, payer)

    def retired_commune(self) -> str:
        """Give an old commune of the province whose code the new list has not."""
        return self.chance.choice(self.retired)

    def split_commune(self) -> tuple[str, str] | None:
        """Give an old commune that was split, and one of its parts in the province; not all provinces have one."""
        return self.chance.choice(self.splits) if self.splits else None

    @cached_property
    def books(self) -> set[tuple[str, int]]:
        """The registers of deaths in use, by commune and year."""
        return {
            (e["maXaDangKy"], e["nam"])
            for e in self.p.tables["event"]
            if e.get("loaiSuKien") == "KT" and e.get("maXaDangKy") and e.get("nam")
        }

    def commune_of(self, kind: str) -> tuple[str, str]:
        """Give an old commune of a kind (xã, phường) and the new one it went into, which is of the same kind and always was."""
        return self.chance.choice(self.kinds[kind])

    @property
    def risen(self) -> list[tuple[str, str]]:
        """Old villages of the province whose new commune became a ward in 2026."""
        return self.became_ward
