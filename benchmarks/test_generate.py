"""A generated province is consistent in itself, and its planted defects are the only faults in it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest

from benchmarks.generate import LISTS, generate
from benchmarks.world import EVENTS, PARCELS, PERSONS, TAXPAYERS, Plan

AS_OF = date(2026, 10, 31)
SCALE = 0.004


def plan(*, defects: float = 0.0, province: str = "24") -> Plan:
    return Plan(province, SCALE, AS_OF, LISTS, defects, 0.01)


def quiet(_: str) -> None:
    pass


CITIZEN = """soDinhDanh soCmnd9 hoTen ngaySinh gioiTinh maXaKhaiSinh queQuan maXaThuongTru thuongTruTu maXaTamTru soHo soDinhDanhChuHo quanHeChuHo
    tinhTrangHonNhan soDinhDanhVoChong soDinhDanhCha soDinhDanhMe ngayCapThe ngayHetHanThe trangThai ngayChet capNhatLuc"""
EVENT = "loaiSuKien so quyen ngayDangKy maXaDangKy loaiDangKy ngaySuKien capNhatLuc"
PARTIES = "nguoi cha me voChong nguoiYeuCau"
PERSON = "struct(soDinhDanh varchar, hoTen varchar, ngaySinh varchar, gioiTinh varchar)"


def load(root: Path, day: str = "2026-10-31") -> duckdb.DuckDBPyConnection:
    """Read the delivered files as a receiver would, all text."""
    db = duckdb.connect()
    read = "all_varchar = true, header = true, delim = '{}', quote = '\"', escape = '\"', strict_mode = false"
    citizen = "{" + ", ".join(f"{name}: 'varchar'" for name in CITIZEN.split()) + "}"
    event = (
        "{"
        + ", ".join(f"{name}: 'varchar'" for name in EVENT.split())
        + ", nam: 'int', "
        + ", ".join(f"{name}: '{PERSON}'" for name in PARTIES.split())
        + "}"
    )
    db.execute(f"create table p as select * from read_ndjson('{root}/population/{day}/*/citizens.ndjson.gz', columns = {citizen})")
    db.execute(f"create table e as select * from read_ndjson('{root}/civil_status/{day}/*/ho_tich.ndjson', columns = {event})")
    for table, file, mark in (
        ("t", "land/{}/*/thua_dat", ";"),
        ("r", "land/{}/*/quyen_su_dung", ";"),
        ("m", "tax/{}/*/nguoi_nop_thue", ","),
        ("l", "tax/{}/*/thue_dat_pnn", ","),
    ):
        db.execute(f"create table {table} as select * from read_csv('{root}/{file.format(day)}.csv', {read.format(mark)})")
    for name in ("admin_unit", "commune_crosswalk"):
        db.execute(f"create table {name} as select * from read_csv('{LISTS / name}.csv', all_varchar = true, header = true)")
    db.execute(
        "create view new_commune as select code from admin_unit where level = 'commune' and edition = '2025' and province_code = (select left(soHo, 2) from p where soHo is not null limit 1)"
    )
    db.execute("create view old_commune as select code from admin_unit where level = 'commune' and edition = 'pre-2025'")
    return db


# Name -> a query of records that must not exist. The sentences are the rules of the standard that span records or tables.
FAULTS = {
    "an id is given twice": "select soDinhDanh from p group by 1 having count(*) > 1",
    "an id does not fit the person": "select 1 from p where not regexp_full_match(soDinhDanh, '[0-9]{12}') or substr(soDinhDanh, 5, 2) <> substr(ngaySinh, 3, 2) "
    "or (substr(soDinhDanh, 4, 1)::int % 2 = 0) <> (gioiTinh = '1')",
    "a spouse link is not returned": "select 1 from p a left join p b on b.soDinhDanh = a.soDinhDanhVoChong where a.soDinhDanhVoChong is not null and b.soDinhDanhVoChong is distinct from a.soDinhDanh",
    "a household has not one head": "select soHo from p where soHo is not null group by 1 having count(*) filter (quanHeChuHo = '00') <> 1",
    "a head is not a member": "select 1 from p where soHo is not null and not exists (select 1 from p h where h.soDinhDanh = p.soDinhDanhChuHo and h.soHo = p.soHo)",
    "a household lives in two communes": "select soHo from p where soHo is not null group by 1 having count(distinct maXaThuongTru) > 1",
    "a residence is not in the province": "select 1 from p where maXaThuongTru not in (select code from new_commune) or maXaTamTru = maXaThuongTru",
    "a birth place is not of its date": "select 1 from p where case when ngaySinh < '2025-07-01' then maXaKhaiSinh not in (select code from old_commune) else maXaKhaiSinh not in (select code from new_commune) end",
    "a card is missing or expired": "select 1 from p where trangThai = '1' and (ngaySinh || '-01-01')[:10]::date + interval 14 year <= date '2026-10-31' and (ngayCapThe is null or ngayHetHanThe <= '2026-10-31')",
    "a mother is too young or too old": "select 1 from p c join p m on m.soDinhDanh = c.soDinhDanhMe where c.ngaySinh[:4]::int - m.ngaySinh[:4]::int not between 13 and 54",
    "a father is too young or too old": "select 1 from p c join p m on m.soDinhDanh = c.soDinhDanhCha where c.ngaySinh[:4]::int - m.ngaySinh[:4]::int not between 14 and 79",
    "a parent is unknown or of the wrong sex": "select 1 from p c left join p m on m.soDinhDanh = c.soDinhDanhMe left join p f on f.soDinhDanh = c.soDinhDanhCha "
    "where c.soDinhDanhMe is not null and m.gioiTinh is distinct from '2' or c.soDinhDanhCha is not null and f.gioiTinh is distinct from '1'",
    "siblings are born too close": "select 1 from (select ngaySinh::date - lag(ngaySinh::date) over (partition by soDinhDanhMe order by ngaySinh) as gap from p where soDinhDanhMe is not null and length(ngaySinh) = 10) where gap < 150",
    "a dead person has no death date or a living one has": "select 1 from p where (trangThai = '2') <> (ngayChet is not null) or ngayChet < ngaySinh",
    "the same person twice": "select hoTen from p group by upper(hoTen), ngaySinh, gioiTinh, queQuan, hoTen having count(*) > 1",
    "a changed residence after death": "select 1 from p where ngayChet is not null and (thuongTruTu > ngayChet or ngayCapThe > ngayChet)",
    "a register has a gap or a number twice": "select 1 from e group by loaiSuKien, maXaDangKy, nam having max(so::int) <> count(*) or count(distinct so) <> count(*)",
    "numbers do not follow dates": "select 1 from (select ngayDangKy < lag(ngayDangKy) over (partition by loaiSuKien, maXaDangKy, nam order by so::int) as back from e) where back",
    "a commune is not of the day of registration": "select 1 from e where case when ngayDangKy < '2025-07-01' then maXaDangKy not in (select code from old_commune) else maXaDangKy not in (select code from new_commune) end",
    "an event was registered before it happened, or late unmarked": "select 1 from e where ngayDangKy < ngaySuKien or loaiSuKien = 'KS' and (ngayDangKy::date - ngaySuKien::date > 60) <> (loaiDangKy = '2') or nam <> ngayDangKy[:4]::int",
    "a birth differs from population": "select 1 from e left join p on p.soDinhDanh = e.nguoi.soDinhDanh where loaiSuKien = 'KS' and (p.soDinhDanh is null or lower(p.hoTen) <> lower(e.nguoi.hoTen) or p.ngaySinh <> e.nguoi.ngaySinh "
    "or p.gioiTinh <> e.nguoi.gioiTinh or p.soDinhDanhCha is distinct from e.cha.soDinhDanh or p.soDinhDanhMe is distinct from e.me.soDinhDanh)",
    "a birth here since 2016 is not registered": "select 1 from p where ngaySinh >= '2016' and maXaKhaiSinh in (select old_code from commune_crosswalk where new_code in (select code from new_commune) union all select code from new_commune) "
    "and '0' || (select any_value(province_code) from admin_unit a where a.code = maXaKhaiSinh and a.edition = 'pre-2025') = left(soDinhDanh, 3) and soDinhDanh not in (select nguoi.soDinhDanh from e where loaiSuKien = 'KS')",
    "a death differs from population": "select 1 from e left join p on p.soDinhDanh = e.nguoi.soDinhDanh where loaiSuKien = 'KT' and (p.ngayChet is distinct from e.ngaySuKien or p.capNhatLuc[:10]::date - e.ngayDangKy::date not between 0 and 2)",
    "a dead person has no registered death": "select 1 from p where ngayChet is not null and soDinhDanh not in (select nguoi.soDinhDanh from e where loaiSuKien = 'KT')",
    "a party of a marriage was too young": "select 1 from e where loaiSuKien = 'KH' and (ngayDangKy::date < try_cast(nguoi.ngaySinh as date) + interval 20 year or ngayDangKy::date < try_cast(voChong.ngaySinh as date) + interval 18 year)",
    "a marriage in force is not in population": "select 1 from e join p on p.soDinhDanh = e.nguoi.soDinhDanh where loaiSuKien = 'KH' and p.soDinhDanhVoChong is distinct from e.voChong.soDinhDanh "
    "and not exists (select 1 from e d where d.loaiSuKien = 'LH' and d.nguoi.soDinhDanh = e.nguoi.soDinhDanh and d.ngaySuKien > e.ngaySuKien)",
    "a person married twice": "select nguoi.soDinhDanh from e where loaiSuKien = 'KH' group by 1 having count(*) > 1",
    "an adopter is not 20 years older": "select 1 from e where loaiSuKien = 'CN' and (try_cast(nguoi.ngaySinh as date) < try_cast(cha.ngaySinh as date) + interval 20 year or try_cast(nguoi.ngaySinh as date) < try_cast(me.ngaySinh as date) + interval 20 year)",
    "a renamed person's birth stands under the new name": "select 1 from e where loaiSuKien = 'TD' and nguoi.soDinhDanh in (select nguoi.soDinhDanh from e where loaiSuKien in ('KS', 'KH'))",
    "an event happened to the dead": "select 1 from e join p on p.soDinhDanh = e.nguoi.soDinhDanh where loaiSuKien <> 'KT' and p.ngayChet < e.ngayDangKy",
    "a parcel code is given twice": "select 1 from t group by ma_thua_dat having count(*) > 1",
    "a parcel number is given twice": "select 1 from t group by ma_xa, so_to, so_thua having count(*) > 1",
    "a parcel code is misshapen": "select 1 from t where not regexp_full_match(ma_thua_dat, '[0-9b-hjkmnp-z]{12}') or left(ma_thua_dat, 2) not in ('w3', 'w6', 'w7', 'w9', 'wd', 'we', 'wk')",
    "an old commune does not lead to the new one": "select 1 from t where ma_xa_cu is not null and (ma_xa_cu, ma_xa) not in (select (old_code, new_code) from commune_crosswalk) or ma_xa not in (select code from new_commune)",
    "a serial stands for two certificates": "select 1 from r group by so_phat_hanh having count(distinct (so_vao_so, ngay_cap, ma_thua_dat)) > 1",
    "a right lies on no parcel": "select 1 from r where ma_thua_dat not in (select ma_thua_dat from t)",
    "a couple's certificate has not one husband and one wife": "select 1 from r where loai_chu = 'VC' group by so_phat_hanh having list_sort(list(vai_tro)) <> ['CH', 'V']",
    "a holder differs from population": "select 1 from r left join p on p.soDinhDanh = r.so_giay_to where loai_giay_to = 'CCCD' and (p.soDinhDanh is null or lower(p.hoTen) <> lower(ten_chu) or not starts_with(p.ngaySinh, nam_sinh) or p.gioiTinh <> gioi_tinh_chu)",
    "an old card number leads to nobody": "select 1 from r left join p on p.soCmnd9 = r.so_giay_to where loai_giay_to = 'CMND' and lower(p.hoTen) is distinct from lower(ten_chu)",
    "a couple on paper was not married": "select 1 from r a join r b on a.so_phat_hanh = b.so_phat_hanh and a.vai_tro = 'CH' and b.vai_tro = 'V' join p on p.soDinhDanh = a.so_giay_to where p.soDinhDanhVoChong is distinct from b.so_giay_to",
    "a certificate is older than its holder or younger than his death": "select 1 from r join p on p.soDinhDanh = r.so_giay_to where strptime(ngay_cap, '%d/%m/%Y')::date < (ngaySinh || '-01-01')[:10]::date + interval 18 year or strptime(ngay_cap, '%d/%m/%Y')::date > ngayChet::date",
    "a dead holder's parcel is not marked": "select 1 from r join p on p.soDinhDanh = r.so_giay_to join t using (ma_thua_dat) where ngayChet is not null and ly_do_chua_sach is distinct from 'CT'",
    "a tax code is given twice": "select 1 from m group by mst having count(*) > 1",
    "a taxpayer differs from population": "select 1 from m left join p on p.soDinhDanh = m.so_dinh_danh where loai_nnt in ('1', '2') and (p.soDinhDanh is null or mst <> so_dinh_danh or (lower(p.hoTen) <> lower(ten_nnt)) <> (trang_thai = '10') or p.ngaySinh <> m.ngay_sinh)",
    "a dead taxpayer is in force": "select 1 from m join p on p.soDinhDanh = m.so_dinh_danh where ngayChet is not null and trang_thai <> '01'",
    "an end date does not fit the status": "select 1 from m where (trang_thai = '01') <> (ngay_ket_thuc is not null) or ngay_cap > coalesce(ngay_ket_thuc, '9999') or ngay_trang_thai > '2026-10-31' or ngay_cap > ngay_trang_thai",
    "a branch has no parent": "select 1 from m where loai_nnt = '4' and left(mst, 10) not in (select mst from m where loai_nnt = '3' and trang_thai = '00')",
    "an organisation on land pays no tax": "select 1 from r left join m on m.mst = r.so_giay_to where loai_giay_to = 'MST' and (m.mst is null or m.ten_nnt <> ten_chu or m.trang_thai = '01')",
    "a representative is dead or unknown": "select 1 from m left join p on p.soDinhDanh = m.so_dinh_danh_dd where loai_nnt in ('3', '4', '5') and p.trangThai is distinct from '1'",
    "land tax falls on the wrong parcel or payer": "select 1 from l left join t using (ma_thua_dat) left join r on r.ma_thua_dat = l.ma_thua_dat and r.so_giay_to = l.mst where r.so_giay_to is null or l.loai_dat <> t.loai_dat or replace(t.dien_tich_m2, ',', '.')::double <> l.dien_tich_m2::double",
    "land tax is charged twice": "select 1 from l group by mst, ma_thua_dat, nam having count(*) > 1",
    "a payer is no taxpayer": "select 1 from l where mst not in (select mst from m)",
    "a home with a holder is not taxed": "select 1 from t where loai_dat in ('ONT', 'ODT', 'TMD', 'SKC') and ma_thua_dat in (select ma_thua_dat from r) and ma_thua_dat not in (select ma_thua_dat from l)",
    "something lies in the future": "select 1 from (select capNhatLuc u from p union all select capNhatLuc::varchar from e union all select cap_nhat from t union all select cap_nhat from r union all select ngay_cap_nhat from m union all select ngay_cap_nhat from l) where u > '2026-11-01'",
}


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("clean")
    generate(plan(), out / "a", quiet)
    return out / "a"


@pytest.fixture(scope="module")
def rows(clean: Path) -> duckdb.DuckDBPyConnection:
    return load(clean / "full")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_clean_province_is_free_of(fault: str, rows: duckdb.DuckDBPyConnection) -> None:
    assert len(rows.execute(FAULTS[fault]).fetchall()) == 0


def test_the_volumes_are_those_asked_for(rows: duckdb.DuckDBPyConnection) -> None:
    counts = {name: (rows.execute(f"select count(*) from {name}").fetchone() or (0,))[0] for name in "petrm"}
    assert counts["p"] == round(PERSONS * SCALE)
    assert counts["e"] == round(EVENTS * SCALE)
    assert counts["t"] == round(PARCELS * SCALE)
    assert counts["r"] > counts["t"] / 2
    assert counts["m"] == round(TAXPAYERS * SCALE)


@pytest.mark.parametrize("part", ["full", "changes"])
def test_every_manifest_tells_the_truth(part: str, clean: Path) -> None:
    manifests = sorted((clean / part).rglob("manifest.json"))
    assert len(manifests) == 4
    for path in manifests:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        assert manifest["kind"] == ("snapshot" if part == "full" else "changes")
        for file in manifest["files"]:
            content = (path.parent / file["name"]).read_bytes()
            assert (len(content), hashlib.sha256(content).hexdigest()) == (file["bytes"], file["sha256"])


def test_the_second_delivery_holds_few_records_that_all_existed(clean: Path, rows: duckdb.DuckDBPyConnection) -> None:
    changed = load(clean / "changes", "2026-11-01")
    ids = {row[0] for row in changed.execute("select soDinhDanh from p").fetchall()}
    known = {row[0] for row in rows.execute("select soDinhDanh from p").fetchall()}
    assert 0 < len(ids) < 0.03 * len(known)
    assert ids <= known


def test_the_same_arguments_give_the_same_bytes(clean: Path, tmp_path: Path) -> None:
    generate(plan(), tmp_path / "b", quiet, threads=1)

    def sums(root: Path) -> dict[str, str]:
        return {p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(root.rglob("*")) if p.is_file()}

    assert sums(clean) == sums(tmp_path / "b")


def test_planted_defects_are_listed_and_are_the_only_faults(tmp_path: Path) -> None:
    generate(plan(defects=0.02), tmp_path / "d", quiet)
    with (tmp_path / "d" / "truth.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    assert len({row["defect"] for row in truth}) == 27
    db = load(tmp_path / "d" / "full")
    found = {fault: len(db.execute(sql).fetchall()) for fault, sql in FAULTS.items()}
    per_rule = Counter(row["rule_id"] for row in truth)
    assert found["a household has not one head"] == per_rule["POP-026"] / 2
    assert found["a spouse link is not returned"] == per_rule["POP-036"]
    assert found["land tax is charged twice"] == per_rule["TAX-034"] / 2
    assert found["a dead taxpayer is in force"] == per_rule["XDS-004"]
    assert found["a death differs from population"] == per_rule["XDS-001"]
    assert found["a party of a marriage was too young"] == per_rule["CIV-033"]
    assert found["a register has a gap or a number twice"] == per_rule["CIV-003"] + per_rule["CIV-002"] / 2
    assert found["a holder differs from population"] == per_rule["XDS-023"] + per_rule["XDS-024"]
    untouched = {
        "a mother is too young or too old",
        "siblings are born too close",
        "a head is not a member",
        "a birth differs from population",
        "a payer is no taxpayer",
    }
    assert {fault: found[fault] for fault in untouched} == dict.fromkeys(untouched, 0)


def test_any_province_can_be_made(tmp_path: Path) -> None:
    generate(plan(province="01"), tmp_path / "hanoi", quiet)
    db = load(tmp_path / "hanoi" / "full")
    assert db.execute(FAULTS["a residence is not in the province"]).fetchall() == []
    assert db.execute(FAULTS["a parcel code is misshapen"]).fetchall() == []
