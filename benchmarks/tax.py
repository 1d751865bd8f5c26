"""Derive the tax register: organisations, household businesses, individuals, and the land tax of homes and business land."""

from __future__ import annotations

import duckdb

from benchmarks import words
from benchmarks.world import TAXPAYERS, Plan, count, sql_list

CHECK = "(10 - (31*{0} + 29*{1} + 23*{2} + 19*{3} + 17*{4} + 13*{5} + 7*{6} + 5*{7} + 3*{8}) % 11)"


def make_tax(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Make taxpayers up to the wanted number, those who owe land tax first; leaves `taxpayer` and `land_tax`, and names organisations on land."""
    db.execute("create macro digit(text, n) as (ascii(substr(text, n, 1)) - 48)")
    db.execute(f"create macro check_digit(p) as {CHECK.format(*(f'digit(p,{n})' for n in range(1, 10)))}")
    organisations = _organisations(db, plan)
    _persons(db, plan, plan.volume(TAXPAYERS) - organisations)
    _number(db, plan)
    _land_tax(db, plan)


def _organisations(db: duckdb.DuckDBPyConnection, plan: Plan) -> int:
    """Make enterprises, other bodies and branches; the first 60 in 100 enterprises are in force and may hold land or have branches."""
    enterprises, others, branches = (max(2, plan.volume(n)) for n in (14_000, 1_600, 2_200))
    names = f"'Công ty TNHH ' || pick({sql_list(words.TRADES)}, r, 0) || ' ' || pick({sql_list(words.BRANDS)}, r, 1) || ' '"
    day, units = plan.day, count(db, "unit")
    db.execute(f"""
        create table prefix as
        select row_number() over (order by draw(p, 'org'), p) - 1 as n, p || check_digit(p) as code
        from (select '99{plan.province}' || lpad(i::varchar, 5, '0') as p from range(100000) t(i)) where check_digit(p) < 10""")
    db.execute(
        "create table adult as select row_number() over (order by b, rn) - 1 as n, personal_id from citizen where age > 26 and died_on is null and not quiet_single"
    )
    db.execute(f"""
        create table organisation as
        with drawn as (select i, draw(i, 'ent') r, draw(i, 'ent2') s from range({enterprises + others}) t(i)),
        told as (
            select i, r, s, case when i < {enterprises} then '3' else '5' end as kind,
                case when i < {enterprises} then {names} || (1 + i // 26)::varchar || chr((65 + i % 26)::int)
                    else 'Trường Tiểu học ' || pick({sql_list(words.BRANDS)}, r, 1) || ' ' || (i - {enterprises} + 1)::varchar end as name,
                case when i < {int(enterprises * 0.6)} or i >= {int(enterprises * 0.8)} or u(r,2) < 0.5 then '00' when u(r,2) < 0.7 then '05' when u(r,2) < 0.9 then '03' else '01' end as status,
                date '2008-01-01' + (u(r,3) * ({day} - 400 - date '2008-01-01'))::int as issued_on from drawn)
        select t.*, p.code, a.personal_id as rep_id, t2.new_code, 'Số ' || (1 + s % 300)::varchar || ', đường ' || pick({sql_list(words.STREETS)}, s, 1) || ', ' || t2.new_name as address
        from told t join prefix p on p.n = t.i join adult a on a.n = (t.s % {count(db, "adult")})::bigint join unit t2 on t2.unit_no = (t.r % {units})::bigint""")
    db.execute(f"""
        create table taxpayer_draft as
        select 1 as part, i as place, code, null::varchar as old_code, kind, name, null::varchar as owner_id, null::varchar as owner_dob, rep_id, status,
            case status when '05' then '01' when '03' then '12' when '01' then '07' else '02' end as reason, case status when '00' then issued_on else {day} - 12 - (s % 140)::int end as status_on,
            issued_on, case status when '01' then {day} - 12 - (s % 140)::int end as ended_on, new_code, address, '{plan.province}00' as office, null::varchar as parent,
            case kind when '3' then code end as business_no, s as r, null::bigint as person_rn from organisation""")
    db.execute(f"""
        insert into taxpayer_draft
        select 2, b.i, o.code || '-' || lpad((1 + b.i // {int(enterprises * 0.6)})::varchar, 3, '0'), null, '4', 'Chi nhánh ' || o.name, null, null, o.rep_id, '00', '02', o.issued_on + 30, o.issued_on + 30,
            null, t.new_code, 'Số ' || (1 + o.r % 300)::varchar || ', đường ' || pick({sql_list(words.STREETS)}, o.s, 2) || ', ' || t.new_name, '{plan.province}00', o.code, null, o.s, null
        from range({branches}) b(i) join organisation o on o.i = b.i % {int(enterprises * 0.6)} join unit t on t.unit_no = (o.s % {units})::bigint""")
    db.execute(f"""
        update right_held set id_no = o.code, name = o.name, dob = null, sex = null, person_rn = null
        from organisation o where right_held.holder_kind = 'TC' and o.i = (right_held.r % {int(enterprises * 0.6)})::bigint""")
    return enterprises + others + branches


def _persons(db: duckdb.DuckDBPyConnection, plan: Plan, wanted: int) -> None:
    """Choose individuals: who holds taxed land, some of the dead (closed), then anybody of age, until the number is reached."""
    day = plan.day
    db.execute(
        "create table payer as select distinct person_rn as rn from right_held where land_type in ('ONT', 'ODT') and role <> 'V' and person_rn is not null"
    )
    db.execute(f"""
        insert into taxpayer_draft
        with able as (
            select c.*, p.rn is not null as pays from citizen c left join payer p using (rn)
            where not c.quiet_single and (not c.year_only or p.rn is not null) and not c.spare and (c.died_on is null and c.age > 18.2 or c.died_on < {day} - 70 and c.dob < date '1990-01-01' and u(c.a,1) < 0.12)),
        chosen as (select *, draw(rn, 't') r, draw(rn, 'tt') s from able order by died_on is null and not pays, b, rn limit {wanted}),
        dated as (
            select *, birthday(dob, 18) + 20 as of_age, died_on is not null or (u(r,0) < 0.37 and birthday(dob, 18) + 40 < date '2025-06-30') as early from chosen),
        issued as (
            select *, case when died_on is not null then greatest(date '2009-01-01', of_age) + (u(r,1) * (date '2015-12-31' - greatest(date '2009-01-01', of_age)))::int
                when early then greatest(date '2008-01-01', of_age) + (u(r,1) * (date '2025-06-30' - greatest(date '2008-01-01', of_age)))::int
                else greatest(date '2025-07-01', of_age) + (u(r,1) * ({day} - 8 - greatest(date '2025-07-01', of_age)))::int end as issued_on from dated),
        stated as (
            select *, case when died_on is not null then '01' when u(s,0) < 0.09 then '2' else '1' end as group_of, case when died_on is not null then '01' when u(r,2) < 0.9 then '00'
                when u(r,2) < 0.93 then '05' when u(r,2) < 0.955 then '03' when u(r,2) < 0.975 then '06' else '10' end as status from issued)
        select 3, rn, personal_id, case when early then p9 || check_digit(p9) end, case group_of when '2' then '2' else '1' end,
            case status when '10' then mistyped(upper(name)) else upper(name) end, personal_id, told_dob, null, status,
            case status when '01' then '04' when '05' then '01' when '10' then '01' when '03' then '17' when '06' then '03' else case group_of when '2' then '02' else '03' end end,
            case when died_on is not null then died_on + 20 when status = '00' then issued_on else greatest(issued_on, {day} - 12 - (s % 140)::int) end, issued_on,
            case when died_on is not null then died_on + 20 end, new_code, address, null, null, case group_of when '2' then '{plan.province}A' || lpad(rn::varchar, 7, '0') end, r, rn
        from (select *, case when check_digit('8' || seq || '0') < 10 then '8' || seq || '0' else '8' || seq || '1' end as p9
            from (select *, lpad(((rn * 7919333 + 54321) % 10000000)::varchar, 7, '0') as seq from stated))""")


def _number(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    db.execute(f"""
        create table taxpayer as
        select row_number() over (order by case part when 3 then 0 else part end, place) as rn, d.* exclude (part, place, office),
            coalesce(d.office, '{plan.province}' || lpad((1 + c.commune_no % 12)::varchar, 2, '0')) as office,
            stamp(greatest({plan.day} - 4 - (u(r,3) * 480)::int, least(status_on, {plan.day} - 1)), r) as updated_at
        from taxpayer_draft d join (select distinct new_code, commune_no from unit) c using (new_code) order by rn""")
    db.execute("drop table taxpayer_draft")


def _land_tax(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Charge the first holder of every home and business parcel for the running year."""
    db.execute(f"""
        create table land_tax as
        select row_number() over (order by h.rn) as rn, h.id_no as tax_code, p.parcel_code as parcel_ref, {plan.as_of.year} as year, p.area, p.land_type,
            (floor(p.area * case when p.land_type in ('ONT', 'ODT') then 9.5 else 42 end) * 10)::bigint as amount, u(p.r, 0) < 0.84 as is_paid,
            stamp({plan.day} - 6 - (u(p.r, 1) * 280)::int, p.r) as updated_at
        from right_held h join parcel p on p.rn = h.parcel_rn where p.land_type in ('ONT', 'ODT', 'TMD', 'SKC') and h.role <> 'V'
            and (h.holder_kind = 'TC' or h.id_type = 'CCCD') and not h.holder_died order by rn""")


TAXPAYER_LINE = """
select rn, concat(code, ',', old_code, ',', kind, ',', name, ',', owner_id, ',', owner_dob, ',', rep_id, ',', status, ',', reason, ',', status_on, ',', issued_on, ',', issued_on, ',',
    ended_on, ',', new_code, ',"', address, '",', office, ',', parent, ',', business_no, ',', updated_at) as line from taxpayer"""
LAND_TAX_LINE = """
select rn, concat(tax_code, ',', parcel_ref, ',', year, ',', printf('%.1f', area), ',', land_type, ',', amount, ',', case when is_paid then amount else 0 end, ',', updated_at) as line
from land_tax"""
PARCEL_LINE = """
select rn, concat_ws(';', coalesce(parcel_code, ''), commune, coalesce(old_commune, ''), sheet::varchar, number::varchar, coalesce(replace(printf('%.1f', area), '.', ','), ''),
    replace(printf('%.1f', legal_area), '.', ','), land_type, origin, use_form, case when long_term then 'LD' else 'CT' end, case when long_term then '' else term_end end, address,
    replace(printf('%.7f', lat), '.', ','), replace(printf('%.7f', lon), '.', ','), coalesce(class_group, ''), coalesce(verification_state, ''), updated_at) || chr(13) as line from parcel"""
RIGHT_LINE = """
select rn, concat_ws(';', parcel_code, commune, sheet::varchar, number::varchar, serial, book_no, strftime(issued_on, '%d/%m/%Y'), issuer, '1', holder_kind, role, name, coalesce(dob, ''),
    coalesce(sex, ''), id_type, id_no, updated_at) || chr(13) as line from right_held"""
