"""The way in and out: sign-in, sign-out, and the address without a path."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template

from app.console.page import ConsoleRequest, Page
from app.core.access import PUBLIC
from app.core.actor import Actor, ActorKind, Role
from app.core.unit_of_work import UnitOfWork
from app.identity import service as identity
from app.identity.authentication import SESSION_COOKIE, ForeignPage, session_token

_HOMES: Final = (
    ((Role.REVIEWER, Role.LEGAL), "/desk"),
    ((Role.CREATOR,), "/studio"),
)


class SignInForm(msgspec.Struct, kw_only=True):
    """What the sign-in page sends."""

    email: str = ""
    password: str = ""
    next_page: str = ""


class EntranceController(Controller):
    """Sign-in by address and password; the session lives in a cookie that scripts cannot read."""

    @get("/", opt=PUBLIC)
    async def arrive(self, page: NamedDependency[Page]) -> Redirect:
        """Each role to its own place."""
        return Redirect(_home_of(page.actor), status_code=303)

    @get("/sign-in", opt=PUBLIC)
    async def ask(self, request: ConsoleRequest, page: NamedDependency[Page]) -> Template:
        """The sign-in page."""
        form = SignInForm(next_page=request.query_params.get("next", ""))
        return page.show("sign_in.html", form=form, refusal="")

    @post("/sign-in", opt=PUBLIC, status_code=303)
    async def sign_in(
        self,
        data: URLEncodedBody[SignInForm],
        request: ConsoleRequest,
        page: NamedDependency[Page],
        uow: NamedDependency[UnitOfWork],
    ) -> Response[Any]:
        """Open a session and go where the visitor wanted to."""
        # Without a session there is no cookie to protect, but a foreign page could sign a visitor
        # in to *its* account and learn what they do there.
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            raise ForeignPage("Open the sign-in page on this site.")
        try:
            person, token = await identity.sign_in(uow, email=data.email, password=data.password)
        except identity.SignInRefused as refusal:
            return page.show("sign_in.html", status=401, form=data, refusal=str(refusal.title))
        actor = Actor(
            kind=ActorKind.PERSON, roles=frozenset(grant.role for grant in person.role_grants)
        )
        answer = Redirect(_own_path(data.next_page) or _home_of(actor), status_code=303)
        answer.set_cookie(_session_cookie(request, token))
        return answer

    @post("/sign-out", opt=PUBLIC, status_code=303)
    async def sign_out(self, request: ConsoleRequest, uow: NamedDependency[UnitOfWork]) -> Redirect:
        """End the session, here and in the database."""
        token = session_token(request.headers.get("cookie", ""))
        if token is not None:
            await identity.sign_out(uow, token)
        answer = Redirect("/", status_code=303)
        answer.delete_cookie(SESSION_COOKIE)
        return answer


def _home_of(actor: Actor) -> str:
    return next((home for roles, home in _HOMES if actor.has(*roles)), "/listings")


def _own_path(wanted: str) -> str:
    """The place asked for if it is one of ours: an open redirect would lend our name to others."""
    parts = urlsplit(wanted)
    ours = not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if ours and not wanted.startswith(("//", "/\\")) else ""


def _session_cookie(request: ConsoleRequest, token: str) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE,
        value=token,
        max_age=int(identity.SESSION_LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
