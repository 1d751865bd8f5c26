"""The page that dbt writes is shown in a box of its own, to those who are logged in, and said to be missing where it is."""

from __future__ import annotations

from visiting import Site

from province_data.pages.lineage import models_page


def test_the_models_page_runs_as_if_from_nowhere(site: Site) -> None:
    page = models_page(site.home)
    assert "province-data build --docs" in site.page("/lineage")
    assert "province-data build --docs" in site.page("/models", status=404)
    page.write_text('<!doctype html><head><meta content="minimum-scale=1,maximum-scale=1,initial-scale=1"></head>models', encoding="utf-8")
    try:
        answer = site.visitor.get("/models")
        assert answer.text.startswith('<!doctype html><head><meta content="minimum-scale=1,initial-scale=1"><style>')
        assert answer.text.endswith("</style></head>models")
        assert "max-width: 760px" in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts; default-src 'none';")
        assert 'href="/models"' in site.page("/lineage")
        assert site.page("/models?lang=en").startswith("<!doctype html>")
    finally:
        page.unlink()
