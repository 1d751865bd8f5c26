"""Derive the civil-status register from the people: births, deaths, marriages and the rarer events, numbered as in a book.

An event that was registered before 1 July 2025 carries the commune's old code, later ones the new code. Numbers run from 01 without a
gap for each kind, commune and year, in the order of registration.
"""

from __future__ import annotations

import duckdb

from benchmarks import words
from benchmarks.world import EVENTS, Plan, count, sql_list

TURN = "date '2025-07-01'"


def make_events(db: duckdb.DuckDBPyConnection, plan: Plan, extra_deaths: int, early_weddings: int) -> None:
    """Make the events of the province; births fill up to the wanted number. Leaves the table `event`, numbered and in order.

    `extra_deaths` are registered deaths that the population register knows nothing of, `early_weddings` weddings of girls under 18.
    """
    db.execute(_DRAFT)
    _deaths(db, plan, extra_deaths)
    _weddings(db, plan, early_weddings)
    _rare_events(db, plan)
    _births(db, plan)
    _number(db)


_DRAFT = """create table draft (kind varchar, subject bigint, father bigint, mother bigint, spouse bigint, declarant bigint, happened_on date,
    registered_on date, unit_no bigint, old_name varchar, r ubigint)"""


def _deaths(db: duckdb.DuckDBPyConnection, plan: Plan, extra: int) -> None:
    db.execute("""
        insert into draft
        select 'KT', p.rn, null, null, null, g.rn, p.died_on, workday(p.died_on + 1 + (u(p.a,2) * 9)::int), p.unit_no, null, p.b
        from person p join person g on g.personal_id = p.head_id where p.died_on is not null order by p.rn""")
    db.execute(f"""
        create table unknown_death as
        select rn, {plan.day} - 30 - (u(a,2) * 220)::int as died_on from person where quiet_single and slot < 3 order by b, rn limit {extra}""")
    db.execute("""
        insert into draft
        select 'KT', p.rn, null, null, null, (select min(rn) from person where kind = 'C'), x.died_on, workday(x.died_on + 1 + (u(p.a,3) * 6)::int), p.unit_no, null, p.b
        from unknown_death x join person p using (rn) order by p.rn""")


def _weddings(db: duckdb.DuckDBPyConnection, plan: Plan, early: int) -> None:
    """Register weddings since 1990 and the divorces of those couples that parted; couples set aside have neither."""
    db.execute(f"""
        create table early_wedding as
        select h from household where kind = 'C' and not quiet_couple and woman_dob - man_dob > years(2.5) and wed_on >= date '1990-01-01' order by e, h limit {early}""")
    db.execute("""
        insert into draft
        select 'KH', m.rn, null, null, w.rn, m.rn, held_on, held_on, g.unit_no, null, g.c
        from (select *, case when h in (select h from early_wedding) then workday_before(birthday(woman_dob, 18) - 10 - (u(c,0) * 120)::int) else wed_on end as held_on from household) g
        join person m on m.h = g.h and m.slot = 1
        join person w on w.slot = 2 and w.h = case g.kind when 'D' then g.h + 1 else g.h end
        where (g.kind = 'C' or g.kind = 'D' and g.h % 2 = 0) and not g.quiet_couple and g.wed_on >= date '1990-01-01' order by g.h""")
    db.execute("""
        insert into draft
        select 'LH', m.rn, null, null, w.rn, w.rn, g.divorced_on, workday(g.divorced_on + 3 + (u(g.d,0) * 8)::int), g.unit_no, null, g.d
        from household g join person m on m.h = g.h and m.slot = 1 join person w on w.h = g.h + 1 and w.slot = 2
        where g.kind = 'D' and g.h % 2 = 0 order by g.h""")


