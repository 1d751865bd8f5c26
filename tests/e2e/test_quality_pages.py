"""The quality pages stand in Airflow: for who is logged in, in the menu, and on the page of every run."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.e2e.browser import Browser
from tests.e2e.site import Airflow

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(900)]


def test_the_quality_pages_open_for_who_is_logged_in(finished: Airflow) -> None:
    run_id = next(iter(finished.runs("build_warehouse")))
    for address in ("/quality/", "/quality/provinces/24", f"/quality/runs/build_warehouse/{run_id}"):
        assert finished.open(address, logged_in=False)[0] == 401
        status, page = finished.open(address)
        assert status == 200
        assert "Bản đồ trong ngày" in page
    reports = [finished.open(f"/quality/runs/ingest_land/{run_id}")[1] for run_id in finished.runs("ingest_land")]
    assert sum("Gia Lai" in page for page in reports) == 1
    assert all("chưa có lượt nạp nào" in page for page in reports if "Gia Lai" not in page)


def test_the_pages_stand_in_the_menu_and_on_every_run(finished: Airflow) -> None:
    [ours] = [plugin for plugin in finished.ask("/api/v2/plugins")["plugins"] if plugin["name"] == "quality_pages"]
    assert {view["destination"] for view in ours["external_views"]} == {"nav", "dag_run"}


def test_an_engineer_sees_the_build_model_by_model(finished: Airflow, browser: Browser) -> None:
    runs = finished.runs("build_warehouse")
    pages = [finished.open(f"/quality/runs/build_warehouse/{quote(run_id)}")[1] for run_id in runs]
    assert any("dim_person" in page and "Dựng kho: từng bảng" in page for page in pages)
    run_id = next(run_id for run_id, page in zip(runs, pages, strict=True) if "dim_person" in page)
    browser.open(f"{finished.url}/dags/build_warehouse/runs/{quote(run_id)}")
    browser.click("//a[contains(., 'Báo cáo chất lượng')]")
    browser.enter_frame()
    browser.find("//code[.='dim_person']")
    assert "Kiểm tra đạt" in browser.text()
    browser.leave_frame()
