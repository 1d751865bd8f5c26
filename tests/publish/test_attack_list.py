"""Every attempt of the list is made somewhere; `pytest -s` on this file prints where."""

from __future__ import annotations

import ast
from pathlib import Path

from attack_list import ATTACKS, ELSEWHERE
from attempts import ATTEMPTS
from forgotten import FORGOTTEN

TESTS = Path(__file__).resolve().parents[1]


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_the_list_has_ninety_numbers() -> None:
    assert list(ATTACKS) == [f"A{number:02}" for number in range(1, 91)]


def test_every_attempt_of_the_list_is_made() -> None:
    made = {number: sum(len(a.statements) for a in ATTEMPTS if a.number == number) for number in ATTACKS}
    for number, what in ATTACKS.items():
        places = [*ELSEWHERE.get(number, ()), *([f"{made[number]} statements"] if made[number] else [])]
        print(f"{number}  {what:<70} {'; '.join(places)}")
    assert [number for number in ATTACKS if not made[number] and number not in ELSEWHERE] == []


def test_no_attempt_bears_a_number_that_is_not_in_the_list() -> None:
    assert {a.number for a in ATTEMPTS} | set(ELSEWHERE) <= set(ATTACKS)
    numbers = [a.number for a in FORGOTTEN]
    assert {number[0] for number in numbers} == {"B"}


def test_the_tests_that_are_named_exist() -> None:
    named = [place for places in ELSEWHERE.values() for place in places]
    missing = []
    for place in named:
        file, _, name = place.partition("::")
        if not (TESTS / file).exists() or name not in functions_of(TESTS / file):
            missing.append(place)
    assert missing == []
