"""Score pairs of a person a record names and a citizen, with Splink's model of Fellegi and Sunter.

The weights are fixed, not trained: a small province gives too few certain pairs, and a score must not change because a
neighbour delivered. m is how often the same person's data agree so, u how often two strangers' do.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from province_data.errors import ContractError

LEAST_SCORE = 0.5
MEMORY = "1GB"
_SWAPPED = "birth_l = left(birth_r, 4) || '-' || right(birth_r, 2) || '-' || substr(birth_r, 6, 2)"
_LEVELS = {
    # Sharing a full name without accents is common; the order and the middle name are where papers differ.
    "name": (
        ("name_l = name_r", 0.88, 3e-4),
        ("syllables_l = syllables_r", 0.02, 1e-4),
        ("family_l = family_r and given_l = given_r and (middle_l = '' or middle_r = '')", 0.06, 6e-4),
        ("family_l = family_r and given_l = given_r", 0.02, 3e-3),
    ),
    "birth": (("birth_l = birth_r", 0.93, 5e-5), (_SWAPPED, 0.03, 5e-5), ("left(birth_l, 4) = left(birth_r, 4)", 0.03, 0.014)),
    "sex": (("sex_l = sex_r", 0.995, 0.5),),
    "commune": (("commune_l = commune_r", 0.6, 0.005),),
}
_COLUMNS = ("unique_id", "name", "syllables", "family", "middle", "given", "birth", "year", "turned", "sex", "commune")


@dataclass(frozen=True)
class Someone:
    """A person as one registry states them; `name` is without accents."""

    unique_id: str
    name: str
    birth: str
    sex: str | None
    commune: str | None


def pairs(sought: Sequence[Someone], citizens: Sequence[Someone], register_size: int) -> Iterator[tuple[str, str, float]]:
    """Yield (sought, citizen, probability) of every pair worth looking at; only pairs that share a block are compared.

    Blocks: first and last syllable, sex and birth date, also with day and month swapped; all syllables in any order and the year.
    """
    if not sought or not citizens:
        return
    splink = _library("splink")
    database = _library("duckdb").connect(config={"memory_limit": MEMORY, "threads": 1})
    try:
        api = splink.DuckDBAPI(database)
        for name, people in (("sought", sought), ("citizens", citizens)):
            database.register(f"{name}_given", _arrow(people))
            database.execute(f"create table {name} as select * from {name}_given")
        linker = splink.Linker(
            [api.register("sought"), api.register("citizens")], _settings(splink, register_size), log_level=logging.ERROR
        )
        found = linker.inference.predict(threshold_match_probability=LEAST_SCORE).physical_name
        yield from database.execute(f"select unique_id_l, unique_id_r, match_probability from {found}").fetchall()
    finally:
        database.close()


def _settings(splink: Any, register_size: int) -> Any:
    return splink.SettingsCreator(
        link_type="link_only",
        comparisons=[_comparison(column) for column in _LEVELS],
        blocking_rules_to_generate_predictions=[
            splink.block_on("given", "family", "turned", "sex"),
            splink.block_on("syllables", "year"),
        ],
        probability_two_random_records_match=1 / max(register_size, 1000),
        retain_matching_columns=False,
    )


def _comparison(column: str) -> Any:
    library, levels = _library("splink.comparison_library"), _library("splink.comparison_level_library")
    named = [
        levels.CustomLevel(sql, f"{column} {number}").configure(m_probability=m, u_probability=u)
        for number, (sql, m, u) in enumerate(_LEVELS[column])
    ]
    rest_m, rest_u = 1 - sum(m for _, m, _ in _LEVELS[column]), 1 - sum(u for *_, u in _LEVELS[column])
    other = levels.ElseLevel().configure(m_probability=rest_m, u_probability=rest_u)
    return library.CustomComparison(output_column_name=column, comparison_levels=[levels.NullLevel(column), *named, other])


def _arrow(people: Sequence[Someone]) -> Any:
    rows = []
    for one in people:
        syllables = one.name.split()
        parts = (syllables[0], " ".join(syllables[1:-1]), syllables[-1]) if syllables else ("", "", "")
        rows.append(
            (
                one.unique_id,
                one.name,
                " ".join(sorted(syllables)),
                *parts,
                one.birth,
                one.birth[:4],
                _turned(one.birth),
                one.sex,
                one.commune,
            )
        )
    arrow = _library("pyarrow")
    return arrow.table(
        {name: arrow.array(list(values), arrow.string()) for name, values in zip(_COLUMNS, zip(*rows, strict=True), strict=True)}
    )


def _turned(birth: str) -> str:
    """Give a date and its day-month swap the same value."""
    return "-".join([birth[:4], *sorted((birth[5:7], birth[8:10]))])


def _library(name: str) -> Any:
    """Import what only this step needs; the rest of the product runs without it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ContractError(
            "the entity-resolution library is not installed",
            where=name,
            expected="Splink 5, with what it brings along",
            next_step="pip install 'splink>=5,<6', then run the command again",
        ) from None
