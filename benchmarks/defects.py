"""Plant known defects into a clean province and keep the list of what a checker must find, one row per record and rule.

A defect is put where it breaks its own rules and no others: on persons that nothing else refers to, on parcels without a certificate, on
firms without land. Overlaps are avoided: a record carries one defect at most.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

import duckdb

from benchmarks.world import EVENTS, PERSONS, Plan, count, sql_list

DECOMPOSABLE = "[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹ]"


@dataclass(frozen=True)
class Defect:
    """A kind of defect that changes single records: where it may go, what it does, and which rules it breaks."""

    name: str
    table: str
    where: str
    change: str
    field: str
    rules: tuple[str, ...]


UNTAXED_HOLDER = "holder_kind = 'CN' and id_type = 'CCCD' and not holder_died and class_group is distinct from '1' and land_type not in ('ONT', 'ODT', 'TMD', 'SKC')"
LONE_FIRM = "code in (select code from organisation where i >= (select count(*) from organisation where kind = '3') * 0.8 and kind = '3')"

SINGLE = (
    Defect("area_missing", "parcel", "not certified", "area = null", "area_m2", ("LAN-010",)),
    Defect("card_expiry_wrong", "citizen", "card_expires < date '9000-01-01' and not spare", "card_expires = card_expires + 1082", "card_expiry_date", ("POP-045",)),
    Defect("commune_zero_lost", "parcel", "not certified and commune like '0%'", "commune = substr(commune, 2), old_commune = null", "commune", ("ADM-002", "ADM-003")),
    Defect("dead_in_force", "taxpayer", "status = '01' and reason = '04'", "status = '00', reason = '03', ended_on = null", "status", ("XDS-004",)),
    Defect(
        "dead_without_date", "citizen", "died_on is not null and rn not in (select person_rn from taxpayer where person_rn is not null) "
        "and rn not in (select person_rn from right_held where person_rn is not null)", "died_on = null", "death_date", ("POP-049", "XDS-001"),
    ),
    Defect("holder_name_typo", "right_held", UNTAXED_HOLDER, "name = mistyped(name)", "full_name", ("XDS-024",)),
    Defect("holder_unknown", "right_held", UNTAXED_HOLDER + " and {stranger} not in (select personal_id from person)", "id_no = {stranger}", "id_no", ("XDS-023",)),
    Defect("land_type_combined", "parcel", "not certified", "land_type = 'ONT+CLN', long_term = true, origin = '1'", "land_type", ("LAN-016", "LAN-017")),
    Defect("late_flag_wrong", "event", "kind = 'KS' and reg_type = '1'", "reg_type = '2'", "reg_type", ("CIV-015",)),
    Defect("name_missing", "citizen", "spare", "printed_name = ''", "full_name", ("POP-008",)),
    Defect("name_nfd", "citizen", f"spare and regexp_matches(lower(printed_name), '{DECOMPOSABLE}')", "printed_name = printed_name", "full_name", ("TXT-001",)),
    Defect("parcel_code_alphabet", "parcel", "not certified", "parcel_code = left(parcel_code, 9) || 'a' || right(parcel_code, 2)", "parcel_code", ("LAN-002",)),
    Defect("pid_leading_zero_lost", "citizen", "spare", "personal_id = substr(personal_id, 2)", "personal_id", ("POP-002", "TXT-007")),
    Defect("pid_missing", "citizen", "spare", "personal_id = null", "personal_id", ("POP-001",)),
    Defect("pid_sex_mismatch", "citizen", "spare", "sex = (3 - sex::int)::varchar", "sex", ("POP-005",)),
    Defect(
        "pid_year_mismatch", "citizen", "spare and dob >= date '2000-01-01'",
        "personal_id = left(personal_id, 4) || lpad(((substr(personal_id, 5, 2)::int + 37) % 100)::varchar, 2, '0') || right(personal_id, 6)", "personal_id", ("POP-004",),
    ),
    Defect(
        "serial_letter_o", "right_held", UNTAXED_HOLDER + " and serial like '__ %0%'", "serial = left(serial, 3) || regexp_replace(substr(serial, 4), '0', 'O')",
        "serial", ("LAN-026", "LAN-027"),
    ),
    Defect("sex_unknown_code", "citizen", "spare", "sex = 'M'", "sex", ("POP-011",)),
    Defect("status_08", "taxpayer", LONE_FIRM + " and status = '00'", "status = '08', reason = null", "status", ("TAX-013",)),
    Defect(
        "tax_check_digit", "taxpayer", LONE_FIRM + " and status = '00'",
        "code = left(code, 9) || ((right(code, 1)::int + 3) % 10)::varchar, business_no = left(code, 9) || ((right(code, 1)::int + 3) % 10)::varchar", "tax_code", ("TAX-003",),
    ),
)  # fmt: skip
STRANGER = "left(id_no, 6) || lpad(((right(id_no, 6)::int + 500003) % 1000000)::varchar, 6, '0')"
KINDS_PER_TABLE = {"citizen": 12, "parcel": 4, "right_held": 3, "event": 4, "taxpayer": 3, "land_tax": 1}
ORDER = {"citizen": "b", "parcel": "r", "right_held": "r", "event": "r", "taxpayer": "r", "land_tax": "updated_at"}


def share(db: duckdb.DuckDBPyConnection, plan: Plan, table: str) -> int:
    """Give how many records of `table` one kind of defect touches."""
    return round(count(db, table) * plan.defects / KINDS_PER_TABLE[table])


def early_share(plan: Plan) -> tuple[int, int]:
    """Give how many deaths unknown to population and how many early weddings to make, before any table exists."""
    return round(plan.volume(PERSONS) * plan.defects / KINDS_PER_TABLE["citizen"]), round(
        plan.volume(EVENTS) * plan.defects / KINDS_PER_TABLE["event"]
    )


def plant(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Damage the tables and fill `planted(defect, place, source, rn, field, rule_id)`; nothing when the rate is zero."""
    db.execute("create table planted (defect varchar, place bigint, source varchar, rn bigint, field varchar, rule_id varchar)")
    if not plan.defects:
        return
    for defect in SINGLE:
        _single(db, plan, defect)
    _unknown_deaths(db)
    _couples(db, plan)
    _registers(db, plan)
    _charged_twice(db, plan)
    _decompose(db)