def _rare_events(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Register adoptions (children born elsewhere), guardianships (by a grandparent), and changes of name."""
    day = plan.day
    db.execute(f"""
        insert into draft
        select 'CN', k.rn, f.rn, m.rn, null, m.rn, d, d, k.unit_no, null, k.a
        from (select *, workday(dob + 300 + (u(a,2) * 1500)::int) as d from person where kind = 'C' and slot = 3 and not born_here and not spare and u(b,0) < 0.5) k
        join person f on f.h = k.h and f.slot = 1 join person m on m.h = k.h and m.slot = 2
        where d < {day} - 5 and m.dob <= k.dob - years(20.1) order by k.rn""")
    db.execute(f"""
        insert into draft
        select 'GH', k.rn, null, null, null, e.rn, d, d, k.unit_no, null, k.a
        from (select *, workday(date '2024-01-05' + (u(a,2) * ({day} - 10 - date '2024-01-05'))::int) as d from person where kind = 'C' and slot between 3 and 5 and not spare and age < 17) k
        join person e on e.h = k.h and e.slot = 6 where d > k.dob + 60 order by k.rn""")
    db.execute(f"""
        insert into draft
        select 'TD', rn, null, null, null, rn, d, d, unit_no, family_name || ' ' || case sex when 1 then 'Bá' else 'Lệ' end || ' ' || given, a
        from (select *, workday(date '2019-01-07' + (u(a,2) * ({day} - 10 - date '2019-01-07'))::int) as d from person) p
        where {RENAMED} and d > dob + years(18) order by rn""")


RENAMED = "kind = 'S' and slot < 3 and not quiet_single and age between 26 and 66 and u(b,0) < 0.15"


def _births(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Register the births here, the latest first until the wanted number of events is reached, and a few recognitions of a father."""
    day, last = plan.day, f"date '{plan.last_workday}'"
    recognised = "kind = 'C' and slot = 4 and dob between date '2016-01-01' and date '2026-02-01' and u(b,0) < 0.02"
    wanted = max(0, plan.volume(EVENTS) - count(db, "draft") - count(db, f"person where born_here and {recognised}"))
    db.execute(f"""
        create table birth as
        with born as (
            select *, row_number() over (order by dob < date '2016-01-01', dob desc, rn) as place from person
            where born_here and not spare and not year_only and not ({RENAMED})),
        dated as (
            select *, workday(dob + case when u(a,2) < 0.90 then 1 + (u(a,3) * 12)::int when u(a,2) < 0.97 or dob > {day} - 900 then 12 + (u(a,3) * 33)::int
                else 63 + (u(a,3) * 300)::int end) as d from born where place <= {wanted} or dob >= date '2016-01-01')
        select *, case when dob < {TURN} then least(d, date '2025-06-30') else least(d, {last}) end as registered_on from dated""")
    db.execute("""
        insert into draft
        select 'KS', k.rn, f.rn, m.rn, null, coalesce(m.rn, f.rn), k.dob, k.registered_on, k.unit_no, null, k.a
        from birth k left join person f on f.personal_id = k.father_id left join person m on m.personal_id = k.mother_id order by k.rn""")
    db.execute(f"""
        insert into draft
        select 'NC', k.rn, f.rn, null, null, f.rn, noted_on, noted_on, k.unit_no, null, k.b
        from (select *, workday(registered_on + 40 + (u(b,1) * 60)::int) as noted_on from birth where {recognised}) k
        join person f on f.personal_id = k.father_id where noted_on <= {last} order by k.rn""")
    # A birth of long ago was declared by somebody who was of age then and has a number now.
    db.execute("""
        create table elder as select row_number() over (order by rn) - 1 as elder_no, rn from person
        where died_on is null and not quiet_single and dob < date '1953-01-01'""")
    db.execute(
        f"update draft set declarant = e.rn from elder e where draft.declarant is null and e.elder_no = (draft.r % {max(1, count(db, 'elder'))})::bigint"
    )


def _number(db: duckdb.DuckDBPyConnection) -> None:
    db.execute(f"""
        create table event as
        with placed as (
            select d.*, case when registered_on < {TURN} then t.old_code else t.new_code end as commune,
                case when registered_on < {TURN} then t.old_place else t.new_name || ', ' || t.new_province end as place, year(registered_on) as reg_year
            from draft d join unit t using (unit_no))
        select row_number() over (order by commune, kind, reg_year, registered_on, subject) as rn, *, {_REG_TYPE} as reg_type, null::varchar as note, stamp(registered_on, r) as updated_at,
            row_number() over (partition by kind, commune, reg_year order by registered_on, subject) as reg_no,
            count(*) over (partition by kind, commune, reg_year) as book_size
        from placed order by rn""")
    db.execute("drop table draft")


_REG_TYPE = "case when kind = 'KS' and registered_on - happened_on > 60 then '2' else '1' end"


def event_line(db: duckdb.DuckDBPyConnection) -> str:
    """Prepare the events as JSON lines; returns the query that yields (rn, line)."""
    db.execute("""
        create table if not exists piece as
        select rn, name, sex, ethnicity, dob, family_name, '"hoTen":"' || name || '","ngaySinh":"' || case when year_only then year(dob)::varchar else dob::varchar end
            || '","gioiTinh":"' || sex || '","maDanToc":"' || ethnicity || '","quocTich":"VNM","maXaThuongTru":"' as told, personal_id from person""")
    return f"""
        select e.rn, '{{' || concat_ws(',', '"loaiSuKien":"' || e.kind || '"', '"so":"' || padded(e.reg_no, 2) || '"',
            '"quyen":"01/' || e.reg_year || '"', '"nam":' || e.reg_year, '"ngayDangKy":"' || e.registered_on || '"', '"maXaDangKy":"' || e.commune || '"',
            '"loaiDangKy":"' || e.reg_type || '"', '"nguoiKy":"' || pick({sql_list(words.SIGNERS)}, e.r, 0) || '"', '"ngaySuKien":"' || e.happened_on || '"',
            '"noiSuKien":"' || e.place || '"', {_known("nguoi", "s")}, coalesce({_known("cha", "f")}, {_old_parent("cha")}), coalesce({_known("me", "m")}, {_old_parent("me")}),
            {_known("voChong", "w")}, {_known("nguoiYeuCau", "d")},
            case when e.kind = 'KT' then '"giayBaoTu":{{"loai":"1","so":"' || (100 + e.r % 900) || '/GBT","ngay":"' || e.happened_on || '"}}' end,
            case e.kind when 'KT' then '"nguyenNhan":"' || pick({sql_list(words.CAUSES)}, e.r, 1) || '"' when 'GH' then '"nguyenNhan":"{words.GUARD_GROUND}"' end,
            '"ghiChu":"' || e.note || '"', case e.kind when 'LH' then '"thayDoi":{{"truong":"tinhTrangHonNhan","cu":"2","moi":"4","quyetDinh":"' || (10 + e.r % 900) || '/' || e.reg_year || '/QĐST-HNGĐ"}}'
                when 'CN' then '"thayDoi":{{"quyetDinh":"' || (10 + e.r % 900) || '/QĐ-UBND"}}'
                when 'TD' then '"thayDoi":{{"truong":"hoTen","cu":"' || e.old_name || '","moi":"' || s.name || '","quyetDinh":"' || (10 + e.r % 900) || '/QĐ-UBND"}}' end,
            '"capNhatLuc":"' || e.updated_at || '"') || '}}' as line
        from event e join piece s on s.rn = e.subject left join piece f on f.rn = e.father left join piece m on m.rn = e.mother
        left join piece w on w.rn = e.spouse left join piece d on d.rn = e.declarant"""


def _known(key: str, alias: str) -> str:
    """Write a person who has a number; nothing where there is none."""
    return f"""'"{key}":{{"soDinhDanh":"' || {alias}.personal_id || '",' || {alias}.told || e.commune || '"}}'"""


def _old_parent(key: str) -> str:
    """Write the parent of a birth of long ago as the old book has it: a name and a year, no number."""
    father = key == "cha"
    alias, age, sex = ("f", 23, "1") if father else ("m", 20, "2")
    name = (
        f"s.family_name || ' ' || pick({sql_list(words.MIDDLE_MALE)}, e.r, 2) || ' ' || pick({sql_list(words.GIVEN_MALE)}, e.r, 3)"
        if father
        else f"pick({sql_list(words.FAMILY)}, e.r, 0) || ' ' || pick({sql_list(words.MIDDLE_FEMALE)}, e.r, 1) || ' ' || pick({sql_list(words.GIVEN_FEMALE)}, e.r, 2)"
    )
    return f"""case when e.kind = 'KS' and e.happened_on < date '2016-01-01' and {alias}.rn is null then '"{key}":{{"hoTen":"' || {name} || '","ngaySinh":"'
        || (year(s.dob) - {age} - e.r % 10) || '","gioiTinh":"{sex}","maDanToc":"' || s.ethnicity || '","quocTich":"VNM","maXaThuongTru":"' || e.commune || '"}}' end"""
