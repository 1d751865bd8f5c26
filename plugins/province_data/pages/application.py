"""Serve the pages: who may see them is decided by the program that serves them, what they show by the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from province_data.contract.catalog import Catalog, read_catalog
from province_data.errors import ContractError, PublicationError
from province_data.pages.asked import Answer, Asked
from province_data.pages.batch import show_batch
from province_data.pages.dataset import show_dataset
from province_data.pages.day_map import show_map
from province_data.pages.inbox import show_inbox, show_singles
from province_data.pages.lineage import fitted, models_page, show_lineage
from province_data.pages.province import show_province
from province_data.pages.rule import show_rule, show_rules
from province_data.pages.run import show_run
from province_data.pages.session import reading
from province_data.pages.shown import LANGUAGES, print_answer
from province_data.pages.unsubscribe import show_unsubscribe
from province_data.pages.wording import say
from province_data.settings import Settings
from province_data.store import embedded

Page = Callable[[Asked], Answer]
PAGES: tuple[tuple[str, Page], ...] = (
    ("/", show_map),
    ("/provinces/", show_map),
    ("/provinces/{province}", show_province),
    ("/datasets/{dataset}", show_dataset),
    ("/rules", show_rules),
    ("/rules/{rule}", show_rule),
    ("/batches/{batch}", show_batch),
    ("/inbox", show_inbox),
    ("/inbox/{province}/{dataset}/{rule}", show_singles),
    ("/lineage", show_lineage),
)
LEAVE = "/unsubscribe/{token}"
"""The one page for people without a login: whoever has the link in the head of his mail may leave the list."""
RUN = "/runs/{dag_id}/{run_id:path}"
COOKIE = "quality_language"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; form-action 'self';"
    " frame-ancestors 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Nothing from elsewhere is ever fetched, and nobody else may frame a page."""
BOXED = SAFE | {
    "Content-Security-Policy": "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval';"
    " style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'; base-uri 'none'"
}
"""For the page that dbt writes, which brings its own scripts: they run as if from nowhere, without cookies, and can fetch nothing."""


@dataclass(frozen=True)
class Host:
    """What the program that serves the pages gives to them."""

    settings: Callable[[], Settings]
    clock: Callable[[], datetime]
    guards: Sequence[Callable[..., Any]]
    """Each must let a request pass before any page is made."""
    run_guards: Sequence[Callable[..., Any]]
    """Further ones for the report of a run, which has `dag_id` in its path."""
    login: Callable[[str], str]
    """Where somebody logs in who then wants to go on to an address."""


def create_application(host: Host) -> FastAPI:
    """Make the application; it opens nothing before it is asked for a page."""
    guards = [Depends(guard) for guard in host.guards]
    application = FastAPI(title="province-data pages", docs_url=None, redoc_url=None, openapi_url=None)
    guarded = APIRouter(dependencies=guards, default_response_class=HTMLResponse)
    for path, page in PAGES:
        guarded.add_api_route(path, _endpoint(host, page))
    guarded.add_api_route(RUN, _endpoint(host, show_run), dependencies=[Depends(guard) for guard in host.run_guards])
    guarded.add_api_route("/models", _models(host))
    application.include_router(guarded)
    application.add_api_route(LEAVE, _unsubscribe(host), methods=["GET", "POST"], response_class=HTMLResponse)
    application.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    application.add_exception_handler(401, _to_login(host))
    return application


def _endpoint(host: Host, page: Page) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        return _show(host, page, request)

    return show


def _models(host: Host) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        page = models_page(host.settings().home)
        if page.is_file():
            return HTMLResponse(fitted(page.read_text(encoding="utf-8")), 200, BOXED)
        language = _language(request)
        none = Answer("message", say("lineage", language), {"text": say("models_none", language)})
        return HTMLResponse(_print(none, None, language, request), 404, SAFE)

    return show


def _unsubscribe(host: Host) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        language, settings, token = _language(request), host.settings(), str(request.path_params["token"])
        try:
            is_pressed = request.method == "POST"
            answer = show_unsubscribe(settings, _address(settings), token, host.clock(), language, is_pressed=is_pressed)
        except ContractError:
            none = Answer(
                "message", say("not_found", language), {"text": say("not_found_lead", language, what=say("unsubscribe", language))}
            )
            return HTMLResponse(_print(none, None, language, request), 404, SAFE)
        except PublicationError:
            return HTMLResponse(_print(_unready(language), None, language, request), 503, SAFE)
        return HTMLResponse(_print(answer, None, language, request), 200, SAFE)

    return show


def _show(host: Host, page: Page, request: Request) -> Response:
    language = _language(request)
    status, asked = 200, None
    try:
        with _asked(host, request, language) as asked:
            answer = page(asked)
            html = _print(answer, asked, language, request)
    except ContractError:
        status, html = 404, _print(_not_found(request, language), None, language, request)
    except PublicationError:
        status, html = 503, _print(_unready(language), None, language, request)
    response = HTMLResponse(html, status, SAFE)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(COOKIE, language, max_age=31_536_000, path=request.scope.get("root_path") or "/", samesite="lax", httponly=True)
    return response


@contextmanager
def _asked(host: Host, request: Request, language: str) -> Iterator[Asked]:
    settings = host.settings()
    catalog = _catalog(settings)
    query = {name: value for name, value in request.query_params.items() if name != "lang"}
    path = {name: str(value) for name, value in request.path_params.items()}
    with reading(_address(settings)) as connection:
        yield Asked(connection, catalog, settings.home, host.clock(), language, path, query)


def _catalog(settings: Settings) -> Catalog:
    try:
        return read_catalog(settings.project / "expectations")
    except ContractError as error:
        raise PublicationError("the declarations cannot be read", where=error.where, next_step="province-data contract lint") from None


def _address(settings: Settings) -> str:
    """Find the warehouse; a page never starts a server."""
    if settings.dsn:
        return settings.dsn
    server = embedded.status(settings.home)
    if server is None:
        raise PublicationError("the embedded server does not run", next_step="province-data up")
    return embedded.dsn(server)


def _print(answer: Answer, asked: Asked | None, language: str, request: Request) -> str:
    base = str(request.scope.get("root_path", ""))
    here = request.url.path.removeprefix(base)
    return print_answer(answer, asked, language, base, here)


def _not_found(request: Request, language: str) -> Answer:
    what = " / ".join(str(value) for value in request.path_params.values()) or str(request.url.query)
    return Answer("message", say("not_found", language), {"text": say("not_found_lead", language, what=what[:80])})


def _unready(language: str) -> Answer:
    return Answer("message", say("unready", language), {"text": say("unready_lead", language)})


def _language(request: Request) -> str:
    for wanted in (request.query_params.get("lang"), request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    return "vi"


def _to_login(host: Host) -> Callable[[Request, Exception], Response]:
    """Send a person who opens a page without being logged in to the login and back; a program gets the refusal."""

    def refuse(request: Request, error: Exception) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(host.login(str(request.url)), 303)
        detail = error.detail if isinstance(error, HTTPException) else "Not authenticated"
        return Response(str(detail), 401, media_type="text/plain")

    return refuse
