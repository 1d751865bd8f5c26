"""The SQL functions, on the vectors of the domain and against plain Python."""

from __future__ import annotations

import math
import random
import unicodedata
from datetime import date, timedelta

import psycopg

from province_data.reference.install import install_functions

ALPHABET = "0123456789bcdefghjkmnpqrstuvwxyz"


def call(connection: psycopg.Connection, expression: str, values: list[str | None]) -> list[object]:
    query = f"select {expression} from unnest(%s::text[]) with ordinality as given(value, place) order by place"
    return [row[0] for row in connection.execute(query.encode(), (values,))]


def assert_true_and_false(connection: psycopg.Connection, function: str, good: list[str], bad: list[str]) -> None:
    assert dict(zip(good, call(connection, f"reference.{function}(value)", [*good]), strict=True)) == dict.fromkeys(good, True)
    assert dict(zip(bad, call(connection, f"reference.{function}(value)", [*bad]), strict=True)) == dict.fromkeys(bad, False)
    assert call(connection, f"reference.{function}(value)", [None]) == [None]


NO_DATES = [
    "", " ", "2026-02-30", "2025-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "2026-04-31", "0000-01-01",
    "26-01-0101", "2026-1-001", "20-6-01-01", "2026/01/01", "01/01/2026", "2026-01-01 ", " 2026-01-1", "2026-01-01\n",
    "２026-01-01", "today", "infinity", "2026-01-01T00:00:00Z", "20260101", "----------", "2026-01--1",
]  # fmt: skip


def test_is_date_knows_the_calendar_and_one_way_of_writing(functions: psycopg.Connection) -> None:
    good = ["2026-10-31", "2000-02-29", "2024-02-29", "0001-01-01", "9999-12-31", "1600-02-29"]
    assert_true_and_false(functions, "is_date", good, NO_DATES)


def test_is_date_agrees_with_the_calendar_for_every_day_number_of_five_years(functions: psycopg.Connection) -> None:
    texts = [f"{y}-{m:02}-{d:02}" for y in (1899, 1900, 2000, 2023, 2024) for m in range(14) for d in range(33)]
    assert call(functions, "reference.is_date(value)", [*texts]) == [is_real(text) for text in texts]


