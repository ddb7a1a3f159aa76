"""Problems as pages, for people; programs keep getting RFC 9457 documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Response
from litestar.response import Redirect

from app.console.page import ConsoleRequest, page_without_session

Render = Callable[[Any, Any], Response[Any]]

_PROGRAM_PATHS: Final = ("/v1/", "/log/", "/webhooks/", "/.well-known/", "/schema")
_ADVICE: Final = {
    HTTPStatus.NOT_FOUND: "There is no page at this address. It may have been mistyped or cut off.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take forms. Open it from its page.",
}


def for_browsers(handlers: Mapping[int | type[Exception], Render]) -> dict[Any, Render]:
    """The same exception handlers, answering with a page where a browser asks for one."""
    return {kind: _for_browser(render) for kind, render in handlers.items()}


def _for_browser(render: Render) -> Render:
    def handle(request: ConsoleRequest, error: Exception) -> Response[Any]:
        answer = render(request, error)
        return _as_page(request, answer) if _wants_a_page(request) else answer

    return handle


def _wants_a_page(request: ConsoleRequest) -> bool:
    if request.url.path.startswith(_PROGRAM_PATHS):
        return False
    return request.accept.best_match(["application/problem+json", "text/html"]) == "text/html"


def _as_page(request: ConsoleRequest, answer: Response[Any]) -> Response[Any]:
    problem: dict[str, Any] = answer.content
    status = HTTPStatus(problem["status"])
    if status is HTTPStatus.UNAUTHORIZED and request.method == "GET":
        place = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Redirect(f"/sign-in?{urlencode({'next': place})}", status_code=303)
    page = page_without_session(request, request.app.state.units.clock.now())
    # The framework's own refusals repeat the status phrase, which tells a person nothing.
    advice = _ADVICE.get(status) if problem["detail"] == status.phrase else None
    return page.show("failure.html", status=status, problem=problem, advice=advice)