def _record(db: duckdb.DuckDBPyConnection, victims: str, defect: str, source: str, field: str, *rules: str) -> None:
    """Note the records of `victims` (place, rn) once for each rule."""
    db.execute(f"""
        insert into planted select '{defect}', place, '{source}', rn, '{field}', rule from {victims} victim, (select unnest({sql_list(list(rules))}) as rule) r order by place, rn, rule""")


def _single(db: duckdb.DuckDBPyConnection, plan: Plan, defect: Defect) -> None:
    where, change = (text.replace("{stranger}", STRANGER) for text in (defect.where, defect.change))
    order = ORDER[defect.table]
    db.execute(f"""
        create or replace temp table victim as
        select row_number() over (order by {order}, rn) as place, rn from (
            select rn, {order} from {defect.table} where ({where}) and rn not in (select rn from planted where source = '{defect.table}')
            order by {order}, rn limit {share(db, plan, defect.table)})""")
    db.execute(f"update {defect.table} set {change} where rn in (select rn from victim)")
    _record(db, "victim", defect.name, defect.table, defect.field, *defect.rules)


def _unknown_deaths(db: duckdb.DuckDBPyConnection) -> None:
    """Let population go on with people whose death is registered: their record was even touched the day after."""
    db.execute("""
        update citizen set updated_at = stamp(e.registered_on + 1, citizen.a) from event e
        where e.kind = 'KT' and e.subject = citizen.rn and citizen.rn in (select rn from unknown_death)""")
    _record(
        db,
        "(select row_number() over (order by rn) as place, rn from unknown_death)",
        "death_not_in_population",
        "citizen",
        "life_status",
        "XDS-001",
    )
    db.execute("create or replace temp table victim as select row_number() over (order by e.rn) as place, e.rn from event e join citizen m on m.rn = e.subject and m.slot = 1 "
               "where e.kind = 'KH' and m.h in (select h from early_wedding)")  # fmt: skip
    _record(db, "victim", "marriage_under_age", "event", "spouse_dob", "CIV-033")


