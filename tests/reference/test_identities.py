"""When do two mentions of one number speak of two people: reference.name_similarity and reference.is_other_person."""

from __future__ import annotations

import psycopg
import pytest


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        ("Nguyễn Văn Hoà", "NGUYỄN VĂN HÒA", True),
        ("Giàng Pao", "Giàng Pap", True),
        ("Nguyễn Thị Hoa", "Nguyễn Hoa", True),
        ("Nguyễn Văn An", "Trần Thị Bình", False),
        ("Y", "Bốn", False),
    ],
)
def test_a_slip_leaves_a_name_alike(functions: psycopg.Connection, first: str, second: str, alike: bool) -> None:
    [similarity] = functions.execute("select reference.name_similarity(%s, %s)", (first, second)).fetchone() or (None,)
    assert similarity is not None
    assert (similarity >= 0.6) is alike


@pytest.mark.parametrize(
    ("first", "second", "other"),
    [
        ("1990-05-10", "1990", False),
        ("1990-05-10", "1990-10-05", False),
        ("1990-05-10", "1990-05-11", False),
        ("1990-01-01", "1990-05-10", False),
        ("1990", "1991", False),
        ("1990-05-10", None, False),
        ("1990-05-10", "1990-07-11", True),
        ("1990", "1993-05-10", True),
    ],
)
def test_a_slip_in_a_birth_date_makes_no_other_person(functions: psycopg.Connection, first: str, second: str | None, other: bool) -> None:
    query = "select reference.is_other_person('Lê Văn Hoà', %s, 'Lê Văn Hoà', %s)"
    assert functions.execute(query, (first, second)).fetchone() == (other,)


def test_what_is_unknown_makes_no_other_person(functions: psycopg.Connection) -> None:
    assert functions.execute("select reference.is_other_person(null, '1990', 'Lê Văn Hoà', null)").fetchone() == (False,)
