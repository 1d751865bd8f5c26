"""The way from the delivered file to the published table, as the newest build of the warehouse went it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from province_data.pages.asked import Answer, Asked

LAST = ("mart_", "rpt_")
"""How the models begin that are published as they are, under the rest of their name."""


@dataclass(frozen=True)
class Way:
    """One published table and everything it is made of."""

    table: str
    meaning: str
    deliveries: Sequence[tuple[str, str]]
    """(dataset, table)"""
    lists: Sequence[str]
    models: Sequence[str]
    """In the order of building."""


def show_lineage(asked: Asked) -> Answer:
    """Show the way of every published table."""
    tables = {t.stem: t for c in asked.catalog.contracts.values() for t in c.tables}
    ways = list(_ways(_read(asked.home / "dbt" / "manifest.json"), set(tables)))
    titles = {
        stem: (t.dataset, asked.pick(asked.catalog.contract(t.dataset).title), asked.pick(t.title), t.file) for stem, t in tables.items()
    }
    return Answer("lineage", asked.say("lineage"), {"ways": ways, "titles": titles, "has_models_page": models_page(asked.home).is_file()})


def models_page(home: Path) -> Path:
    """Name the page on which dbt describes its models, which `province-data build --docs` writes."""
    return home / "dbt" / "static_index.html"


def fitted(page: str) -> str:
    """Let dbt's page fit a telephone and be enlarged with two fingers; what it says stays dbt's."""
    style = (Path(__file__).parent / "static" / "models.css").read_text(encoding="utf-8")
    return page.replace("maximum-scale=1,", "", 1).replace("</head>", f"<style>{style}</style></head>", 1)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _ways(graph: Mapping[str, Any], stems: set[str]) -> Iterator[Way]:
    nodes, sources = graph.get("nodes", {}), graph.get("sources", {})
    for key, node in sorted(nodes.items()):
        name = str(node["name"])
        start = next((prefix for prefix in LAST if name.startswith(prefix)), "")
        if node["resource_type"] != "model" or not start:
            continue
        order = list(dict.fromkeys(_ancestors(key, nodes)))
        read = [sources[k] for k in order if k in sources]
        yield Way(
            name.removeprefix(start),
            str(node.get("description", "")),
            sorted((s["identifier"].partition("__")[0], s["identifier"]) for s in read if s["identifier"] in stems),
            sorted(f"{s['schema']}.{s['identifier']}" for s in read if s["identifier"] not in stems),
            [str(nodes[k]["name"]) for k in order if k in nodes],
        )


def _ancestors(key: str, nodes: Mapping[str, Any]) -> Iterator[str]:
    """Name everything below a node before the node itself."""
    for parent in nodes.get(key, {}).get("depends_on", {}).get("nodes", ()):
        yield from _ancestors(parent, nodes)
    yield key
