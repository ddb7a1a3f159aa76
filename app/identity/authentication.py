"""Middleware that finds out who is asking: a bearer key, a session cookie, or nobody.

A browser sends its cookie wherever a page tells it to, so an unsafe request that comes with a
cookie must come from our own pages: ``Sec-Fetch-Site`` says so, and ``Origin`` where a browser is
too old for it (OWASP CSRF cheat sheet, Fetch Metadata).
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Final, cast
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from app.core.actor import ANONYMOUS, Actor
from app.core.errors import Forbidden, Unauthenticated
from app.core.unit_of_work import UnitOfWorkFactory
from app.identity import service

SESSION_COOKIE: Final = "countersign_session"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignPage(Forbidden):
    """A page of somebody else's tried to use the visitor's session."""

    slug = "cross-site-request"
    title = "This request came from another site"


class AuthenticationMiddleware(ASGIMiddleware):
    """Puts the Actor into ``scope["user"]``."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        units: UnitOfWorkFactory = scope["litestar_app"].state.units
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        scope["user"] = await _identify(units, headers, cast("HTTPScope", scope)["method"])
        await next_app(scope, receive, send)


async def _identify(units: UnitOfWorkFactory, headers: dict[str, str], method: str) -> Actor:
    authorization = headers.get("authorization")
    if authorization is not None:
        return await _by_api_key(units, authorization)
    token = session_token(headers.get("cookie", ""))
    if token is None:
        return ANONYMOUS
    async with units.database.reading() as session:
        actor = await service.actor_of_session(session, token, units.clock.now())
    if actor is None:
        return ANONYMOUS
    if method not in _SAFE_METHODS and not _from_our_pages(headers):
        raise ForeignPage("Open the page on this site and try again from there.")
    return actor


async def _by_api_key(units: UnitOfWorkFactory, authorization: str) -> Actor:
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() == "bearer":
        async with units.database.reading() as session:
            actor = await service.actor_of_api_key(session, key.strip())
        if actor is not None:
            return actor
    raise Unauthenticated("The bearer token is not a valid API key; it may have been revoked.")


def session_token(cookies: str) -> str | None:
    """The session token in a Cookie header, if there is one."""
    try:
        morsel = SimpleCookie(cookies).get(SESSION_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None else None


def _from_our_pages(headers: dict[str, str]) -> bool:
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")
