"""Put the quality pages into Airflow: an entry of the menu, and a tab on the page of every run.

Airflow executes this file in every one of its programs, tasks included; the pages are made when the first one is opened.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import Any

from airflow.plugins_manager import AirflowPlugin

PREFIX = "/quality"


class Pages:
    """The pages as an application that comes into being with its first request."""

    def __init__(self) -> None:
        self._made: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request; nothing here waits, so the pages are made once."""
        if self._made is None:
            self._made = make_pages()
        await self._made(scope, receive, send)


def make_pages() -> Any:
    """Make the pages for those who are logged in to Airflow; a run's report for those who may see its DAG."""
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
    from airflow.api_fastapi.core_api.security import requires_access_dag, requires_authenticated

    from province_data.pages.application import Host, create_application
    from province_data.settings import read_settings

    return create_application(
        Host(
            settings=lambda: read_settings(os.environ),
            clock=lambda: datetime.now(UTC),
            guards=[requires_authenticated()],
            run_guards=[requires_access_dag("GET", DagAccessEntity.RUN)],
            login=lambda address: get_auth_manager().get_url_login(next_url=address),
        )
    )


class QualityPages(AirflowPlugin):
    """What Airflow reads of us."""

    name = "quality_pages"
    fastapi_apps = [{"app": Pages(), "url_prefix": PREFIX, "name": "Chất lượng dữ liệu"}]  # noqa: RUF012 - as Airflow reads it
    external_views = [  # noqa: RUF012
        {
            "name": "Chất lượng dữ liệu",
            "href": f"{PREFIX}/",
            "destination": "nav",
            "url_route": "quality",
            "icon": f"{PREFIX}/static/mark.svg",
            "icon_dark_mode": f"{PREFIX}/static/mark-dark.svg",
            "nav_top_level": True,
        },
        {
            "name": "Báo cáo chất lượng",
            "href": PREFIX + "/runs/{DAG_ID}/{RUN_ID}",
            "destination": "dag_run",
            "url_route": "quality_run",
            "icon": f"{PREFIX}/static/mark.svg",
            "icon_dark_mode": f"{PREFIX}/static/mark-dark.svg",
        },
    ]
