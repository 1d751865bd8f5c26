"""How a source is reached: each connector turns it into delivery folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from province_data.connectors import file_drop, http_api, sql_database
from province_data.connectors.request import Pulled, PullRequest
from province_data.errors import SourceRefused

Connector = Callable[[PullRequest], Iterator[Pulled]]

CONNECTORS: Mapping[str, Connector] = {
    "file": file_drop.pull,
    "http": http_api.pull,
    "https": http_api.pull,
    "postgresql": sql_database.pull,
    "postgres": sql_database.pull,
}
"""URI scheme -> how such a source is pulled."""


def connect(uri: str) -> Connector:
    """Choose the connector of a source by its URI; a plain path is a folder of deliveries."""
    scheme, separator, _ = uri.partition("://")
    connector = CONNECTORS.get(scheme.lower() if separator else "file")
    if connector is None:
        raise SourceRefused(
            "the address of the source names no connector we have",
            where="the source's connection",
            expected=", ".join(f"{known}://" for known in CONNECTORS) + " or the path of a folder",
            next_step="correct the connection",
        )
    return connector
