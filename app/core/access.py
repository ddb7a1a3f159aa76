"""Who may call what. Default deny: a handler that does not say is refused at start-up."""

from __future__ import annotations

from typing import Any, Final

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler

from app.core.actor import ANONYMOUS, Actor, ActorKind, Role
from app.core.errors import Unauthenticated

_ACCESS: Final = "countersign_access"

PUBLIC: Final[dict[str, Any]] = {_ACCESS: "public"}
"""``opt=PUBLIC``: anybody, without an account."""

SIGNED_IN: Final[dict[str, Any]] = {_ACCESS: "signed-in"}
"""``opt=SIGNED_IN``: anybody who made themselves known; the service decides about the thing."""


def only(*roles: Role) -> dict[str, Any]:
    """``opt=only(Role.REVIEWER)``: holders of one of the roles, and administrators."""
    return {_ACCESS: roles}


def guard_access(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The application-wide guard that reads what the handlers say."""
    actor: Actor = connection.scope.get("user") or ANONYMOUS
    rule: str | tuple[Role, ...] = handler.opt[_ACCESS]
    if isinstance(rule, tuple):
        actor.require(*rule)
    elif rule == "signed-in" and actor.kind is ActorKind.ANONYMOUS:
        raise Unauthenticated("Send an API key as a bearer token, or sign in.")


def refuse_undeclared(app: Litestar) -> None:
    """Start-up check: every handler of ours declares its access.

    Raises:
        ImproperlyConfiguredException: names the handler that does not.
    """
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            ours = isinstance(handler, HTTPRouteHandler) and handler.fn.__module__.startswith(
                "app."
            )
            if ours and _ACCESS not in handler.opt:
                raise ImproperlyConfiguredException(f"{handler} does not declare who may call it")
