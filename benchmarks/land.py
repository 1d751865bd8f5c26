"""Derive the land register: parcels with their 12-character code, certificates, and the holders named on them."""

from __future__ import annotations

import math

import duckdb

from benchmarks.words import CENTRES
from benchmarks.world import PARCELS, Plan, count, sql_list

SERIAL_LETTERS = sql_list([a + b for a in "ABCDEGHKLMNPQRTUVXY" for b in "ABCDEGHKLMNPQRTUVXY"])
GEOHASH = "0123456789bcdefghjkmnpqrstuvwxyz"


def make_land(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Make as many parcels as wanted, with their rights; leaves the tables `parcel` and `right_held`."""
    _draft(db, plan, count(db, "household"))
    _certificates(db, plan)
    _parcels(db, plan)
    _rights(db, plan)
    db.execute("drop table land_draft; drop table land_cert")


def _draft(db: duckdb.DuckDBPyConnection, plan: Plan, households: int) -> None:
    """Spread parcels over households: the first round often a home, what comes after fields; a few belong to organisations."""
    step = next(n for n in range(households // 2 + 7, 2 * households + 9) if math.gcd(n, households) == 1)
    wanted = plan.volume(PARCELS)
    db.execute(f"""
        create table land_draft as
        with spread as (select p, (p * {step}) % {households} as h, p // {households} as round, draw(p, 'l') a, draw(p, 'm') b, draw(p, 'n') c from range({wanted}) t(p)),
        typed as (
            select s.*, g.kind, g.head_slot, g.quiet_couple, g.quiet_single, g.wed_on, g.widowed_on, g.man_dob, g.woman_dob, g.head_dob, t.*, t.unit_type in ('xã', 'phường') and not t.raised as housed
            from spread s join household g using (h) join unit t using (unit_no)),
        used as (
            select *, case when round = 0 and u(a,0) > 0.965 then (case when u(a,1) < 0.7 then 'TMD' else 'SKC' end)
                when round = 0 and u(a,0) < 0.5 and housed then (case unit_type when 'xã' then 'ONT' else 'ODT' end)
                when u(a,1) < 0.5 then 'LUC' when u(a,1) < 0.67 then 'CLN' when u(a,1) < 0.79 then 'NTS' when u(a,1) < 0.9 then 'HNK' else 'RSX' end as land_type from typed)
        select *, case when quiet_single or u(a,2) > 0.86 then null when land_type in ('TMD', 'SKC') then 'TC'
            when kind = 'C' then case when u(a,3) < 0.45 and not quiet_couple then 'VC' when u(a,3) < 0.75 then 'CN' when u(a,3) < 0.985 or land_type in ('ONT', 'ODT') then 'HGD' else 'CD' end
            when u(a,3) < 0.85 then 'CN' else 'HGD' end as holder_kind,
            kind = 'W' and u(b,0) < 0.12 and land_type not in ('ONT', 'ODT', 'TMD', 'SKC') and u(a,3) < 0.85 as of_the_dead,
            holder_kind = 'CN' and not of_the_dead and u(b,0) > 0.94 and land_type not in ('ONT', 'ODT') as by_old_card from used""")


def _certificates(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Date and number the certificates; who was too young at any possible date has none."""
    db.execute(f"""
        create table land_cert as
        with window_of as (
            select d.*, holder.rn as holder, mate.rn as mate, holder.cmnd9 as holder_cmnd9,
                case holder_kind when 'TC' then date '2009-02-01' when 'VC' then greatest(date '1994-01-10', wed_on + 3, man_dob + years(22), woman_dob + years(22))
                    else greatest(date '1994-01-10', holder.dob + years(22)) end as lo,
                case when of_the_dead then widowed_on - 20 when by_old_card then date '2020-12-20' else {plan.day} - 15 end as hi
            from land_draft d
            left join citizen holder on holder.h = d.h and d.holder_kind <> 'TC'
                and holder.slot = case when d.of_the_dead then 3 - d.head_slot when d.holder_kind = 'VC' then 1 else d.head_slot end
            left join citizen mate on mate.h = d.h and mate.slot = 2 and d.holder_kind = 'VC'),
        dated as (select *, lo < hi as certified, (lo + (u(b,1) * (hi - lo))::int)::date as issued_on from window_of),
        counted as (
            select *, case when holder_kind is not null and certified then case holder_kind when 'VC' then 2 else 1 end else 0 end as rights from dated)
        select *, row_number() over (order by p) as parcel_rn, row_number() over (partition by commune_no order by p) - 1 as q from counted""")


def _parcels(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Lay the parcels of a commune on a grid of its own, the communes on a spiral about the middle of the province."""
    lat, lon = CENTRES[plan.province]
    area = db.execute(f"select area_km2::double from list_province where code = '{plan.province}'").fetchone() or (5000.0,)
    communes = count(db, "(select distinct commune_no from unit)")
    reach = 0.7 * math.sqrt(float(area[0]) / math.pi) / 111
    db.execute(f"""
        create table parcel as
        with placed as (
            select *,
                round({lat} + {reach} * sqrt((commune_no + 0.5) / {communes}) * sin(commune_no * 2.39996323) + (q // 110) * 0.00013 + u(b,2) * 0.00005, 5) as lat,
                round({lon} + {reach} * sqrt((commune_no + 0.5) / {communes}) * cos(commune_no * 2.39996323) + (q % 110) * 0.00013 + u(b,3) * 0.00005, 5) as lon
            from land_cert),
        gridded as (select *, {_AREA} as measured, ((lat + 90) / 180 * 1073741824)::bigint as la, ((lon + 180) / 360 * 1073741824)::bigint as lo_bits from placed)
        select g.parcel_rn as rn, g.h, {_geohash()} as parcel_code, new_code as commune, case when whole and u(c,0) < 0.97 then g.old_code end as old_commune, q // 500 + 1 as sheet,
            q % 500 + 1 as number, land_type, measured as area, case when u(c,1) < 0.85 then measured else round(measured * (0.975 + u(c,2) * 0.05), 1) end as legal_area, rights > 0 as certified,
            case when land_type in ('ONT', 'ODT') then pick(['1', '2', '12'], c, 3) when land_type in ('TMD', 'SKC') then pick(['10', '11'], c, 3) else pick(['3', '5', '13'], c, 3) end as origin,
            case when u(g.b,0) between 0.5 and 0.57 then 'C' else 'R' end as use_form, land_type in ('ONT', 'ODT') as long_term, pick(['2043-10-15', '2053-10-15', '2063-10-15'], c, 1) as term_end,
            lat, lon, case when u(c,3) < 0.3 then g.old_place else home_address end as address,
            case when rights = 0 then (case when u(c,2) < 0.5 then '3' end) when holder_kind in ('TC', 'CD') or of_the_dead or by_old_card then '2'
                when u(g.b,3) < 0.5 then '1' when u(g.b,3) < 0.8 then '2' end as class_group,
            case when rights > 0 and of_the_dead then 'CT' when rights > 0 and u(c,2) < 0.01 then 'TC' end as verification_state,
            holder_kind, holder, mate, by_old_card and holder_cmnd9 is not null as by_old_card, issued_on, old_district, old_province, new_province,
            stamp({plan.day} - 3 - (u(c,0) * 600)::int, c) as updated_at, g.b as r
        from gridded g join (select h as home_h, address as home_address from citizen where relation = '00') k on k.home_h = g.h order by rn""")


_AREA = """round(case land_type when 'ODT' then 55 + 190 * u(c,1) ** 2 when 'ONT' then 120 + 480 * u(c,1) ** 2 when 'LUC' then 250 + 1100 * u(c,1) ** 2
    when 'RSX' then 4000 + 14000 * u(c,1) ** 2 when 'TMD' then 300 + 4000 * u(c,1) ** 2 when 'SKC' then 1500 + 12000 * u(c,1) ** 2 else 350 + 1900 * u(c,1) ** 2 end, 1)"""


def _geohash() -> str:
    """Write a point's 12-character code in SQL: 30 bits of longitude and of latitude, interleaved, five to a letter."""

    def bit(of: str, index: int) -> str:
        return f"(({of} >> {29 - index}) & 1)"

    letters = []
    for letter in range(12):
        stream = range(5 * letter, 5 * letter + 5)
        bits = [bit("la" if s % 2 else "lo_bits", s // 2) for s in stream]
        number = " + ".join(f"{16 >> n} * {b}" for n, b in enumerate(bits))
        letters.append(f"substr('{GEOHASH}', ({number} + 1)::int, 1)")
    return " || ".join(letters)


def _rights(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Name the holders: one record for each parcel and holder, husband before wife."""
    db.execute(f"""
        create table right_held as
        with certificate as (
            select *, row_number() over (order by rn) as cert_no from parcel where certified),
        numbered as (
            select *, case when issued_on >= date '2023-06-01' and u(r,2) < 0.9 and cert_no < 1000000 then 'AA{plan.province}' || lpad(cert_no::varchar, 6, '0')
                else case when cert_no < 1000000 then pick({SERIAL_LETTERS}, r, 3) else 'Z' || chr(65 + (cert_no // 1000000)::int) end || ' ' || lpad(((cert_no * 741457 + 314159 + {int(plan.province)} * 5077) % 1000000)::varchar, 6, '0') end as serial from certificate),
        held as (
            select *, 1 as place, holder as person from numbered union all select *, 2, mate from numbered where holder_kind = 'VC')
        select row_number() over (order by x.rn, x.place) as rn, x.rn as parcel_rn, parcel_code, commune, sheet, number, serial,
            case holder_kind when 'TC' then 'CT' else 'CS' end || padded(cert_no, 5) as book_no, issued_on,
            case when issued_on >= date '2025-07-01' then 'Văn phòng Đăng ký đất đai ' || new_province when holder_kind = 'TC' or u(r,0) < 0.15
                then 'Sở Tài nguyên và Môi trường ' || old_province else 'UBND ' || old_district end as issuer,
            holder_kind, case holder_kind when 'VC' then case place when 1 then 'CH' else 'V' end when 'HGD' then 'DD' when 'CD' then 'DD' else 'C' end as role,
            p.name, case when p.year_only or u(r,1) < 0.4 then year(p.dob)::varchar else p.dob::varchar end as dob, p.sex::varchar as sex,
            case when holder_kind = 'TC' then 'MST' when by_old_card then 'CMND' else 'CCCD' end as id_type, case when by_old_card then p.cmnd9 else p.personal_id end as id_no,
            x.updated_at, p.rn as person_rn, p.died_on is not null as holder_died, x.class_group, x.land_type, x.r
        from held x left join citizen p on p.rn = x.person order by rn""")
