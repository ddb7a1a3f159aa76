"""Who is acting. Every use case is told, every audit event records it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.core.errors import Forbidden, Unauthenticated


class Role(enum.StrEnum):
    """What a person or a key may do; each is granted by name, none implies another but ADMIN."""

    CREATOR = "creator"
    BUYER = "buyer"
    OPERATOR = "operator"
    """Runs a marketplace: registers generators, sets policies."""
    REVIEWER = "reviewer"
    LEGAL = "legal"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"


class ActorKind(enum.StrEnum):
    """How the actor made itself known."""

    PERSON = "person"
    API_KEY = "api_key"
    SYSTEM = "system"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """The one on whose behalf a use case runs.

    ``user_id`` is None for the system and for the anonymous public; ``label`` names the actor in
    audit events without personal data (a key's prefix, a job's name).
    """

    kind: ActorKind
    user_id: str | None = None
    organisation_id: str | None = None
    roles: frozenset[Role] = field(default_factory=frozenset)
    label: str = ""

    def has(self, *roles: Role) -> bool:
        """Whether the actor holds one of the roles; administrators hold all of them."""
        return Role.ADMIN in self.roles or not self.roles.isdisjoint(roles)

    def require(self, *roles: Role) -> None:
        """Refuse an actor without any of the roles.

        Raises:
            Unauthenticated: nobody is signed in.
            Forbidden: none of the roles is held.
        """
        if self.kind is ActorKind.ANONYMOUS:
            raise Unauthenticated("Send an API key as a bearer token, or sign in.")
        if self.kind is not ActorKind.SYSTEM and not self.has(*roles):
            wanted = _listed(role.value for role in roles)
            raise Forbidden(f"This needs the role {wanted}; ask an administrator for it.")

    @property
    def person_id(self) -> str:
        """The signed-in person.

        Raises:
            Unauthenticated: nobody is signed in.
        """
        if self.user_id is None:
            raise Unauthenticated("Send an API key as a bearer token, or sign in.")
        return self.user_id


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, label="public")


def system(label: str) -> Actor:
    """The service itself, acting through the named job."""
    return Actor(kind=ActorKind.SYSTEM, label=label)


def _listed(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
