"""The lists as files: counts, codes and the links between them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from functools import cache

import pytest

from province_data.reference.load import LISTS
from province_data.reference.tables import TABLES, ListTable

# new province -> (communes, old communes that went into it)
COMMUNES = {
    "01": (126, 526), "04": (56, 161), "08": (124, 330), "11": (45, 129), "12": (38, 106), "14": (75, 200), "15": (99, 319),
    "19": (92, 280), "20": (65, 194), "22": (54, 171), "24": (99, 313), "25": (148, 479), "31": (114, 374), "33": (104, 381),
    "37": (129, 398), "38": (166, 547), "40": (130, 412), "42": (69, 209), "44": (78, 264), "46": (40, 133), "48": (94, 280),
    "51": (96, 272), "52": (135, 373), "56": (65, 194), "66": (102, 286), "68": (124, 329), "75": (95, 270), "79": (168, 441),
    "80": (96, 280), "82": (102, 305), "86": (124, 354), "91": (102, 298), "92": (103, 263), "96": (64, 164),
}  # fmt: skip
RAISED_TO_WARD = {
    "25270", "25357", "25363", "26116", "26170", "26248", "26326", "26368", "26425", "26485", "07294", "07375", "07399", "07444",
    "07840", "09193", "09292", "09313", "09319", "09454", "09475", "09496",
}  # fmt: skip


@cache
def rows(name: str) -> list[dict[str, str]]:
    with (LISTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def units(level: str, edition: str) -> list[dict[str, str]]:
    return [row for row in rows("admin_unit") if (row["level"], row["edition"]) == (level, edition)]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_list_has_the_columns_of_its_table_and_a_unique_key(table: ListTable) -> None:
    listed = rows(table.name)
    assert tuple(listed[0]) == tuple(column for column, _ in table.columns)
    assert max(Counter(tuple(row[column] for column in table.key) for row in listed).values()) == 1


def test_the_number_of_units_of_each_level_and_edition() -> None:
    counts = {
        (level, edition): len({row["code"] for row in units(level, edition)})
        for level in ("province", "district", "commune")
        for edition in ("pre-2025", "2025")
    }
    assert counts == {
        ("province", "pre-2025"): 63, ("district", "pre-2025"): 696, ("commune", "pre-2025"): 10_035,
        ("province", "2025"): 34, ("district", "2025"): 0, ("commune", "2025"): 3_321,
    }  # fmt: skip


def test_each_province_has_its_communes_and_each_old_commune_went_where_its_province_went() -> None:
    now = {row["code"]: row["province_code"] for row in units("commune", "2025")}
    before = {row["code"]: row["province_code"] for row in units("commune", "pre-2025")}
    moved = {old: row["code"] for row in rows("province") for old in row["merged_from_old_codes"].split()}
    new, old = Counter(now.values()), Counter(moved[code] for code in before.values())
    assert {code: (new[code], old[code]) for code in COMMUNES} == COMMUNES
    for edge in rows("commune_crosswalk"):
        if edge["kind"] != "district_to_special_zone":
            assert moved[before[edge["old_code"]]] == now[edge["new_code"]]


def test_codes_are_text_of_the_length_of_their_level() -> None:
    length = {"province": 2, "district": 3, "commune": 5}
    assert all(re.fullmatch(rf"[0-9]{{{length[row['level']]}}}", row["code"]) for row in rows("admin_unit"))


def test_every_parent_is_a_unit_of_the_same_edition() -> None:
    known = {(row["edition"], row["code"]) for row in rows("admin_unit")}
    for row in rows("admin_unit"):
        assert (row["edition"], row["province_code"]) in known
        assert row["level"] == "province" or (row["edition"], row["parent_code"]) in known


def test_a_raised_unit_has_a_row_for_each_type_and_no_day_between_them() -> None:
    versions: dict[str, list[dict[str, str]]] = {}
    for row in units("commune", "2025") + units("province", "2025"):
        versions.setdefault(row["code"], []).append(row)
    changed = {code: pair for code, pair in versions.items() if len(pair) > 1}
    assert set(changed) == RAISED_TO_WARD | {"22", "24", "75"}
    for before, after in changed.values():
        assert (before["valid_to"], after["valid_to"]) == (after["valid_from"], "")
        assert (before["type"], after["type"]) in {("xã", "phường"), ("tỉnh", "thành phố")}


def test_today_there_are_2599_xa_709_phuong_and_13_dac_khu() -> None:
    today = Counter(row["type"] for row in units("commune", "2025") if not row["valid_to"])
    assert today == {"xã": 2_599, "phường": 709, "đặc khu": 13}


def test_the_crosswalk_covers_both_editions_and_agrees_with_the_split_list() -> None:
    edges = rows("commune_crosswalk")
    assert Counter(edge["kind"] for edge in edges) == {
        "merge": 9_462, "split": 972, "identity": 132, "district_to_special_zone": 5,
    }  # fmt: skip
    islands = {"D318", "D471", "D498", "D536", "D755"}
    assert {edge["old_code"] for edge in edges} - islands == {row["code"] for row in units("commune", "pre-2025")}
    assert {edge["new_code"] for edge in edges} == {row["code"] for row in units("commune", "2025")}
    assert {code.removeprefix("D") for code in islands} <= {row["code"] for row in units("district", "pre-2025")}
    targets: dict[str, set[str]] = {}
    for edge in edges:
        targets.setdefault(edge["old_code"], set()).add(edge["new_code"])
    assert all(len(targets[edge["old_code"]]) == int(edge["target_count"]) for edge in edges)
    split = {row["old_code"]: set(row["new_codes"].split()) for row in rows("commune_split")}
    assert split == {code: found for code, found in targets.items() if len(found) > 1}
    assert len(split) == 441


def test_names_carry_no_odd_apostrophe_or_blank_and_begin_with_their_type() -> None:
    for row in rows("admin_unit"):
        assert row["name"].lower().startswith(row["type"] + " ")
        assert re.fullmatch(r"[^\W_]+([ '-]+[^\W_]+)*", row["name"]), row["code"]


def test_the_small_lists_have_their_known_sizes() -> None:
    sizes = Counter(row["list_name"] for row in rows("code"))
    assert (sizes["nationality"], sizes["land_origin"], sizes["sex"], sizes["event_kind"]) == (249, 16, 2, 8)
    assert (len(rows("ethnic_group")), len(rows("id_province_code")), len(rows("province"))) == (56, 63, 34)
    assert all(row["code"] == row["code"].lower().strip() for row in rows("code") if row["list_name"] == "filler")
    assert "08" not in {row["status_code"] for row in rows("tax_status")}


def test_the_first_digits_of_a_personal_id_are_the_old_province_code() -> None:
    old = {row["code"] for row in units("province", "pre-2025")}
    assert {row["id_code"] for row in rows("id_province_code")} == {"0" + code for code in old}
