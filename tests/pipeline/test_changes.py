"""A batch of changes leads to the same state, findings and counts as the snapshot it amounts to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from deliveries import copy_clean, read_persons, write_persons
from installation import NOW, Installation, make_installation
from province_data.store import embedded

OPEN = """
select dataset, table_name, rule_id, province_code, record_key, field
from quality.finding where status = 'open' and severity <> 'info' order by 1, 2, 3, 4, 5
"""
STATE = """
select _record_key, md5(row(personal_id, full_name, sex, dob, spouse_id, marital_status, _held_by)::text)
from validated.population__person order by 1
"""
SCORES = """
select dimension, failed from quality.score s join ops.batch using (batch_id)
where s.dataset = 'population' and s.province_code = '24' and sequence_no = 119 order by 1
"""
COMMUNES = """
select commune_code, dimension, evaluated, failed, rules, score, failed_across from quality.commune_score c join ops.batch using (batch_id)
where c.dataset = 'population' and c.province_code = '24' and sequence_no = 119 and evaluated > 0 order by 1, 2
"""
TESTED = """
select r.rule_id, r.evaluated from quality.rule_result r join ops.batch b using (batch_id)
where b.dataset = 'population' and b.province_code = '24' and sequence_no = 119
    and r.rule_id in (select rule_id from quality.commune_tested) order by 1
"""
PUBLISHED = "select province_code, count(*) from published.person group by 1 order by 1"


@pytest.fixture
def twin(database_server: embedded.EmbeddedServer, tmp_path: Path, project: Path) -> tuple[Installation, Callable[[], None]]:
    """Give a second installation."""
    return make_installation(database_server, tmp_path / "twin", project)


def with_parents_of_the_wrong_sex(records: list[dict[str, object]]) -> list[dict[str, object]]:
    """Let the last child name a man as mother and a woman as father: two conditions of one rule (POP-041)."""
    man, woman = (next(r for r in records[::-1] if r["gioiTinh"] == sex and "1960" < str(r["ngaySinh"]) < "1975") for sex in ("1", "2"))
    child = next(r for r in records[::-1] if "2005" < str(r["ngaySinh"]) < "2010")
    wrong = {**child, "soDinhDanhMe": man["soDinhDanh"], "soDinhDanhCha": woman["soDinhDanh"]}
    return [wrong if r is child else r for r in records]


def changed_population(records: list[dict[str, object]]) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Break one citizen, remove a spouse, mend half of a fault; returns (changes, the whole as it is after)."""
    married = next(r for r in records if r.get("soDinhDanhVoChong") and r["trangThai"] == "1")
    spouse = next(r for r in records if r["soDinhDanh"] == married["soDinhDanhVoChong"])
    others = [r for r in records if r not in (married, spouse)]
    wrong_sex = {**others[0], "gioiTinh": "2" if others[0]["gioiTinh"] == "1" else "1", "capNhatLuc": "2026-10-31T20:00:00+07:00"}
    renamed = {**others[1], "hoTen": "Nguyễn Thị Khác Hẳn", "capNhatLuc": "2026-10-31T20:00:00+07:00"}
    woman = next(r for r in others[::-1] if r["gioiTinh"] == "2" and "1960" < str(r["ngaySinh"]) < "1975")
    as_man = {**woman, "gioiTinh": "1", "capNhatLuc": "2026-10-31T20:00:00+07:00"}
    changes = [wrong_sex, renamed, as_man, {"soDinhDanh": spouse["soDinhDanh"], "_deleted": "1"}]
    return changes, [wrong_sex, renamed, *(as_man if r is woman else r for r in others[2:]), married]


def with_a_stay_that_ends(records: list[dict[str, object]]) -> list[dict[str, object]]:
    """Let the last but one citizen be registered elsewhere until the day of the first delivery: a day later that has run out (POP-022)."""
    stay = {"maXaTamTru": records[0]["maXaThuongTru"], "tamTruTu": "2026-01-31", "tamTruDen": "2026-10-31"}
    return [*records[:-2], {**records[-2], **stay, "maXaThuongTru": records[-2]["maXaThuongTru"]}, records[-1]]


