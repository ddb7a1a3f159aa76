"""The life of a signing key: data, walked by one function."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from licensing.lifecycle import Lifecycle


class KeyState(StrEnum):
    """Where a registered key stands. Only an active one may sign something new."""

    PENDING = "pending"
    """Proposed; nobody has proved yet to hold its private half."""
    ACTIVE = "active"
    RETIRED = "retired"
    """Rotated out in good order: what it signed before stays good."""
    REVOKED = "revoked"
    """No longer trusted; what it signed since it was compromised is in doubt."""


class KeyCommand(StrEnum):
    """What can be done to a registered key."""

    ACTIVATE = "activate"
    RETIRE = "retire"
    REVOKE = "revoke"


_S, _C = KeyState, KeyCommand

SIGNING_KEY: Final = Lifecycle(
    name="signing key",
    states=KeyState,
    initial=_S.PENDING,
    terminal=frozenset({_S.REVOKED}),
    transitions={
        (_S.PENDING, _C.ACTIVATE): _S.ACTIVE,
        (_S.ACTIVE, _C.RETIRE): _S.RETIRED,
        (_S.PENDING, _C.REVOKE): _S.REVOKED,
        (_S.ACTIVE, _C.REVOKE): _S.REVOKED,
        # A compromise is often found out after the key was rotated.
        (_S.RETIRED, _C.REVOKE): _S.REVOKED,
    },
)
