"""Read `expectations/wording.yml`: what is declared in one language, said in both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from province_data.contract.located import Located, read_yaml
from province_data.contract.model import Text

SECTIONS = ("bases", "thresholds", "reasons")


def read_wording(path: Path) -> Mapping[str, Text]:
    """Read every listed text; ContractError names the line of one that is not said in the other language."""
    if not path.exists():
        return {}
    top = read_yaml(path)
    top.only(SECTIONS)
    return {declared: _both(declared, part) for section in top for declared, part in top.demand(section, dict).items()}


def _both(declared: str, part: Located) -> Text:
    part.only(("vi",) if "vi" in part else ("en",))
    return Text(part.get("vi") or declared, part.get("en") or declared)
