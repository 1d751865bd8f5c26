"""Make up one province's people: communes, households, persons, and how they belong together.

Everything is a function of row numbers (md5), so the same size gives the same people on every machine, and every step is one
set-based statement. A few persons and couples are set aside, without ties to the other registries, to carry planted defects later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from benchmarks import words

PERSONS, PARCELS, EVENTS, TAXPAYERS = 1_400_000, 1_400_000, 1_046_854, 325_281


@dataclass(frozen=True)
class Plan:
    """What to make: a province, a share of its volume, the day of the snapshot."""

    province: str
    scale: float
    as_of: date
    lists: Path
    defects: float = 0.0
    changes: float = 0.01

    def volume(self, full: int) -> int:
        """Give the number of records at this scale."""
        return max(1, round(full * self.scale))

    @property
    def last_workday(self) -> date:
        """Give the last day on which an office could register anything."""
        return self.as_of - timedelta(days=max(0, self.as_of.isoweekday() - 5))

    @property
    def day(self) -> str:
        """Give the day of the snapshot as SQL."""
        return f"date '{self.as_of}'"


def count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    """Count the rows of a table or subquery."""
    return int((db.execute(f"select count(*) from {table}").fetchone() or (0,))[0])


def sql_list(items: list[str]) -> str:
    """Write a list of words as SQL."""
    return "[" + ",".join("'" + item.replace("'", "''") + "'" for item in items) + "]"


MACROS = """
create macro draw(i, salt) as md5_number_lower(i || salt);
create macro u(r, k) as ((r >> (16*k)) & 65535)::double / 65536;
create macro pick(items, r, k) as list_extract(items, 1 + (((r >> (16*k)) & 65535) * len(items) // 65536)::int);
create macro years(n) as (365.25 * n)::int;
create macro plain(d) as case when month(d) = 2 and day(d) = 29 then d - 1
    when d in (date '1970-01-01', date '1980-01-01', date '1990-01-01', date '2000-01-01') then d + 1 else d end;
create macro birthday(d, n) as (d + to_years(n))::date;
create macro workday(d) as d + case isodow(d) when 6 then 2 when 7 then 1 else 0 end;
create macro workday_before(d) as d - case isodow(d) when 6 then 1 when 7 then 2 else 0 end;
create macro stamp(d, r) as d::varchar || 'T' || lpad((8 + (r >> 3) % 9)::varchar, 2, '0') || ':' || lpad(((r >> 17) % 60)::varchar, 2, '0')
    || ':' || lpad(((r >> 29) % 60)::varchar, 2, '0') || '+07:00';
create macro padded(n, width) as lpad(n::varchar, greatest(width, length(n::varchar))::int, '0');
create macro mistyped(word) as left(word, length(word) - 1) || case when right(word, 1) in ('m', 'M') then 'n' else 'm' end;
"""


def read_lists(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Load the lists of units that the province is made of; a commune that was split gives no households where another will do."""
    db.execute(MACROS)
    for name in ("admin_unit", "commune_crosswalk", "province"):
        db.execute(f"create table list_{name} as select * from read_csv('{plan.lists / name}.csv', all_varchar = true, header = true)")
    db.execute(f"""
        create table unit as
        select row_number() over (order by x.new_code, x.old_code) - 1 as unit_no, dense_rank() over (order by x.new_code) - 1 as commune_no,
            x.old_code, x.new_code, x.target_count = '1' as whole, '0' || o.province_code as id_code,
            o.name || ', ' || d.name || ', ' || p.name as old_place, d.name || ', ' || p.name as old_district, p.name as old_province,
            n.name as new_name, np.name as new_province, n.type as unit_type, n.valid_from > '2025-07-01' as raised
        from list_commune_crosswalk x
        join list_admin_unit n on n.code = x.new_code and n.level = 'commune' and n.edition = '2025' and n.valid_to is null
        join list_admin_unit np on np.code = n.province_code and np.level = 'province' and np.edition = '2025' and np.valid_to is null
        join list_admin_unit o on o.code = x.old_code and o.level = 'commune' and o.edition = 'pre-2025'
        join list_admin_unit d on d.code = o.parent_code and d.level = 'district' and d.edition = 'pre-2025'
        join list_admin_unit p on p.code = o.province_code and p.level = 'province' and p.edition = 'pre-2025'
        where n.province_code = '{plan.province}' and (x.target_count = '1'
            or x.new_code not in (select new_code from list_commune_crosswalk where target_count = '1'))""")
    db.execute("""
        create table elsewhere as
        select row_number() over (order by code) - 1 as place_no, code, '0' || province_code as id_code from list_admin_unit
        where level = 'commune' and edition = 'pre-2025' and '0' || province_code not in (select id_code from unit)""")


def make_households(db: duckdb.DuckDBPyConnection, plan: Plan) -> int:
    """Make as many households as hold the wanted number of persons exactly; returns how many."""
    wanted = plan.volume(PERSONS)
    count = 2 * (wanted // 5 + 100)
    _households(db, plan, count, count)
    db.execute(_PERSON_SLOTS.format(table="slot"))
    whole, persons = db.execute(f"""
        select coalesce(max(pair), -1) * 2 + 2, coalesce(max(total), 0) from (
            select pair, sum(n) over (order by pair) as total from (select h // 2 as pair, count(*) as n from slot group by 1))
        where total <= {wanted}""").fetchone() or (0, 0)
    _households(db, plan, int(whole) + wanted - int(persons), int(whole))
    db.execute(_PERSON_SLOTS.format(table="slot"))
    return int(whole) + wanted - int(persons)


def _households(db: duckdb.DuckDBPyConnection, plan: Plan, count: int, whole: int) -> None:
    """Draw `count` households; those from number `whole` on are single persons who fill up the number."""
    day = plan.day
    db.execute(f"""
        create or replace table household as
        with drawn as (
            select h, draw(h, 'a') a, draw(h, 'b') b, draw(h, 'c') c, draw(h, 'd') d, draw(h, 'e') e, draw(h // 2, 'pair') p, draw(h // 2, 'pair2') q
            from range({count}) t(h)),
        kind as (
            select *, case when h >= {whole} then 'S' when u(p,0) < 0.045 then 'D' when u(a,0) < 0.70 then 'C' when u(a,0) < 0.84 then 'W' else 'S' end kind,
                u(a,1) as ua, case when u(a,2) < 0.5 then 1 else 2 end as own_sex from drawn),
        anchor as (
            select *, case kind when 'C' then 24 + 50 * ua ** 1.02 when 'W' then 48 + 36 * ua when 'D' then 30 + 34 * u(p,1) else 19 + 60 * ua ** 1.6 end as age,
                case kind when 'W' then u(a,2) < 0.72 else u(a,2) < 0.15 end as woman_leads from kind),
        adults as (
            select *, plain(case when kind = 'W' and woman_leads then {day} - years(age) - years(u(b,2) * 7 - 2)
                when kind = 'S' and own_sex = 2 then null when kind = 'D' and h % 2 = 1 then null else {day} - years(age) end) as man_dob,
                plain(case when kind = 'W' and woman_leads then {day} - years(age) when kind = 'W' then {day} - years(age) + years(u(b,2) * 7 - 2)
                when kind = 'C' then {day} - years(age) + years(u(b,2) * 5.2 - 2) when kind = 'S' and own_sex = 2 then {day} - years(age)
                when kind = 'D' and h % 2 = 1 then {day} - years(age) + years(u(p,2) * 5.2 - 2) end) as woman_dob,
                case kind when 'C' then workday_before({day} - years(age) + years(21.5 + u(b,3) * least(8, age - 22.6)))
                when 'D' then workday_before({day} - years(age) + years(21.5 + u(p,3) * least(6, age - 25.5))) end as wed_on,
                case when kind = 'W' then date '2016-02-01' + (u(c,0) * ({day} - 20 - date '2016-02-01'))::int end as widowed_on from anchor),
        led as (
            select *, case kind when 'D' then greatest(wed_on + 730, date '2016-01-10') end as divorce_from,
                case when kind = 'C' then (case when woman_leads then 2 else 1 end) when kind = 'W' then (case when woman_leads then 2 else 1 end)
                when kind = 'D' then 1 + h % 2 else own_sex end as head_slot from adults)
        select h, kind, age, woman_leads, man_dob, woman_dob, wed_on, widowed_on, head_slot, b, c, d, e,
            (divorce_from + (u(q,0) * greatest(1, {day} - 40 - divorce_from))::int) as divorced_on,
            case head_slot when 1 then man_dob else woman_dob end as head_dob, (u(a,3) * (select count(*) from unit))::int % (select count(*) from unit) as unit_no,
            {_kid(0, day, whole)} as kid1, {_kid(1, day, whole)} as kid2, {_kid(2, day, whole)} as kid3,
            case when kind = 'C' and age <= 55 and u(d,0) < 0.16 then case when u(d,1) < 0.7 then 2 else 1 end end as elder_sex,
            case when kind = 'C' and age <= 58 and u(d,2) < 0.12 then case when u(d,0) >= 0.16 or age > 55 then 1 + (u(d,3) < 0.4)::int
                when u(d,1) < 0.7 then 1 else 2 end end as gone_sex,
            kind = 'C' and u(e,0) < 0.03 as quiet_couple, kind = 'S' and age >= 66 as quiet_single
        from led""")


def _kid(number: int, day: str, whole: int) -> str:
    """Write the birth date of a household's child in SQL; null where there is none or it has moved out."""
    chance = (0.88, 0.66, 0.2)[number]
    born = f"""case when kind = 'C' and u(c,1) < {chance} then wed_on + 290 + {number} * (900 + (500 * u(c,2))::int) + (300 * u(c,3))::int
        when kind = 'W' and {number} < 2 and u(c,1) < {0.5 - 0.2 * number} then {day} - years(age) + years(22 + 8 * u(c,2)) + {number} * 1100
        when kind = 'S' and {number} = 0 and own_sex = 2 and h < {whole} and age between 22 and 45 and u(c,1) < 0.2
            then {day} - years(age) + years(20 + u(c,2) * (age - 20.6)) end"""
    return f"(select case when kid between {day} - years(20 + 8 * u(e,{number + 1})) and {day} - 4 then plain(kid) end from (select {born} as kid))"


_PERSON_SLOTS = """
create or replace table {table} as
select h, 1 as slot, man_dob as dob, 1 as sex from household where man_dob is not null
union all select h, 2, woman_dob, 2 from household where woman_dob is not null
union all select h, 3, kid1, 2 - (u(draw(h, 'k3'),0) < 0.523)::int from household where kid1 is not null
union all select h, 4, kid2, 2 - (u(draw(h, 'k4'),0) < 0.523)::int from household where kid2 is not null
union all select h, 5, kid3, 2 - (u(draw(h, 'k5'),0) < 0.523)::int from household where kid3 is not null
union all select h, 6, plain(head_dob - years(20 + 11 * u(e,0))), elder_sex from household where elder_sex is not null
union all select h, 7, plain(head_dob - years(20 + 13 * u(d,3))), gone_sex from household where gone_sex is not null
"""


def make_persons(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Give every person a name, a number and a place, and tie the families together; leaves the table `person`."""
    _name_persons(db, plan)
    _number_persons(db, plan)
    _tie_families(db, plan)
    for name in ("slot", "named", "numbered", "family"):
        db.execute(f"drop table {name}")


def _name_persons(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    day, family = plan.day, sql_list(words.FAMILY)
    db.execute(f"""
        create table named as
        with drawn as (
            select s.*, draw(s.h * 8 + s.slot, 'p') a, draw(s.h * 8 + s.slot, 'q') b, g.kind, g.b as hb, g.head_slot, g.unit_no, g.widowed_on, g.man_dob is not null as has_man
            from slot s join household g using (h)),
        told as (
            select *, case when slot = 1 or (slot between 3 and 5 and has_man) or (slot >= 6 and sex = 1 and head_slot = 1) then pick({family}, hb, 0)
                    when slot = 2 or slot between 3 and 5 or (slot >= 6 and sex = 1) then pick({family}, hb, 1) else pick({family}, b, 3) end as family_name,
                case sex when 1 then pick({sql_list(words.MIDDLE_MALE)}, a, 0) else pick({sql_list(words.MIDDLE_FEMALE)}, a, 0) end as middle,
                case sex when 1 then pick({sql_list(words.GIVEN_MALE)}, a, 1) else pick({sql_list(words.GIVEN_FEMALE)}, a, 1) end as given,
                case when slot = 7 then date '2016-02-01' + (u(b,0) * ({day} - 20 - date '2016-02-01'))::int
                    when kind = 'W' and slot < 3 and slot <> head_slot then widowed_on end as died_on,
                case when dob < date '2025-07-01' and u(b,1) < (case when dob < date '2016-01-01' then 0.08 else 0.04 end) then
                    (u(b,2) * (select count(*) from elsewhere))::int % (select count(*) from elsewhere) end as place_no from drawn),
        counted as (
            select *, row_number() over (partition by family_name, middle, given, dob, sex order by h, slot) as same from told)
        select h, slot, dob, sex, a, b, died_on, place_no, unit_no, family_name, given, middle,
            family_name || ' ' || middle || case when same > 1 then ' ' || list_extract({sql_list(words.EXTRA)}, ((same - 2) % {len(words.EXTRA)} + 1)::int) else '' end
                || ' ' || given as name from counted""")


def _number_persons(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Number within code, century, sex and year by a walk through all six digits that meets each once; each province begins elsewhere."""
    db.execute(f"""
        create table numbered as
        with coded as (
            select n.h, n.slot, coalesce(e.id_code, t.id_code) as id_code, coalesce(e.code, case when n.dob < date '2025-07-01' then t.old_code else t.new_code end) as birth_commune,
                e.code is null as born_here, ((year(n.dob) - 1900) // 100 * 2 + n.sex - 1)::varchar as century_sex, right(year(n.dob)::varchar, 2) as yy, n.a
            from named n join unit t using (unit_no) left join elsewhere e using (place_no))
        select h, slot, birth_commune, born_here, id_code || century_sex || yy || lpad(((row_number() over
            (partition by id_code, century_sex, yy order by a, h, slot) * 741457 + draw(id_code || century_sex || yy, 'n{plan.province}') % 1000000) % 1000000)::varchar, 6, '0') as personal_id from coded""")
    db.execute("""
        create table family as
        select h, max(personal_id) filter (slot = 1) as man_id, max(personal_id) filter (slot = 2) as woman_id,
            max(personal_id) filter (slot = 6) as elder_id, max(personal_id) filter (slot = 7) as gone_id from numbered group by h""")


def _tie_families(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    day = plan.day
    db.execute(f"""
        create table person as
        with tied as (
            select n.*, i.personal_id, i.birth_commune, i.born_here, g.kind, g.head_slot, g.quiet_couple, g.quiet_single, g.b as hb, g.d as hd, f.*exclude(h),
                case g.head_slot when 1 then f.man_id else f.woman_id end as head_id, g.elder_sex, g.gone_sex, t.*exclude(unit_no),
                ({day} - n.dob) / 365.25 as age, slot between 3 and 5 and n.dob < date '2016-01-01' and n.died_on is null and u(n.b,3) < 0.10 as spare
            from named n join numbered i using (h, slot) join household g using (h) join family f using (h) join unit t on t.unit_no = n.unit_no)
        select row_number() over (order by h, case when slot = head_slot then 0 else slot end) as rn, h, slot, kind, personal_id, name, family_name, given, sex, dob, died_on, age, spare,
            quiet_couple, quiet_single, birth_commune, born_here, unit_no, commune_no, old_code, new_code, old_place, new_name, new_province, unit_type, a, b,
            slot <> 7 and dob < date '1958-01-01' and u(hd,3) < 0.06 as year_only,
            case when died_on is not null then null when slot = head_slot then '00' when slot <= 2 then '01' when slot <= 5 then '02' else '03' end as relation,
            case when died_on is not null then null when kind = 'C' and slot <= 2 then '2' when slot = 6 or (kind = 'W' and slot <= 2) then '3'
                when kind = 'D' then '4' else '1' end as marital, head_id,
            case when kind = 'C' and slot = 1 then woman_id when kind = 'C' and slot = 2 then man_id end as spouse_id,
            case when slot between 3 and 5 then man_id when slot = head_slot and elder_sex = 1 then elder_id when slot = head_slot and gone_sex = 1 then gone_id end as father_id,
            case when slot between 3 and 5 then woman_id when slot = head_slot and elder_sex = 2 then elder_id when slot = head_slot and gone_sex = 2 then gone_id end as mother_id,
            case when u(hb,2) < 0.94 then '01' when u(hb,2) < 0.97 then '02' when u(hb,2) < 0.99 then '18' else '09' end as ethnicity,
            case when unit_type = 'phường' then 'Số ' || (1 + (hd >> 7) % 400)::varchar || ', đường ' || pick({sql_list(words.STREETS)}, hd, 1) || ', ' || new_name
                else 'Thôn ' || (1 + (hd >> 7) % 15)::varchar || ', số nhà ' || (1 + (hd >> 23) % 400)::varchar || ', ' || new_name end as address
        from tied order by rn""")