def test_changes_and_the_snapshot_they_amount_to_agree(
    installation: Installation, twin: tuple[Installation, Callable[[], None]], tmp_path: Path
) -> None:
    other, remove = twin
    try:
        before = with_a_stay_that_ends(with_parents_of_the_wrong_sex(read_persons("24")))
        changes, whole = changed_population(before)
        first, second, both = copy_clean(tmp_path / "first"), tmp_path / "second", copy_clean(tmp_path / "both")
        write_persons(first, "24", "2026-10-31", 118, "snapshot", before)
        write_persons(second, "24", "2026-11-01", 119, "changes", changes)
        shutil.rmtree(both / "population" / "2026-10-31" / "24")
        write_persons(both, "24", "2026-11-01", 119, "snapshot", whole)
        installation.run(first)
        result = installation.run(second, NOW.replace(day=2))
        other.run(both, NOW.replace(day=2))
        assert [line.status for line in result.lines] == ["published"]
        assert installation.ask(OPEN) == other.ask(OPEN)
        assert {"POP-022", "POP-041"} <= {rule for _, _, rule, *_ in installation.ask(OPEN)}
        assert installation.ask(SCORES) == other.ask(SCORES)
        assert installation.ask(COMMUNES) == other.ask(COMMUNES) != []
        assert installation.ask(TESTED) == other.ask(TESTED) != []
        assert installation.ask(STATE) == other.ask(STATE)
        assert installation.ask(PUBLISHED) == other.ask(PUBLISHED)
        assert installation.ask(
            "select bool_and(delivered = published + quarantined + unreadable + duplicate + superseded) from ops.batch"
        ) == [(True,)]
    finally:
        remove()


def test_a_mended_record_resolves_its_findings_and_is_published(installation: Installation, tmp_path: Path) -> None:
    records = read_persons("24")
    broken = [{**records[0], "gioiTinh": "9"}, *records[1:]]
    first, second = tmp_path / "first", tmp_path / "second"
    write_persons(first, "24", "2026-10-31", 118, "snapshot", broken)
    mended = {**records[0], "capNhatLuc": "2026-11-01T08:00:00+07:00"}
    write_persons(second, "24", "2026-11-01", 119, "changes", [mended])
    installation.run(first)
    assert installation.ask("select count(*) from quality.finding where status = 'open' and rule_id = 'POP-011'") == [(1,)]
    [(before,)] = installation.ask("select count(*) from published.person where province_code = '24'")
    installation.run(second, NOW.replace(day=2))
    assert installation.ask("select count(*) from quality.finding where status = 'open' and severity <> 'info'") == [(0,)]
    assert installation.ask("select count(*) from quality.finding where status = 'resolved' and rule_id = 'POP-011'") == [(1,)]
    assert installation.ask("select count(*) from published.person where province_code = '24'") == [(before + 1,)]


def test_a_province_whose_identifiers_are_broken_is_kept_out_and_the_others_go_on(installation: Installation, tmp_path: Path) -> None:
    root = copy_clean(tmp_path / "first")
    damaged = [{**r, "soDinhDanh": str(r["soDinhDanh"]).lstrip("0")} for r in read_persons("19")]
    write_persons(root, "19", "2026-10-31", 118, "snapshot", damaged)
    result = installation.run(root, datasets=["population"])
    verdicts = {(line.dataset, line.province_code): line.status for line in result.lines}
    assert verdicts["population", "19"] == "refused"
    assert verdicts["population", "24"] == verdicts["population", "52"] == "published"
    assert installation.ask("select count(*) from published.person where province_code = '19'") == [(0,)]


def test_an_older_delivery_never_replaces_a_newer_one(installation: Installation, tmp_path: Path) -> None:
    records = read_persons("24")
    newer, older = tmp_path / "newer", tmp_path / "older"
    write_persons(newer, "24", "2026-10-31", 118, "snapshot", records)
    write_persons(older, "24", "2026-10-30", 117, "snapshot", records[:-2])
    installation.run(newer)
    before = installation.ask(STATE)
    [line] = installation.run(older, NOW.replace(day=2)).lines
    assert line.status == "superseded"
    assert line.superseded == line.delivered
    assert installation.ask(STATE) == before
