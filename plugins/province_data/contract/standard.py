"""Read `expectations/standard.yml`: the words of the standard are data, because the slogan keeps growing."""

from __future__ import annotations

from pathlib import Path

from province_data.contract.located import Located, read_yaml
from province_data.contract.model import Dimension, Severity, Standard, Text
from province_data.contract.owners import read_owners


def read_standard(path: Path) -> Standard:
    """Read dimensions, colours and advice; ContractError names the line of a mistake."""
    top = read_yaml(path)
    top.only(("version", "dimensions", "colours", "advice", "correction_days", "owners", "identifiers"))
    colours = top.demand("colours", dict)
    colours.only(("green_from", "yellow_from"))
    dimensions = []
    for code, part in top.demand("dimensions", dict).items():
        part.only(("vi", "en", "meaning_vi", "meaning_en"))
        dimensions.append(
            Dimension(code, Text(part.demand("vi"), part.demand("en")), Text(part.demand("meaning_vi"), part.demand("meaning_en")))
        )
    advice = {}
    for group, part in top.demand("advice", dict).items():
        part.only(("vi", "en"))
        advice[group] = Text(part.demand("vi"), part.demand("en"))
    return Standard(
        version=str(top.demand("version", (str, int, float))),
        dimensions=tuple(dimensions),
        green_from=float(colours.demand("green_from", (int, float))),
        yellow_from=float(colours.demand("yellow_from", (int, float))),
        advice=advice,
        correction_days=_days(top.demand("correction_days", dict)),
        owners=read_owners(top.optional("owners", dict) or Located()),
        identifiers=tuple(top.optional("identifiers", list) or ()),
    )


def _days(part: Located) -> dict[Severity, int]:
    part.only(tuple(Severity))
    return {Severity(severity): part.demand(severity, int) for severity in part}