def is_real(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def test_a_partial_date_is_a_year_a_month_or_a_day(functions: psycopg.Connection) -> None:
    good = ["1990", "1990-05", "1990-12", "1990-05-10", "2000-02-29"]
    bad = [*NO_DATES, "199", "19900", "0000", "0000-05", "1990-13", "1990-00", "1990-5", "1990-", "-990", "19a0", "1990-1 ", "12-1990"]
    assert_true_and_false(functions, "is_partial_date", good, bad)


def test_a_partial_date_spans_from_its_first_to_its_last_day(functions: psycopg.Connection) -> None:
    values: list[str | None] = ["1990", "1990-02", "2000-02", "1990-12", "1990-05-10", "2023-02-29", "x", "", None]
    spans = call(functions, "reference.first_day(value)::text || ' ' || reference.last_day(value)::text", values)
    assert spans == [
        "1990-01-01 1990-12-31", "1990-02-01 1990-02-28", "2000-02-01 2000-02-29", "1990-12-01 1990-12-31",
        "1990-05-10 1990-05-10", None, None, None, None,
    ]  # fmt: skip
    assert call(functions, "reference.to_date(value)", ["2026-10-31", "2026-02-30", "1990", None]) == [date(2026, 10, 31), None, None, None]


def test_a_timestamp_has_a_zone_and_a_real_time(functions: psycopg.Connection) -> None:
    good = [
        "2026-11-01T01:10:00+07:00", "2026-11-01T01:10:00Z", "2026-11-01T01:10:00.123456+07:00", "2026-11-01 01:10:00+07",
        "2026-11-01T23:59-03:30", "2026-11-01T01:10:00+0700",
    ]  # fmt: skip
    bad = [
        "2026-11-01T01:10:00", "2026-11-01", "2026-02-30T01:10:00Z", "2026-11-01T24:00:00Z", "2026-11-01T01:60:00Z",
        "2026-11-01T01:10:61Z", "2026-11-01T01:10:00+17:00", "", "now", "2026-11-01T01:10:00.+07:00",
    ]  # fmt: skip
    assert_true_and_false(functions, "is_timestamp", good, bad)


def test_numbers(functions: psycopg.Connection) -> None:
    assert_true_and_false(
        functions, "is_decimal", ["0", "-1", "12.50", "0012", "-0.5"], ["", "1,5", "1.", ".5", "1e3", "+1", " 1", "1\n", "--1", "NaN"]
    )
    assert_true_and_false(functions, "is_integer", ["0", "-1", "0012"], ["", "1.0", "1e3", "+1", "１"])


def test_personal_ids(functions: psycopg.Connection) -> None:
    shaped = ["001090012345", "079301000123", "096212345678", "034199000001", "038225123456", "003090012345", "001890012345"]
    assert_true_and_false(functions, "is_personal_id", shaped, ["0010900123", "001090 012345", "7.90901E+10", "", "0010900123456"])
    years = call(functions, "reference.id_birth_year(value)", [*shaped, "0010900123", None])
    assert years == [1990, 2001, 2012, 1999, 2025, 1990, 2390, None, None]
    male = call(functions, "reference.id_is_male(value)", [*shaped, "0010900123", None])
    assert male == [True, False, True, False, True, True, True, None, None]


def test_card_expiry(functions: psycopg.Connection) -> None:
    expiries = {
        ("1990-05-10", "2022-03-01"): "2030-05-10",
        ("1990-05-10", "2028-06-01"): "2050-05-10",
        ("2004-03-15", "2027-04-01"): "2044-03-15",
        ("2015-01-02", "2024-08-01"): "2029-01-02",
        ("2011-09-01", "2024-09-02"): "2036-09-01",
        ("1960-12-31", "2021-05-05"): None,
        ("1970-03-01", "2028-02-29"): "2030-03-01",
        ("1970-03-01", "2028-03-01"): None,
        ("1992-02-29", "2023-04-14"): "2032-02-29",
        ("2004-02-29", "2026-04-06"): "2029-02-28",
        (None, "2026-04-06"): None,
        ("2004-02-29", None): None,
    }
    for (dob, issued), expiry in expiries.items():
        row = functions.execute("select reference.card_expiry(%s::date, %s::date)::text", (dob, issued)).fetchone()
        assert row == (expiry,), (dob, issued)


COMPANIES = [
    "0100109106", "0300588569", "0100112437", "0101248141", "0100686209", "0106869738", "0100104595", "0101245486", "0100150619",
    "0100686174", "0100111948", "0100107518", "0311609355", "0312120782", "0301442379", "0100233488", "0312687878-001",
    "0314409058-002", "0100109106-503", "9942856560", "9960152278",
]  # fmt: skip


def test_tax_check_digits(functions: psycopg.Connection) -> None:
    bad = ["0100109107", "0300588560", "0101100040", "0101100041", "010010910", "01001O9106", "", "0100109l06"]
    assert_true_and_false(functions, "tax_check_digit_ok", COMPANIES, bad)


def test_tax_check_digits_agree_with_the_formula_on_random_codes(functions: psycopg.Connection) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    codes = [f"{chance.randrange(10**10):010}" for _ in range(5_000)]
    weights = (31, 29, 23, 19, 17, 13, 7, 5, 3)
    expected = [10 - sum(w * int(d) for w, d in zip(weights, code, strict=False)) % 11 == int(code[9]) for code in codes]
    assert call(functions, "reference.tax_check_digit_ok(value)", [*codes]) == expected


def geohash(lat: float, lon: float, length: int = 12) -> str:
    south, north, west, east = -90.0, 90.0, -180.0, 180.0
    bits = ""
    while len(bits) < length * 5:
        if len(bits) % 2 == 0:
            middle = (west + east) / 2
            bits, west, east = (bits + "1", middle, east) if lon >= middle else (bits + "0", west, middle)
        else:
            middle = (south + north) / 2
            bits, south, north = (bits + "1", middle, north) if lat >= middle else (bits + "0", south, middle)
    return "".join(ALPHABET[int(bits[at : at + 5], 2)] for at in range(0, len(bits), 5))


def test_a_geohash_is_decoded_to_the_middle_of_its_cell(functions: psycopg.Connection) -> None:
    assert geohash(57.64911, 10.40744, 11) == "u4pruydqqvj"
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    points = [(57.64911, 10.40744), (-0.1, -0.1), (0.0, 0.0)]
    points += [(chance.uniform(-90, 90), chance.uniform(-180, 180)) for _ in range(2_000)]
    codes: list[str | None] = [geohash(lat, lon) for lat, lon in points]
    latitudes, longitudes = (call(functions, f"reference.geohash_{axis}(value)", codes) for axis in ("lat", "lon"))
    for (lat, lon), found_lat, found_lon in zip(points, latitudes, longitudes, strict=True):
        assert isinstance(found_lat, float)
        assert isinstance(found_lon, float)
        assert abs(found_lat - lat) <= 90 / 2**30 + 1e-12
        assert abs(found_lon - lon) <= 180 / 2**30 + 1e-12


def test_what_is_no_geohash_has_no_place(functions: psycopg.Connection) -> None:
    values: list[str | None] = ["w7er87fpgd5a", "w7er87fpgd5", "W7ER87FPGD50", "w7er87fpgd500", "", "w7er87fpgđ50", None]
    assert call(functions, "reference.geohash_lat(value)", values) == [None] * 7
    assert call(functions, "reference.geohash_lon(value)", values) == [None] * 7


def test_distance(functions: psycopg.Connection) -> None:
    def metres(*place: float) -> float:
        row = functions.execute("select reference.distance_m(%s, %s, %s, %s)", place).fetchone()
        assert row is not None
        return float(row[0])

    assert metres(21, 105, 21, 105) == 0
    assert math.isclose(metres(21, 105, 22, 105), 111_195, rel_tol=1e-4)
    assert math.isclose(metres(21.028, 105.854, 10.776, 106.701), 1_143_000, rel_tol=1e-2)
    assert math.isclose(metres(0, -180, 0, 0), math.pi * 6_371_008.8, rel_tol=1e-9)
    row = functions.execute(
        "select reference.distance_m(reference.geohash_lat(a), reference.geohash_lon(a), reference.geohash_lat(b),"
        " reference.geohash_lon(b)) from (values ('w7er87fpgd50', 'w7er87fpgf00')) as given(a, b)"
    ).fetchone()
    assert row is not None
    assert 0.3 < row[0] < 1.1


NAME_KEYS = [
    ("hoà", "hòa"), ("thuý", "thúy"), ("khoẻ", "khỏe"), ("THUỶ", "thủy"), ("Tuỳ", "tùy"), ("quý", "quý"), ("QUÝ", "quý"),
    ("giá", "giá"), ("Hoàng", "hoàng"), ("hòa", "hòa"), ("Hoàn", "hoàn"), ("Thuỳ Hoà", "thùy hòa"), ("Quỳ Quỵ", "quỳ quỵ"),
    ("NGUYỄN VĂN HOÀ", "nguyễn văn hòa"), (unicodedata.normalize("NFD", "Nguyễn Thị Thuý"), "nguyễn thị thúy"),
    ("ÐẶNG VĂN Ð", "đặng văn đ"), ("Ông Nguyễn Văn A", "nguyễn văn a"), ("Hộ ông Đỗ Bá", "đỗ bá"), ("HỘ BÀ: Lê Thị B", "lê thị b"),
    ("Hộ gia đình ông Đỗ Bá", "đỗ bá"), ("Cụ  Trần  Thị C ", "trần thị c"), ("Anh", "anh"), ("Anh Hoàng", "hoàng"),
    ("Chị, Lý Thị D.", "lý thị d"), ("Lê Anh", "lê anh"), ("H'Mông Niê", "hmông niê"), ("H’Mông Niê", "hmông niê"),
    ("Y-Thuyn", "y thuyn"), ("(Nguyễn) \u00a0 Văn\tE", "nguyễn văn e"), ("Niê", "niê"), ("Q'Bê Quà", "qbê quà"), ("", ""), (".", ""),
    ("Oà oẹ, uỵ", "òa ọe ụy"),
]  # fmt: skip


def test_name_keys_are_as_expected_and_keys_of_themselves(functions: psycopg.Connection) -> None:
    keys = [key for _, key in NAME_KEYS]
    assert call(functions, "reference.name_key(value)", [written for written, _ in NAME_KEYS]) == keys
    assert call(functions, "reference.name_key(value)", [*keys, None]) == [*keys, None]


def test_a_bare_name_has_no_accents(functions: psycopg.Connection) -> None:
    written: list[str | None] = ["Hộ ông Nguyễn Văn Đường", "Cù Huy Cận", "THUỶ ƯỚC", "Thủy ước", "Ðỗ Quý Ỷ", "Ba", None]
    bare = ["nguyen van duong", "cu huy can", "thuy uoc", "thuy uoc", "do quy y", "ba", None]
    assert call(functions, "reference.bare_name(value)", written) == bare


def test_every_vietnamese_letter_is_lowered_and_bared(functions: psycopg.Connection) -> None:
    tones = ["", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"]
    letters = [unicodedata.normalize("NFC", vowel + tone) for vowel in "AĂÂEÊIOÔƠUƯY" for tone in tones] + ["Đ"]
    keys = call(functions, "reference.name_key('t' || value || 't')", [*letters])
    assert keys == [f"t{letter.lower()}t" for letter in letters]
    bare = call(functions, "reference.bare_name('t' || value || 't')", [*letters])
    plain = [unicodedata.normalize("NFD", letter.lower())[0].replace("đ", "d") for letter in letters]
    assert bare == [f"t{letter}t" for letter in plain]


def test_working_days_run_from_monday_to_friday(functions: psycopg.Connection) -> None:
    friday = date(2026, 10, 30)
    pairs = {(0, 0): 0, (0, 1): 0, (0, 3): 1, (0, 7): 5, (0, 14): 10, (3, 0): -1, (1, 2): 0, (-4, 0): 4}
    for (first, second), days in pairs.items():
        given = (friday + timedelta(first), friday + timedelta(second))
        assert functions.execute("select reference.works_days_between(%s, %s)", given).fetchone() == (days,), given


INLINED = {
    "is_date(v)", "is_partial_date(v)", "is_timestamp(v)", "to_date(v)", "first_day(v)", "last_day(v)", "is_decimal(v)",
    "is_integer(v)", "is_personal_id(v)", "id_birth_year(v)", "id_is_male(v)", "tax_check_digit_ok(v)", "is_geohash(v)",
    "geohash_lat(v)", "geohash_lon(v)", "name_key(v)", "bare_name(v)", "card_expiry(d, d)", "works_days_between(d, d)",
    "distance_m(n, n, n, n)", "name_key(coalesce(v, v))",
}  # fmt: skip


def test_the_server_replaces_every_call_by_its_body(functions: psycopg.Connection) -> None:
    functions.execute('create table given (v text collate "C", d date, n double precision)')
    for expression in sorted(INLINED):
        plan = functions.execute(f"explain verbose select reference.{expression} from given".encode()).fetchall()
        assert not [line for (line,) in plan if "reference." in line], expression


def test_installing_twice_is_harmless(functions: psycopg.Connection) -> None:
    install_functions(functions)
    assert functions.execute("select reference.is_date('2026-10-31')").fetchone() == (True,)
