"""The rows of a made-up country: SQL for each table of the warehouse, from nothing but row numbers and the real list of communes."""

from __future__ import annotations

from dataclasses import dataclass

UNIT = """with unit as (
    select array_agg(code order by code) as codes, array_agg(name order by code) as names, count(*)::integer as number
    from reference.commune where edition = '2025' and province_code = {p}
),
made as (
    select i, {k} as k, codes[1 + {k} % number] as code, names[1 + {k} % number] as name
    from unit cross join generate_series(1, {rows}) as i
)
"""
COMMUNE = (
    "commune_sent_code, commune_sent_text, commune_declared_edition, commune_edition, commune_edition_basis, commune_name_edition, commune_code,"
    " commune_name, commune_method, commune_confidence"
)
IN_COMMUNE = "code, 'Tổ ' || i % 20 || ', ' || name, '2025', '2025', 'declared', '2025', code, name, 'same_edition', 'certain'"
TECHNICAL = "source_updated_at, _record_key, _batch_id, _load_id"
NEW = "timestamptz '2026-10-31 08:00+07'"


def citizen(number: str) -> str:
    """SQL of the personal number of the n-th citizen of a province."""
    return f"('0' || {{p}} || lpad(({number})::text, 9, '0'))"


ID = citizen("i")


@dataclass(frozen=True)
class Made:
    """A table of the country: how many rows for each person, how many of them share a commune's turn, and the SQL of the rows."""

    entity: str
    relation: str
    share: float
    turn: str
    columns: str
    values: str

    @property
    def statement(self) -> str:
        """SQL that fills the table for a province `p` of `n` persons with `rows` rows."""
        return f"insert into warehouse.{self.relation} (province_code, {self.columns}) {UNIT.replace('{k}', self.turn)} select {{p}}, {self.values} from made"


