"""A page about to be shown: who looks, where they are, and what the browser may do with it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Template

from app.core.actor import ANONYMOUS, Actor, ActorKind, Role
from app.core.unit_of_work import UnitOfWork
from app.identity import service as identity

ConsoleRequest = Request[Actor, None, State]

# Styles need a nonce because wavesurfer puts one <style> into its shadow root; scripts need none.
_CONTENT_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; media-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True, slots=True)
class NavigationLink:
    """An entry of the bar on top."""

    href: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Renders templates for one visitor at one address."""

    actor: Actor
    name: str
    path: str
    now: datetime

    def show(
        self,
        template: str,
        *,
        status: int = 200,
        headers: dict[str, str] | None = None,
        **told: Any,
    ) -> Template:
        """The template as an answer, with the headers that protect the visitor."""
        nonce = secrets.token_urlsafe(16)
        return Template(
            template,
            status_code=status,
            context={"page": self, "nonce": nonce, "now": self.now, **told},
            headers={
                "Content-Security-Policy": _CONTENT_POLICY.format(nonce=nonce),
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "same-origin",
                "Cache-Control": "no-store" if self.signed_in else "no-cache",
                **(headers or {}),
            },
        )

    @property
    def signed_in(self) -> bool:
        return self.actor.kind is not ActorKind.ANONYMOUS

    @property
    def navigation(self) -> list[NavigationLink]:
        """Where this visitor can go."""
        places = [
            ("/desk", "Desk", self.signed_in and self.actor.has(Role.REVIEWER, Role.LEGAL)),
            ("/studio", "Studio", self.signed_in and self.actor.has(Role.CREATOR)),
            ("/listings", "Listings", True),
            ("/notices/new", "Report infringement", True),
        ]
        return [
            NavigationLink(href, label, self.path == href or self.path.startswith(f"{href}/"))
            for href, label, allowed in places
            if allowed
        ]


async def page_of(request: ConsoleRequest, uow: NamedDependency[UnitOfWork]) -> Page:
    """Litestar dependency: the page for the visitor of this request."""
    actor = uow.actor
    name = ""
    if actor.user_id is not None:
        name = (await identity.find_person(uow.session, actor.user_id)).display_name
    return Page(actor=actor, name=name, path=request.url.path, now=uow.now)


def page_without_session(request: ConsoleRequest, now: datetime) -> Page:
    """A page for where the request went wrong, perhaps before anybody was recognised."""
    actor = request.scope.get("user") or ANONYMOUS
    return Page(actor=actor, name="", path=request.url.path, now=now)
