"""Derive the population register from the people: cards, residence, contact, and the time of the last change."""

from __future__ import annotations

import duckdb

from benchmarks.world import Plan


def make_citizens(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Add to every person what the population register holds; leaves the table `citizen`, in the order of delivery."""
    day = plan.day
    db.execute(f"""
        create table citizen as
        with carded as (
            select *, case when died_on is null and birthday(dob, 14) <= {day} then greatest(date '2021-03-01', birthday(dob, 14),
                case when birthday(dob, 60) <= {day} then birthday(dob, 58) + 2 when birthday(dob, 40) <= {day} then birthday(dob, 38) + 2
                when birthday(dob, 25) <= {day} then birthday(dob, 23) + 2 else birthday(dob, 14) end) end as card_from from person),
        issued as (
            select *, card_from + (u(draw(rn, 'card'), 0) * greatest(0, {day} - 3 - card_from))::int as card_day, draw(rn, 'r') as c, draw(rn, 's') as d from carded),
        valid as (
            select *, case when card_day - birthday(dob, 23) between -1 and 1 or card_day - birthday(dob, 38) between -1 and 1 or card_day - birthday(dob, 58) between -1 and 1
                then card_day - 4 else card_day end as card_issued from issued)
        select rn, h, slot, kind, personal_id, name, case when u(c,0) < 0.12 then upper(name) else name end as printed_name, sex::varchar as sex, dob, year_only,
            case when year_only then year(dob)::varchar else dob::varchar end as told_dob, died_on, age, spare, quiet_couple, quiet_single, birth_commune, old_place, new_code,
            address, case when died_on is null then '{plan.province}' || lpad(h::varchar, 8, '0') end as household_no, case when died_on is null then head_id end as head_id,
            relation, marital, case when died_on is null then spouse_id end as spouse_id, father_id, mother_id, ethnicity, a, b, card_issued,
            case when card_issued is null then null when card_issued < birthday(dob, 23) then birthday(dob, 25) when card_issued < birthday(dob, 38) then birthday(dob, 40)
                when card_issued < birthday(dob, 58) then birthday(dob, 60) else date '9999-12-31' end as card_expires,
            case when dob < date '2000-01-01' and slot <> 6 and u(c,1) < 0.6 then lpad(((rn * 7919333 + 12345) % 10000000)::varchar, 7, '0') || '{plan.province}' end as cmnd9,
            case when u(c,2) < 0.016 and slot <= 2 then given end as other_name, case when u(d,0) < 0.68 then '00' when u(d,0) < 0.85 then '01' else '02' end as religion,
            case when u(c,3) < 0.36 then pick(['A', 'B', 'AB', 'O', 'A+', 'O+'], d, 1) end as blood,
            case when dob >= date '1970-01-01' then least(dob + 20 + (u(d,2) * 25)::int, {day} - 1) else date '1994-01-01' + (u(d,2) * 5600)::int end as resident_from,
            case when died_on is null and age > 18 and not quiet_single and u(d,3) < 0.03 then next_commune end as stays_in,
            {day} - 300 + (u(a,0) * 280)::int as stays_from, {day} + 30 + (u(a,1) * 390)::int as stays_to,
            case when age > 18 and died_on is null and u(a,0) > 0.4 then '0' || pick(['3', '5', '7', '8', '9'], a, 1) || lpad((c % 100000000)::varchar, 8, '0') end as phone,
            case when age > 18 and died_on is null and u(b,0) > 0.88 then 'nguoidan' || lpad(rn::varchar, 7, '0') || '@example.vn' end as email,
            case when died_on is null then '1' else '2' end as life_status,
            stamp(case when died_on is null then greatest({day} - 3 - (u(b,1) * 540)::int, least(dob + 3, {day})) else workday(died_on + 1 + (u(a,2) * 9)::int) + 1 end, c) as updated_at
        from valid join (select distinct commune_no, lead(new_code, 1, first) over (order by commune_no) as next_commune
            from (select distinct commune_no, new_code, first_value(new_code) over (order by commune_no) as first from unit)) using (commune_no)
        order by rn""")


CITIZEN_LINE = """
select rn, '{' || concat_ws(',', '"soDinhDanh":"' || personal_id || '"', '"soCmnd9":"' || cmnd9 || '"', '"hoTen":"' || printed_name || '"', '"tenKhac":"' || other_name || '"',
    '"ngaySinh":"' || told_dob || '"', '"gioiTinh":"' || sex || '"', '"maDanToc":"' || ethnicity || '"', '"maTonGiao":"' || religion || '"', '"quocTich":"VNM"',
    '"nhomMau":"' || blood || '"', '"maXaKhaiSinh":"' || birth_commune || '"', '"queQuan":"' || old_place || '"', '"maXaThuongTru":"' || new_code || '"',
    '"diaChiThuongTru":"' || address || '"', '"thuongTruTu":"' || resident_from || '"',
    case when stays_in is not null then '"maXaTamTru":"' || stays_in || '","tamTruTu":"' || stays_from || '","tamTruDen":"' || stays_to || '"' end,
    '"maXaHienTai":"' || coalesce(stays_in, new_code) || '"', '"soHo":"' || household_no || '"', '"soDinhDanhChuHo":"' || head_id || '"', '"quanHeChuHo":"' || relation || '"',
    '"tinhTrangHonNhan":"' || marital || '"', '"soDinhDanhVoChong":"' || spouse_id || '"', '"soDinhDanhCha":"' || father_id || '"', '"soDinhDanhMe":"' || mother_id || '"',
    '"ngayCapThe":"' || card_issued || '"', '"ngayHetHanThe":"' || card_expires || '"', '"trangThai":"' || life_status || '"', '"ngayChet":"' || died_on || '"',
    '"soDienThoai":"' || phone || '"', '"email":"' || email || '"', '"capNhatLuc":"' || updated_at || '"') || '}' as line
from citizen"""
