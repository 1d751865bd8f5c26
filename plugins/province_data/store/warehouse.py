"""Find the warehouse: the one named by the setting, or the embedded server, started when needed."""

from __future__ import annotations

from province_data.settings import Settings


def warehouse_dsn(settings: Settings) -> str:
    """Return the libpq address of the warehouse, starting the embedded server if that is it."""
    if settings.dsn:
        return settings.dsn
    from province_data.store.embedded import dsn, ensure_running

    return dsn(ensure_running(settings.home))