TABLES = (
    Made(
        "person", "dim_person", 1.0, "(i - 1) / 4",
        "personal_id, full_name, birth_date, birth_year, sex, ethnicity, nationality, residence_kind, household_no, household_head_id, relation_to_head,"
        f" marital_status, card_issue_date, card_expiry_date, life_status, {COMMUNE}, {TECHNICAL}",
        f"{ID}, 'NGUYỄN VĂN ' || i, to_char(date '1936-01-01' + i * 37 % 32000, 'YYYY-MM-DD'), extract(year from date '1936-01-01' + i * 37 % 32000)::integer,"
        f" (1 + i % 2)::text, '01', 'VNM', 'permanent', {{p}} || lpad(k::text, 8, '0'), {citizen('k * 4 + 1')}, case i % 4 when 1 then '00' when 2 then '02' else '03' end,"
        " (1 + i % 4)::text, case when i % 10 < 8 then date '2022-01-01' + i % 1500 end, case when i % 10 < 8 then date '2030-01-01' + i % 6000 end,"
        f" case when i % 50 = 0 then '2' else '1' end, {IN_COMMUNE}, {NEW}, {ID}, 'batch' || {{p}}, 1",
    ),
    Made(
        "residence", "dim_residence", 1.0, "(i - 1) / 4",
        "residence_kind, is_main, start_date, commune_sent_code, commune_edition, commune_code, commune_name, commune_method, source_updated_at,"
        " _person_record_key, _record_key, _load_id",
        f"'permanent', true, null::date, code, '2025', code, name, 'same_edition', {NEW}, {ID}, {ID} || '|permanent', 1",
    ),
    Made(
        "household", "dim_household", 0.25, "(i - 1)",
        "household_no, head_id, head_state, member_count, living_count, male_count, female_count, commune_code, commune_name, source_updated_at, _record_key, _load_id",
        f"{{p}} || lpad((i - 1)::text, 8, '0'), {citizen('i * 4 - 3')}, 'one', 4, 4, 2, 2, code, name, {NEW}, {{p}} || lpad((i - 1)::text, 8, '0'), 1",
    ),
    Made(
        "land_parcel", "dim_land_parcel", 0.45, "i",
        f"parcel_code, map_sheet_no, parcel_no, area_m2, legal_area_m2, land_type, lat, lon, class_group, verification_state, {COMMUNE}, {TECHNICAL}",
        "'w' || {p} || lpad(i::text, 9, '0'), i / 500, i % 500, 80 + i % 900, 80 + i % 900, 'ODT', 10 + i % 1000 / 100.0, 105 + i % 700 / 100.0,"
        f" case when i % 5 < 4 then '1' end, '1', {IN_COMMUNE}, {NEW}, 'w' || {{p}} || lpad(i::text, 9, '0'), 'batch' || {{p}}, 1",
    ),
    Made(
        "land_right", "fct_land_right", 0.55, "i",
        "parcel_record_key, parcel_code, certificate_serial, book_no, issue_date, issuer, cert_state, holder_kind, holder_role, holder_name, holder_birth_year,"
        f" holder_sex, id_type, id_no, {COMMUNE}, {TECHNICAL}",
        "'w' || {p} || lpad((1 + i % {parcels})::text, 9, '0'), 'w' || {p} || lpad((1 + i % {parcels})::text, 9, '0'),"
        " 'AA' || lpad(i::text, 8, '0'), 'CS' || i, date '2010-01-01' + i % 5000, 'UBND', '1', 'CN', 'C', 'NGUYỄN VĂN ' || i,"
        f" 1936 + i % 80, '1', 'CCCD', {citizen('1 + i * 2::bigint % {n}')}, {IN_COMMUNE}, {NEW}, 'r' || {{p}} || lpad(i::text, 9, '0'), 'batch' || {{p}}, 1",
    ),
    Made(
        "civil_event", "fct_civil_event", 0.75, "i",
        f"event_kind, reg_year, book_no, reg_no, reg_date, reg_type, event_date, event_year, subject_id, subject_birth_year, subject_sex, spouse_id, {COMMUNE}, {TECHNICAL}",
        "case when i % 10 < 7 then 'KS' when i % 10 < 9 then 'KH' else 'KT' end, 1990 + i % 36, '0' || i % 9, i::text, date '1990-01-01' + i % 13000, (1 + i % 2)::text,"
        f" to_char(date '1990-01-01' + i % 13000, 'YYYY-MM-DD'), 1990 + i % 36, {ID}, 1936 + i % 80, (1 + i % 2)::text, case when i % 10 in (7, 8) then {citizen('1 + i * 5::bigint % {n}')} end,"
        f" {IN_COMMUNE}, {NEW}, 'e' || {{p}} || lpad(i::text, 9, '0'), 'batch' || {{p}}, 1",
    ),
    Made(
        "taxpayer", "dim_taxpayer", 0.23, "i",
        f"tax_code, taxpayer_kind, taxpayer_name, owner_id, status, issue_date, start_date, tax_office, {COMMUNE}, {TECHNICAL}",
        f"{citizen('i * 4')}, (1 + i % 2)::text, 'NGUYỄN VĂN ' || i, {citizen('i * 4')}, '00', date '2015-01-01' + i % 3000, date '2015-01-01' + i % 3000, '1' || {{p}},"
        f" {IN_COMMUNE}, {NEW}, {citizen('i * 4')}, 'batch' || {{p}}, 1",
    ),
    Made(
        "land_tax", "fct_land_tax", 0.2, "i",
        f"tax_code, parcel_ref, tax_year, area_m2, land_type, amount_vnd, paid_vnd, {TECHNICAL}",
        f"{citizen('i * 4')}, 'w' || {{p}} || lpad(i::text, 9, '0'), 2026, 80 + i % 900, 'ODT', 12000 + i % 9000, case when i % 3 > 0 then 12000 + i % 9000 else 0 end,"
        f" {NEW}, {citizen('i * 4')} || '|w' || {{p}} || lpad(i::text, 9, '0') || '|2026', 'batch' || {{p}}, 1",
    ),
)  # fmt: skip


def rows_of(table: Made, persons: int, density: float) -> int:
    """How many rows of a table a province of so many persons has."""
    return int(persons * table.share * (1 if table.entity in ("person", "residence", "household") else density))
