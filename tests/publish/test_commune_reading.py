"""How a commune code was read is kept with the record, and what nobody may guess is on a work list."""

from __future__ import annotations

from pathlib import Path

import psycopg
from registry import NOW, SECRET, Registry, citizen_id

from province_data.build import build
from province_data.learn import learn
from province_data.publish import publish

READ = """
select commune_declared_edition, commune_edition, commune_edition_basis, commune_name_edition, commune_code, commune_method,
    commune_confidence, commune_evidence
from warehouse.dim_person where _record_key = %s
"""
WORK = "select old_commune_code, old_commune_name, candidate_codes, reason from published.commune_work_list order by 1"
CASES = (
    # province (19 declares the list of today, 24 the old one), number, code, address, how it is read
    ("24", 1, "00007", "Tổ 7, Phường Cống Vị", ("pre-2025", "declared", "pre-2025", None, "split_unresolved", "none", None)),
    ("24", 2, "00007", "Số 5, Phường Giảng Võ",
     ("pre-2025", "declared", "pre-2025", "00025", "split_by_evidence", "probable", "named_unit")),
    ("24", 3, "00001", "Phường Phúc Xá", ("pre-2025", "declared", "pre-2025", "00097", "merge", "certain", None)),
    ("24", 4, "00004", "Số 5, Phường Ba Đình", ("2025", "name", "2025", "00004", "same_edition", "probable", None)),
    ("24", 5, "26732", "Đặc khu Côn Đảo", ("2025", "code", "2025", "26732", "same_edition", "probable", None)),
    ("24", 6, "99999", "Xã không có", ("pre-2025", "declared", None, None, "unknown", "none", None)),
    ("19", 1, "07375", "Thôn 3, Xã Lạng Giang", ("2025", "declared", "2025", "07375", "rename", "certain", None)),
    ("19", 2, "07375", "Thôn 3, Phường Lạng Giang", ("2025", "declared", "2026", "07375", "same_edition", "certain", None)),
    ("19", 3, "00070", "Phố Hàng Trống, Phường Hàng Trống", ("pre-2025", "name", "pre-2025", None, "split_unresolved", "none", None)),
    ("19", 4, "00070", "Phường Hàng Trống cũ, Phường Hoàn Kiếm", ("2025", "declared", "2025", "00070", "same_edition", "certain", None)),
)  # fmt: skip


def test_a_code_is_read_by_its_list_its_name_and_its_evidence(registry: Registry, tmp_path: Path) -> None:
    registry.do("update ops.batch set commune_edition = 'pre-2025' where batch_id = 'popu240000000000'")
    for province, number, code, address, _ in CASES:
        registry.do(
            "update validated.population__person set perm_commune = %s, perm_address = %s, _load_id = 2 where _record_key = %s",
            code, address, citizen_id(province, number),
        )  # fmt: skip
    build(registry.dsn, registry.project / "dbt_project", registry.target)
    publish(registry.dsn, SECRET, NOW)
    for province, number, code, address, expected in CASES:
        [(declared, *read)] = registry.ask(READ, citizen_id(province, number))
        assert (declared, tuple(read)) == ("pre-2025" if province == "24" else "2025", expected), (code, address)

    [first, again, second] = registry.ask(WORK)
    assert again == ("00070", "Phường Hàng Trống", "00070 00082", "split_unresolved")
    assert first == ("00007", "Phường Cống Vị", "00008 00025", "split_unresolved")
    assert second[3] == "unknown"
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        connection.execute("set role province_24")
        assert len(connection.execute(WORK.encode()).fetchall()) == 2
        connection.execute("set role province_19")
        assert [row[0] for row in connection.execute(WORK.encode()).fetchall()] == ["00070"]

    parts = tmp_path / "parts.csv"
    parts.write_text("old_code,new_code,kind,value,legal_basis\n00007,00008,hamlet,Tổ 7,NQ 1656\n", encoding="utf-8")
    with psycopg.connect(registry.dsn, autocommit=True) as connection:
        assert learn(connection, parts, NOW)[0] == 1
    build(registry.dsn, registry.project / "dbt_project", registry.target)
    publish(registry.dsn, SECRET, NOW)
    assert [row[3] for row in registry.ask(WORK)] == ["split_unresolved", "unknown"]
    assert registry.ask(READ, citizen_id("24", 1))[0][4:] == ("00008", "split_by_evidence", "certain", "hamlet")


def test_every_commune_of_either_list_has_its_place_on_both_maps(shared: Registry) -> None:
    count = """
        select edition, count(*), count(distinct province_code), count(distinct old_province_code) from published.admin_unit_era group by 1
    """
    assert sorted(shared.ask(count)) == [("2025", 3321, 34, 63), ("pre-2025", 10035, 34, 63)]
    query = """
        select province_code, old_province_code, old_province_name, other_codes from published.admin_unit_era
        where edition = %s and commune_code = %s
    """
    assert shared.ask(query, "2025", "26732") == [("79", "77", "Tỉnh Bà Rịa - Vũng Tàu", None)]
    assert shared.ask(query, "pre-2025", "00007") == [("01", "01", "Thành phố Hà Nội", "00008 00025")]
