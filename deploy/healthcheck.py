"""Ask a component over HTTP whether it works, and say so with the exit code.

`healthcheck.py URL [PART…]`: the answer must be JSON in which each PART (default: every part) is "healthy".
"""

from __future__ import annotations

import json
import sys
from urllib.request import urlopen


def unhealthy_parts(answer: dict[str, dict[str, str | None]], wanted: list[str]) -> list[str]:
    """Name the parts of `answer` that are asked for and do not report "healthy"; an absent part is unhealthy."""
    parts = wanted or [name for name, state in answer.items() if state.get("status") is not None]
    return [name for name in parts if answer.get(name, {}).get("status") != "healthy"]


def main(arguments: list[str]) -> int:
    """Return 0 when the component at the given URL works, 1 when it does not."""
    with urlopen(arguments[0], timeout=8) as response:
        bad = unhealthy_parts(json.load(response), arguments[1:])
    if bad:
        print("unhealthy:", ", ".join(bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