def _couples(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Let a wife name a single man instead of her husband, and let other wives be heads beside their husbands."""
    victims = share(db, plan, "citizen")
    db.execute(f"""
        create or replace temp table couple as
        select row_number() over (order by w.b, w.rn) as place, w.rn as wife, m.rn as man from citizen w join citizen m on m.h = w.h and m.slot = 1
        where w.slot = 2 and w.kind = 'C' and w.quiet_couple and w.rn not in (select rn from planted where source = 'citizen')
            and m.rn not in (select rn from planted where source = 'citizen') order by place limit {victims}""")
    db.execute("""
        create or replace temp table single_man as
        select row_number() over (order by b, rn) as place, personal_id from citizen where kind = 'S' and slot = 1 and not quiet_single and age > 25""")
    db.execute("update citizen set spouse_id = s.personal_id from couple c join single_man s using (place) where citizen.rn = c.wife")
    _record(
        db,
        "(select place, unnest([wife, man]) as rn from couple semi join single_man using (place))",
        "spouse_not_mutual",
        "citizen",
        "spouse_id",
        "POP-036",
    )
    db.execute(f"""
        create or replace temp table couple as
        select row_number() over (order by w.b, w.rn) as place, w.rn as wife, m.rn as man from citizen w join citizen m on m.h = w.h and m.slot = 1
        where w.slot = 2 and w.kind = 'C' and not w.quiet_couple and w.rn not in (select rn from planted where source = 'citizen')
            and m.rn not in (select rn from planted where source = 'citizen') order by place limit {victims}""")
    db.execute("update citizen set relation = '00' where rn in (select unnest([wife, man]) from couple)")
    _record(db, "(select place, unnest([wife, man]) as rn from couple)", "two_heads", "citizen", "relation_to_head", "POP-026")


def _registers(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Leave a number out in some registers, and use the last number but one twice in others."""
    victims = share(db, plan, "event")
    db.execute("""
        create or replace temp table book as
        select row_number() over (order by min(r), kind, commune, reg_year) as place, kind, commune, reg_year, count(*) as size from event group by kind, commune, reg_year having count(*) >= 3""")
    db.execute(f"""
        create or replace temp table victim as
        select b.place, e.rn, b.kind, b.commune, b.reg_year, e.reg_no from book b join event e using (kind, commune, reg_year) where b.place <= {victims} and e.reg_no = 2 + b.place % (b.size - 1)""")
    db.execute(
        "update event set reg_no = event.reg_no + 1 from victim v where (v.kind, v.commune, v.reg_year) = (event.kind, event.commune, event.reg_year) and event.reg_no >= v.reg_no"
    )
    _record(db, "victim", "register_gap", "event", "reg_no", "CIV-003")
    db.execute(f"""
        create or replace temp table victim as
        select b.place, e.rn, e.reg_no = b.size as last from book b join event e using (kind, commune, reg_year)
        where b.place > {victims} and b.place <= {2 * victims} and e.reg_no >= b.size - 1""")
    db.execute("update event set reg_no = reg_no - 1 where rn in (select rn from victim where last)")
    _record(db, "victim", "register_number_twice", "event", "reg_no", "CIV-002")


def _charged_twice(db: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    victims, rows = share(db, plan, "land_tax"), count(db, "land_tax")
    db.execute(
        f"create or replace temp table victim as select row_number() over (order by updated_at, rn) as place, rn from land_tax where is_paid order by place limit {victims}"
    )
    db.execute(f"""
        insert into land_tax select {rows} + v.place, t.* exclude (rn, updated_at), '{plan.as_of.replace(day=min(plan.as_of.day, 27))}T08:00:00+07:00'
        from land_tax t join victim v using (rn) order by v.place""")
    _record(
        db, f"(select place, unnest([rn, {rows} + place]) as rn from victim)", "landtax_charged_twice", "land_tax", "parcel_ref", "TAX-034"
    )


def _decompose(db: duckdb.DuckDBPyConnection) -> None:
    """Write the chosen names with separate accents."""
    names = db.execute("select rn, printed_name from citizen where rn in (select rn from planted where defect = 'name_nfd')").fetchall()
    db.execute("create or replace temp table decomposed (rn bigint, name varchar)")
    for start in range(0, len(names), 500):
        rows = ",".join(f"({rn}, '{unicodedata.normalize('NFD', name)}')" for rn, name in names[start : start + 500])
        db.execute(f"insert into decomposed values {rows}")
    db.execute("update citizen set printed_name = d.name from decomposed d where d.rn = citizen.rn")
